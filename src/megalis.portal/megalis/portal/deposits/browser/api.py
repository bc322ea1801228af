"""The HTTP interface of deposits and openings, used by our pages and by ``megalis deposit`` alike (JSON both ways)."""

from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import ranking
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.deposits import demands
from megalis.portal.deposits import filing
from megalis.portal.deposits import naming
from megalis.portal.deposits import opening
from megalis.portal.deposits import receipts
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import depositor_of
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pace
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
pace.in_turn("depot-finaliser")


# What a browser says again by itself, or never reached the room: no fact of the consultation.
PROTOCOL = {
    "jeton",
    "methode",
    "json",
    "compte",
    "identifiant",
    "offset",
    "empreinte",
    "empreinte-absente",
    "deja-recu",
}


def tell_refusal(context, act, refusal, **who):
    """Keep a refusal in the journal: whoever was refused at one minute to noon can prove why and when.

    Also what was asked for too early, or by somebody who may not, leaves its trace. Ends the transaction.
    """
    transaction.abort()
    if refusal.code in PROTOCOL:
        return
    place = "consultation" if IConsultation.providedBy(context) else "collectivite"
    event = {"type": "refus", "acte": act, place: consultations.uuid(context), "code": refusal.code, **who}
    journal.record(context, event)
    transaction.commit()


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
        digest = demands.digest_of(self.request.getHeader("Content-Digest"))
        depositor = depositor_of(self.context, self.request)
        data = body_of(self.request, PART_SIZE)
        deposit, pli = form.get("depot", ""), form.get("pli", "")
        try:
            received = service.put_part(self.context, depositor, deposit, pli, int(offset), data, digest)
        except Refusal as refusal:
            tell_refusal(self.context, "depot", refusal, depot=deposit, siret=depositor.siret)
            raise
        return {"recu": received}


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
            asked = demand["depot"] if is_uuidhex(demand.get("depot")) else ""
            tell_refusal(self.context, "depot", refusal, depot=asked, siret=depositor.siret)
            raise
        self.status = 201 if created else 200
        return service.summary(self.context, deposit)


class Withdraw(JSONView):
    """POST ``{"depot"}``: withdraws a deposit before the deadline."""

    def reply(self):
        require_post(self.request)
        depositor = depositor_of(self.context, self.request)
        demand = read_json(self.request)
        try:
            deposit = service.withdraw(self.context, depositor, demand.get("depot"), received_at(self.request))
        except Refusal as refusal:
            asked = demand["depot"] if is_uuidhex(demand.get("depot")) else ""
            tell_refusal(self.context, "retrait-pli", refusal, depot=asked, siret=depositor.siret)
            raise
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
    """An address for agents of the buyer; ``self.person`` is who asks.

    A view with an ``act`` writes in the journal what it refuses.
    """

    act = None

    def __call__(self):
        try:
            answer = self.reply()
        except Refusal as refusal:
            transaction.abort()
            if self.act is not None and self.person is not None:
                tell_refusal(self.context, self.act, refusal, agent=self.person.fullname, **self.named())
            self.status = refusal.status
            answer = {"code": refusal.code, "message": refusal.message, **refusal.extra}
        return self.answer(answer, self.status)

    def named(self):
        """Return what the refusal names beside the agent."""
        return {}

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
        mine = opening.presentable(self.context, self.who[0])
        return {
            "serveur": clock.rfc3339(clock.now()),
            "close": gate is not None and gate.closed is not None,
            "enveloppes": list(naming.order(self.context)),
            "classement_attendu": ranking.names_hidden(self.context),
            "ouvertes": opening.begun(self.context),
            "mes_cles": [{"role": item["role"], "fingerprint": item["fingerprint"]} for item in mine],
            "plis": opening.rows(self.context),
            "authenticator": self.authenticator(),
        }


class OpeningStart(AgentView):
    """POST ``{"enveloppe"}``: begins the opening of one kind of envelope."""

    act = "ouverture"

    def reply(self):
        require_post(self.request)
        demand = read_json(self.request)
        opening.start(self.context, demand.get("enveloppe"), self.who[0])
        return {"ouvertes": opening.begun(self.context)}


class OpeningVerdict(AgentView):
    """POST ``{"pli","verdict","documents","fingerprint"}``: what the holder found."""

    act = "verdict"

    def reply(self):
        require_post(self.request)
        return opening.record_verdict(self.context, read_json(self.request, 4_000_000), *self.who)


@implementer(IStreamIterator)
class Ciphertext:
    """Streams a pli in chunks of at most 1 MiB, one open file at a time: a bid of 4 GB has 500 parts.

    The parts are read by the names of their committed files, as the database connection is gone by then; they are never
    rewritten. The first is opened at once, so that a blob that is not there is an error and not a short answer.
    """

    def __init__(self, paths, size):
        self.size = size
        self._chunks = _read_files(paths, open(paths[0], "rb"))  # noqa: SIM115

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._chunks)

    def __len__(self):
        return self.size


def _read_files(paths, first):
    for path in paths:
        with first if first is not None else open(path, "rb") as stream:
            first = None
            while data := stream.read(store.CHUNK):
                yield data


def stream(view, pli):
    """Answer with the ciphertext of a pli."""
    response = view.request.response
    response.setHeader("Content-Type", "application/octet-stream")
    response.setHeader("Content-Length", str(pli.size))
    response.setHeader("Content-Disposition", f'attachment; filename="{pli.id}.age"')
    response.setHeader("Cache-Control", "no-store")
    return Ciphertext([part.blob.committed() for part in pli.parts], pli.size)


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

    act = "lecture"

    def named(self):
        asked = self.request.form.get("pli", "")
        return {"pli": asked if is_uuidhex(asked) else ""}

    def reply(self):
        # The reading itself is an event, and so is its refusal: this GET writes, and only that.
        alsoProvides(self.request, IDisableCSRFProtection)
        return stream(self, opening.hand_out(self.context, self.request.form.get("pli", ""), *self.who))

    def answer(self, value, status=200):
        return value if isinstance(value, Ciphertext) else super().answer(value, status)


class PliContext(AgentView):
    """GET ``?pli=``: the context a pli must be bound to, from our own records, for ``megalis open --context``."""

    def reply(self):
        opening.holder_key(self.context, self.who[0])
        row, _deposit, pli = opening.find_row(self.context, self.request.form.get("pli", ""))
        if row["etat"] != "a-ouvrir":
            raise Refusal(row["etat"], "Ce pli n’est pas à ouvrir.", 409)
        self.request.response.setHeader("Content-Disposition", f'attachment; filename="{pli.id}.json"')
        return pli.context


class FileDocuments(AgentView):
    """POST multipart (``pli``, files ``document``): puts opened files into the restricted folder."""

    act = "versement"

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
            content = filing.file_document(self.context, form.get("pli", ""), item.filename, item, *self.who)
            kept.append({"nom": content.title, "url": content.absolute_url()})
        self.status = 201
        return {"verses": kept}
