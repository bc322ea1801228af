"""``@actes/<SIREN>/…``: acts for programs, with the account of an agent and exactly its rights; refusals are coded JSON."""

from base64 import b64decode
from functools import cached_property
from io import BytesIO
from megalis.portal.actes import proposing
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes import telling
from megalis.portal.formats.actes import depot
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import trust
from megalis.portal.organisations import assurance
from megalis.portal.organisations import directory
from megalis.portal.organisations import people
from plone import api
from plone.restapi.services import Service
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import binascii
import json
import re
import transaction


FOLLOW = "megalis: Follow acts"
PREPARE = "megalis: Prepare acts"
TRANSMIT = "megalis: Transmit acts"
MAX_JSON = 40 * 1024 * 1024  # documents in base64 included; larger ones come one by one
PAGE = 50
STATUS = {
    "actes.inconnu": 404,
    "actes.piece": 404,
    "actes.detruit": 410,
    "actes.numero-double": 409,
    "actes.parti": 409,
    "actes.transition": 409,
    "actes.meme-personne": 403,
    "assurance.certificat": 403,
    "assurance.mot-de-passe": 403,
    "actes.taille": 413,
}
# Method, what follows the SIREN (* is a name), what is done, the permission it asks for on the register or on the act.
ROUTES = (
    ("GET", (), "listing", FOLLOW),
    ("POST", (), "create", PREPARE),
    ("GET", ("*",), "read", FOLLOW),
    ("PUT", ("*",), "update", PREPARE),
    ("PUT", ("*", "documents", "*"), "put_document", PREPARE),
    ("GET", ("*", "documents", "*"), "get_document", FOLLOW),
    ("POST", ("*", "demander"), "submit", PREPARE),
    ("POST", ("*", "transmettre"), "transmit", TRANSMIT),
    ("POST", ("*", "annuler"), "cancel", TRANSMIT),
)
WORDS = {FOLLOW: "suivre", PREPARE: "préparer", TRANSMIT: "transmettre"}


class _Upload(BytesIO):
    def __init__(self, name, data):
        super().__init__(data)
        self.filename = name


