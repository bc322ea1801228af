"""One flow for its agents: where it stands, what to do next, what is in it, what is wrong with it, what the Trésor said."""

from functools import cached_property
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import labels
from megalis.portal.formats.pes import lifecycle
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import states
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import NUMBER
from megalis.portal.helios import archiving
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.helios.browser.base import OfFlux
from megalis.portal.helios.browser.base import rank
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import StoredFile
from megalis.portal.theme.export import Exported
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from urllib.parse import quote


PAGE = 20
FIRST = 10
STATIONS = (("depose", "Déposé"), ("controle", "Contrôlé"), ("transmis", "Transmis"), ("repondu", "Répondu"))
AGAIN = (states.ENVOI_INCERTAIN, states.ENVOI_REFUSE, states.SANS_REPONSE)
SIGNED = {
    "valid": ("ok", "Valable"),
    "invalid": ("bad", "Ne vaut pas"),
    "expired": ("bad", "Certificat expiré à la signature"),
    "absent": ("", "Non signé"),
}


class Answers(OfFlux):
    """What pages share that show the answers of the Trésor."""

    @cached_property
    def lecture(self):
        return self.context.lecture

    @cached_property
    def elements(self):
        return self.context.elements

    @cached_property
    def anomalies(self):
        return outcome.anomalies(self.elements)

    @cached_property
    def is_answered(self):
        return bool(self.elements)

    def answer(self, found, whole=False):
        """Return the badge of an answer: (kind, French words); ``whole``: on a thing that is refused by itself."""
        name = outcome.shown(found) if found is not None else acquit.UNANSWERED
        name = acquit.REFUSED if whole and name == outcome.WITH_BORDEREAU else name
        return outcome.KINDS[name], outcome.LABELS[name]

    def anomaly_url(self, item):
        """Return where an anomaly lies in the tables; "" for the flow itself."""
        if item.unique:
            return f"{self.dossier_url}#pieces"
        for index, tete in enumerate(self.lecture.tetes):
            same = acquit.number(tete.numero) == acquit.number(item.bordereau)
            if item.bordereau and same and acquit.number(tete.exercice) == acquit.number(item.exercice):
                wanted = f"&piece={quote(item.piece)}" if item.piece else ""
                return f"{self.dossier_url}/@@bordereau?n={index}{wanted}"
        return ""


