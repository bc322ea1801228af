"""The survey of needs: prepared, sent, answered, frozen by the clock; late answers stand aside, whole."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings.content import Answer
from megalis.portal.groupings.content import Late
from megalis.portal.groupings.rules import consolidation
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.service import told
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from zope.component.hooks import getSite


QUEUE = "groupements-attendus"  # of the site: uid of a grouping -> instant of its next look


class Wrong(Refused):
    """An answer or lines that cannot be taken; ``refusals`` are all of them, by line."""

    def __init__(self, refusals):
        _key, first = refusals[0]
        super().__init__(first.code, first.message)
        self.refusals = refusals


def state(grouping, now=None):
    """Return the state of the survey at ``now``."""
    return survey.state(grouping.sent, grouping.closes, now or clock.now())


def _prepared(grouping):
    if grouping.sent is not None:
        raise Refused(
            "enquete.envoyee", "L’enquête est envoyée : ses lignes ne changent plus, les membres y répondent."
        )


def add_lot(grouping, number, title):
    _prepared(grouping)
    grouping.lots = (*grouping.lots, survey.check_lot(number, title, grouping.lots))


def remove_lot(grouping, number):
    """Take a lot and its lines out."""
    _prepared(grouping)
    grouping.lots = tuple(lot for lot in grouping.lots if lot.number != number)
    grouping.lines = tuple(line for line in grouping.lines if line.lot != number)


def add_line(grouping, lot, title, unit, price):
    _prepared(grouping)
    line = survey.check_line(uuidhex(), lot, title, unit, price, grouping.lots, grouping.lines)
    grouping.lines = (*grouping.lines, line)


def paste(grouping, text):
    """Add many lines, or none: Wrong says what is wrong with each. A lot that is not there yet is made, named by its number.

    Return how many.
    """
    _prepared(grouping)
    rows = survey.pasted(text)
    if not rows:
        raise Refused("besoin.vide", "Rien n’a été collé : une ligne par besoin.")
    before, wrong = (grouping.lots, grouping.lines), []
    for rank, (lot, title, unit, price) in enumerate(rows, 1):
        try:
            if lot not in {item.number for item in grouping.lots}:
                add_lot(grouping, lot, f"Lot {lot}")
            add_line(grouping, lot, title, unit, price)
        except Refused as refused:
            wrong.append((rank, Refused(refused.code, f"Ligne {rank} : {refused.message}")))
    if wrong:
        grouping.lots, grouping.lines = before
        raise Wrong(wrong)
    return len(rows)


def remove_line(grouping, key):
    _prepared(grouping)
    grouping.lines = tuple(line for line in grouping.lines if line.id != key)


def send(grouping, closes, by=""):
    """Send the survey to who joined; Refused as ``survey.check_sending``, ``enquete.membres``."""
    _prepared(grouping)
    now = clock.now()
    survey.check_sending(grouping.lots, grouping.lines, closes, now)
    if len(grouping.joined) < 2:
        raise Refused(
            "enquete.membres",
            "Aucun membre n’a encore accepté la convention : l’enquête partira à ceux qui l’auront acceptée.",
        )
    grouping.sent, grouping.closes = now, survey.to_second(closes)
    for member in grouping.active:
        grouping.answers.setdefault(member.uid, Answer())
    _queue(grouping, now)
    told(grouping, "enquete", by, lignes=len(grouping.lines), jusqu_a=clock.rfc3339(closes))
    text = f"Dites ce que votre collectivité achètera, avant le {clock.french(closes, seconds=True)} (heure de Paris)."
    letters.tell(
        grouping,
        [member.uid for member in grouping.joined],
        letters.BUYERS,
        "Vos besoins pour le groupement",
        [text],
        "@@reponse",
        "Répondre",
    )


def postpone(grouping, closes, by=""):
    """Leave more time while the survey is open; Refused ``enquete.etat|delai|avant``."""
    now = clock.now()
    if state(grouping, now) != survey.OPEN:
        raise Refused(
            "enquete.etat", "Seule une enquête ouverte se prolonge : une fois figés, les besoins ne rouvrent pas."
        )
    if closes is None or closes <= grouping.closes:
        raise Refused(
            "enquete.avant",
            f"Donnez une date après le {clock.french(grouping.closes)} : une enquête ne se raccourcit pas.",
        )
    grouping.closes = survey.to_second(closes)
    _queue(grouping, now)
    told(grouping, "prolongation", by, jusqu_a=clock.rfc3339(closes))
    text = f"L’enquête est prolongée jusqu’au {clock.french(closes, seconds=True)} (heure de Paris)."
    letters.tell(
        grouping,
        [member.uid for member in grouping.joined],
        letters.BUYERS,
        "Enquête de besoins prolongée",
        [text],
        "@@reponse",
        "Répondre",
    )


def answer_of(grouping, uid):
    """Return the Answer of a member; Refused ``enquete.membre`` when it is not asked."""
    found = grouping.answers.get(uid)
    if found is None or uid not in {member.uid for member in grouping.joined}:
        raise Refused("enquete.membre", "Votre collectivité n’est pas interrogée : acceptez d’abord la convention.")
    return found


def keep_draft(grouping, uid, typed, before, by=""):
    """Keep what is typed, right or wrong, while the survey is open: leaving the page loses nothing."""
    answer = answer_of(grouping, uid)
    survey.check_answerable(grouping.sent, grouping.closes, clock.now())
    answer.draft = {
        line.id: (str(typed.get(line.id, ""))[:60], str(before.get(line.id, ""))[:60]) for line in grouping.lines
    }
    answer.by = by


def send_answer(grouping, uid, typed, before, by=""):
    """Take an answer; ``Wrong`` when a line is, Refused ``enquete.figee`` at the second of the freezing."""
    answer = answer_of(grouping, uid)
    now = clock.now()
    survey.check_answerable(grouping.sent, grouping.closes, now)
    needs = read(grouping, typed, before)
    fact = "reponse-corrigee" if answer.sent else "reponse"
    answer.needs, answer.sent, answer.by, answer.draft = needs, now, by, {}
    told(grouping, fact, by, membre=grouping.members[uid].name)


def read(grouping, typed, before):
    """Return the needs typed; ``Wrong`` with every refusal."""
    needs, wrong = survey.read_answer(grouping.lines, typed, before)
    if wrong:
        raise Wrong(wrong)
    return needs


def keep_aside(grouping, uid, typed, before, by=""):
    """Keep a late answer, whole and apart; return it, or None when it cannot be read."""
    try:
        answer_of(grouping, uid)
        needs = read(grouping, typed, before)
    except Refused:
        return None
    late = Late(uid, needs, clock.now(), by)
    grouping.late[late.id] = late
    told(grouping, "reponse-tardive", by, membre=grouping.members[uid].name)
    name = grouping.members[uid].name
    text = f"{name} a répondu après la date de gel. Sa réponse est de côté : elle ne compte que si vous la retenez."
    letters.tell(
        grouping,
        [grouping.coordinator],
        letters.BUYERS,
        f"Réponse tardive de {name}",
        [text],
        "@@consolidation",
        "Voir la consolidation",
    )
    return late


def is_opened(grouping):
    """Tell whether its consultation is open, its draft not deleted since."""
    return bool(grouping.consultation) and uuidToObject(grouping.consultation, unrestricted=True) is not None


def retain(grouping, key, by=""):
    """Let a late answer count, before the consultation is opened; Refused ``tardive.inconnue|ouverte``."""
    late = grouping.late.get(key)
    if late is None or late.retained is not None:
        raise Refused("tardive.inconnue", "Cette réponse tardive n’attend plus de décision : rechargez la page.")
    if is_opened(grouping):
        raise Refused(
            "tardive.ouverte", "La consultation est ouverte avec les quantités arrêtées : une réponse n’y entre plus."
        )
    answer = answer_of(grouping, late.uid)
    answer.needs, answer.sent, answer.by = late.needs, late.at, late.by
    late.retained = clock.now()
    told(
        grouping,
        "reponse-retenue",
        by,
        membre=grouping.members[late.uid].name,
        empreinte=consolidation.fingerprint(table(grouping)),
    )


def table(grouping):
    """Return the consolidation of what was sent."""
    members = tuple(member.uid for member in grouping.joined)
    answers = {
        uid: answer.needs for uid, answer in grouping.answers.items() if answer.sent is not None and uid in members
    }
    return consolidation.consolidate(grouping.lines, members, answers)


def remind(grouping, by="", mark=None):
    """Remind those who have not answered; return how many people were written to. Refused as ``survey.check_reminder``.

    ``mark``: that of a reminder the clock sends, which comes whatever a person has sent before.
    """
    now = clock.now()
    if mark is None:
        survey.check_reminder(grouping.recalled, now)
    waiting = table(grouping).missing
    text = f"Votre collectivité n’a pas encore répondu : les besoins seront figés le {clock.french(grouping.closes, seconds=True)} (heure de Paris)."
    count = (
        letters.tell(
            grouping,
            waiting,
            letters.BUYERS,
            "Rappel : vos besoins pour le groupement",
            [text],
            "@@reponse",
            "Répondre",
        )
        if waiting
        else 0
    )
    if mark is not None:
        grouping.reminded = (*grouping.reminded, mark)
    if waiting:
        grouping.recalled = now
        told(grouping, "relance", by, membres=[grouping.members[uid].name for uid in waiting])
    return count


def note_freezing(grouping, now=None):
    """Note that the needs are frozen, once: the instant is that of the clock, whoever looks first."""
    now = now or clock.now()
    if grouping.frozen is not None or state(grouping, now) != survey.FROZEN:
        return False
    found = table(grouping)
    grouping.frozen = {"at": grouping.closes, "fingerprint": consolidation.fingerprint(found)}
    missing = [grouping.members[uid].name for uid in found.missing]
    told(
        grouping,
        "gel",
        empreinte=grouping.frozen["fingerprint"],
        figes=clock.rfc3339(grouping.closes),
        sans_reponse=missing,
    )
    text = f"Les besoins sont figés depuis le {clock.french(grouping.closes, seconds=True)}."
    more = f" Sans réponse : {', '.join(missing)}." if missing else " Tous les membres ont répondu."
    letters.tell(
        grouping,
        [grouping.coordinator],
        letters.BUYERS,
        "Besoins du groupement figés",
        [text + more],
        "@@consolidation",
        "Voir la consolidation",
    )
    return True


def _queue(grouping, now):
    nearest = survey.next_look(grouping.sent, grouping.closes, now)
    kept = facts_for_write(getSite(), QUEUE)
    uid = IUUID(grouping)
    if nearest is not None:
        kept[uid] = nearest
    elif uid in kept:
        del kept[uid]


def tick(event):
    """Remind and freeze what is due (IWorkerTick)."""
    for uid, due in list((facts(getSite(), QUEUE) or {}).items()):
        if due > event.now:
            continue
        grouping = uuidToObject(uid, unrestricted=True)
        if grouping is None:
            del facts_for_write(getSite(), QUEUE)[uid]
            continue
        mark = survey.due_reminder(grouping.sent, grouping.closes, event.now, grouping.reminded)
        if mark is not None:
            remind(grouping, mark=mark)
        note_freezing(grouping, event.now)
        _queue(grouping, event.now)
