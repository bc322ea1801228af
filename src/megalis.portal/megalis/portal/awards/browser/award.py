"""``@@attribution``, ``@@hors-delai``, ``@@signature``: the road to the notification and what lies beside it."""

from functools import cached_property
from megalis.portal.awards import late
from megalis.portal.awards import meetings
from megalis.portal.awards import notification
from megalis.portal.awards import signing
from megalis.portal.awards import steps
from megalis.portal.awards.browser.base import AwardPage
from megalis.portal.awards.browser.base import WithDocuments
from megalis.portal.consultations import api
from megalis.portal.consultations import ranking
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges.browser.base import PUBLISH
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.theme import words


PREPARE = "megalis: Prepare consultation"
TITULAR = "attribue"
PUBLISHERS = ("@@notifier", "@@publicite")  # pages whose button is a validator’s


class Award(AwardPage):
    """``@@attribution``: the steps, the next one first, and where each lot stands."""

    page_title = "Attribution"
    crumbs = ()

    def post(self):
        if not self.may_prepare:
            raise Refusal("role", "L’attribution est préparée par les acheteurs de la collectivité.", 403)
        late.declare_none(self.consultation, self.person.fullname if self.person is not None else "")
        self.redirect(f"{self.url}/@@decision", "L’absence de pli est constatée : déclarez la procédure infructueuse.")

    @cached_property
    def may_prepare(self):
        return self.may(PREPARE, self.consultation)

    @cached_property
    def may_publish(self):
        return self.may(PUBLISH, self.consultation)

    @property
    def may_declare_none(self):
        return self.may_prepare and late.may_declare_none(self.consultation)

    @cached_property
    def steps(self):
        return steps.steps(self.consultation, self.now, meetings.told(self.consultation))

    @property
    def action(self):
        """What comes next: dict ``title, text, url, label``, or None when it is nobody's turn here."""
        found = steps.NextAward(self.consultation).action(self.now)
        if found is None or self.may_declare_none:
            return None
        title, text, view, label = found
        allowed = self.may_publish if view in PUBLISHERS else self.may_prepare
        url = view if "://" in view else f"{self.url}/{view}"
        return {"title": title, "text": text, "url": url if allowed else "", "label": label}

    @property
    def late_words(self):
        """``1 pli hors délai``, or ""; with what is still to decide."""
        found = late.late_deposits(self.consultation)
        if not found:
            return ""
        waiting = len(late.undecided(self.consultation))
        text = words.plural(len(found), "pli hors délai", "plis hors délai")
        return f"{text}, {waiting} à décider" if waiting else text

    @cached_property
    def numbers(self):
        kept = api.decisions(self.consultation)
        return [number for number in ([lot.number for lot in self.lots] or [""]) if number in kept]

    @property
    def rows(self):
        """The decisions of this page: dicts lot, title, label, badge, holders, amount, reason, date, how."""
        kept, titles = api.decisions(self.consultation), {lot.number: lot.title for lot in self.lots}
        award = notification.store.of(self.consultation)
        done = award.notified if award is not None else {}
        found = []
        for number in self.numbers[self.part]:
            item = kept[number]
            held = done.get(number)
            found.append(
                {
                    "lot": number,
                    "title": titles.get(number, self.consultation.title),
                    "label": decisions.DECISIONS[item["decision"]],
                    "badge": "awarded" if item["decision"] == TITULAR else "closed",
                    "holders": self._holders(item),
                    "amount": item.get("amount"),
                    "reason": item.get("reason", ""),
                    "date": held["date"] if held else None,
                    "how": notification.HOW[held["how"]] if held else "",
                }
            )
        return found

    def _holders(self, item):
        found = []
        for holder in decisions.holders_of(item):
            members = ", ".join(name for name, _siret in holder["members"])
            found.append(f"{holder['name']} (avec {members})" if members else holder["name"])
        return ", ".join(found)


