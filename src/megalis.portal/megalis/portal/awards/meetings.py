"""The meetings of a commission: agenda, convocation, attendance, votes by lot, minutes. What is closed changes no more."""

from hashlib import sha256
from megalis.portal.awards import commissions
from megalis.portal.awards import minutes
from megalis.portal.awards.rules import quorum
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.theme import mail
from megalis.portal.theme import words
from persistent import Persistent


JUDGED = (phase.OUVERTURE, phase.ANALYSE)
MOST_ITEMS = 40
CONVENED = """
{commission} de {buyer} se réunit le {at}, {place}.

Ordre du jour : {agenda}.

La convocation est jointe à ce courriel. Si vous êtes empêché, prévenez votre suppléant et répondez à ce courriel.

-> {url} Les consultations de la collectivité
"""


class Meeting(Persistent):
    """A meeting. ``agenda``: tuple of dicts ``consultation`` (uuid), ``lots``; ``votes``: (uuid, lot) -> dict.

    ``members`` are those of the commission until it is convened, then stay as they were.
    """

    convened = None
    minutes = None
    notice = None
    closed = None
    remarks = ""

    def __init__(self, commission, at, place, again):
        self.id = uuidhex()
        self.commission = commission.id
        self.kind = commission.kind
        self.title = commission.title
        self.needed = commission.needed
        self.casting = commission.casting
        self.members = commission.members
        self.at = at
        self.place = place
        self.again = again
        self.agenda = ()
        self.attendance = {}
        self.votes = {}

    def quorum(self):
        """Return the quorum.Quorum of those who were noted."""
        return quorum.quorum(
            ((member["role"], self.attendance.get(member["key"], quorum.ABSENT)) for member in self.members),
            self.again,
            self.needed,
        )


def every(collectivite):
    """Return the meetings, the latest first."""
    kept = commissions.of(collectivite)
    return sorted(kept.meetings.values(), key=lambda item: item.at, reverse=True) if kept is not None else []


def find(collectivite, key):
    """Return a Meeting or None."""
    kept = commissions.of(collectivite)
    return kept.meetings.get(key) if kept is not None and key else None


def told(consultation):
    """Return what commissions decided about a consultation, in words, oldest first."""
    uid = api.uuid(consultation)
    found = [
        meeting
        for meeting in every(api.buyer(consultation))
        if meeting.closed is not None and any(key[0] == uid for key in meeting.votes)
    ]
    return [f"{meeting.title} du {clock.french_date(meeting.at, weekday=False)}" for meeting in reversed(found)]


def consultation_of(collectivite, uid):
    """Return the consultation of an agenda, or None when it is gone."""
    brains = api.find_everywhere(UID=uid)
    content = brains[0]._unrestrictedGetObject() if brains else None
    return content if content is not None and api.buyer(content) == collectivite else None


def possible(collectivite):
    """Return the consultations that a commission may judge now, by reference."""
    found = (brain.getObject() for brain in api.find(collectivite, review_state=list(JUDGED)))
    return sorted((item for item in found if suites.decides(item.relation)), key=lambda item: item.reference)


def plan(collectivite, commission, at, place, chosen, by, again=False):
    """Make a meeting; ``chosen``: ``[(uuid, [lots])]``, no lots meaning all. Refused ``commission.*``."""
    now = clock.now()
    if at is None:
        raise Refused("commission.date", "Donnez la date et l’heure de la réunion.")
    if at < now:
        raise Refused("commission.passee", f"Le {clock.french(at)} est passé : donnez une date à venir.")
    place = " ".join(str(place or "").split())[:200]
    if not place:
        raise Refused("commission.lieu", "Dites où la commission se réunit, ou comment elle se réunit à distance.")
    meeting = Meeting(commission, at, place, again)
    meeting.agenda = _agenda(collectivite, chosen)
    commissions.for_write(collectivite).meetings[meeting.id] = meeting
    _record(collectivite, meeting, "reunion", by, date=clock.rfc3339(at))
    return meeting


