"""One act for its agents: where it stands, what to do next, its files, what was exchanged about it."""

from functools import cached_property
from megalis.portal.actes import outcome
from megalis.portal.actes import posting
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import day
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.browser.base import PREPARE
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.actes.browser.letters import letter_label
from megalis.portal.actes.browser.letters import LETTERS
from megalis.portal.actes.browser.register import posted_words
from megalis.portal.formats.actes import deadlines
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from megalis.portal.organisations import people


STATIONS = (("brouillon", "Préparé"), ("transmis", "Transmis"), ("acquitte", "Acquitté"), ("publie", "Publié"))
AGAIN = (states.ANOMALIE, states.ENVOI_REFUSE, states.ENVOI_INCERTAIN, states.SANS_REPONSE)


class Dossier(OfActe):
    """``@@suivi`` of an act."""

    @property
    def page_title(self):
        return self.context.objet

    @property
    def etat(self):
        return self.context.etat

    @property
    def is_editable(self):
        return self.etat in rules.EDITABLE

    @cached_property
    def may_prepare(self):
        return self.may(PREPARE)

    @cached_property
    def may_transmit(self):
        return self.may(TRANSMIT)

    @property
    def stations(self):
        """The four steps an agent knows: dicts ``title, css, note``."""
        acte = self.context
        reached = {
            "brouillon": True,
            "transmis": acte.sent_at is not None,
            "acquitte": acte.reception is not None,
            "publie": acte.published_at is not None,
        }
        notes = {
            "brouillon": day(
                clock.paris(acte.created().asdatetime()) if hasattr(acte.created(), "asdatetime") else None
            ),
            "transmis": outcome.day(acte.sent_at),
            "acquitte": day(acte.reception),
            "publie": outcome.day(acte.published_at),
        }
        bad = self.etat in (*AGAIN, states.REFUSE_CONTROLE, states.ANNULE, states.ABANDONNE)
        here = next((name for name, _title in reversed(STATIONS) if reached[name]), "brouillon")
        return [
            {
                "title": title,
                "css": ("bad" if bad else "here") if name == here else "done" if reached[name] else "next",
                "note": notes[name] if reached[name] else "",
            }
            for name, title in STATIONS
        ]

    @property
    def action(self):
        """What comes next: dict ``title, text, url, label`` (url "" when only time does it)."""
        url = self.context.absolute_url()
        etat = self.etat
        letter = next((item for item in self.letters if item["waiting"]), None)
        if letter is not None and self.may_transmit:
            return _action(
                f"{letter['title']} : une réponse est attendue", letter["deadline"], letter["url"], "Répondre"
            )
        if etat in (states.BROUILLON, states.REFUSE_CONTROLE):
            return self._draft_action(url)
        if etat in AGAIN:
            return _action(rules.state_label(etat), self.last_words, f"{url}/@@reprendre", "Reprendre")
        if etat in (states.POSTE, states.A_TRANSMETTRE, states.EN_ENVOI):
            leaves = self.context.leaves_at
            if leaves is not None and etat == states.A_TRANSMETTRE and leaves > self.now:
                return _action("L’acte attend son tour", f"Départ prévu le {clock.french(leaves)}.")
            return _action("L’acte part", "L’envoi se fait dans les secondes qui viennent ; la page le dira.")
        if etat == states.TRANSMIS:
            return _action("En attente de la préfecture", "Son acquittement arrive d’ordinaire en quelques minutes.")
        if etat == states.ANNULATION_DEMANDEE:
            return _action("Annulation demandée", "La préfecture l’enregistre d’ordinaire en quelques minutes.")
        return self._received_action(url)

    def _draft_action(self, url):
        count = len(service.findings(self.context))
        if count:
            points = self.plural(count, "point")
            return _action("À compléter", f"{points} avant l’envoi.", f"{url}/@@transmettre", "Voir")
        if self.context.submitted_at and not self.may_transmit:
            return _action("Transmission demandée", "Un transmetteur de votre collectivité l’enverra.")
        words = "Tout est prêt : relisez, puis transmettez à la préfecture."
        return _action("Prêt à partir", words, f"{url}/@@transmettre", "Transmettre")

    def _received_action(self, url):
        acte = self.context
        if (
            acte.reception
            and acte.published_at is None
            and not self.executory
            and acte.nature != rules.INDIVIDUAL
            and self.etat in rules.RECEIVED
        ):
            words = "Il devient exécutoire une fois publié sur le registre public."
            label = "Publier" if self.may_transmit else ""
            return _action("Reçu en préfecture", words, f"{url}/@@publication" if label else "", label)
        if self.executory:
            return _action("Acte exécutoire", f"Depuis le {day(self.executory)}.")
        return _action(rules.state_label(self.etat), self.last_words)

    @property
    def last_words(self):
        history = self.context.history
        return history[-1].words if history else ""

    @property
    def executory(self):
        """The day it became executory, or None."""
        return rules.executory(self.context.reception, posting.made_public(self.context))

    @property
    def controle(self):
        """The last day of the contrôle de légalité as (date, words), or None."""
        acte = self.context
        if acte.reception is None:
            return None
        found = deadlines.controle(acte.reception, acte.dossier.courriers)
        return found.dernier_jour, "provisoire, une réponse est attendue" if found.provisoire else ""

    @cached_property
    def letters(self):
        """The letters of the préfecture: dicts ``title, label, date, url, waiting, answers, files, deadline``."""
        found = []
        for letter in self.context.dossier.courriers:
            answers = lifecycle.LETTRES[letter.code].reponses
            waiting = bool(answers) and letter.etat in (states.COURRIER_RECU, states.COURRIER_ACQUITTE)
            found.append(
                {
                    "code": letter.code,
                    "date": letter.date,
                    "title": LETTERS[letter.code],
                    "label": letter_label(letter),
                    "waiting": waiting,
                    "answers": answers,
                    "deadline": f"Du {day(letter.date)}, reçu le {day(letter.recu)}.",
                    "url": f"{self.context.absolute_url()}/@@courrier?code={letter.code}&date={letter.date.isoformat()}",
                }
            )
        return found

    @property
    def pieces(self):
        url = self.context.absolute_url()
        for rank, piece in enumerate(self.context.pieces):
            yield {
                "piece": piece,
                "role": "Acte" if rank == 0 else f"Annexe {rank}",
                "url": f"{url}/@@fichier?piece={piece.id}" if piece.file is not None else "",
                "stamped": f"{url}/@@fichier?piece={piece.id}&forme=tamponne" if piece.stamped is not None else "",
            }

    @property
    def history(self):
        """The lines of the history, the newest first: dicts ``at, words, code, by, files``."""
        found = []
        for rank, moment in enumerate(self.context.history):
            person = people.get(moment.by) if moment.by else None
            found.append(
                {
                    "at": moment.at,
                    "words": moment.words,
                    "code": moment.code,
                    "by": person.fullname if person is not None else "",
                    "files": self.exchanged(rank, moment),
                    "moment": moment,
                }
            )
        return found[::-1]

    @property
    def facts(self):
        acte = self.context
        rows = [
            ("Nature", self.nature_title(acte.nature)),
            ("Numéro", acte.numero),
            ("Date de décision", day(acte.date_decision)),
            ("Matière", self.matiere_title(acte.matiere)),
            ("Identifiant", acte.identifier or "donné à l’envoi"),
        ]
        if acte.reception:
            rows.append(("Reçu en préfecture le", day(acte.reception)))
        if acte.votants is not None:
            rows.append(
                ("Vote", f"{acte.pour or 0} pour, {acte.contre or 0} contre, {acte.abstention or 0} abstentions")
            )
        if self.controle:
            last, words = self.controle
            rows.append(("Fin du contrôle de légalité", f"{day(last)}{f' ({words})' if words else ''}"))
        if acte.posted_from:
            rows.append(("Rendu public sur papier", posted_words(acte)))
        if acte.published_at:
            rows.append(("Recours possible jusqu’au", day(rules.recours_until(clock.paris(acte.published_at).date()))))
        return rows

    @property
    def others(self):
        """What else may be done: list of (url, label, grave)."""
        url, etat, found = self.context.absolute_url(), self.etat, []
        if self.is_editable and self.may_prepare:
            found.append((f"{url}/@@modifier", "Modifier l’acte", False))
        if self.context.reception or etat in rules.GIVEN_UP:
            found.append((f"{url}/@@archivage", "Archiver ou détruire", False))
        if not self.may_transmit:
            return found
        known = etat in rules.RECEIVED and (self.executory or posting.on_paper(self.context))
        if known or (etat == states.DETRUIT and outcome.published_day(self.context)):
            found.append((f"{url}/@@publication", "Publication", False))
        if lifecycle.CANCEL in lifecycle.TRANSITIONS[etat]:
            found.append((f"{url}/@@annulation", "Annuler la transmission", True))
        if "refus" in lifecycle.TRANSITIONS[etat]:
            found.append((f"{url}/@@annulation", "Abandonner l’acte", True))
        return found

    @property
    def reloads(self):
        """True while something is about to change by itself."""
        return self.etat in (
            states.POSTE, states.A_TRANSMETTRE, states.EN_ENVOI, states.TRANSMIS, states.ANNULATION_DEMANDEE
        )  # fmt: skip


def _action(title, text="", url="", label=""):
    return {"title": title, "text": text, "url": url, "label": label}