class Dossier(Answers):
    """The page of a flow."""

    @property
    def page_title(self):
        return self.context.title

    @property
    def etat(self):
        return self.context.etat

    @cached_property
    def findings(self):
        return service.findings(self.context)

    @property
    def stations(self):
        """The four steps an agent knows: dicts ``title, css, note``."""
        flux = self.context
        when = {
            "depose": flux.deposited_at,
            "controle": self.lecture.at if self.lecture is not None else None,
            "transmis": flux.sent_at,
            "repondu": flux.answered_at,
        }
        bad = self.etat in (*AGAIN, states.ABANDONNE, states.REFUSE)
        here = next((name for name, _title in reversed(STATIONS) if when[name]), "depose")
        return [
            {
                "title": title,
                "css": ("bad" if bad else "here") if name == here else "done" if when[name] else "next",
                "note": self.day(when[name]),
            }
            for name, title in STATIONS
        ]

    @property
    def action(self):
        """What comes next: dict ``title, text, url, label`` (url "" when only time does it)."""
        url, etat = self.context.absolute_url(), self.etat
        if etat == states.A_CONTROLER:
            return _action("Contrôle en cours", "Ce gros flux est lu à part ; la page dira ce qui a été trouvé.")
        if etat == states.DEPOSE:
            return self._ready(url)
        if etat in AGAIN:
            return _action(
                rules.state_label(etat),
                self.last_words,
                f"{url}/@@reprendre" if self.may_transmit else "",
                "Reprendre",
            )
        if etat in (states.A_TRANSMETTRE, states.EN_ENVOI):
            return _action("Le flux part", "L’envoi se fait dans les secondes qui viennent ; la page le dira.")
        if etat == states.TRANSMIS:
            return _action("En attente du Trésor", "Son acquittement arrive d’ordinaire dans la journée.")
        if etat == states.ABANDONNE:
            return _action("Flux abandonné", "Il n’est pas parti. Son nom peut resservir.")
        return self._answered(etat)

    def _ready(self, url):
        count = len(self.findings)
        if count:
            points = self.plural(count, "point")
            words = f"{points} avant l’envoi, à corriger dans votre logiciel ou dans les réglages."
            return _action("Ce flux ne peut pas partir", words, f"{url}/@@transmettre", "Voir")
        if self.context.submitted_at and not self.may_transmit:
            return _action("Transmission demandée", "Un transmetteur de votre collectivité l’enverra.")
        return _action(
            "Prêt à partir", "Relisez les tableaux, puis transmettez au Trésor.", f"{url}/@@transmettre", "Transmettre"
        )

    def _answered(self, etat):
        if self.context.destroyed_at is not None:
            return _action(
                rules.state_label(etat), f"Ses fichiers ont été détruits le {self.day(self.context.destroyed_at)}."
            )
        count = len(self.anomalies)
        if etat == states.ACQUITTE:
            return _action("Accepté par le Trésor", "Tout ce que porte ce flux est pris en compte.")
        if etat == states.RECU:
            return _action("Reçu par le Trésor", "L’acquittement ne donne pas de détail.")
        words = f"{self.plural(count, 'anomalie')} : corrigez dans votre logiciel, puis déposez un nouveau flux."
        title = "Accepté en partie" if etat == states.MIXTE else "Refusé par le Trésor"
        return _action(title, words, "#anomalies", "Voir les anomalies")

    @property
    def last_words(self):
        return self.context.history[-1].words if self.context.history else ""

    @property
    def others(self):
        """What else may be done: list of (url, label, grave)."""
        url, found = self.context.absolute_url(), []
        if self.context.destroyed_at is None:
            found.append((f"{url}/@@flux", "Télécharger le flux", False))
        if self.etat in archiving.ENDED:
            found.append((f"{url}/@@archivage", "Archiver ou détruire", False))
        if "abandon" in lifecycle.allowed(self.etat) and self.may_prepare:
            found.append((f"{url}/@@reprendre", "Abandonner ce flux", True))
        return found

    @property
    def reloads(self):
        """True while something is about to change by itself."""
        return self.etat in (states.A_CONTROLER, states.A_TRANSMETTRE, states.EN_ENVOI, states.TRANSMIS)

    @property
    def facts(self):
        flux, entete = self.context, self.context.entete
        found = self.lecture.summary if self.lecture is not None else {}
        budget = " ".join(filter(None, (entete.cod_bud, entete.budget)))
        rows = [
            ("Budget", budget),
            ("Exercice", ", ".join(found.get("exercices", ()))),
            ("Montant HT", self.amount(found.get("montant_ht"))),
            ("Pièces", str(found.get("pieces", "")) if found else ""),
            ("Lignes", str(found.get("lignes", "")) if found else ""),
            ("Code collectivité", entete.cod_col),
            ("Poste comptable", entete.poste),
            ("SIRET", entete.collectivite),
            ("Logiciel", entete.emetteur),
            ("Émis le", self.iso_day(entete.date)),
            ("Nom d’envoi", flux.sent_as or "donné à l’envoi"),
            ("Voie de dépôt", flux.origin),
        ]
        return [(name, value) for name, value in rows if value]

    @property
    def bordereaux(self):
        """The rows of the bordereaux of this page."""
        heads = [tete.bordereau() for tete in self.lecture.tetes]
        answers = outcome.heads(heads, self.elements) if self.is_answered else {}
        first = (self.page - 1) * PAGE
        for index, tete in list(enumerate(self.lecture.tetes))[first : first + PAGE]:
            yield {
                "tete": tete,
                "kind": labels.DOMAINES[tete.domaine],
                "url": f"{self.dossier_url}/@@bordereau?n={index}",
                "answer": self.answer(answers.get(index), whole=True) if self.is_answered else None,
                "errors": answers[index].erreurs if index in answers else (),
                "signed": self.signature_of(tete),
            }

    @property
    def page(self):
        return page_number(self.request.form.get("page"))

    @property
    def pages(self):
        count = len(self.lecture.tetes) if self.lecture is not None else 0
        return pages_near(self.page, -(-count // PAGE), lambda number: f"{self.dossier_url}?page={number}")

    def signature_of(self, tete):
        """Return the badge of the signature of a bordereau: (kind, words, who)."""
        for item in self.lecture.signatures:
            same = (item.get("id", ""), item.get("bordereau"), item.get("exercice"))
            if item["scope"] == "flux" or same == (tete.id, tete.numero, tete.exercice):
                kind, words = SIGNED[item["status"]]
                return kind, words, item.get("signer", "")
        return None

    @property
    def signatures(self):
        """The signatures, but for those that are not there: dicts ``badge, who, what, when, reason``."""
        for item in self.lecture.signatures:
            if item["status"] == "absent":
                continue
            where = "Le flux entier" if item["scope"] == "flux" else f"Bordereau {item['bordereau']}/{item['exercice']}"
            yield {
                "badge": SIGNED[item["status"]],
                "who": item.get("signer", ""),
                "role": item.get("role", ""),
                "what": where,
                "when": self.iso_day(item.get("date", "")[:10]),
                "reason": item.get("reason", ""),
            }

    @property
    def attachments(self):
        """The attachments of this page: dicts ``item, url, answer``."""
        answers = outcome.attachments(self.lecture.attachments, self.elements) if self.is_answered else {}
        first = (self.place - 1) * PAGE
        for index, item in list(enumerate(self.lecture.attachments))[first : first + PAGE]:
            yield {
                "item": item,
                "url": "" if item.code else f"{self.dossier_url}/@@piece-jointe?n={index}",
                "answer": self.answer(answers.get(item.unique), whole=True) if self.is_answered else None,
            }

    @property
    def place(self):
        return page_number(self.request.form.get("pj"))

    @property
    def attachment_pages(self):
        count = len(self.lecture.attachments) if self.lecture is not None else 0
        return pages_near(self.place, -(-count // PAGE), lambda number: f"{self.dossier_url}?pj={number}#pieces")

    @property
    def first_anomalies(self):
        return [{"item": item, "url": self.anomaly_url(item)} for item in self.anomalies[:FIRST]]

    @property
    def history(self):
        """The lines of the history, the newest first: dicts ``at, words, by, files``."""
        url = self.context.absolute_url()
        found = []
        for place, moment in enumerate(self.context.history):
            person = people.get(moment.by) if moment.by else None
            files = [(name, f"{url}/@@echange?moment={place}&fichier={n}") for n, (name, _f) in enumerate(moment.files)]
            found.append(
                {
                    "at": moment.at,
                    "words": moment.words,
                    "by": person.fullname if person is not None else "",
                    "files": files,
                }
            )
        return found[::-1]


class Anomalies(Answers):
    """``@@anomalies``: every anomaly of the answers."""

    page_title = "Anomalies signalées par le Trésor"

    @property
    def rows(self):
        first = (self.page - 1) * PAGE
        return [{"item": item, "url": self.anomaly_url(item)} for item in self.anomalies[first : first + PAGE]]

    @property
    def page(self):
        return page_number(self.request.form.get("page"))

    @property
    def pages(self):
        last = -(-len(self.anomalies) // PAGE)
        return pages_near(self.page, last, lambda number: f"{self.dossier_url}/@@anomalies?page={number}")


class AnomaliesFiles(Exported, Anomalies):
    """``@@anomalies.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        Column("Domaine"), Column("Bordereau"), Column("Exercice"), Column("Pièce"), Column("Ligne"), Column("Pièce jointe"),
        Column("Code"), Column("Anomalie"), Column("Effet"),
    )  # fmt: skip

    @property
    def list_note(self):
        return f"{self.collectivite.title}, flux {self.context.title}"

    def list_rows(self):
        for item in self.anomalies:
            effect = "refus" if item.bloquante else "signalée"
            yield (
                item.domaine, item.bordereau, item.exercice, item.piece, item.ligne, item.unique, item.code, item.libelle,
                effect,
            )  # fmt: skip


class ControlsFiles(Exported, OfFlux):
    """``@@controles.csv``, ``.xlsx``, ``.pdf``: everything the checks found."""

    page_title = "Contrôles avant l’envoi"
    list_columns = (Column("Effet"), Column("Code"), Column("Ce qui a été trouvé"), Column("Ligne", NUMBER))

    @property
    def list_note(self):
        return f"{self.collectivite.title}, flux {self.context.title}"

    def list_rows(self):
        lecture = self.context.lecture
        for effect, kept in (("refus", "errors"), ("remarque", "warnings")):
            for code, message, line in getattr(lecture, kept, ()):
                yield effect, code, message, line


class Source(StoredFile):
    """``@@flux``: the file as it was deposited, or as it was sent."""

    def chosen(self):
        return self.context.sent_as or self.context.filename, self.context.file


class Exchange(StoredFile):
    """``@@echange``: a file of the exchange, as it came."""

    def chosen(self):
        moment, place = rank(self.request.form.get("moment")), rank(self.request.form.get("fichier"))
        history = self.context.history
        if moment is None or place is None or moment >= len(history) or place >= len(history[moment].files):
            return None
        return history[moment].files[place]


def _action(title, text="", url="", label=""):
    return {"title": title, "text": text, "url": url, "label": label}
