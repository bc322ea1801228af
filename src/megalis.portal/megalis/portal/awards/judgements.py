"""What the analysis says of a bid, as its author is told: rank, score, the reason, the bid that was preferred (R. 2181-3)."""

from megalis.portal.awards import analysis
from megalis.portal.awards import late
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.consultations import api
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IBidJudgement
from megalis.portal.consultations.rules import decisions
from megalis.portal.kernel import clock
from megalis.portal.theme import words
from zope.component import adapter
from zope.interface import implementer


NOTHING = {"rank": "", "score": "", "reason": ""}


@implementer(IBidJudgement)
@adapter(IConsultation)
class BidJudgement:
    """See IBidJudgement."""

    def __init__(self, consultation):
        self.consultation = consultation
        self._lines = {}

    def lines(self, lot):
        """Return the judged Lines of a lot, computed once."""
        if lot not in self._lines:
            self._lines[lot] = bid.ordered(analysis.lines(self.consultation, lot))
        return self._lines[lot]

    def told(self, recipient, lot):
        mine = next((line for line in self.lines(lot) if is_of(line, recipient)), None)
        if mine is None:
            return {**NOTHING, "reason": self._late(recipient, lot)}
        if not mine.standing:
            return {**NOTHING, "reason": excluded(mine)}
        if mine.rank is None:
            return NOTHING
        score = self._score(mine)
        reason = f"Votre offre est classée {scoring.ordinal(mine.rank)}{' ex æquo' if mine.verdict.tied else ''}"
        marks = analysis.told_marks(self.consultation, mine)
        reason += f" avec {score} points ({marks})." if score and marks else "."
        kept = api.decisions(self.consultation).get(lot, {})
        held = decisions.holders_of(kept)
        for line in self.lines(lot):
            if line is not mine and line.standing and any(letters.is_holder(holder, line) for holder in held):
                marks = analysis.told_marks(self.consultation, line)
                points = (
                    f" obtient {self._score(line)} points ({marks})" if self._score(line) and marks else " est retenue"
                )
                reason += f" L’offre {words.of(line.name)}{points}."
        return {
            "rank": str(mine.rank),
            "score": f"{score}/100" if score and self._out_of_100(lot) else score,
            "reason": reason,
        }

    def _late(self, recipient, lot):
        """Return the sentence for whose only bid on a lot came too late, ""."""
        for deposit in late.late_deposits(self.consultation):
            if deposit.company == recipient.company and lot in {pli.lot or "" for pli in deposit.plis}:
                received = clock.french(deposit.received, seconds=True)
                limit = clock.french(self.consultation.deadline, seconds=True)
                return (
                    f"Votre pli est arrivé le {received}, après la date limite du {limit} : il n’a pas été ouvert "
                    "(R. 2143-2 et R. 2151-5)."
                )
        return ""

    def _score(self, line):
        return typed.shown(line.verdict.total)

    def _out_of_100(self, lot):
        return sum(item.weight or 0 for item in analysis.criteria(self.consultation, lot)) == 100


def is_of(line, recipient):
    """Tell whether a Line is a recipient's bid."""
    return (bool(line.company) and line.company == recipient.company) or letters.is_holder(
        {"name": line.name, "siret": line.siret}, recipient
    )


def excluded(line):
    """Return the sentence that says why a bid is set aside."""
    why = line.values["reason"]
    if line.values["admissible"] is False:
        return f"Candidature écartée. {why}".strip()
    if line.values["standing"] == bid.REGULAR:
        return why
    return f"Offre {bid.STANDINGS[line.values['standing']].lower()}. {why}".strip()
