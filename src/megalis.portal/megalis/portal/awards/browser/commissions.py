"""``@@commissions`` and ``@@reunion`` of a collectivité: its commissions, their meetings, votes and minutes."""

from functools import cached_property
from megalis.portal.awards import analysis
from megalis.portal.awards import commissions
from megalis.portal.awards import meetings
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import quorum
from megalis.portal.awards.rules import scoring
from megalis.portal.consultations import api
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme import words
from megalis.portal.theme.export import send_pdf
from plone import api as plone_api
from zExceptions import NotFound


PREPARE = "megalis: Prepare consultation"
MEETINGS = 50
VOTES = 40  # lots to vote on, a page


class Base(Page):
    """What both pages share."""

    door = "agents"
    plural = staticmethod(words.plural)

    @cached_property
    def place(self):
        return self.context.absolute_url()

    @cached_property
    def may_prepare(self):
        return plone_api.user.has_permission(PREPARE, obj=self.context)

    @property
    def by(self):
        return self.person.fullname if self.person is not None else "un gestionnaire"

    def check(self):
        if not self.may_prepare:
            raise Refusal("role", "Les commissions sont tenues par les acheteurs et les valideurs.", 403)


class Commissions(Base):
    """The commissions, the form of one, and the list of the meetings."""

    page_title = "Commissions"

    @property
    def rows(self):
        """The commissions: dicts key, title, kind, count, advice."""
        return [
            {
                "key": item.id,
                "title": item.title,
                "kind": quorum.KINDS[item.kind],
                "count": len(item.members),
                "advice": quorum.composition_findings(item.kind, (member["role"] for member in item.members)),
            }
            for item in commissions.every(self.context)
        ]

    @cached_property
    def asked(self):
        """The commission that is being changed, or None."""
        return commissions.find(self.context, self.field("id"))

    @property
    def value(self):
        """What the form shows."""
        if self.errors and self.field("faire") == "garder":
            names = ("genre", "titre", "preavis", "quorum", "membres")
            return {**{name: self.field(name) for name in names}, "voix": bool(self.field("voix"))}
        item = self.asked
        if item is None:
            return {"genre": quorum.CAO, "titre": "", "preavis": "", "quorum": "", "membres": "", "voix": False}
        return {
            "genre": item.kind,
            "titre": item.title,
            "preavis": item.notice_days,
            "quorum": item.needed or "",
            "membres": commissions.member_lines(item.members),
            "voix": item.casting,
        }

    @property
    def kinds(self):
        return list(quorum.KINDS.items())

    @property
    def notice(self):
        return commissions.NOTICE_DAYS

    @property
    def meetings(self):
        """The meetings, the latest first: dicts."""
        return [
            {
                "url": f"{self.place}/@@reunion?id={item.id}",
                "title": item.title,
                "at": item.at,
                "place": item.place,
                "badge": self._badge(item),
                "agenda": words.plural(len(item.agenda), "consultation"),
            }
            for item in meetings.every(self.context)[:MEETINGS]
        ]

    def _badge(self, item):
        if item.closed is not None:
            return ("ok", "Procès-verbal établi") if item.quorum().reached else ("bad", "Carence")
        if item.at < self.now:
            return "soon", "À conclure"
        return ("run", "Convoquée") if item.convened else ("draft", "À convoquer")

    @property
    def offered(self):
        """The consultations that may be put on an agenda: dicts uid, reference, title, lots."""
        return [
            {
                "uid": api.uuid(item),
                "reference": item.reference,
                "title": item.title,
                "lots": len(api.lots(item)),
                "chosen": api.uuid(item) in self.fields("consultation") or api.uuid(item) == self.field("pour"),
                "typed": self.field(f"lots.{api.uuid(item)}"),
            }
            for item in meetings.possible(self.context)
        ]

    @property
    def planned(self):
        """What was typed in the form of a meeting."""
        return {name: self.field(name) for name in ("commission", "le", "lieu")} | {"again": bool(self.field("encore"))}

    def do_garder(self):
        self.check()
        commissions.keep(
            self.context,
            self.field("id"),
            self.field("genre"),
            self.field("titre"),
            self.field("preavis"),
            self.field("quorum"),
            bool(self.field("voix")),
            self.field("membres"),
            self.by,
        )
        self.done("La commission est gardée.", f"{self.place}/@@commissions")

    def do_reunir(self):
        self.check()
        commission = commissions.find(self.context, self.field("commission"))
        if commission is None:
            raise Refused("commission.inconnue", "Choisissez la commission à réunir.")
        chosen = [
            (uid, [lot for lot in self.field(f"lots.{uid}").replace(";", ",").replace(" ", ",").split(",") if lot])
            for uid in self.fields("consultation")
        ]
        at = typing.moment(self.field("le"))
        made = meetings.plan(
            self.context, commission, at, self.field("lieu"), chosen, self.by, bool(self.field("encore"))
        )
        self.done("La réunion est préparée : convoquez ses membres.", f"{self.place}/@@reunion?id={made.id}")


