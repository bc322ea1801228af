"""The HTTP interface of deposits and openings, used by our pages and by ``megalis deposit`` alike (JSON both ways)."""

from megalis.portal.consultations import api as consultations
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.deposits import receipts
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import depositor_of
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import JSONView
from megalis.portal.kernel.http import read_json
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.organisations import people
from megalis.portal.sealing.parts import PART_SIZE
from plone.protect.interfaces import IDisableCSRFProtection
from zope.interface import alsoProvides
from zope.interface import implementer
from ZPublisher.Iterators import IStreamIterator

import json
import transaction


RECEIVED = "megalis.received"


def received_at(request):
    """Return the instant at which the server had the whole request: kept across retries of the same request."""
    known = request.environ.get(RECEIVED)
    if known is None:
        known = request.environ[RECEIVED] = clock.now()
    return known


def body_of(request, limit):
    """Return the raw body (bytes); Refusal 413 over ``limit``."""
    stream = request.get("BODYFILE")
    if stream is None:
        return b""
    stream.seek(0)
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise Refusal("taille", f"Plus de {limit} octets dans une seule demande.", 413)
    return data


def whole(field):
    """Return the bytes of an uploaded field, up to one more than a part; asks for no buffer larger than what is there."""
    field.seek(0, 2)
    size = field.tell()
    field.seek(0)
    return field.read(min(size, PART_SIZE + 1))


class Parameters(JSONView):
    """GET: what is needed to seal and deposit."""

    def reply(self):
        depositor = depositor_of(self.context, self.request)
        return {**service.parameters(self.context, depositor), "authenticator": self.authenticator()}


class Progress(JSONView):
    """GET ``?depot=``: where a deposit stands."""

    def reply(self):
        depositor = depositor_of(self.context, self.request)
        deposit = self.request.form.get("depot", "")
        if not is_uuidhex(deposit):
            raise Refusal("identifiant", "Identifiant de dépôt illisible.")
        return service.progress(self.context, depositor, deposit)


class PutPart(JSONView):
    """PUT ``?depot=&pli=&offset=``: one part of a ciphertext."""

    def reply(self):
        require_post(self.request)
        form = self.request.form
        offset = form.get("offset", "")
        if not isinstance(offset, str) or not offset.isdecimal() or len(offset) > 15:
            raise Refusal("offset-illisible", "Le paramètre « offset » est un nombre d’octets.")
        digest = service.digest_of(self.request.getHeader("Content-Digest"))
        depositor = depositor_of(self.context, self.request)
        data = body_of(self.request, PART_SIZE)
        deposit, pli = form.get("depot", ""), form.get("pli", "")
        return {"recu": service.put_part(self.context, depositor, deposit, pli, int(offset), data, digest)}


class Finish(JSONView):
    """POST: receives the deposit, with the bytes not sent before."""

    def reply(self):
        received = received_at(self.request)
        require_post(self.request)
        depositor = depositor_of(self.context, self.request)
        demand = read_json(self.request, 8_000_000)
        tails = {}
        for name, field in self.request.form.items():
            if name.startswith("fin-") and hasattr(field, "read"):
                tails[name.removeprefix("fin-")] = whole(field)
        try:
            deposit, created = service.finish(self.context, depositor, demand, tails, received)
        except Refusal as refusal:
            self.tell_refusal(depositor, demand, refusal)
            raise
        self.status = 201 if created else 200
        return service.summary(self.context, deposit)

    def tell_refusal(self, depositor, demand, refusal):
        """Keep the refusal in the journal: whoever was refused at one minute to noon can prove why and when."""
        transaction.abort()
        event = {"type": "refus", "consultation": consultations.uuid(self.context), "code": refusal.code}
        event["depot"] = demand["depot"] if is_uuidhex(demand.get("depot")) else ""
        event["siret"] = depositor.siret
        journal.record(self.context, event)
        transaction.commit()


class Withdraw(JSONView):
    """POST ``{"depot"}``: withdraws a deposit before the deadline."""

    def reply(self):
        require_post(self.request)
        depositor = depositor_of(self.context, self.request)
        demand = read_json(self.request)
        deposit = service.withdraw(self.context, depositor, demand.get("depot"), received_at(self.request))
        return service.summary(self.context, deposit)


def own_deposit(view):
    """Return the Deposit asked by ``?depot=`` when it is the user's company's; Refusal 404 otherwise."""
    depositor = depositor_of(view.context, view.request)
    wanted = view.request.form.get("depot", "")
    deposit = store.find_deposit(view.context, wanted) if is_uuidhex(wanted) else None
    if deposit is None or deposit.company != depositor.company:
        raise Refusal("depot-inconnu", "Ce dépôt est introuvable parmi les vôtres.", 404)
    return deposit


