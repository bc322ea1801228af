"""``@pes``: flows deposited, followed and sent by programs, signed in as an agent; refusals are coded JSON."""

from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import registre as registres
from megalis.portal.helios import service
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import read_json
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.organisations import assurance
from megalis.portal.theme.paging import page_number
from plone import api
from plone.restapi.services import Service

import transaction


PAGE = 50
STATUS = {"pes.flux-double": 409, "pes.transition": 409, "pes.meme-personne": 403, "pes.role": 403, "pes.taille": 413}
STATUS |= {"assurance.certificat": 403, "assurance.mot-de-passe": 403}
LIMIT = 10_000
TRANSMIT = "megalis: Transmit flows"


class Coded(Service):
    """Answers ``get()`` or ``post()``; what is refused changes nothing."""

    def reply(self):
        mark = transaction.savepoint(optimistic=True)
        self.request.response.setHeader("Cache-Control", "no-store")
        try:
            if self.request.method == "POST":
                require_post(self.request)
                return self.post()
            return self.get()
        except Refusal as refusal:
            return self._refuse(mark, refusal.status, refusal.code, refusal.message, ())
        except Refused as refused:
            found = getattr(refused, "findings", ())
            return self._refuse(mark, STATUS.get(refused.code, 422), refused.code, refused.message, found)

    def _refuse(self, mark, status, code, message, findings):
        mark.rollback()
        self.request.response.setStatus(status)
        more = {"erreurs": [item.as_json() for item in findings]} if findings else {}
        return {"code": code, "message": message, **more}

    @property
    def userid(self):
        return api.user.get_current().getId()


class Stream:
    """The body of a request as ``service`` takes an upload: a name and a stream."""

    def __init__(self, name, stream):
        self.filename = name
        self.seek, self.read = stream.seek, stream.read


class Flows(Coded):
    """``<collectivité>/@pes``: GET lists the flows, the newest first; POST deposits the one in its body."""

    def get(self):
        page = page_number(self.request.form.get("page"))
        catalog, path = api.portal.get_tool("portal_catalog"), "/".join(self.context.getPhysicalPath())
        found = catalog(portal_type="FluxPES", path=path, sort_on="rang", sort_order="reverse")
        rows = [
            {
                "@id": brain.getURL(),
                "nomfic": brain.Title,
                "etat": brain.pes_etat,
                "code": states.ETATS[brain.pes_etat].code,
                "transmis": told(brain.pes_resume["transmis"]),
                "repondu": told(brain.pes_resume["repondu"]),
            }
            for brain in found[(page - 1) * PAGE : page * PAGE]
        ]
        return {"@id": f"{self.context.absolute_url()}/@pes", "total": len(found), "flux": rows}

    def post(self):
        body = self.request.get("BODYFILE")
        if body is None:
            raise Refusal("pes.corps", "Envoyez le flux dans le corps de la demande, en application/xml.", 415)
        name = str(self.request.form.get("nom", "")) or "flux.xml"
        flux = service.deposit(self.context, Stream(name, body), self.userid, "REST")
        if self.request.form.get("transmettre") == "1":
            if not api.user.has_permission(TRANSMIT, obj=self.context):
                raise Refused("pes.role", "Transmettre demande le rôle de transmetteur de flux comptables.")
            prove(self.context, self.request)
            service.transmit_when_ready(flux, self.userid)
        self.request.response.setStatus(201)
        self.request.response.setHeader("Location", flux.absolute_url())
        return represented(flux)


class Flow(Coded):
    """``<flux>/@pes``: GET says where it stands, what is wrong, what was answered; POST ``{"faire": …}`` moves it."""

    def get(self):
        return represented(self.context)

    def post(self):
        what = read_json(self.request, LIMIT).get("faire")
        work = {"transmettre": service.transmit, "renvoyer": service.resend, "abandonner": service.abandon}.get(what)
        if work is None:
            raise Refusal("pes.action", "« faire » vaut transmettre, renvoyer ou abandonner.", 400)
        if what != "abandonner" and not api.user.has_permission(TRANSMIT, obj=self.context):
            raise Refused("pes.role", "Transmettre demande le rôle de transmetteur de flux comptables.")
        if what != "abandonner":
            prove(registres.collectivite_of(self.context), self.request)
        work(self.context, self.userid)
        return represented(self.context)


def prove(collectivite, request):
    """Refuse under the level of assurance of the collectivité."""
    assurance.check(registres.reglages(registres.of(collectivite))["assurance"], request)


def told(instant):
    """Return an instant in RFC 3339, None for none."""
    return clock.rfc3339(instant) if instant else None


def represented(flux):
    """Return a flow as a JSON object."""
    lecture = flux.lecture
    return {
        "@id": flux.absolute_url(),
        "nomfic": flux.entete.nomfic,
        "codcol": flux.entete.cod_col,
        "collectivite": registres.collectivite_of(flux).siren,
        "fichier": flux.filename,
        "octets": flux.size,
        "sha256": flux.sha256,
        "nom_envoi": flux.sent_as or None,
        "etat": flux.etat,
        "code": states.ETATS[flux.etat].code,
        "libelle": states.ETATS[flux.etat].libelle,
        "depose": told(flux.deposited_at),
        "transmis": told(flux.sent_at),
        "repondu": told(flux.answered_at),
        "detruit": told(flux.destroyed_at),
        "resume": lecture.summary if lecture is not None else None,
        "erreurs": [_finding(item) for item in lecture.errors] if lecture is not None else [],
        "remarques": [_finding(item) for item in lecture.warnings] if lecture is not None else [],
        "signatures": list(lecture.signatures) if lecture is not None else [],
        "anomalies": [
            {
                "domaine": item.domaine,
                "bordereau": item.bordereau,
                "exercice": item.exercice,
                "piece": item.piece,
                "ligne": item.ligne,
                "piece_jointe": item.unique,
                "code": item.code,
                "libelle": item.libelle,
                "refus": item.bloquante,
            }
            for item in outcome.anomalies(flux.elements)
        ],
    }


def _finding(item):
    code, message, line = item
    return {"code": code, "message": message, "line": line}
