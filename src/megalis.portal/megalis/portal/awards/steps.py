"""The road from the opening to the notification: which steps are done, which one is next, in words."""

from megalis.portal.awards import analysis
from megalis.portal.awards import late
from megalis.portal.awards import notification
from megalis.portal.awards import store
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import ranking
from megalis.portal.consultations import reached
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IEssentialData
from megalis.portal.consultations.meeting import INextAward
from megalis.portal.consultations.notices import awaited
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.tracking import rules as tracking
from megalis.portal.kernel import clock
from megalis.portal.theme import words
from zope.component import adapter
from zope.component import queryAdapter
from zope.interface import implementer


COUNTED = 20  # lots: beyond, the whole analysis is not judged for one sentence
OF_BUYER = ("@@commissions", "@@contrats")  # pages of the collectivité
DONE, HERE, NEXT = "done", "here", "next"
AFTER = (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE)


def has_bids(consultation):
    """True when an offer was received in time, or an agent added one; never where only candidatures are asked for."""
    if not set(consultation.envelopes or ()) - {"candidature"}:
        return False
    award = store.of(consultation)
    return bool(late.in_time(consultation)) or bool(award is not None and len(award.rows))


def is_analysed(consultation):
    """True when every bid that stands has its rank, as far as it is worth counting."""
    award = store.of(consultation)
    if award is None or not len(award.rows):
        return False
    if len(gathering.decision_numbers(consultation)) > COUNTED:
        return True
    return all(row["done"] or not row["standing"] for row in analysis.summary(consultation))


def free_from(consultation):
    """Return the first instant at which the contract may be notified, None when nothing delays it or nothing is counted yet."""
    days = gathering.standstill_days(consultation)
    awarded = any(item["decision"] == decisions.ATTRIBUE for item in api.decisions(consultation).values())
    if not days or not awarded or consultation.sole_candidate or consultation.informed_at is None:
        return None
    return decisions.standstill_end(consultation.informed_at, days)


@implementer(INextAward)
@adapter(IConsultation)
class NextAward:
    """See INextAward."""

    def __init__(self, consultation):
        self.consultation = consultation

    def action(self, now):
        state = api.state(self.consultation, now)
        found = getattr(self, f"_{state}", None)
        return found(now) if found is not None else None

    def _close(self, now):
        if not late.may_declare_none(self.consultation) or self.consultation.relation == suites.COMPLEMENT:
            return None
        text = "Aucun pli n’est arrivé dans les délais : constatez-le, puis déclarez la procédure infructueuse."
        return "Close, sans dépôt", text, "@@attribution", "Constater l’absence de pli"

    def _analyse(self, now):
        if ranking.names_hidden(self.consultation) or not has_bids(self.consultation):
            return None
        if not is_analysed(self.consultation):
            text = "Saisissez les montants et les notes : le classement se calcule. Décidez ensuite, lot par lot."
            return "Analyse des offres", text, "@@analyse", "Analyser les offres"
        missing = len(gathering.decision_numbers(self.consultation)) - len(api.decisions(self.consultation))
        text = f"{words.plural(missing, 'décision')} à prendre." if missing else "Relisez les décisions gardées."
        many = len(gathering.decision_numbers(self.consultation)) > 1
        return "Offres classées", text, "@@decision", "Décider lot par lot" if many else "Décider"

    def _decidee(self, now):
        waiting = letters.uninformed(self.consultation)
        if waiting:
            text = f"{words.plural(waiting, 'candidat écarté', 'candidats écartés')} à informer, puis notifiez."
            return "Décisions arrêtées", text, "@@notifier", "Notifier"
        free = free_from(self.consultation)
        if free is not None and now < free:
            text = f"Délai de suspension : notification possible à partir du {clock.french(free)}."
            return "Candidats écartés informés", text, "@@notifier", "Notifier"
        return "Décisions arrêtées", "Le marché peut être notifié.", "@@notifier", "Notifier"

    def _notifiee(self, now):
        left = unsettled(self.consultation)
        if not left:
            notice = awaited.due(self.consultation)
            if notice is not None:
                day, where = clock.french_date(notice, weekday=False), awaited.left_words(self.consultation)
                text = f"L’avis d’attribution s’envoie avant le {day} : {where} (R. 2183-1, R. 3125-6)."
                return "Marché notifié", text, "@@publicite", "Envoyer l’avis d’attribution"
            return self._data() if are_data_awaited(self.consultation) else None
        text = f"{words.plural(len(left), 'lot')} dont la date de notification n’est pas établie."
        return "Notification en cours", text, "@@notifier", "Suivre la notification"

    def _data(self):
        due = tracking.months_after(reached.of(self.consultation)[phase.NOTIFIEE], tracking.DECP_MONTHS)
        text = f"Les données essentielles se publient avant le {clock.french_date(due, weekday=False)} (R. 2196-1)."
        return "Marché notifié", text, f"{_home(self.consultation)}/@@contrats", "Publier les données essentielles"


