"""``@@gestion``: one consultation for its agents: where it stands, what comes next, what happened."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import ranking
from megalis.portal.consultations import reached as reached_
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.browser.next_step import NextStep
from megalis.portal.consultations.restricted.browser import parts
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import jcs
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import ILinks
from megalis.portal.theme.words import plural
from zope.component import getAdapters


STATIONS = (
    (phase.ELABORATION, "Élaboration"),
    (phase.A_VALIDER, "Validation"),
    (phase.PUBLIEE, "Remise des plis"),
    (phase.OUVERTURE, "Ouverture"),
    (phase.ANALYSE, "Analyse"),
    (phase.DECIDEE, "Décision"),
    (phase.NOTIFIEE, "Notification"),
)

PHRASES = {
    "publication": "Publiée",
    "rectification": "Rectifiée",
    "cloture": "Clôture constatée",
    "ouverture": "Ouverture des plis commencée",
    "verdict": "Pli ouvert",
    "versement": "Fichiers versés dans le dossier réservé",
    "lecture": "Pli remis chiffré à un porteur de clé",
    "depot": "Pli déposé",
    "retrait-pli": "Pli retiré par son auteur",
    "refus": "Envoi refusé",
    "retrait": "Dossier retiré",
    "question": "Question posée",
    "classement": "Classement du jury enregistré",
    "reponse": "Réponse donnée",
    "message": "Message écrit aux entreprises",
    "mise-a-disposition": "Message mis à disposition",
    "lecture-message": "Message lu par une entreprise",
    "reponse-message": "Réponse d’une entreprise",
    "relance": "Rappel envoyé",
    "selection": "Candidature examinée",
    "analyse": "Analyse des offres modifiée",
    "sans-pli": "Absence de pli constatée",
    "pli-tardif": "Pli hors délai : décision prise",
    "piece-signee": "Document signé versé",
    "justificatif": "Justificatifs des administrations",
    "commission": "Commission",
    "notification": "Marché notifié",
    "remise-marche": "Remise du marché constatée",
    "invitation": "Invitation",
    "dossier": "Archive de la consultation",
    "interface": "Échange avec un logiciel",
    "avis": "Avis",
    "papier": "Registre du papier",
    "envoi-postal": "Envoi par voie postale",
    "antivirus": "Plis ouverts confiés à l’antivirus",
    "signatures": "Signatures des documents vérifiées",
    "lecture-fichier": "Fichier d’un pli ouvert lu",
    "relais": "Plis donnés à une autre clé",
    "cles-changees": "Clés changées",
    "groupement": "Réponse en groupement",
    "cotraitance": "Recherche de partenaires",
    "verrou": "Accès bloqué après des codes faux",
    "gel": "Conservation : sort final suspendu ou repris",
    "elimination": "Élimination",
}
DONE = {
    "enregistrement": "inscription",
    "ouverture": "ouverture",
    "destruction": "destruction",
    "restitution": "restitution",
    "annulation": "annulation",
    "offre": "proposé",
    "arret": "arrêté",
    "reouverture": "proposé de nouveau",
    "demande": "demandé",
    "expedition": "expédié",
    "refus": "refusé",
    "reception": "reçu",
    "renonciation": "demande retirée",
}
NOTICES = {
    "envoi": "Avis envoyé",
    "publie": "Avis publié",
    "refuse": "Avis refusé",
    "abandon": "Avis abandonné",
    "abandonne": "Avis retiré",
    "parution-notee": "Parution notée",
    "reponse-journal": "Réponse d’un journal notée",
}
SUPPORTS = {"joue": "JOUE", "boamp": "BOAMP", "jal": "annonces légales"}
INVITED = {
    "ajout": "Entreprise ajoutée aux invités",
    "envoi": "Invitation envoyée",
    "lettre": "Lettre d’invitation à poster",
    "poste": "Lettre d’invitation postée",
    "code": "Code d’invitation saisi",
    "retrait": "Invitation retirée",
}
MADE = {
    "suite": "Étape suivante préparée",
    "periode": "Période d’admission préparée",
    "creation": "Brouillon créé",
    "import": "Créée à partir d’un avis",
    "copie": "Créée par copie",
    "derogation-delai": "Dérogation au délai minimal donnée",
    "derogation-retiree": "Dérogation au délai minimal retirée",
    "information": "Candidats écartés informés",
}
HISTORY = 40


def phrase(event):
    """Return the French words of a journal event, as an agent reads them."""
    kind = event["type"]
    if kind == "transition":
        return f"Étape « {phase.LABELS.get(event.get('etape'), event.get('etape'))} »"
    if kind == "consultation" and str(event.get("fait")).startswith("derogation"):
        return f"{MADE[event['fait']]} par {event['agent']}"
    if kind == "consultation":
        return MADE.get(event.get("fait"), "Consultation modifiée")
    if kind == "invitation":
        return f"{INVITED.get(event['fait'], 'Invitation')} : {event['invite']['nom']}"
    if kind == "avis":
        return f"{NOTICES.get(event['fait'], 'Avis')}, {SUPPORTS.get(event['support'], event['support'])}"
    if kind == "selection":
        where = f", lot {event['lot']}" if event["lot"] else ""
        return f"Candidature {'retenue' if event['retenu'] else 'non retenue'} : {event['candidat']['nom']}{where}"
    if kind == "papier":
        return f"{PHRASES[kind]}, {DONE.get(event['fait'], event['fait'])} : {event['numero']}"
    if kind == "envoi-postal":
        return f"{PHRASES[kind]}, {DONE.get(event['fait'], event['fait'])} : {event['titre']}"
    if kind == "rectification":
        return f"Rectifiée, version {event.get('version')}"
    return PHRASES.get(kind, kind)


class Manage(NextStep, Page):
    """The page of the management."""

    @property
    def page_title(self):
        return self.consultation.title

    @cached_property
    def wrong(self):
        """How many points of the checklist forbid the publication."""
        return sum(1 for point in gathering.points(self.consultation, self.now) if blocking(point.findings))

    @property
    def stations(self):
        """The line of stations: list of dicts ``title, css, note``."""
        line = [
            item for item in STATIONS if suites.decides(self.consultation.relation) or item[0] not in suites.DECIDING
        ]
        order = [state for state, _title in line]
        here = {phase.CLOSE: phase.OUVERTURE, phase.ARCHIVEE: order[-1]}.get(self.phase, self.phase)
        reached = reached_.of(self.consultation)
        cancelled = phase.ANNULEE in (here, *reached)
        place = len(order) if self.phase == phase.ARCHIVEE else order.index(here) if here in order else -1
        found = []
        for rank, (state, title) in enumerate(line):
            if cancelled:
                css = "done" if state in reached or state == phase.ELABORATION else "next"
            else:
                css = "done" if rank < place else "here" if rank == place else "next"
            if self.phase == phase.NOTIFIEE and state == phase.NOTIFIEE:
                css = "done"
            found.append({"title": title, "css": css, "note": self._note(state, css, reached)})
        if cancelled:
            found.append({"title": "Annulée", "css": "bad", "note": self._day(reached.get(phase.ANNULEE))})
        return found

    def _day(self, instant):
        return clock.french_date(instant, weekday=False) if instant else ""

    def _note(self, state, css, reached):
        if state == phase.PUBLIEE and self.consultation.deadline and css in ("here", "next", "done"):
            if css == "done":
                return f"close le {clock.french(self.consultation.deadline, seconds=True, weekday=False)}"
            return f"jusqu’au {clock.french(self.consultation.deadline, weekday=False)}"
        if state == phase.OUVERTURE and css != "done" and self.consultation.planned_opening:
            return f"prévue le {clock.french(self.consultation.planned_opening, weekday=False)}"
        return self._day(reached.get(state)) if css != "next" else ""

    @property
    def links(self):
        """Pages about this consultation: list of (address, words)."""
        found = []
        if self.is_draft:
            if self.may_edit:
                found.append((f"{self.url}/@@modifier?etape=objet", "Modifier, étape par étape"))
                found.append((f"{self.url}/@@lots", f"Lots ({len(self.lots)})"))
                found.append((f"{self.url}/@@pieces", f"Dossier ({plural(len(self.pieces), 'pièce')})"))
            found.append((f"{self.url}/@@verification", "Vérification"))
            if not suites.follows(self.consultation.relation):
                found.append((f"{self.url}/@@publicite", "Publicité"))
            words = "Aperçu de la page des invités" if self.consultation.relation else "Aperçu de la page publique"
            found.append((self.url, words))
            return found + self._of_rooms(draft=True)
        found.append((self.url, "Page des invités" if self.consultation.relation else "Page publique"))
        if not suites.follows(self.consultation.relation):
            found.append((f"{self.url}/@@publicite", "Publicité"))
        if self.may("megalis: View registers", self.consultation):
            found.append((f"{self.url}/@@echanges", "Échanges avec les entreprises"))
            found.append((f"{self.url}/@@retraits", "Registre des retraits"))
            found.append((f"{self.url}/@@registre-questions", "Registre des questions"))
            found.append((f"{self.url}/@@registre-depots", "Registre des dépôts"))
            found.append((f"{self.url}/@@registre-papier", "Registre du papier"))
            found.append((f"{self.url}/@@envois-postaux", "Envois par voie postale"))
            if self.phase not in (phase.PUBLIEE, phase.CLOSE):
                found.append((f"{self.url}/@@pv-ouverture", "Procès-verbal d’ouverture"))
                found.append((f"{self.url}/@@attribution", "Attribution, pas à pas"))
                if ranking.is_anonymous(self.consultation):
                    found.append((f"{self.url}/@@classement", "Classement du jury"))
        if self.opened:
            found.append((f"{self.url}/{api.OPENED_FOLDER}", f"Plis ouverts ({plural(self.opened, 'fichier')})"))
        if self.may("megalis: Export dossier", self.consultation):
            found.append((f"{self.url}/@@dossier", "Archive de la consultation"))
        found.append((f"{self.url}/@@journal", "Journal et preuves"))
        return found + self._of_rooms()

    def _of_rooms(self, draft=False):
        """The links of other rooms; of a draft, those of rooms that know drafts (``in_draft``)."""
        rooms = sorted(getAdapters((self.consultation, self.request), ILinks))
        return [link for _name, room in rooms if not draft or getattr(room, "in_draft", False) for link in room()]

    @property
    def followings(self):
        return parts.followings(self.consultation, self.now)

    @property
    def parent(self):
        """The consultation this one follows: dict ``title, reference, url, relation``, or None."""
        origin = api.origin(self.consultation)
        if origin is None:
            return None
        return {
            "title": origin.title,
            "reference": origin.reference,
            "url": f"{origin.absolute_url()}/@@gestion",
            "relation": suites.RELATIONS[self.consultation.relation],
        }

    @property
    def versions(self):
        return list(reversed(api.history(self.consultation)))

    @property
    def decisions(self):
        """The decisions taken, by lot: list of dicts."""
        titles = {lot.number: lot.title for lot in self.lots}
        return [
            {
                **kept,
                "number": number,
                "lot": titles.get(number, ""),
                "label": decisions.DECISIONS[kept["decision"]],
                "winner": decisions.holder_names(kept),
            }
            for number, kept in gathering.in_order(self.consultation, api.decisions(self.consultation))
        ]

    @property
    def history(self):
        """The last events, newest first: list of dicts ``words, instant, reason``."""
        events = [jcs.loads(data) for _id, _type, data, _salt in journal.raw(self.consultation)[-HISTORY:]]
        found = []
        for event in reversed(events):
            words, reason = phrase(event), event.get("motif", "")
            if found and (found[-1]["said"], found[-1]["reason"]) == (words, reason):
                found[-1]["times"] += 1
                found[-1]["words"] = f"{words} ({found[-1]['times']} fois)"
                continue
            instant = clock.from_rfc3339(event["instant"])
            found.append({"words": words, "said": words, "instant": instant, "reason": reason, "times": 1})
        return found

    @property
    def facts(self):
        """What stays true while reading: list of (term, words)."""
        consultation = self.consultation
        found = [
            ("Référence", consultation.reference),
            ("Procédure", self.procedure_title()),
            ("Nature", self.nature_title()),
            ("CPV", self.cpv_title(consultation.cpv)),
            ("Lieu", self.place_titles(consultation.places)),
            (
                "Version du dossier",
                f"{consultation.version}, {plural(len(self.pieces), 'pièce')}" if consultation.version else "",
            ),
            *self._origin(),
        ]
        return [(term, words) for term, words in found if words]

    def _origin(self):
        """The identifier it has elsewhere; that of a notice is too long to be read, its first signs find it."""
        kind, _colon, rest = (self.consultation.external_id or "").partition(":")
        if kind == "eforms":
            return [("Avis d’origine", f"eForms {rest[:8]}…")]
        return [("Identifiant externe", self.consultation.external_id)]

    @property
    def opened(self):
        """How many files of opened bids this person may read here."""
        folder = self.consultation.get(api.OPENED_FOLDER)
        return len(folder) if folder is not None and self.may("View", folder) else 0

    @property
    def deposits(self):
        return api.deposits_count(self.consultation)

    @property
    def withdrawals(self):
        return journal.count(self.consultation, "retrait")
