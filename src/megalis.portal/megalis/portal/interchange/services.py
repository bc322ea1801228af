"""``@interchange/v1``: one service that reads an address, finds what answers it, and says no in coded JSON."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.formats.interchange import model
from megalis.portal.formats.interchange import neutral
from megalis.portal.formats.interchange.flavours import FLAVOURS
from megalis.portal.formats.refusal import Refused
from megalis.portal.interchange import giving
from megalis.portal.interchange import keys
from megalis.portal.interchange import plugin
from megalis.portal.interchange import receiving
from megalis.portal.interchange import store
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import trust
from plone.app.uuid.utils import uuidToObject
from plone.restapi.services import Service
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import json
import transaction


MAX_BYTES = 10 * 1024 * 1024  # of a document; pieces have the limits of a dossier
MAX_PIECE = 2 * 1024**3
STATUS = {
    "echange.inconnue": 404,
    "echange.registre": 404,
    "echange.etat": 409,
    "echange.curseur": 400,
    "echange.limite": 400,
}
ROUTES = (
    ("GET", (), "about", keys.READ),
    ("GET", ("schema",), "schema", keys.READ),
    ("GET", ("consultations",), "listing", keys.READ),
    ("POST", ("consultations",), "batch", keys.WRITE),
    ("GET", ("consultations", "*"), "read", keys.READ),
    ("PUT", ("consultations", "*"), "put", keys.WRITE),
    ("PUT", ("consultations", "*", "pieces", "*"), "put_piece", keys.WRITE),
    ("DELETE", ("consultations", "*", "pieces", "*"), "delete_piece", keys.WRITE),
    ("GET", ("consultations", "*", "registres", "*"), "register", keys.READ),
    ("GET", ("consultations", "*", "resultats"), "results", keys.READ),
)


@implementer(IPublishTraverse)
class Interchange(Service):
    """The room's address for programs. Each answer is that of the collectivité of the key, and of no other."""

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
            answer = self._refuse(mark, refusal.status, refusal.code, refusal.message, refusal.extra)
        except Refused as refused:
            answer = self._refuse(mark, STATUS.get(refused.code, 422), refused.code, refused.message, {})
        response = self.request.response
        response.setHeader("Cache-Control", "no-store")
        if isinstance(answer, bytes):
            return answer
        response.setHeader("Content-Type", "application/json")
        return json.dumps(answer, ensure_ascii=False, indent=2)

    def _refuse(self, mark, status, code, message, extra):
        mark.rollback()
        self.request.response.setStatus(status)
        return {"code": code, "message": message, **extra}

    def _answer(self):
        key = self.request.other.get(plugin.KEY)
        if key is None:
            raise Refusal("cle", "Présentez une clé d’interface : Authorization: Bearer mgk_….", 401)
        wait = keys.seconds_to_wait(key.id, clock.now())
        if wait:
            self.request.response.setHeader("Retry-After", str(wait))
            raise Refusal("debit", f"Plus de {keys.RATE} demandes cette minute : reprenez dans {wait} s.", 429)
        if keys.is_suspended(self.collectivite):
            raise Refusal(
                "organisme", "Cette collectivité est suspendue : ses clés n’ouvrent rien jusqu’à nouvel ordre.", 403
            )
        trust(self.request)  # a key is shown by a program, never sent along by a browser
        keys.note_use(key)
        work, args = self._route(key)
        return getattr(self, work)(*args)

    def _route(self, key):
        version, *steps = self.params or [""]
        if version != "v1":
            raise Refusal("version", "La version se dit dans l’adresse : @interchange/v1.", 404)
        met = False
        for method, pattern, work, scope in ROUTES:
            if len(pattern) != len(steps) or any(p not in ("*", s) for p, s in zip(pattern, steps, strict=True)):
                continue
            met = True
            if method == self.request.method:
                if scope not in key.scopes:
                    raise Refusal(
                        "portee", f"Cette clé ne permet pas « {keys.SCOPES[scope]} » : demandez-en une autre.", 403
                    )
                return work, [step for p, step in zip(pattern, steps, strict=True) if p == "*"]
        if met:
            raise Refusal("methode", f"Méthode {self.request.method} refusée à cette adresse.", 405)
        raise Refusal("adresse", "Cette adresse n’existe pas : voyez la documentation.", 404)

    # what every work needs

    @cached_property
    def key(self):
        return self.request.other[plugin.KEY]

    @cached_property
    def collectivite(self):
        found = uuidToObject(self.key.collectivite, unrestricted=True)
        if found is None:
            raise Refusal("organisme", "La collectivité de cette clé n’est plus sur la plateforme.", 403)
        return found

    @property
    def by(self):
        return f"{self.key.title} (clé {self.key.id[:8]})"

    @property
    def flavour(self):
        name = self.request.form.get("format", "json")
        if name not in FLAVOURS:
            raise Refusal("format", f"« {str(name)[:20]} » n’est pas un format : {', '.join(FLAVOURS)}.")
        return FLAVOURS[name]

    def body(self, limit=None):
        """Return the body as a seekable stream."""
        stream = self.request.get("BODYFILE")
        if stream is None:
            raise Refusal("vide", "La demande n’a pas de contenu.")
        stream.seek(0, 2)
        size = stream.tell()
        stream.seek(0)
        limit = MAX_BYTES if limit is None else limit
        if size > limit:
            raise Refusal("taille", f"La demande pèse {size} octets : {limit} au plus.", 413)
        return stream

    def found(self, external):
        record, consultation = store.find(self.collectivite, external)
        if consultation is None:
            raise Refused("echange.inconnue", f"Aucune consultation n’est connue sous « {external[:60]} ».", external)
        return record, consultation

    # the works

    def about(self):
        base = f"{self.context.absolute_url()}/@interchange/v1"
        return {
            "version": model.VERSION,
            "collectivite": {"nom": self.collectivite.title, "siret": self.collectivite.siret},
            "cle": {"nom": self.key.title, "portees": list(self.key.scopes), "expire": clock.rfc3339(self.key.expires)},
            "formats": {name: flavour.TITLE for name, flavour in FLAVOURS.items()},
            "adresses": {"consultations": f"{base}/consultations", "schema": f"{base}/schema"},
        }

    def schema(self):
        return model.document_schema()

    def listing(self):
        rows = []
        for external in sorted(store.records(self.collectivite)):
            record, consultation = store.find(self.collectivite, external)
            if consultation is not None:
                rows.append(giving.summary(consultation, record))
        return {"version": model.VERSION, "consultations": rows}

    def batch(self):
        records = self.flavour.read(self.body().read())
        outcomes = [receiving.receive(self.collectivite, record, self.by) for record in records]
        kept = sum(item.status < 300 for item in outcomes)
        self.request.response.setStatus(200 if kept == len(outcomes) else 207)
        refused = len(outcomes) - kept
        return {"recues": kept, "refusees": refused, "consultations": [item.as_json() for item in outcomes]}

    def put(self, external):
        (record, *others) = self.flavour.read(self.body().read())
        if others:
            raise Refused("echange.nombre", "Cette adresse reçoit une consultation : envoyez-en plusieurs par POST.")
        if record.external != external:
            shown = record.external[:60] or "absente"
            raise Refused(
                "echange.reference", f"L’adresse dit « {external[:60]} », le document « {shown} ».", record.external
            )
        outcome = receiving.receive(self.collectivite, record, self.by)
        answer = outcome.as_json()
        if outcome.status >= 400:
            first = outcome.findings[0]
            raise Refusal(first.code, first.message, outcome.status, **answer)
        self.request.response.setStatus(outcome.status)
        return answer

    def read(self, external):
        record, consultation = self.found(external)
        return giving.summary(consultation, record) | {"consultation": receiving.neutral(consultation, external)}

    def put_piece(self, external, name):
        stream = self.body(MAX_PIECE)
        piece, status = receiving.receive_piece(self.collectivite, external, name, stream, self.by)
        self.request.response.setStatus(status)
        return {"nom": piece.filename, "octets": piece.size, "sha256": piece.sha256, "nature": piece.kind}

    def delete_piece(self, external, name):
        receiving.remove_piece(self.collectivite, external, name, self.by)
        return {"nom": name, "resultat": "retiree"}

    def register(self, external, kind):
        _record, consultation = self.found(external)
        form = self.request.form
        cursor, limit = giving.cursor_of(form.get("curseur")), giving.limit_of(form.get("limite"))
        found = giving.register(consultation, external, kind, cursor, limit)
        if found.rows:
            receiving.tell(consultation, f"registre des {kind} transmis", f"{len(found.rows)} lignes", self.by)
        return self.written(found)

    def results(self, external):
        _record, consultation = self.found(external)
        found = giving.results(consultation, external)
        if found.rows:
            receiving.tell(consultation, "résultats transmis", api.state_label(consultation), self.by)
        return self.written(found)

    def written(self, register):
        """Return a register in the format asked for."""
        flavour = self.flavour
        if flavour is neutral:
            return register.as_json()
        self.request.response.setHeader("Content-Type", f"{flavour.MEDIA}; charset=utf-8")
        return flavour.write(register)
