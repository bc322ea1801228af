"""``@@notifier``: the rejected are told, the standstill passes, the contract of each lot is notified to its holders."""

from functools import cached_property
from megalis.portal.awards import notification
from megalis.portal.awards.browser.base import AwardPage
from megalis.portal.awards.judgements import BidJudgement
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import documents
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.tracking import indexers
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.theme.export import send_pdf
from urllib.parse import urlencode
from zExceptions import NotFound


MOST = 100  # lines a page of each table


def paper_key(recipient):
    """Return what names one who answered on paper in an address."""
    return f"{recipient.siret} {recipient.name}".strip()


class Notify(AwardPage):
    """The page."""

    page_title = "Information des candidats écartés et notification"

    def post(self):
        if self.text("constater"):
            return self._hand_over()
        if self.phase != phase.DECIDEE:
            words = api.state_label(self.consultation, self.now)
            raise Refused(
                "notification.etape", f"On notifie une fois les décisions arrêtées ; l’étape est « {words} »."
            )
        informed = self._informed()
        before = self.consultation.informed_at
        self.consultation.informed_at = informed
        self.consultation.informed_on_paper = bool(self.text("sur_papier"))
        self.consultation.sole_candidate = self._sole()
        indexers.refresh(self.consultation)
        if self.text("notifier"):
            workflow.fire(self.consultation, transitions.NOTIFIER)
            return self.redirect(f"{self.url}/@@gestion", "La consultation est notifiée.")
        event = {
            "type": "consultation",
            **workflow.identity(self.consultation),
            "fait": "information",
            "date": clock.rfc3339(informed) if informed else "",
        }
        if before is not None and before != informed:
            event["avant"] = clock.rfc3339(before)
        journal.record(self.consultation, event)
        return self.redirect(f"{self.url}/@@notifier", "Date gardée.")

    def _informed(self):
        informed = typing.moment(self.text("informed_at"))
        if informed is not None and informed > clock.now():
            raise Refused(
                "information.avenir", "La date d’information des candidats écartés est à venir : vérifiez-la."
            )
        last = max((row["available"] for row in self.rejected if row["available"]), default=None)
        if last is None or informed is None:
            return informed
        if informed < last.replace(second=0, microsecond=0):
            raise Refused(
                "information.courriers",
                f"Le dernier courrier est parti le {clock.french(last)} : le délai ne court pas avant lui. Laissez cette "
                "date.",
            )
        return last if informed == last.replace(second=0, microsecond=0) else informed

    def _sole(self):
        """Return the box that says the holder was alone; Refused ``suspension.candidats`` when others answered."""
        if not self.text("sole_candidate"):
            return False
        if self.rivals:
            raise Refused(
                "suspension.candidats",
                f"Le titulaire n’était pas seul : {', '.join(self.rivals[:3])} ont aussi répondu à un lot attribué. Le "
                "délai s’applique (R. 2182-1 et R. 2182-2) : décochez la case.",
            )
        return True

    def _hand_over(self):
        lot, _bar, key = self.text("titulaire").partition("|")
        date = typing.moment(self.text("remis_le"))
        notification.state_handed(self.consultation, lot, key, date, self.person.userid if self.person else "")
        self.redirect(f"{self.url}/@@notifier", "La remise est constatée.")

    @cached_property
    def rivals(self):
        """The names of those who answered an awarded lot and did not win it."""
        kept = api.decisions(self.consultation)
        won = {number for number, item in kept.items() if item["decision"] == decisions.ATTRIBUE}
        others = [*letters.rejected(self.consultation), *self.on_paper_alone]
        return [item.name for item, lots in others if won & set(lots)]

    @cached_property
    def on_paper_alone(self):
        """The rejected who answered on paper: ``[(Recipient, [lots])]``."""
        return letters.rejected_on_paper(self.consultation)

    @property
    def by_post(self):
        """The same, a line a lot: dicts name, lot, url of the letter to print, or that of the analysis that lacks a reason."""
        found = []
        for item, lots in self.on_paper_alone:
            told = {lot: self.told(item, lot)["reason"] for lot in lots}
            address = (
                f"{self.url}/@@notifier-lettre.pdf?{urlencode({'qui': paper_key(item)})}" if all(told.values()) else ""
            )
            for lot in lots:
                name = letters.lot_name(self.consultation, lot) if lot else ""
                analysis = "" if told[lot] else f"{self.url}/@@analyse?{urlencode({'lot': lot})}"
                found.append({"name": item.name, "lot": name, "url": address, "analysis": analysis})
        return found[:MOST]

    @cached_property
    def judgement(self):
        return BidJudgement(self.consultation)

    def told(self, recipient, lot):
        """Return what one who answered on paper is told of a lot: dict rank, score, reason ("" while the analysis has none)."""
        found, kept = self.judgement.told(recipient, lot), api.decisions(self.consultation)[lot]
        if not found["reason"] and kept["decision"] != decisions.ATTRIBUE:
            return {**found, "reason": kept["reason"] or decisions.DECISIONS[kept["decision"]]}
        return found

    @property
    def is_decided(self):
        return self.phase == phase.DECIDEE

    @property
    def is_notified(self):
        return self.phase in notification.TOLD

    @property
    def obstacle(self):
        if self.is_decided or self.is_notified:
            return ""
        return "Cette page sert une fois les décisions arrêtées."

    @property
    def informed(self):
        if self.errors:
            return self.text("informed_at")
        return typing.moment_text(self.consultation.informed_at)

    @property
    def sole(self):
        return bool(self.text("sole_candidate")) if self.errors else self.consultation.sole_candidate

    @property
    def on_paper(self):
        return bool(self.text("sur_papier")) if self.errors else self.consultation.informed_on_paper

    @cached_property
    def rejected(self):
        """The rejected bidders, a line a lot: dicts name, lot, available, read, url of the letter."""
        told = letters.letters(self.consultation, letters.REJECTION)
        found = []
        for item, lots in letters.rejected(self.consultation):
            for lot in lots:
                delivery = told.get((item.key, lot))
                found.append(
                    {
                        "name": item.name,
                        "lot": letters.lot_name(self.consultation, lot) if lot else "",
                        "available": delivery.available if delivery else None,
                        "read": delivery.first_read if delivery else None,
                        "url": f"{self.url}/@@envoi?message={delivery.message.id}" if delivery else "",
                    }
                )
        return found

    @property
    def rejected_shown(self):
        return sorted(self.rejected, key=lambda row: row["available"] is not None)[:MOST]

    @property
    def to_inform(self):
        """How many rejected bids have no letter yet."""
        return sum(1 for row in self.rejected if row["available"] is None)

    @property
    def winners(self):
        """True when a holder answered here: he can be notified by a letter."""
        return bool(letters.winners(self.consultation))

    @cached_property
    def awarded(self):
        return notification.awarded(self.consultation)

    @cached_property
    def parties(self):
        """The holders, a line a lot and a holder: dicts for the table, those still to be notified first."""
        found = []
        for lot, holders in notification.parties(self.consultation, now=self.now).items():
            for party in holders:
                sent = party.delivery
                found.append(
                    {
                        "value": f"{lot}|{party.key}",
                        "name": party.name,
                        "lot": f"Lot {lot}" if lot else "",
                        "sent": sent.available if sent else None,
                        "url": f"{self.url}/@@envoi?message={sent.message.id}" if sent else "",
                        "date": party.date,
                        "how": notification.HOW.get(party.how, ""),
                        "presumed": rules.presumed_from(sent.available)[0] if sent and not party.date else None,
                        "online": party.recipient is not None,
                    }
                )
        return sorted(found, key=lambda row: row["date"] is not None)[:MOST]

    @property
    def to_notify(self):
        """The holders whose date is not settled: list of (value, words)."""
        return [
            (row["value"], f"{row['name']}, {row['lot'].lower()}".rstrip(", "))
            for row in self.parties
            if not row["date"]
        ]

    @property
    def by_letter(self):
        """True while a holder who answered here has no letter yet."""
        return any(row["online"] and not row["sent"] and not row["date"] for row in self.parties)

    @property
    def days(self):
        return gathering.standstill_days(self.consultation)

    @property
    def days_words(self):
        """``11 jours pleins (16 quand l’information n’est pas électronique)``."""
        found = legal.applied(self.consultation, self.consultation.published_at or self.now)
        more = found.standstill_paper
        if not found.standstill:
            return ""
        rest = f" ({more} quand l’information n’est pas électronique)" if more and more != found.standstill else ""
        return f"{found.standstill} jours pleins{rest}"

    @property
    def free_from(self):
        """The first instant of the notification, or None."""
        informed = self.consultation.informed_at
        if self.consultation.sole_candidate or not self.awarded:
            return None
        return decisions.standstill_end(informed, self.days) if informed and self.days else None

    @property
    def waits(self):
        """True while the standstill runs."""
        return self.free_from is not None and self.now < self.free_from


class PostedLetter(Notify):
    """``@@notifier-lettre.pdf?qui=``: the letter to print for one who answered on paper and did not win."""

    def __call__(self):
        asked = self.text("qui")
        found = [pair for pair in self.on_paper_alone if paper_key(pair[0]) == asked]
        if not asked or not found:
            raise NotFound("notifier-lettre.pdf")
        recipient, lots = found[0]
        rows = [(lot, self.told(recipient, lot)) for lot in lots]
        try:
            subject, text = letters.to_post(self.consultation, recipient, rows)
        except Refused as refused:
            self.fail([(refused.code, refused.message)], 422)
            return self.index()
        return send_pdf(
            self.request, "courrier.pdf", documents.to_post(self.consultation, recipient, subject, text, self.now)
        )
