"""``@@avis?id=``: one notice on one support: its frozen bytes, every exchange, and what a newspaper answered."""

from decimal import Decimal
from decimal import InvalidOperation
from functools import cached_property
from megalis.portal.consultations.exchanges import attachments
from megalis.portal.consultations.notices import facts
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices import typed
from megalis.portal.consultations.notices.browser.publicity import Notices
from megalis.portal.consultations.notices.browser.publicity import SHORT
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.theme import words
from zExceptions import NotFound


PREVIOUS = {lifecycle.CHANGE: "Rectifie", lifecycle.CANCEL: "Annule"}
SHOWN = 20_000  # characters of the bytes on the page; the whole is a download away


class Notice(Notices):
    """The page of a record."""

    @cached_property
    def record(self):
        try:
            return store.find(self.consultation, self.text("id"))
        except Refused as refused:
            raise NotFound("avis") from refused

    @property
    def page_title(self):
        return sending.title_of(self.record)

    @property
    def crumbs(self):
        return [("Publicité", f"{self.here}?support={self.record.support}")]

    def __call__(self):
        self.record  # noqa: B018  a page of nothing is not found, before anything else
        return super().__call__()

    def post(self):
        self.need_right()
        if "repondre" not in self.request.form:
            raise Refused("action", "Action inconnue : rechargez la page.")
        values = {
            "reference": " ".join(self.text("reference").split())[:60],
            "net": amount(self.text("net"), "hors taxes"),
            "gross": amount(self.text("gross"), "toutes taxes comprises"),
            "day": typed.planned_day(self.text("jour")),
            "link": link(self.text("lien")),
        }
        uploads = self.request.form.get("justificatif")
        proofs = attachments.receive([uploads] if uploads is not None else [])
        if not any(values.values()) and not proofs:
            raise Refused("jal.reponse", "Rien n’est saisi : donnez au moins la référence, le devis ou le jour.")
        sending.acknowledge(self.consultation, self.record.id, self.who, values, proofs[0] if proofs else None)
        self.redirect(f"{self.url}/@@avis?id={self.record.id}", "Réponse du journal enregistrée.")

    @property
    def support(self):
        return SHORT[self.record.support]

    @property
    def badge(self):
        return lifecycle.BADGES[self.record.state], lifecycle.STATES[self.record.state]

    @property
    def facts(self):
        """List of (term, words)."""
        item = self.record
        quote = item.quote or {}
        expected = quote.get("expected")
        return [
            (term, text)
            for term, text in (
                ("Support", self.support),
                ("Journal", f"{item.newspaper['name']}, {item.newspaper['email']}" if item.newspaper else ""),
                ("Forme", store.FORMS[item.form] + (f", sous-type {item.subtype}" if item.subtype else "")),
                ("Identifiant", item.business_id if item.notice else ""),
                (PREVIOUS.get(item.kind, "Avis précédent"), item.previous),
                ("Motif", item.reason),
                ("Envoyé par", item.by),
                ("Remis", words.second(item.sent)),
                ("Reçu par le support", words.second(item.received)),
                ("Référence", item.reference),
                ("Paru le", f"{item.published_on:%d/%m/%Y}" if item.published_on else ""),
                (
                    "Estimation",
                    f"{words.euros(expected.net)} HT, {words.euros(expected.gross)} TTC" if expected else "",
                ),
                ("Devis", " ".join(filter(None, (self._paid("net", "HT"), self._paid("gross", "TTC"))))),
                ("Empreinte SHA-256", item.sha256 if item.size else ""),
            )
            if text
        ]

    def _paid(self, name, unit):
        value = (self.record.quote or {}).get(name)
        return f"{words.euros(value)} {unit}" if value is not None else ""

    @property
    def link(self):
        return self.record.link

    @property
    def reasons(self):
        return self.record.reasons

    @property
    def exchanges(self):
        """The history, newest first: dicts ``at, what, detail, by``."""
        return list(reversed(self.record.history))

    @property
    def bytes_shown(self):
        text = self.record.data.decode("utf-8", "replace")
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    @property
    def rubrics(self):
        return self.record.said

    @property
    def differs(self):
        """True when the consultation no longer says what was sent."""
        item = self.record
        if item.kind not in (lifecycle.CALL, lifecycle.CHANGE):
            return False  # nothing rectifies the others from here
        return bool(item.said) and bool(sending.changed_since(item, facts.call_of(self.consultation)))

    @property
    def may_rectify(self):
        """True when a change notice may leave now: it follows a notice that was published."""
        return lifecycle.CHANGE in sending.next_kinds(self.consultation, self.record.support)

    @property
    def answers(self):
        """True when the answer of a newspaper may be noted."""
        item = self.record
        over = (lifecycle.TO_SEND, lifecycle.REFUSED, lifecycle.GIVEN_UP)
        return item.support == thresholds.JAL and item.form == store.TEXT and item.state not in over and self.may_send

    @property
    def may_abandon(self):
        return self.record.running and self.may_send

    @property
    def may_resend(self):
        return self.record.state == lifecycle.GIVEN_UP and bool(self.record.size) and self.may_send

    hint = attachments.HINT


