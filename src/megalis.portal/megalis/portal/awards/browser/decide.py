"""``@@decision``: attribué, infructueux or sans suite, lot by lot, from what the analysis proposes."""

from functools import cached_property
from megalis.portal.awards import analysis
from megalis.portal.awards import deciding
from megalis.portal.awards import meetings
from megalis.portal.awards.browser.base import AwardPage
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.theme import words


LOTS = 20  # a page


class Decide(AwardPage):
    """The form; a page of lots at a time."""

    page_title = "Décision"
    size = LOTS

    @property
    def shown(self):
        """The (rank, number) of the lots of this page."""
        return list(enumerate(self.numbers))[self.part]

    @cached_property
    def received(self):
        return analysis.received(self.consultation)

    @cached_property
    def lines(self):
        """``{number: [Line]}`` of this page, by rank."""
        return {
            number: bid.ordered(analysis.lines(self.consultation, number, self.received))
            for _rank, number in self.shown
        }

    @property
    def is_open(self):
        return self.phase == phase.ANALYSE

    @property
    def obstacle(self):
        if self.is_open:
            return ""
        if self.phase in (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE):
            return "Les décisions sont arrêtées : elles ne changent plus."
        return "Les décisions se prennent à l’étape de l’analyse, une fois les plis ouverts."

    @property
    def wants_commission(self):
        """True where a commission chooses the holder and none has met (L. 1414-2 of the CGCT): said, never imposed."""
        applied = legal.applied(self.consultation, self.consultation.published_at or self.now)
        return applied.procedure.formal and not applied.below and not meetings.told(self.consultation)

    @property
    def many_holders(self):
        """True where a lot may have several holders: in an accord-cadre."""
        return bool(self.consultation.framework)

    @property
    def holders(self):
        """How many may hold a lot."""
        return (self.consultation.framework_holders or 1) if self.many_holders else 1

    @property
    def many_lots(self):
        return len(self.numbers) > 1

    @property
    def choices(self):
        return decisions.DECISIONS.items()

    @property
    def rows(self):
        """The lots of this page, with what is kept, was just typed, or is proposed: list of dicts."""
        kept = api.decisions(self.consultation)
        titles = {lot.number: lot.title for lot in self.lots}
        return [
            self._row(rank, number, titles.get(number, self.consultation.title), kept.get(number, {}))
            for rank, number in self.shown
        ]

    def _row(self, rank, number, title, value):
        lines = self.lines[number]
        offered = deciding.proposal(lines, self.holders) if not value and self.is_open else None
        chosen = deciding.line_of(value, lines) if value else None
        amount = value.get("amount")
        same = chosen is not None and deciding.euros(chosen.values["amount"]) == amount
        values = {
            "decision": (offered or value).get("decision", ""),
            "bid": offered["bid"] if offered else chosen.key if chosen is not None else "",
            "winner": "" if chosen is not None else value.get("winner", ""),
            "siret": "" if chosen is not None else value.get("winner_siret", ""),
            "amount": "" if same else typed.money_text(amount),
            "reason": (offered or value).get("reason", ""),
            "others": launching.holder_lines({"holders": [h for h in value.get("holders", ()) if not h.get("bid")]}),
        }
        also = offered["others"] if offered else [holder.get("bid") for holder in value.get("holders", ())]
        seen = deciding.seen(value)
        if self.errors:
            values = {name: self.text(f"{name}.{rank}") for name in values}
            also = self.texts(f"holder.{rank}")
        current = next((line for line in lines if line.key == values["bid"]), None)
        return {
            **values,
            "rank": rank,
            "number": number,
            "title": title,
            "seen": seen,
            "bids": [self._bid(line) for line in lines],
            "also": set(also),
            "proposed": bool(offered) and not self.errors,
            "unexamined": self._unexamined([current, *(line for line in lines if line.key in also)]),
            "low": self._low([current, *(line for line in lines if line.key in also)]),
            "tied": [line.title for line in lines if line.rank == 1] if self._is_tied(lines) else [],
            "by_hand": current is None
            or current.values["amount"] is None
            or bool(values["winner"] or values["amount"]),
        }

    def _unexamined(self, lines):
        """Return the names of those about to win whose candidature nobody examined, where one was asked for (R. 2144-3)."""
        if "candidature" not in (self.consultation.envelopes or ()):
            return ""
        waiting = [
            line.name for line in lines if line is not None and line.standing and line.values["admissible"] is None
        ]
        return ", ".join(dict.fromkeys(waiting))

    def _low(self, lines):
        """Return the names of those about to win whose price looks too low and is not justified yet (L. 2152-6)."""
        doubtful = [
            line.name
            for line in lines
            if line is not None
            and line.standing
            and (line.values["low"] == bid.ASKED or (line.low is not None and not line.values["low"]))
        ]
        return ", ".join(dict.fromkeys(doubtful))

    def _is_tied(self, lines):
        return any(line.rank == 1 and line.verdict.tied for line in lines)

    def _bid(self, line):
        """Return ``(key, words, may win)`` of a bid."""
        parts = [line.title]
        if not line.standing:
            parts.append("écartée" if line.state != bid.SEALED else "scellée")
        elif line.rank:
            parts.append(scoring.ordinal(line.rank) + (" ex æquo" if line.verdict.tied else ""))
        if line.verdict.total is not None:
            parts.append(f"{typed.shown(line.verdict.total)} points")
        if line.values["amount"] is not None:
            parts.append(f"{words.euros(line.values['amount'])} HT")
        return line.key, ", ".join(parts), line.standing

    def post(self):
        if self.text("proposer"):
            return self._follow_proposals()
        taken, shown = {}, {}
        for rank, number in enumerate(self.numbers):
            if f"decision.{rank}" not in self.request.form:
                continue
            shown[number] = self.text(f"vu.{rank}")
            taken[number] = self._taken(rank, number)
        if any(f"vu.{rank}" in self.request.form for rank in range(len(self.numbers))):
            deciding.check_unchanged(self.consultation, shown)
        workflow.decide(self.consultation, taken)
        if self.text("arreter"):
            workflow.fire(self.consultation, transitions.DECIDER)
            message = "Les décisions sont arrêtées." if self.many_lots else "La décision est arrêtée."
            return self.redirect(f"{self.url}/@@gestion", message)
        many = "Décisions gardées ; vous pouvez encore les changer."
        message = many if self.many_lots else "Décision gardée ; vous pouvez encore la changer."
        return self.redirect(self.page_address(self.page), message)

    def _follow_proposals(self):
        """Take what the analysis proposes for every lot that has no decision yet."""
        kept, taken = api.decisions(self.consultation), {}
        for number in self.numbers:
            lines = [] if number in kept else analysis.lines(self.consultation, number, self.received)
            offered = None if number in kept else deciding.proposal(lines, self.holders)
            if offered is None:
                continue
            taken[number] = {"winner": "", "winner_siret": "", "amount": None, "reason": offered["reason"]}
            taken[number]["decision"] = offered["decision"]
            if offered["bid"]:
                by_key = {line.key: line for line in lines}
                deciding.check_choice(by_key[offered["bid"]], lines, "", number)
                others = [by_key[key] for key in offered["others"]]
                taken[number] |= deciding.taken_of(by_key[offered["bid"]], others)
        if not taken:
            raise Refused("decision.propositions", "L’analyse ne propose rien de plus : décidez les lots qui restent.")
        workflow.decide(self.consultation, taken)
        message = f"{words.plural(len(taken), 'décision')} d’après l’analyse. Relisez-les ; elles restent modifiables."
        return self.redirect(f"{self.url}/@@decision", message)

    def _taken(self, rank, number):
        decision = typing.one_of(self.text(f"decision.{rank}"), decisions.DECISIONS)
        number_of = " ".join(self.text(f"siret.{rank}").split())
        name = f"lot {number}" if number else "le marché"
        taken = {
            "decision": decision,
            "winner": " ".join(self.text(f"winner.{rank}").split())[:300],
            "winner_siret": operators.number(number_of) if number_of else "",
            "amount": deciding.euros(typed.money(self.text(f"amount.{rank}"), name)),
            "reason": self.text(f"reason.{rank}").strip()[:2000],
        }
        if self.many_holders:
            taken["holders"] = launching.read_holders(self.text(f"others.{rank}"))
        if decision == decisions.ATTRIBUE and not taken["winner"]:
            self._choose(rank, number, taken)
        return taken

    def _choose(self, rank, number, taken):
        """Complete a decision with the bid that was chosen, and those of the other holders."""
        lines = analysis.lines(self.consultation, number, self.received)
        by_key = {line.key: line for line in lines}
        key = self.text(f"bid.{rank}")
        if not key:
            return
        if key not in by_key:
            raise Refused("decision.offre", "L’offre choisie n’est plus dans l’analyse : rechargez la page.", key)
        deciding.check_choice(by_key[key], lines, taken["reason"], number)
        others, typed_amount, by_hand = [], taken["amount"], taken.pop("holders", ())
        if self.many_holders:
            chosen = [by_key[name] for name in self.texts(f"holder.{rank}") if name in by_key and name != key]
            for line in chosen:
                if not line.standing:
                    deciding.check_choice(line, lines, taken["reason"], number)
            known = {holder["siret"] for holder in by_hand} - {""}
            others = [line for line in chosen if not line.siret or line.siret not in known]
        taken |= deciding.taken_of(by_key[key], others, by_hand)
        if typed_amount is not None:
            taken |= {name: typed_amount for name in ("amount", "winner_amount") if name in taken}

    @property
    def may_finish(self):
        return workflow.may(self.consultation, transitions.DECIDER)

    @property
    def missing(self):
        """How many lots have no decision yet, those proposed on this page apart."""
        return len(set(self.numbers) - set(api.decisions(self.consultation)))