class ReceiptJSON(JSONView):
    """GET ``?depot=``: the receipt, to keep and to verify offline."""

    def reply(self):
        deposit = own_deposit(self)
        name = f"accuse-{deposit.number}.json"
        self.request.response.setHeader("Content-Disposition", f'attachment; filename="{name}"')
        return receipts.receipt(deposit)

    def answer(self, value, status=200):
        super().answer(value, status)
        return json.dumps(value, ensure_ascii=False, indent=1)


class AgentView(JSONView):
    """An address for agents of the buyer; ``self.person`` is who asks."""

    @property
    def person(self):
        return people.current(self.request)

    @property
    def who(self):
        """Return ``(userid, name)`` for the journal."""
        if self.person is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’agent.", 403)
        return self.person.userid, self.person.fullname


class OpeningRows(AgentView):
    """GET: every pli of the consultation with its state and verdict; nothing of its content."""

    def reply(self):
        gate = service.recipients.gate(self.context)
        if consultations.state(self.context) not in ("close", "ouverture", "analyse", "decidee", "notifiee"):
            raise Refusal("pas-close", "La date limite n’est pas passée : les plis restent au secret.", 409)
        mine = [item for item in gate.recipients if item["porteur"] == self.who[0]] if gate is not None else []
        return {
            "serveur": clock.rfc3339(clock.now()),
            "close": gate is not None and gate.closed is not None,
            "enveloppes": list(self.context.envelopes),
            "ouvertes": opening.begun(self.context),
            "mes_cles": [{"role": item["role"], "fingerprint": item["fingerprint"]} for item in mine],
            "plis": opening.rows(self.context),
            "authenticator": self.authenticator(),
        }


class OpeningStart(AgentView):
    """POST ``{"enveloppe"}``: begins the opening of one kind of envelope."""

    def reply(self):
        require_post(self.request)
        demand = read_json(self.request)
        opening.start(self.context, demand.get("enveloppe"), self.who[0])
        return {"ouvertes": opening.begun(self.context)}


class OpeningVerdict(AgentView):
    """POST ``{"pli","verdict","documents","fingerprint"}``: what the holder found."""

    def reply(self):
        require_post(self.request)
        return opening.record_verdict(self.context, read_json(self.request, 4_000_000), *self.who)


@implementer(IStreamIterator)
class Ciphertext:
    """Streams a pli in chunks of at most 1 MiB; holds the blobs' connection no longer than the response."""

    def __init__(self, files, size):
        self.size = size
        self._chunks = _read_files(files)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._chunks)

    def __len__(self):
        return self.size


def _read_files(files):
    for stream in files:
        with stream:
            while data := stream.read(store.CHUNK):
                yield data


def stream(view, pli):
    """Answer with the ciphertext of a pli."""
    response = view.request.response
    response.setHeader("Content-Type", "application/octet-stream")
    response.setHeader("Content-Length", str(pli.size))
    response.setHeader("Content-Disposition", f'attachment; filename="{pli.id}.age"')
    response.setHeader("Cache-Control", "no-store")
    return Ciphertext([part.blob.open("r") for part in pli.parts], pli.size)


class TrialCiphertext(JSONView):
    """GET ``?depot=&pli=`` in the simulation room: one's own trial pli, to open it at once with the test key."""

    def __call__(self):
        try:
            deposit = own_deposit(self)
            found = [pli for pli in deposit.plis if pli.id == self.request.form.get("pli", "")]
            if not found:
                raise Refusal("pli-inconnu", "Ce pli n’existe pas dans ce dépôt.", 404)
        except Refusal as refusal:
            return self.answer({"code": refusal.code, "message": refusal.message}, refusal.status)
        return stream(self, found[0])


class HandOut(AgentView):
    """GET ``?pli=``: the ciphertext of one pli, once it may be opened; written in the journal."""

    def __call__(self):
        # The reading itself is an event: this GET writes, and only that.
        alsoProvides(self.request, IDisableCSRFProtection)
        try:
            pli = opening.hand_out(self.context, self.request.form.get("pli", ""), *self.who)
        except Refusal as refusal:
            transaction.abort()
            return self.answer({"code": refusal.code, "message": refusal.message, **refusal.extra}, refusal.status)
        return stream(self, pli)


class FileDocuments(AgentView):
    """POST multipart (``pli``, files ``document``): puts opened files into the restricted folder."""

    def reply(self):
        require_post(self.request)
        form = self.request.form
        items = form.get("document", [])
        items = items if isinstance(items, list) else [items]
        uploads = [item for item in items if hasattr(item, "read") and getattr(item, "filename", "")]
        if not uploads:
            raise Refusal("documents", "Aucun fichier reçu : joignez au moins un document.")
        kept = []
        for item in uploads:
            data = item.read(filing.MAX_FILE + 1)
            content = filing.file_document(self.context, form.get("pli", ""), item.filename, data, *self.who)
            kept.append({"nom": content.title, "url": content.absolute_url()})
        self.status = 201
        return {"verses": kept}