def _agenda(collectivite, chosen):
    if not chosen:
        raise Refused("commission.ordre", "Mettez au moins une consultation à l’ordre du jour.")
    if len(chosen) > MOST_ITEMS:
        raise Refused("commission.ordre", f"{len(chosen)} consultations à l’ordre du jour : {MOST_ITEMS} au plus.")
    found = []
    for uid, lots in chosen:
        consultation = consultation_of(collectivite, uid)
        if consultation is None:
            raise Refused(
                "commission.consultation", "Une consultation de l’ordre du jour n’existe plus : rechargez la page."
            )
        numbers = gathering.decision_numbers(consultation)
        unknown = [lot for lot in lots if lot not in numbers]
        if unknown:
            raise Refused("commission.lot", f"{consultation.reference} n’a pas de lot « {unknown[0][:20]} ».")
        found.append({"consultation": uid, "lots": tuple(lots)})
    return tuple(found)


def items(collectivite, meeting):
    """Return the agenda as ``[(consultation, [lot numbers])]``, those that are gone left out."""
    found = []
    for item in meeting.agenda:
        consultation = consultation_of(collectivite, item["consultation"])
        if consultation is not None:
            found.append((consultation, list(item["lots"]) or gathering.decision_numbers(consultation)))
    return found


def check_open(meeting):
    """Refuse (``commission.close``) to change a meeting whose minutes are made."""
    if meeting.closed is not None:
        raise Refused("commission.close", "Le procès-verbal de cette réunion est établi : il ne change plus.")


def notice_findings(meeting, days, now):
    """Return the advice about a convocation sent at ``now``, a text or ''."""
    left = (clock.paris(meeting.at).date() - clock.paris(now).date()).days - 1
    if left < days:
        return f"{words.plural(max(left, 0), 'jour franc', 'jours francs')} avant la réunion : votre règlement en veut {days}."
    return ""


def convene(collectivite, meeting, person):
    """Mail the convocation, with its PDF, to every member who has an address; return how many. Refused ``commission.*``."""
    check_open(meeting)
    now = clock.now()
    if meeting.at <= now:
        raise Refused("commission.passee", "La réunion a déjà commencé : on ne la convoque plus.")
    people = [member for member in meeting.members if member["email"]]
    if not people:
        raise Refused("commission.adresses", "Aucun membre n’a d’adresse électronique : complétez la commission.")
    data = minutes.convocation(collectivite, meeting, items(collectivite, meeting), now)
    agenda = ", ".join(consultation.reference for consultation, _lots in items(collectivite, meeting))
    text, html = mail.render(
        CONVENED,
        commission=meeting.title,
        buyer=collectivite.title,
        at=clock.french(meeting.at),
        place=meeting.place,
        agenda=agenda,
        url=f"{collectivite.absolute_url()}/@@consultations",
    )
    subject = mail.flat(f"Convocation : {meeting.title}, {clock.french(meeting.at, weekday=False)}")
    for member in people:
        outbox.queue_mail(
            member["email"],
            subject,
            text,
            html,
            sender_name=mail.flat(collectivite.title),
            reply_to=person.email or None,
            about=meeting.id,
            files=[("convocation.pdf", data)],
        )
    meeting.convened = {
        "at": now,
        "count": len(people),
        "without": [m["name"] for m in meeting.members if not m["email"]],
    }
    meeting.notice = Attachment("convocation.pdf", data)
    told_to = [member["name"] for member in people]
    _record(collectivite, meeting, "convocation", person.fullname, a=told_to, pdf=sha256(data).hexdigest())
    return len(people)


