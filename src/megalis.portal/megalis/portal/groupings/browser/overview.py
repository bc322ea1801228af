"""The page of a grouping: where it stands, what comes next, who is in it, what happened."""

from functools import cached_property
from megalis.portal.groupings import opening
from megalis.portal.groupings import service
from megalis.portal.groupings.browser.base import Page
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import ILinks
from megalis.portal.organisations.browser.base import Itself
from zope.component import getAdapters


FACTS = {
    "creation": "Groupement créé",
    "convention": "Convention modifiée",
    "document": "Convention signée jointe",
    "invitation": "Invitation",
    "accepter": "Convention acceptée",
    "refuser": "Invitation refusée",
    "signer": "Convention signée",
    "convention-signee": "Convention signée par tous",
    "retrait": "Membre retiré",
    "enquete": "Enquête envoyée",
    "prolongation": "Enquête prolongée",
    "reponse": "Réponse reçue",
    "reponse-corrigee": "Réponse corrigée",
    "reponse-tardive": "Réponse tardive, mise de côté",
    "reponse-retenue": "Réponse tardive retenue",
    "relance": "Rappel",
    "gel": "Besoins figés",
    "ouverture": "Consultation ouverte",
    "parts": "Parts arrêtées",
    "commande": "Commande",
    "commande-annulee": "Commande annulée",
}
SHOWN = 30


class Overview(Itself, Page):
    """The default view."""

    here = ""

    @cached_property
    def stations(self):
        """The line of the grouping: dicts title, css, note."""
        item, now = self.context, self.state
        steps = [
            ("Convention", item.stage == convention.WHOLE, convention.LABELS[item.stage]),
            ("Besoins", now == survey.FROZEN, survey.LABELS[now]),
            ("Consultation", bool(item.consultation), "Ouverte" if item.consultation else ""),
            ("Parts", bool(item.fixed), "Arrêtées" if item.fixed else ""),
        ]
        here = next((rank for rank, step in enumerate(steps) if not step[1]), len(steps))
        return [
            {"title": title, "css": "done" if done else "here" if rank == here else "next", "note": note}
            for rank, (title, done, note) in enumerate(steps)
        ]

    @property
    def action(self):
        """What comes next for the person here: dict title, text, url, label; None when nothing waits for it."""
        return self._of_member() or (self._of_coordinator() if self.coordinates else None)

    def _of_member(self):
        if self.member is None:
            return None
        if self.member.state == convention.INVITED and self.may_engage:
            return self._do(
                "Votre collectivité est invitée", "Lisez la convention, puis répondez.", "@@convention", "Répondre"
            )
        answer = self.context.answers.get(self.member.uid)
        if self.state == survey.OPEN and self.may_answer and answer is not None and answer.sent is None:
            text = f"Les besoins seront figés le {self.moment(self.context.closes)}."
            return self._do("Dites vos besoins", text, "@@reponse", "Répondre")
        waits = convention.INVITED in self.context.states.values() or len(self.context.active) < 2
        if self.member.state == convention.ACCEPTED and self.may_engage and not waits:
            return self._do(
                "La convention attend votre signature",
                "Après la délibération de votre assemblée.",
                "@@convention",
                "Signer",
            )
        return None

    def _of_coordinator(self):
        item = self.context
        if convention.lacking(item.values):
            text = f"Il manque encore {', '.join(convention.lacking(item.values))}."
            return self._do("Complétez la convention", text, "@@convention-modifier", "Compléter")
        if len(item.active) < 2:
            return self._do(
                "Invitez les membres", "Chacun accepte, puis signe la convention.", "@@convention", "Inviter"
            )
        if self.state == survey.PREPARED:
            return self._do(
                "Préparez l’enquête de besoins", "Des lots, des lignes, une date de gel.", "@@besoins", "Préparer"
            )
        if self.state == survey.OPEN and self.table.missing:
            count = self.plural(len(self.table.missing), "réponse attendue", "réponses attendues")
            return self._do(f"{count}", f"Jusqu’au {self.moment(item.closes)}.", "@@besoins", "Suivre")
        if self.state == survey.FROZEN and opening.consultation_of(item) is None:
            text = "La consultation s’ouvre d’après la consolidation, une fois la convention signée de tous."
            return self._do("Les besoins sont figés", text, "@@consolidation", "Consolider")
        if item.consultation and not item.fixed:
            return self._do(
                "Arrêtez les parts", "Elles feront les contrats de chaque membre.", "@@parts", "Voir les parts"
            )
        return None

    def _do(self, title, text, view, label):
        return {"title": title, "text": text, "url": f"{self.root}/{view}", "label": label}

    @property
    def members(self):
        return [
            (
                member.name,
                (convention.BADGES[member.state], convention.STATES[member.state]),
                member.uid == self.context.coordinator,
            )
            for member in self.context.active
        ]

    @property
    def history(self):
        """The last events, newest first: dicts words, more, at."""
        found = []
        for event in reversed(journal.events(self.context, service.EVENT)[-SHOWN:]):
            more = event.get("membre") or ", ".join(event.get("membres", ()))
            at = clock.from_rfc3339(event["instant"])
            found.append({"words": FACTS.get(event["fait"], event["fait"]), "more": more, "at": at})
        return found

    @property
    def links(self):
        """Pages of other rooms about this grouping (its workspace): list of (address, words)."""
        rooms = sorted(getAdapters((self.context, self.request), ILinks))
        return [link for _name, room in rooms for link in room()]

    @property
    def facts(self):
        item = self.context
        rows = [
            ("Coordonnateur", self.coordinator),
            ("Membres", str(len(item.active))),
            ("Durée", f"du {self.day(item.start)} au {self.day(item.end)}" if item.start and item.end else ""),
            ("Besoins figés le", self.moment(item.closes) if item.closes else ""),
        ]
        return [row for row in rows if row[1]]