def are_data_awaited(consultation):
    """True when a lot is awarded here and its essential data are still to be published."""
    data = queryAdapter(consultation, IEssentialData)
    return bool(notification.awarded(consultation)) and data is not None and not data.complete()


def unsettled(consultation):
    """Return the awarded lots whose date of notification is not settled yet."""
    award = store.of(consultation)
    done = award.notified if award is not None else {}
    return [lot for lot in notification.awarded(consultation) if lot not in done]


def steps(consultation, now, meetings=()):
    """Return the steps as dicts ``title, css, note, url, label``; ``meetings``: what commissions decided here, in words."""
    state = api.state(consultation, now)
    after = state in AFTER
    opened = after or state in (phase.OUVERTURE, phase.ANALYSE)
    analysed = after or (state == phase.ANALYSE and is_analysed(consultation))
    signed = len(store.of(consultation).signed) if store.of(consultation) is not None else 0
    waiting = letters.uninformed(consultation) if after else 0
    rejected = bool(letters.rejected(consultation) or letters.rejected_on_paper(consultation)) if after else False
    left = unsettled(consultation) if state in notification.TOLD else []
    awarded = notification.awarded(consultation) if after else []
    kept = len(api.decisions(consultation))
    numbers = len(gathering.decision_numbers(consultation))
    found = [
        (
            "Ouverture des plis",
            opened,
            words.plural(api.deposits_count(consultation), "pli"),
            "@@pv-ouverture",
            "Procès-verbal",
        ),
        ("Analyse", analysed, "" if analysed or not opened else "montants, notes, classement", "@@analyse", "Analyser"),
        ("Commission", bool(meetings), ", ".join(meetings) or "si elle doit se réunir", "@@commissions", "Réunir"),
        (
            "Décision",
            after,
            f"{kept} sur {words.plural(numbers, 'lot')}" if numbers > 1 else "",
            "@@decision",
            "Décider",
        ),
        (
            "Information des candidats écartés",
            after and not waiting,
            _information(consultation, waiting, rejected) if after else "",
            "@@notifier",
            "Informer",
        ),
        (
            "Signature",
            bool(signed) or (after and not awarded),
            words.plural(signed, "document signé", "documents signés")
            if signed
            else "hors de la plateforme, puis versée",
            "@@signature",
            "Verser",
        ),
        (
            "Notification",
            state in notification.TOLD and not left,
            _notification(consultation, state, left, awarded),
            "@@notifier",
            "Notifier",
        ),
    ]
    if after and not meetings:  # it was not needed
        found = [item for item in found if item[0] != "Commission"]
    if after and awaited.is_demanded(consultation):
        limit = awaited.due(consultation)
        where = awaited.left_words(consultation)
        note = f"{where}, avant le {clock.french_date(limit, weekday=False)}" if limit else where or "envoyé"
        found.append(("Avis d’attribution", not where, note, "@@publicite", "Envoyer"))
    if awarded:
        data = state in notification.TOLD and not are_data_awaited(consultation)
        note = (
            "publiées, ou non requises"
            if data
            else "à publier dans les deux mois"
            if state in notification.TOLD
            else ""
        )
        found.append(("Données essentielles", data, note, "@@contrats", "Publier"))
    here = next((title for title, done, *_rest in found if not done and title not in ("Commission", "Signature")), None)
    url = consultation.absolute_url()
    return [
        {
            "title": title,
            "css": DONE if done else HERE if title == here else NEXT,
            "note": note,
            "url": f"{_home(consultation) if view in OF_BUYER else url}/{view}",
            "label": label,
        }
        for title, done, note, view, label in found
    ]


def _home(consultation):
    return api.buyer(consultation).absolute_url()


def _information(consultation, waiting, rejected):
    if waiting:
        return words.plural(waiting, "candidat à informer", "candidats à informer")
    free = free_from(consultation)
    if free is not None:
        return f"suspension jusqu’au {clock.french(free, weekday=False)}"
    return "tous informés" if rejected else "personne à informer"


def _notification(consultation, state, left, awarded):
    if state not in notification.TOLD:
        return ""
    if not awarded:
        return "aucun lot attribué ici"
    if awarded == [""]:
        return "en attente de la lecture du courrier" if left else ""
    return f"{len(awarded) - len(left)} sur {words.plural(len(awarded), 'lot')}"