class Meeting(Base):
    """``@@reunion?id=``: convene, note who is there, vote, make the minutes."""

    def __call__(self):
        if self.meeting is None:
            raise NotFound(self.field("id"))
        piece = {"convocation": self.meeting.notice, "pv": self.meeting.minutes}.get(self.field("piece"))
        if self.field("piece") and self.request.method != "POST":
            if piece is None:
                raise NotFound(self.field("piece"))
            with piece.blob.open() as stream:
                return send_pdf(self.request, piece.name, stream.read())
        return super().__call__()

    @cached_property
    def meeting(self):
        return meetings.find(self.context, self.field("id"))

    @property
    def page_title(self):
        return self.meeting.title

    @property
    def crumbs(self):
        return [("Commissions", f"{self.place}/@@commissions")]

    @property
    def here(self):
        return f"{self.place}/@@reunion?id={self.meeting.id}"

    @property
    def is_open(self):
        return self.meeting.closed is None

    @property
    def writes(self):
        return self.is_open and self.may_prepare

    @property
    def has_begun(self):
        return self.now >= self.meeting.at

    @property
    def when(self):
        return clock.french(self.meeting.at)

    @property
    def advice(self):
        commission = commissions.find(self.context, self.meeting.commission)
        days = commission.notice_days if commission is not None else commissions.NOTICE_DAYS
        return "" if self.meeting.convened else meetings.notice_findings(self.meeting, days, self.now)

    @property
    def quorum(self):
        return self.meeting.quorum()

    @property
    def source(self):
        return quorum.SOURCES[self.meeting.kind]

    @property
    def states(self):
        return list(quorum.ATTENDANCE.items())

    @property
    def members(self):
        """The members: dicts key, name, role, email, state, label."""
        kept = self.meeting.attendance
        return [
            {
                **member,
                "title": quorum.ROLES[member["role"]],
                "state": self.field(f"presence.{member['key']}") or kept.get(member["key"], ""),
                "label": quorum.ATTENDANCE.get(kept.get(member["key"]), "—"),
            }
            for member in self.meeting.members
        ]

    @cached_property
    def agenda(self):
        """The agenda: dicts reference, title, url, uid, lots (text)."""
        return [
            {
                "uid": api.uuid(item),
                "reference": item.reference,
                "title": item.title,
                "url": f"{item.absolute_url()}/@@analyse",
                "lots": f"Lot{'s' if len(lots) > 1 else ''} {', '.join(lots)}" if any(lots) else "",
                "count": len(lots),
                "decide": f"{item.absolute_url()}/@@decision" if self._waits(item) else "",
            }
            for item, lots in meetings.items(self.context, self.meeting)
        ]

    def _waits(self, consultation):
        """True when the minutes are made and the decisions of a consultation may be taken from them."""
        return not self.is_open and self.may_prepare and api.state(consultation) == phase.ANALYSE

    @cached_property
    def _ballots(self):
        found = []
        for item, lots in meetings.items(self.context, self.meeting):
            found += [(item, lot) for lot in lots]
        return found

    @cached_property
    def last(self):
        return max(1, -(-len(self._ballots) // VOTES))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def pages(self):
        every = range(1, self.last + 1) if self.last > 1 else ()
        return [(rank, f"{self.here}&page={rank}", "page" if rank == self.page else None) for rank in every]

    @property
    def ballots(self):
        """The lots to vote on, of this page: dicts."""
        found = []
        known = {}
        for rank, (item, lot) in enumerate(self._ballots[(self.page - 1) * VOTES : self.page * VOTES]):
            uid = api.uuid(item)
            if uid not in known:
                known[uid] = analysis.received(item)
            kept = self.meeting.votes.get((uid, lot))
            row = kept or {"choice": self._proposed(item, lot, known[uid]), "yes": "", "no": "", "abstained": ""}
            if self.errors and self.field("rang") == str(rank):
                typed = {"choice": "choix", "yes": "pour", "no": "contre", "abstained": "abstention", "remark": "note"}
                row = {name: self.field(field) for name, field in typed.items()}
            found.append(
                {
                    "remark": "",
                    "president": False,
                    **row,
                    "rank": rank,
                    "uid": uid,
                    "lot": lot,
                    "title": f"{item.reference}, lot {lot}" if lot else item.reference,
                    "result": "" if kept is None else "Adopté" if kept["carried"] else "Rejeté",
                }
            )
        return found

    def _proposed(self, item, lot, known):
        """What is proposed to the vote: the first of the ranking, or that there is no bid."""
        if analysis.obstacle(item):
            return ""
        lines = bid.ordered(analysis.lines(item, lot, known))
        if not lines:
            return f"{decisions.DECISIONS[decisions.INFRUCTUEUX]} : aucune offre"
        first = [line for line in lines if line.rank == 1]
        if len(first) != 1:
            return ""
        line = first[0]
        amount = f", {words.euros(line.values['amount'])} HT" if line.values["amount"] is not None else ""
        return f"Attribuer à {line.title}{amount} ({scoring.ordinal(1)} au classement)"

    @property
    def voters(self):
        return self.quorum.present

    @property
    def attended(self):
        return bool(self.meeting.attendance)

    def do_convoquer(self):
        self.check()
        if self.person is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’agent.", 403)
        count = meetings.convene(self.context, self.meeting, self.person)
        self.done(f"{words.plural(count, 'convocation envoyée', 'convocations envoyées')}.", self.here)

    def do_presence(self):
        self.check()
        states = {}
        for member in self.meeting.members:
            state = self.field(f"presence.{member['key']}")
            if state:
                states[member["key"]] = state
        if not states:
            raise Refused("commission.presence", "Cochez au moins une présence.")
        meetings.attend(self.context, self.meeting, states, self.field("observations"), self.by)
        self.done("La présence est notée.", self.here)

    def do_voter(self):
        self.check()
        counts = tuple(self._count(name) for name in ("pour", "contre", "abstention"))
        meetings.vote(
            self.context,
            self.meeting,
            self.field("consultation"),
            self.field("lot"),
            self.field("choix"),
            counts,
            bool(self.field("president")),
            self.field("note"),
            self.by,
        )
        self.done("Le vote est noté.", f"{self.here}&page={self.page}" if self.page > 1 else self.here)

    def _count(self, name):
        text = self.field(name) or "0"
        if not text.isdecimal() or len(text) > 3:
            raise Refused("commission.voix", f"« {text[:20]} » : écrivez un nombre de voix.")
        return int(text)

    def do_conclure(self):
        self.check()
        meetings.close(self.context, self.meeting, self.by)
        self.done("Le procès-verbal est établi : imprimez-le, faites-le signer.", self.here)