def amount(text, name):
    """Return the Decimal of a form, or None; Refused ``jal.montant``."""
    text = "".join(text.split()).replace("€", "").replace(",", ".")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or not 0 <= found < 10**7 or -found.as_tuple().exponent > 2:
        raise Refused("jal.montant", f"« {text[:20]} » n’est pas un montant {name} : écrivez-le comme 125,40.", text)
    return found


def link(text):
    """Return an https address, or ""; Refused ``jal.lien``."""
    text = text.strip()
    if text and (not text.startswith("https://") or len(text) > 300 or any(char.isspace() for char in text)):
        raise Refused("jal.lien", f"« {text[:60]} » n’est pas une adresse : elle commence par https://.", text)
    return text


class File(Notices):
    """``@@avis-fichier``: the bytes of a record (``?id=``), or of what would leave (``?support=&genre=``)."""

    def __call__(self):
        if self.text("id"):
            try:
                record = store.find(self.consultation, self.text("id"))
            except Refused as refused:
                raise NotFound("avis") from refused
            data, form, name = record.data, record.form, f"{record.support}-{record.version}"
        else:
            support = typing.one_of(self.text("support"), sending.supports(self.consultation), "")
            kind = typing.one_of(self.text("genre"), lifecycle.KINDS, lifecycle.CALL)
            if not support or support == thresholds.PROFILE:
                raise NotFound("avis")
            draft = sending.draft(self.consultation, support, kind, reason=self.text("motif") or "(motif)")
            data, form, name = draft.data, draft.form, support
        if not data:
            raise NotFound("avis")
        plain = form == store.TEXT
        response = self.request.response
        response.setHeader("Content-Type", "text/plain; charset=utf-8" if plain else "application/xml")
        ending = "txt" if plain else "xml"
        response.setHeader("Content-Disposition", f'attachment; filename="avis-{name}.{ending}"')
        response.setHeader("Cache-Control", "private, no-store")
        return data


class Proof(Notices):
    """``@@avis-justificatif?id=``: the file a newspaper gave as proof."""

    def __call__(self):
        try:
            proof = store.find(self.consultation, self.text("id")).proof
        except Refused as refused:
            raise NotFound("avis") from refused
        if proof is None:
            raise NotFound("avis")
        response = self.request.response
        response.setHeader("Content-Type", "application/octet-stream")
        response.setHeader(
            "Content-Disposition", f'attachment; filename="{proof.name.encode("ascii", "replace").decode()}"'
        )
        response.setHeader("Cache-Control", "private, no-store")
        with proof.blob.open("r") as stream:
            return stream.read()