class Late(AwardPage):
    """``@@hors-delai``: what becomes of each bid that came late."""

    page_title = "Plis hors délai"

    @cached_property
    def may_decide(self):
        return self.may(PUBLISH, self.consultation)

    @cached_property
    def rows(self):
        """The late bids: dicts id, name, number, received, by how much, decision."""
        kept = late.decisions(self.consultation)
        hidden = self.hidden
        return [
            {
                "id": item.id,
                "name": "" if hidden else item.name,
                "number": item.number,
                "received": item.received,
                "decision": late.CHOICES[kept[item.id]["decision"]] if item.id in kept else "",
                "reason": kept[item.id]["reason"] if item.id in kept else "",
                "final": item.id in kept and kept[item.id]["decision"] == late.REJECTED,
            }
            for item in late.late_deposits(self.consultation)
        ]

    @cached_property
    def hidden(self):
        return ranking.names_hidden(self.consultation)

    @property
    def to_decide(self):
        return [row for row in self.rows if not row["final"]]

    @property
    def choices(self):
        return list(late.CHOICES.items())

    @property
    def signatory(self):
        return self.text("signataire") or (self.person.fullname if self.person is not None else "")

    def post(self):
        if not self.may_decide or self.person is None:
            raise Refusal("role", "Un valideur décide des plis hors délai.", 403)
        if self.hidden:
            raise Refused("tardif.anonymat", "Les candidats sont anonymes jusqu’au classement du jury : attendez-le.")
        sheet = {"signataire": self.text("signataire"), "qualite": self.text("qualite"), "complement": ""}
        late.decide(self.consultation, self.text("depot"), self.text("choix"), self.text("motif"), self.person, sheet)
        self.redirect(f"{self.url}/@@hors-delai", "La décision est inscrite au journal.")


class Signature(WithDocuments):
    """``@@signature``: the contract, signed outside and put back here."""

    page_title = "Documents signés"

    def piece(self, key):
        found = signing.find(self.consultation, key)
        return found.piece if found is not None else None

    @cached_property
    def may_add(self):
        return self.may(PUBLISH, self.consultation)

    @cached_property
    def awarded(self):
        """The contracts, one a lot and a holder: list of (value of the choice, words)."""
        kept = api.decisions(self.consultation)
        return [
            (
                f"{lot}|{notification.key_of(holder)}",
                f"{letters.lot_name(self.consultation, lot)} : {holder['name']}"[:140],
            )
            for lot in notification.awarded(self.consultation)
            for holder in decisions.holders_of(kept[lot])
        ]

    @property
    def obstacle(self):
        state = api.state(self.consultation, self.now)
        if state not in steps.AFTER:
            return "Le marché se signe une fois les décisions arrêtées."
        return "" if self.awarded else "Aucun lot n’est attribué ici : il n’y a rien à signer."

    @property
    def signatories(self):
        return list(signing.SIGNATORIES.items())

    @property
    def rows(self):
        """The signed documents, newest first: dicts name, url, size, sha256, lot, who, at, by."""
        return [
            {
                "name": item.piece.name,
                "url": f"{self.url}/@@signature?piece={item.piece.id}",
                "size": item.piece.size,
                "sha256": item.piece.sha256,
                "lot": self._contract(item),
                "who": signing.SIGNATORIES[item.signed_by],
                "at": item.at,
                "by": item.by,
            }
            for item in reversed(signing.documents(self.consultation))
        ]

    def _contract(self, item):
        lot = f"lot {item.lot}" if item.lot else ""
        name = dict(self.awarded).get(f"{item.lot}|{item.holder}", "").rpartition(" : ")[2]
        return ", ".join(filter(None, (lot, name)))

    @property
    def waits_to_notify(self):
        """True when a document is there and a holder still waits for his letter."""
        return (
            bool(self.rows)
            and self.may_add
            and any(
                not party.date and party.delivery is None
                for found in notification.parties(self.consultation).values()
                for party in found
            )
        )

    def post(self):
        if not self.may_add or self.person is None:
            raise Refusal("role", "Un valideur verse les documents signés.", 403)
        lot, _bar, holder = self.text("lot").partition("|")
        signed_by, by = self.text("signe_par"), self.person.fullname
        signing.add(self.consultation, lot, self.received(), signed_by, by, holder)
        self.redirect(f"{self.url}/@@signature", "Le document signé est versé, son empreinte est au journal.")
