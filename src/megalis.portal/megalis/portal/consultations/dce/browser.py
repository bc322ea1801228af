"""Taking the dossier, by anybody: one click without a name, or with an address to be told of what changes."""

from base64 import b64encode
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.consultations.dce import archive
from megalis.portal.consultations.dce import sending
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.interfaces import IPieceDCE
from megalis.portal.consultations.rules import files
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.organisations import people
from megalis.portal.theme import words
from plone import api as plone_api
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from urllib.parse import urlencode
from zExceptions import NotFound
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import io
import transaction


SUMS = "SHA256SUMS"
REMEMBERED = 4096
HELD = 48  # files of one archive
SIMPLE = ("application/pdf", "text/plain", "image/png", "image/jpeg", "application/zip")

_crcs = {}


def crc_of(piece):
    """Return the CRC-32 of a piece (its Line): noted when it came in, else read once by this process (the SHA-256 names the content)."""
    found = piece.crc32 if piece.crc32 is not None else _crcs.get(piece.sha256)
    if found is None:
        with piece.blob.open("r") as stream:
            found = archive.crc32(stream)
        if len(_crcs) >= REMEMBERED:
            _crcs.clear()
        _crcs[piece.sha256] = found
    return found


def sums(pieces):
    """Return the lines that ``sha256sum -c`` reads."""
    return "".join(f"{piece.sha256}  {archive.safe_name(piece.filename)}\n" for piece in pieces)


def once(stream):
    """Return a function that gives an already open file, whatever becomes of its path meanwhile."""
    return lambda: stream


def opener_of(blob, streams):
    """Return a function that opens a Blob when the connection to the database is gone; may add to ``streams``.

    The first files are held open. Beyond HELD some downloads at a time would take all descriptors of the process: those
    files are found by a connection of their own when their turn comes, so that the first byte does not wait for 100,000
    of them. A pack that took one away cuts the download, which can resume.
    """
    if len(streams) < HELD:
        streams.append(blob.open("r"))
        return once(streams[-1])
    database, oid = blob._p_jar.db(), blob._p_oid

    def later():
        connection = database.open(transaction.TransactionManager())
        try:
            return open(connection.get(oid).committed(), "rb")
        finally:
            connection.close()

    return later


def archive_of(pieces, when):
    """Return ``(Archive, open files)`` of pieces (Lines) and of their SHA256SUMS."""
    streams, members, names = [], [], set()
    lines = []
    for piece in pieces:
        opener = opener_of(piece.blob, streams)
        name = files.free_of(archive.safe_name(piece.filename), names.__contains__)
        names.add(name.casefold())
        lines.append(f"{piece.sha256}  {name}\n")
        members.append(archive.Member(name, piece.size, crc_of(piece), opener, when))
    data = "".join(lines).encode()
    name = files.free_of(SUMS, names.__contains__)
    members.append(archive.Member(name, len(data), archive.crc32(io.BytesIO(data)), lambda: io.BytesIO(data), when))
    return archive.Archive(members), streams


class Dossier(BrowserView):
    """What every way to the dossier shares."""

    door = "entreprises"

    @cached_property
    def consultation(self):
        return api.consultation_of(self.context)

    @property
    def url(self):
        return self.consultation.absolute_url()

    @property
    def is_agent(self):
        return plone_api.user.has_permission("megalis: Follow consultation", obj=self.consultation)

    @cached_property
    def follower(self):
        """The follower of a signed link, or None."""
        form = self.request.form
        return withdrawals.follower(self.consultation, form.get("suivi"), form.get("jeton"), withdrawals.DOWNLOAD)

    def tell(self, taken, size):
        """Write the withdrawal, when this request is one; the only thing a GET writes here."""
        if not api.is_public(self.consultation) or self.is_agent or not sending.is_person(self.request):
            return
        alsoProvides(self.request, IDisableCSRFProtection)
        withdrawals.record(self.consultation, taken, size, self.follower)

    def sent(self, before):
        """Tell whether the answer carries bytes (neither 304 nor 416)."""
        return self.request.response.getStatus() in (200, 206)


