"""One act for its agents: where it stands, what to do next, its files, what was exchanged about it."""

from datetime import date
from functools import cached_property
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import day
from megalis.portal.actes.browser.base import Download
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.browser.base import PREPARE
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.formats.actes import deadlines
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people


STATIONS = (("brouillon", "Préparé"), ("transmis", "Transmis"), ("acquitte", "Acquitté"), ("publie", "Publié"))
AGAIN = (states.ANOMALIE, states.ENVOI_REFUSE, states.ENVOI_INCERTAIN, states.SANS_REPONSE)
LETTERS = {
    "2-1": "Courrier de la préfecture",
    "3-1": "Demande de pièces complémentaires",
    "4-1": "Lettre d’observations",
    "5-1": "Déféré au tribunal administratif",
}
ANSWERS = {
    "2-2": "Répondre",
    "3-3": "Refuser de transmettre les pièces",
    "3-4": "Transmettre les pièces",
    "4-3": "Rejeter les observations",
    "4-4": "Répondre aux observations",
}


def letter_label(letter):
    """Return where a letter stands, in French."""
    if letter.code == "5-1":
        return "Reçu"
    return states.ETATS_COURRIER[letter.etat].libelle


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
                "css": ("bad" if bad else "here") if name == here else "done" if reached[name] else "",
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
        acte = self.context
        if acte.published_at is None or acte.unpublished_reason:
            return None
        return rules.executory(acte.reception, clock.paris(acte.published_at).date())

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
                "url": f"{url}/@@fichier?piece={piece.id}",
                "stamped": f"{url}/@@fichier?piece={piece.id}&forme=tamponne" if piece.stamped is not None else "",
            }

    @property
    def history(self):
        """The lines of the history, the newest first: dicts ``at, words, code, by, files``."""
        url = self.context.absolute_url()
        found = []
        for rank, moment in enumerate(self.context.history):
            person = people.get(moment.by) if moment.by else None
            files = [
                (name, f"{url}/@@echange?moment={rank}&fichier={place}")
                for place, (name, _f) in enumerate(moment.files)
            ]
            found.append(
                {
                    "at": moment.at,
                    "words": moment.words,
                    "code": moment.code,
                    "by": person.fullname if person is not None else "",
                    "files": files,
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
        if acte.votants is not None:
            rows.append(
                ("Vote", f"{acte.pour or 0} pour, {acte.contre or 0} contre, {acte.abstention or 0} abstentions")
            )
        if self.controle:
            last, words = self.controle
            rows.append(("Fin du contrôle de légalité", f"{day(last)}{f' ({words})' if words else ''}"))
        if acte.published_at:
            rows.append(("Recours possible jusqu’au", day(rules.recours_until(clock.paris(acte.published_at).date()))))
        return rows

    @property
    def others(self):
        """What else may be done: list of (url, label, grave)."""
        url, etat, found = self.context.absolute_url(), self.etat, []
        if self.is_editable and self.may_prepare:
            found.append((f"{url}/@@modifier", "Modifier l’acte", False))
        if not self.may_transmit:
            return found
        if etat in rules.RECEIVED and self.context.published_at is not None and not self.context.unpublished_reason:
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


class Transmit(OfActe):
    """``@@transmettre``: what is missing, or the last look before the act leaves."""

    page_title = "Transmettre à la préfecture"

    @cached_property
    def findings(self):
        return service.findings(self.context)

    @property
    def is_sendable(self):
        return self.context.etat in (states.BROUILLON, states.REFUSE_CONTROLE)

    @property
    def may_transmit(self):
        return self.may(TRANSMIT)

    @property
    def other_person(self):
        """True when somebody else has to transmit."""
        return registres.reglages(self.registre)["deux_personnes"] and self.userid == self.context.prepared_by

    @property
    def remarks(self):
        return [(piece.name, text) for piece in self.context.pieces for _code, text in piece.remarks]

    @property
    def total(self):
        return sum(piece.size for piece in self.context.pieces)

    def do_transmettre(self):
        if not self.may_transmit:
            raise Refused(
                "actes.role", "Transmettre demande le rôle de transmetteur d’actes : demandez la transmission."
            )
        service.transmit(self.context, self.userid)
        self.done("L’acte est confié à la télétransmission : il part dans les secondes qui viennent.", self.dossier_url)

    def do_demander(self):
        service.submit(self.context, self.userid)
        self.done("La transmission est demandée. Ceux qui peuvent transmettre sont prévenus.", self.dossier_url)


class Resume(OfActe):
    """``@@reprendre``: an act that was refused, or that nobody answered: correct it, or send it again."""

    page_title = "Reprendre l’acte"

    @property
    def may_correct(self):
        return "correction" in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def may_resend(self):
        return "renvoi" in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def uncertain(self):
        return self.context.etat in (states.ENVOI_INCERTAIN, states.SANS_REPONSE)

    @property
    def reason(self):
        return self.context.history[-1].words if self.context.history else ""

    def do_renvoyer(self):
        service.resend(self.context, self.userid)
        self.done("L’acte repart dans les secondes qui viennent.", self.dossier_url)

    def do_corriger(self):
        service.move(self.context, "correction", by=self.userid)
        self.done(
            "L’acte est de nouveau un brouillon : corrigez-le, puis transmettez.",
            f"{self.context.absolute_url()}/@@modifier",
        )


class Cancel(OfActe):
    """``@@annulation``: ask the préfecture to cancel a received act, or give up one that never left."""

    @property
    def received(self):
        return lifecycle.CANCEL in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def possible(self):
        return self.received or "refus" in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def page_title(self):
        return "Annuler la transmission" if self.received else "Abandonner l’acte"

    def do_annuler(self):
        service.cancel(self.context, self.userid)
        self.done("L’annulation est demandée à la préfecture.", self.dossier_url)

    def do_abandonner(self):
        service.abandon(self.context, self.userid)
        self.done("L’acte est abandonné. Son numéro est de nouveau libre.", self.dossier_url)


class Letter(OfActe):
    """``@@courrier``: a letter of the préfecture, with its documents, and our answer."""

    @cached_property
    def letter(self):
        try:
            day_ = date.fromisoformat(str(self.request.form.get("date", "")))
        except ValueError:
            day_ = None
        return service.letter_of(self.context, str(self.request.form.get("code", "")), day_)[1]

    def __call__(self):
        try:
            self.letter  # noqa: B018  known before anything is shown
        except Refused as refusal:
            return self.done(refusal.message, self.dossier_url)
        return super().__call__()

    @property
    def page_title(self):
        return LETTERS[self.letter.code]

    @property
    def standing(self):
        return letter_label(self.letter)

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@courrier?code={self.letter.code}&date={self.letter.date.isoformat()}"

    @property
    def moments(self):
        """What was exchanged about it: the lines of the history that bear its number."""
        family = self.letter.code[0]
        url = self.context.absolute_url()
        for rank, moment in enumerate(self.context.history):
            if moment.code[:2] == f"{family}-":
                files = [
                    (name, f"{url}/@@echange?moment={rank}&fichier={place}")
                    for place, (name, _file) in enumerate(moment.files)
                ]
                yield {"at": moment.at, "words": moment.words, "files": files}

    @property
    def answers(self):
        """The answers that may be given now: list of (code, label)."""
        if self.letter.etat not in (states.COURRIER_RECU, states.COURRIER_ACQUITTE) or not self.may(TRANSMIT):
            return []
        return [(code, ANSWERS[code]) for code in lifecycle.LETTRES[self.letter.code].reponses]

    def do_repondre(self):
        if not self.may(TRANSMIT):
            raise Refused("actes.role", "Répondre à la préfecture demande le rôle de transmetteur d’actes.")
        service.answer(
            self.context,
            self.letter.code,
            self.letter.date,
            self.field("reponse"),
            self.uploads("fichiers"),
            self.userid,
        )
        self.done("La réponse part dans les secondes qui viennent.", self.dossier_url)


class File(Download):
    """``@@fichier``: a file of the act, as it was given or stamped (``forme=tamponne``)."""

    def chosen(self):
        form = self.request.form
        found = next((item for item in self.context.pieces if item.id == form.get("piece")), None)
        if found is None:
            return None
        if form.get("forme") == "tamponne":
            return (found.stamped.filename, found.stamped) if found.stamped is not None else None
        if form.get("forme") == "anonymise":
            return (found.anonymised.filename, found.anonymised) if found.anonymised is not None else None
        return found.name, found.file


class Exchange(Download):
    """``@@echange``: a file of a message, XML or letter, as it came or left."""

    def chosen(self):
        try:
            moment = self.context.history[_rank(self.request.form.get("moment"))]
            return moment.files[_rank(self.request.form.get("fichier"))]
        except (IndexError, ValueError):
            return None


def _rank(text):
    text = str(text or "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError(text)
    return int(text)


class Slip(Download):
    """``@@bordereau.pdf``: the bordereau d'acquittement."""

    def chosen(self):
        slip = self.context.slip
        return (slip.filename, slip) if slip is not None else None