def attend(collectivite, meeting, states, remarks, by):
    """Keep who is there; ``states``: ``{member key: PRESENT...}``. Refused ``commission.presence``."""
    check_open(meeting)
    keys = {member["key"] for member in meeting.members}
    wrong = [key for key, state in states.items() if key not in keys or state not in quorum.ATTENDANCE]
    if wrong:
        raise Refused(
            "commission.presence", "La feuille de présence ne correspond plus aux membres : rechargez la page."
        )
    meeting.attendance = dict(states)
    meeting.remarks = str(remarks or "").strip()[:10_000]
    present = [member["name"] for member in meeting.members if states.get(member["key"]) == quorum.PRESENT]
    _record(collectivite, meeting, "presence", by, presents=present)


def vote(collectivite, meeting, uid, lot, choice, counts, president, remark, by):
    """Keep the vote on a lot; ``choice`` in words, ``counts`` (yes, no, abstained). Refused ``commission.*``."""
    check_open(meeting)
    found = quorum_of(meeting)
    if not any(api.uuid(item) == uid and lot in lots for item, lots in items(collectivite, meeting)):
        raise Refused("commission.ordre", "Ce lot n’est pas à l’ordre du jour de cette réunion.")
    choice = " ".join(str(choice or "").split())[:300]
    if not choice:
        raise Refused("commission.proposition", "Écrivez ce qui est mis aux voix.")
    wrong = quorum.vote_findings(*counts, found.present)
    if wrong:
        raise Refused(wrong[0].code, wrong[0].message)
    carried = quorum.is_carried(counts[0], counts[1], president if meeting.casting else None)
    row = {"choice": choice, "yes": counts[0], "no": counts[1], "abstained": counts[2], "carried": carried}
    row |= {"remark": str(remark or "").strip()[:2000], "president": bool(president)}
    meeting.votes = {**meeting.votes, (uid, lot): row}
    _record(collectivite, meeting, "vote", by, consultation=uid, lot=lot, proposition=choice, adopte=carried)


def quorum_of(meeting):
    """Return the quorum.Quorum reached; Refused ``commission.quorum`` when it is not, or when nobody was noted."""
    if not meeting.attendance:
        raise Refused("commission.presence", "Notez d’abord qui est présent : le quorum se compte sur les présents.")
    found = meeting.quorum()
    if not found.reached:
        raise Refused(
            "commission.quorum",
            f"{found.words}. La commission ne délibère pas : établissez le procès-verbal de carence, puis réunissez-la de "
            f"nouveau ({quorum.SOURCES[meeting.kind]}).",
        )
    return found


def close(collectivite, meeting, by):
    """Make the minutes, once; return the Attachment. Refused ``commission.*``.

    Without quorum they say so and hold no vote; with it, every lot of the agenda was voted or is adjourned by them.
    """
    check_open(meeting)
    now = clock.now()
    if meeting.at > now:
        raise Refused("commission.avenir", f"La réunion n’a lieu que le {clock.french(meeting.at)}.")
    if not meeting.attendance:
        raise Refused("commission.presence", "Notez d’abord qui était présent.")
    data = minutes.minutes(collectivite, meeting, items(collectivite, meeting), now)
    meeting.minutes = Attachment("proces-verbal.pdf", data)
    meeting.closed = {"at": now, "by": by}
    told_ = {"quorum": meeting.quorum().reached, "votes": len(meeting.votes), "pdf": meeting.minutes.sha256}
    _record(collectivite, meeting, "proces-verbal", by, **told_)
    for consultation, _lots in items(collectivite, meeting):
        event = {"type": "commission", "consultation": api.uuid(consultation), "fait": "proces-verbal"}
        lots = [lot for uid, lot in meeting.votes if uid == api.uuid(consultation)]
        more = {"reunion": meeting.id, "lots": sorted(lots), "pdf": meeting.minutes.sha256}
        journal.record(consultation, {**event, **more, "par": by}, instant=now)
    return meeting.minutes


def _record(collectivite, meeting, fact, by, **more):
    event = {"type": "commission", "organisme": collectivite.identifier, "commission": meeting.commission, "fait": fact}
    journal.record(collectivite, {**event, "reunion": meeting.id, **more, "par": by})