class Zip(Dossier):
    """``@@dce.zip``: the dossier, a lot of it or chosen pieces."""

    def __call__(self):
        try:
            taken = withdrawals.scope(self.consultation, self.request.form)
        except Refused as refused:
            plone_api.portal.show_message(refused.message, self.request, "error")
            self.request.response.redirect(f"{self.url}/@@dce", status=303)
            return ""
        version = [entry["at"] for entry in api.history(self.consultation)[-1:]]
        when = clock.paris(version[0] if version else clock.now()).replace(microsecond=0)
        made, streams = archive_of(taken.pieces, when)
        body = sending.answer(
            self.request, made.length, made.etag, self.filename(taken), "application/zip", made.read, streams
        )
        if self.sent(body):
            self.tell(taken, made.length)
        return body

    def filename(self, taken):
        part = {"lot": f"-lot-{taken.lot}", "pieces": "-choix"}.get(taken.kind, "")
        return files.clean_name(f"DCE-{self.consultation.reference}{part}.zip")


@implementer(IPublishTraverse)
class Piece(Dossier):
    """``@@dce-piece/<id>``: one file, resumable. What left the dossier stays readable by the buyer's agents."""

    def __init__(self, context, request):
        super().__init__(context, request)
        self.name = None

    def publishTraverse(self, request, name):
        if self.name is not None:
            raise NotFound(name)
        self.name = name
        return self

    def piece(self):
        """Return the piece of the address; NotFound for what the visitor may not have."""
        found = self.consultation._getOb(self.name, None) if self.name else None
        if not IPieceDCE.providedBy(found) or found.file is None:
            raise NotFound(self.name)
        # Before the publication, whoever may see the page at all may read its pieces.
        standing = 0 < found.since <= self.consultation.version and found.until is None
        if not self.is_agent and api.is_public(self.consultation) and not standing:
            raise NotFound(self.name)
        return found

    def __call__(self):
        piece = self.piece()
        stream = piece.file.open()
        kind = piece.file.contentType or "application/octet-stream"
        kind = kind if kind in SIMPLE or kind.startswith("application/vnd.") else "application/octet-stream"
        digest = b64encode(bytes.fromhex(piece.sha256)).decode()
        self.request.response.setHeader("Repr-Digest", f"sha-256=:{digest}:")

        def read(start, stop):
            return archive.slice_of(once(stream), start, stop)

        body = sending.answer(self.request, piece.size, f'"{piece.sha256}"', piece.filename, kind, read, (stream,))
        if self.sent(body):
            self.tell(withdrawals.Scope("pieces", pieces=(piece,)), piece.size)
        return body


class PieceFile(Piece):
    """``<piece>/@@download/file``: Plone's own way to the file obeys the same rules."""

    def piece(self):
        self.name = self.context.getId()
        return super().piece()

    def publishTraverse(self, request, name):
        return self


class Sums(Dossier):
    """``@@SHA256SUMS``: the fingerprints of the standing pieces."""

    def __call__(self):
        response = self.request.response
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        response.setHeader("X-Content-Type-Options", "nosniff")
        return sums(api.lines(self.consultation))