@implementer(IPublishTraverse)
class Acts(Service):
    """Reads an address, finds what answers it, does it with the rights of the account."""

    def __init__(self, context, request):
        super().__init__(context, request)
        self.params = []

    def publishTraverse(self, request, name):
        self.params.append(name)
        return self

    def render(self):
        mark = transaction.savepoint(optimistic=True)
        try:
            answer = self._answer()
        except Refusal as refusal:
            answer = self._refuse(mark, refusal.status, refusal.code, refusal.message)
        except Refused as refused:
            answer = self._refuse(mark, STATUS.get(refused.code, 422), refused.code, refused.message)
            found = getattr(refused, "findings", ())
            if found:
                answer["erreurs"] = [{"code": item.code, "message": item.message} for item in found]
        response = self.request.response
        response.setHeader("Cache-Control", "no-store")
        if isinstance(answer, bytes):
            return answer
        response.setHeader("Content-Type", "application/json")
        return json.dumps(answer, ensure_ascii=False, indent=2)

    def _refuse(self, mark, status, code, message):
        mark.rollback()
        people.forget_cached()
        self.request.response.setStatus(status)
        if status == 401:
            self.request.response.setHeader("WWW-Authenticate", 'Basic realm="e-megalis"')
        return {"code": code, "message": message}

    def _answer(self):
        # Credentials are asked for in a header: those a browser sends along by itself open nothing here.
        auth = (self.request._auth or "").lower()
        if not auth.startswith(("basic ", "bearer ")) or people.current(self.request) is None:
            raise Refusal("compte", "Identifiez-vous par HTTP Basic, avec le compte d’un agent.", 401)
        trust(self.request)
        work, permission, args = self._route()
        place = self.acte if args and args[0] is self.acte else self.registre or self.collectivite
        if not api.user.has_permission(permission, obj=place):
            raise Refusal("droit", f"Votre compte ne permet pas de {WORDS[permission]} les actes ici.", 403)
        return getattr(self, work)(*args)

    def _route(self):
        _siren, *steps = self.params or [""]
        self.collectivite  # noqa: B018  known before anything is told
        met = False
        for method, pattern, work, permission in ROUTES:
            if len(pattern) != len(steps) or any(p not in ("*", s) for p, s in zip(pattern, steps, strict=True)):
                continue
            met = True
            if method == self.request.method:
                args = [step for p, step in zip(pattern, steps, strict=True) if p == "*"]
                return work, permission, [self.acte, *args[1:]] if args else []
        if met:
            raise Refusal("methode", f"Méthode {self.request.method} refusée à cette adresse.", 405)
        raise Refusal("adresse", "Cette adresse n’existe pas : voyez la documentation.", 404)

    @cached_property
    def collectivite(self):
        siren = self.params[0] if self.params else ""
        found = directory.collectivite(siren) if re.fullmatch("[0-9]{9}", siren, re.ASCII) else None
        if found is None or not api.user.has_permission(FOLLOW, obj=found):
            raise Refusal("collectivite", "Aucune collectivité où vous suivez des actes n’a ce SIREN.", 404)
        return found

    @cached_property
    def registre(self):
        return registres.of(self.collectivite)

    @cached_property
    def acte(self):
        registre, name = self.registre, self.params[1] if len(self.params) > 1 else ""
        if registre is None or name not in registre.objectIds():
            raise Refused("actes.inconnu", f"Aucun acte n’a l’identifiant « {name[:60]} » : créez-le d’abord.", name)
        return registre[name]

    @property
    def userid(self):
        return api.user.get_current().getId()

    def body(self, limit):
        """Return the bytes of the body; Refusal when there are none or too many."""
        stream = self.request.get("BODYFILE")
        data = b""
        if stream is not None:
            stream.seek(0)
            data = stream.read(limit + 1)
        if not data:
            raise Refusal("vide", "La demande n’a pas de contenu.")
        if len(data) > limit:
            raise Refusal(
                "taille", f"La demande pèse plus de {limit // 1048576} Mo : déposez les documents un à un.", 413
            )
        return data

    def said(self):
        """Return ``(values, documents)`` of a JSON body; Refused with every finding when one is wrong."""
        data = self.body(MAX_JSON)
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Refusal("json", "La demande n’est pas du JSON en UTF-8.") from error
        documents = value.pop("documents", []) if isinstance(value, dict) else []
        fiche = depot.sheet(json.dumps(value).encode())
        said = rules.entered(fiche.textes, registres.classification_of(self.registre), service.today())
        if said.findings:
            refused = Refused(said.findings[0].code, " ".join(item.message for item in said.findings))
            refused.findings = said.findings
            raise refused
        return said.values, list(map(_offered, _listed(documents)))

    # the works

    def listing(self):
        form = self.request.form
        etat, number = str(form.get("etat", "")), str(form.get("page", "1"))
        if etat and etat not in states.ETATS:
            raise Refusal("etat", f"« {etat[:30]} » n’est pas un état : {', '.join(states.ETATS)}.")
        page = int(number) if re.fullmatch("[1-9][0-9]{0,4}", number, re.ASCII) else 1
        if self.registre is None:
            return {"total": 0, "page": page, "actes": []}
        query = {"portal_type": "Acte", "path": "/".join(self.registre.getPhysicalPath())}
        if etat:
            query["acte_etat"] = etat
        if form.get("numero"):
            query["acte_numero"] = str(form["numero"]).strip().upper()[:20]
        found = api.portal.get_tool("portal_catalog")(sort_on=("modified", "rang"), sort_order="reverse", **query)
        rows = found[(page - 1) * PAGE : page * PAGE]
        return {"total": len(found), "page": page, "actes": [telling.brief(brain) for brain in rows]}

    def create(self):
        values, documents = self.said()
        acte = proposing.propose(
            self.collectivite, values, documents, self.userid, "Reçu par l’interface de programmation"
        )
        self.request.response.setStatus(201)
        self.request.response.setHeader(
            "Location", f"{self.context.absolute_url()}/@actes/{self.params[0]}/{acte.getId()}"
        )
        return telling.whole(acte)

    def read(self, acte):
        return telling.whole(acte)

    def update(self, acte):
        values, documents = self.said()
        if documents:
            raise Refusal("documents", "Les documents se déposent un à un : PUT …/documents/<nom>.")
        service.update(acte, values, self.userid)
        return telling.whole(acte)

    def put_document(self, acte, name):
        service.check_editable(acte)
        data = self.body(service.LARGEST)
        for piece in [piece for piece in acte.pieces if piece.name == name]:
            service.remove_piece(acte, piece.id)
        service.add_piece(acte, _Upload(name, data), str(self.request.form.get("type", ""))[:10])
        return telling.whole(acte)

    def get_document(self, acte, name):
        piece = service.piece(acte, name)
        file = piece.file
        if file is None:
            raise Refused("actes.detruit", "Les fichiers de cet acte ont été détruits : il n’en reste rien ici.", name)
        if self.request.form.get("forme") == "tamponne":
            if piece.stamped is None:
                raise Refused("actes.piece", "Ce document n’a pas de copie tamponnée : attendez l’acquittement.", name)
            file = piece.stamped
        self.request.response.setHeader("Content-Type", file.contentType)
        self.request.response.setHeader("X-Content-Type-Options", "nosniff")
        return file.data

    def submit(self, acte):
        service.submit(acte, self.userid)
        return telling.whole(acte)

    def transmit(self, acte):
        self.prove()
        service.transmit(acte, self.userid)
        return telling.whole(acte)

    def prove(self):
        """Refuse under the level of assurance of the collectivité."""
        assurance.check(registres.reglages(self.registre)["assurance"], self.request)

    def cancel(self, acte):
        self.prove()
        service.cancel(acte, self.userid)
        return telling.whole(acte)


def _listed(documents):
    if not isinstance(documents, list) or len(documents) > depot.MAX_MEMBERS:
        raise Refusal("documents", f"« documents » est une liste de {depot.MAX_MEMBERS} documents au plus.")
    return documents


def _offered(item):
    """Return the Offered of a document of a JSON body."""
    wanted = isinstance(item, dict) and all(isinstance(item.get(name, ""), str) for name in ("nom", "type", "contenu"))
    if not wanted or not item.get("nom") or "contenu" not in item:
        raise Refusal(
            "documents", "Chaque document a un « nom », un « contenu » en base64, et un « type » s’il le faut."
        )
    try:
        data = b64decode(item["contenu"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("documents", f"« {item['nom'][:60]} » : le « contenu » n’est pas du base64.") from error
    return proposing.Offered(item["nom"], data, item.get("type", "")[:10])
