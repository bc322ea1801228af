"""Letters: to the rejected with reasons, invitations, requests, the notification; and their wordings."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import wording
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.exchanges.browser.base import PUBLISH
from megalis.portal.consultations.meeting import IBidJudgement
from megalis.portal.consultations.meeting import ISignedDocuments
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations.browser import base
from zExceptions import NotFound
from zope.component import queryAdapter


AT_A_TIME = 12  # rejected bidders of one page: each has fields for each of its lots
SHEET = ("signataire", "qualite", "complement")


class Letter(Exchange):
    """``@@courrier?genre=``: choose, write, look, send."""

    longest = rules.ANSWER
    previews = ()

    def __call__(self):
        if self.kind is None:
            raise NotFound(self.text("genre"))
        return super().__call__()

    @cached_property
    def kind(self):
        found = letters.KINDS.get(self.text("genre"))
        return None if found is not None and found.key in letters.APART else found

    @property
    def page_title(self):
        return self.kind.title

    @property
    def crumbs(self):
        return [("Échanges avec les entreprises", f"{self.url}/@@echanges")]

    @property
    def is_rejection(self):
        return self.kind.key == letters.REJECTION

    @property
    def is_request(self):
        return self.kind.key == letters.REQUEST

    @property
    def is_notification(self):
        return self.kind.key == letters.NOTIFICATION

    @property
    def allowed(self):
        return not self.kind.publishes or self.may(PUBLISH, self.consultation)

    @property
    def obstacle(self):
        """Why this letter cannot be sent now, or ""."""
        try:
            letters.check_time(self.consultation, self.kind.key)
        except Refused as refused:
            return refused.message
        return ""

    @cached_property
    def rejected(self):
        """The rejected bidders still to be told: ``[(Recipient, [lots])]``."""
        return letters.to_inform(self.consultation)

    @property
    def rows(self):
        """The rejected bidders of this page: dicts key, name, chosen, lots (name, fields)."""
        kept = decisions.DECISIONS
        decided = api.decisions(self.consultation)
        first = self.request.method != "POST"
        return [
            {
                "key": item.key,
                "name": item.name,
                "chosen": first or item.key in self.texts("destinataire"),
                "lots": [
                    {
                        "name": letters.lot_name(self.consultation, lot),
                        "decision": kept[decided[lot]["decision"]],
                        "winner": decisions.holder_names(decided[lot]),
                        "id": f"{item.key}.{rank}",
                        **(self._judged(item, lot) if first else self._typed(f"{item.key}.{rank}")),
                    }
                    for rank, lot in enumerate(lots)
                ],
            }
            for item, lots in self.rejected[:AT_A_TIME]
        ]

    def _typed(self, place):
        return {field: self.text(f"{field}.{place}") for field in ("motif", "rang", "note")}

    def _judged(self, item, lot):
        """What the analysis says of a bid, to be reread before it is sent."""
        judgement = queryAdapter(self.consultation, IBidJudgement)
        told = judgement.told(item, lot) if judgement is not None else {}
        return {"motif": told.get("reason", ""), "rang": told.get("rank", ""), "note": told.get("score", "")}

    @property
    def left(self):
        """How many rejected bidders wait for another page."""
        return max(0, len(self.rejected) - AT_A_TIME)

    @cached_property
    def offered(self):
        """Whom the other letters may go to: ``[(Recipient, [lots])]``."""
        if self.is_notification:
            return letters.winners(self.consultation)
        return [(item, list(item.lots)) for item in recipients.depositors(self.consultation)]

    @property
    def companies(self):
        """Dicts key, name, lots in words, told (when they already have this letter), chosen."""
        told = letters.letters(self.consultation, self.kind.key)
        chosen = self.texts("destinataire")
        found = []
        for item, lots in self.offered:
            dates = [told[item.key, lot].available for lot in lots if (item.key, lot) in told]
            found.append(
                {
                    "key": item.key,
                    "name": item.name,
                    "lots": f"lot{'s' if len(lots) > 1 else ''} {', '.join(lots)}" if any(lots) else "",
                    "told": max(dates) if dates else None,
                    "chosen": item.key in chosen or (self.is_notification and len(self.offered) == 1),
                }
            )
        return found

    @cached_property
    def signed(self):
        """What was signed for the holders that may be notified: dicts id, name, holder, chosen; one a document and a holder."""
        documents = queryAdapter(self.consultation, ISignedDocuments) if self.is_notification else None
        first = self.request.method != "POST"
        return [
            {
                "key": item.key,
                "id": piece.id,
                "piece": piece,
                "name": piece.name,
                "holder": item.name,
                "chosen": first or piece.id in self.texts("signe"),
            }
            for item, lots in (self.offered if documents is not None else ())
            for piece in documents.of(item, lots)
        ]

    def joined(self, chosen):
        """Return the documents of the letter: those signed with who is chosen, then those of the form."""
        keys = {item.key for item, _lots, _own in chosen}
        kept = [row["piece"] for row in self.signed if row["chosen"] and row["key"] in keys]
        return (*kept, *self.received())

    def chosen(self):
        """Return what ``letters.compose`` wants; Refused ``courrier.motif.*``, ``destinataire.inconnu``."""
        keys = list(dict.fromkeys(self.texts("destinataire")))
        known = {item.key: (item, lots) for item, lots in (self.rejected if self.is_rejection else self.offered)}
        unknown = [key for key in keys if key not in known]
        if unknown:
            raise Refused(
                "destinataire.inconnu", "Une entreprise choisie n’est plus dans la liste : rechargez la page."
            )
        if self.is_notification and len(keys) > 1:
            raise Refused("courrier.titulaire", "Notifiez un titulaire à la fois : chacun reçoit son propre marché.")
        return [(*known[key], self._own(*known[key])) for key in keys]

    def _own(self, item, lots):
        if self.is_notification:
            return {"lots": letters.awarded(self.consultation, lots)}
        if not self.is_rejection:
            return {}
        rows = [
            (
                lot,
                {
                    "reason": self.text(f"motif.{item.key}.{rank}"),
                    "rank": self.text(f"rang.{item.key}.{rank}"),
                    "score": self.text(f"note.{item.key}.{rank}"),
                },
            )
            for rank, lot in enumerate(lots)
        ]
        return {
            "motifs": letters.reasons(self.consultation, rows),
            "suspension": letters.suspension(self.consultation, self.now),
        }

    def post(self):
        if not self.allowed:
            raise Refusal("role", "Ce courrier est envoyé par un valideur : demandez-le-lui.", 403)
        known = messages.find(self.consultation, self.key)
        if known is not None:
            return self.redirect(f"{self.url}/@@envoi?message={known.id}", "Ce courrier est déjà envoyé.")
        chosen = self.chosen()
        sheet = {name: self.text(name) for name in SHEET}
        until = typing.moment(self.text("terme"))
        if self.text("apercu"):
            return self._preview(chosen, sheet, until)
        message = letters.send(
            self.consultation,
            self.person,
            self.kind.key,
            chosen,
            sheet,
            self.joined(chosen),
            until,
            self.key,
            self.text("pieces"),
        )
        return self.redirect(f"{self.url}/@@envoi?message={message.id}", "Le courrier est envoyé.")

    def _preview(self, chosen, sheet, until):
        if not chosen:
            raise Refused("message.destinataires", "Aucun destinataire n’est choisi : cochez une entreprise.")
        subject, parts, _signed = letters.compose(
            self.consultation, self.kind.key, chosen, sheet, until, self.text("pieces")
        )
        self.previews = [
            {"name": item.name, "subject": subject, "text": parts[rank]["text"]}
            for rank, (item, _lots, _own) in enumerate(chosen)
        ]

    @property
    def value(self):
        """What was typed; the first time the signatory is who writes."""
        found = {name: self.text(name) for name in (*SHEET, "terme", "pieces")}
        if self.request.method != "POST" and self.person is not None:
            found["signataire"] = self.person.fullname
        return found


class Wordings(base.Page):
    """``@@courriers-modeles`` of a collectivité: its own wordings, with their places, a preview, the way back."""

    door = "agents"
    preview = None

    @property
    def page_title(self):
        return f"Modèle : {self.kind.title}" if self.kind else "Modèles de courriers"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@courriers-modeles"

    @property
    def crumbs(self):
        return [("Modèles de courriers", self.url)] if self.kind else []

    @cached_property
    def kind(self):
        return letters.KINDS.get(self.field("genre"))

    @property
    def rows(self):
        """Dicts key, title, help, own (the date of the collectivité's wording, or None)."""
        found = []
        for kind in letters.KINDS.values():
            own = letters.own_wording(self.context, kind.key)
            row = {"key": kind.key, "title": kind.title, "help": kind.help, "own": own["at"] if own else None}
            found.append(row)
        return found

    @property
    def value(self):
        """``(subject, text)`` shown in the form."""
        if self.request.method == "POST" and self.field("faire") != "retablir":
            return self.field("objet"), self.field("texte")
        return letters.wording_of(self.context, self.kind.key)

    @property
    def is_own(self):
        return letters.own_wording(self.context, self.kind.key) is not None

    @property
    def places(self):
        return list(self.kind.places.items())

    def _known(self):
        if self.kind is None:
            raise Refused("modele.inconnu", "Ce modèle n’existe pas : choisissez-en un dans la liste.")
        return self.kind.key

    def do_garder(self):
        letters.keep_wording(self.context, self._known(), self.field("objet"), self.field("texte"), self.person.userid)
        self.done("Le modèle est gardé : les prochains courriers le suivront.", self.url)

    def do_retablir(self):
        letters.reset_wording(self.context, self._known(), self.person.userid)
        self.done("Le texte d’origine est rétabli.", f"{self.url}?genre={self.kind.key}")

    def do_apercu(self):
        kind = letters.KINDS[self._known()]
        subject = rules.line(self.field("objet"), rules.SUBJECT, "modele.objet", "L’objet")
        text = rules.text(self.field("texte"), rules.ANSWER, "modele", "Le texte")
        for part in (subject, text):
            wording.check(part, kind.places)
        values = sample(self.context, kind)
        self.preview = {"subject": wording.fill(subject, values), "text": wording.fill(text, values)}


def sample(collectivite, kind):
    """Return values that stand for real ones in a preview."""
    end = clock.french(clock.now(), weekday=False)
    return {name: f"[{what}]" for name, what in kind.places.items()} | {
        "entreprise": "Charpentes du Léon",
        "siret": "44306184100013",
        "acheteur": collectivite.title,
        "reference": "2026-TRX-012",
        "objet": "Réfection de la voirie communale",
        "procedure": "Procédure adaptée",
        "date": clock.french_date(clock.now(), weekday=False),
        "motifs": "Lot 1, Terrassement\nMotif : valeur technique moins bien notée\nRang : 2, note : 71/100\n"
        "Titulaire : Travaux du Trégor, 84 500 € HT",
        "lots": "Lot 1, Terrassement : 84 500 € HT",
        "recu": end,
        "limite": end,
        "echeance": f"Réponse attendue avant le {end} (heure de Paris).",
        "pieces": "Attestation d’assurance décennale\nRelevé d’identité bancaire",
    }