class Take(Dossier):
    """``@@dce``: the page of the dossier: one click without a name, or an address to be told."""

    page_title = "Télécharger le dossier"
    errors = ()

    def __call__(self):
        if self.request.method == "POST":
            try:
                require_post(self.request)
                return self.join()
            except (Refusal, Refused) as refused:
                transaction.abort()
                self.errors = [(refused.code, refused.message)]
                self.request.response.setStatus(getattr(refused, "status", 422))
        return self.index()

    def join(self):
        if not api.is_public(self.consultation):
            raise Refusal("dce.brouillon", "Cette consultation n’est pas publiée.", 409)
        form, company = self.request.form, self.company
        if form.get("compte") and company:
            person, place = self.person, self.person.etablissement
            siret = getattr(place, "siret", "") or ""
            item = withdrawals.follow(self.consultation, person.email, company.title, siret, person.userid, self.taken)
            dossiers.remember(company, self.consultation)
        else:
            mail, name = form.get("courriel", ""), form.get("entreprise", "")
            item = withdrawals.follow(self.consultation, mail, name, taken=self.taken)
        pairs = [("suivi", item.id), ("jeton", withdrawals.sign(self.consultation, item.id, withdrawals.DOWNLOAD))]
        self.request.response.redirect(f"{self.url}/@@dce?{urlencode(pairs + self.kept)}", status=303)
        return ""

    @cached_property
    def person(self):
        return people.current(self.request)

    @cached_property
    def company(self):
        """The company of the signed-in user, or None."""
        return self.person.entreprise if self.person is not None and self.person.kind == people.ENTREPRISE else None

    @property
    def kept(self):
        """What of the dossier was asked, to keep it from page to page: list of (name, value)."""
        form = self.request.form
        asked = form.get("piece", ())
        asked = asked if isinstance(asked, (list, tuple)) else [asked]
        found = [("piece", name) for name in asked if isinstance(name, str)]
        return found + ([("lot", form["lot"])] if isinstance(form.get("lot"), str) and form["lot"] else [])

    @property
    def download(self):
        """The address of what is asked, in the name of the follower when there is one."""
        pairs = list(self.kept)
        if self.follower is not None:
            pairs += [("suivi", self.request.form["suivi"]), ("jeton", self.request.form["jeton"])]
        query = urlencode(pairs)
        return f"{self.url}/@@dce.zip{'?' if query else ''}{query}"

    @cached_property
    def taken(self):
        """The Scope asked, or None when it is empty or wrong."""
        try:
            return withdrawals.scope(self.consultation, self.request.form)
        except Refused:
            return None

    @property
    def what(self):
        if self.taken is None:
            return ""
        names = {"tout": "Le dossier complet", "lot": f"Les documents du lot {self.taken.lot}", "pieces": "Votre choix"}
        count = len(self.taken.pieces)
        size = words.size(sum(piece.size for piece in self.taken.pieces))
        return f"{names[self.taken.kind]} : {count} document{'s' if count > 1 else ''}, {size}"

    @property
    def followed(self):
        """What the follower is told of, in words."""
        lots = self.follower.lots
        if not lots:
            return "Tout changement de cette consultation"
        which = f"le lot {lots[0]}" if len(lots) == 1 else f"les lots {', '.join(lots)}"
        return f"Tout changement qui touche {which} ou toute la consultation"

    @property
    def value(self):
        """What was typed, given back when it is refused."""
        return {name: str(self.request.form.get(name, ""))[:200] for name in ("courriel", "entreprise")}


class Leave(Dossier):
    """``@@ne-plus-prevenir``: the end of the messages, by the signed link each of them bears."""

    page_title = "Ne plus être prévenu"
    done = False

    @cached_property
    def item(self):
        form = self.request.form
        return withdrawals.follower(self.consultation, form.get("suivi"), form.get("jeton"), withdrawals.LEAVE)

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "no-store")
        if self.item is None:
            self.request.response.setStatus(404)
        elif self.request.method == "POST" and self.item.active:
            # The signed link is the proof; a mail program posts it without any page of ours.
            alsoProvides(self.request, IDisableCSRFProtection)
            for item in withdrawals.followers(self.consultation):
                if item.email == self.item.email:
                    item.active = False
            self.done = True
        return self.index()

    @property
    def form(self):
        return {name: str(self.request.form.get(name, "")) for name in ("suivi", "jeton")}

    @property
    def address(self):
        """The address with most of it hidden: ``m…@exemple.fr``."""
        name, _, domain = self.item.email.partition("@")
        return f"{name[:1]}…@{domain}"
