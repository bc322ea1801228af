"""Who must be there for a commission to decide, and what a vote says.

The quorum of the commission d'appel d'offres is more than half of the members who vote; convened again for want of it, the
commission decides whoever is there (L. 1411-5 II of the CGCT, by L. 1414-2). A substitute counts in the place of a member
who is absent. Other commissions follow the same rule unless their own règlement gives a number.
"""

from dataclasses import dataclass
from megalis.portal.consultations.rules import Missing


PRESIDENT, MEMBER, SUBSTITUTE, ADVISER = "president", "titulaire", "suppleant", "consultatif"
ROLES = {
    PRESIDENT: "Président",
    MEMBER: "Titulaire",
    SUBSTITUTE: "Suppléant",
    ADVISER: "Voix consultative",
}
PRESENT, EXCUSED, ABSENT = "present", "excuse", "absent"
ATTENDANCE = {PRESENT: "Présent", EXCUSED: "Excusé", ABSENT: "Absent"}
CAO, JURY, OTHER = "cao", "jury", "autre"
KINDS = {
    CAO: "Commission d’appel d’offres",
    JURY: "Jury de concours",
    OTHER: "Autre commission (MAPA, concessions)",
}
SOURCES = {
    CAO: "L. 1414-2 et L. 1411-5 II du code général des collectivités territoriales",
    JURY: "R. 2162-22 et suivants du code de la commande publique ; règlement du jury",
    OTHER: "règlement intérieur de la commission",
}


@dataclass(frozen=True)
class Quorum:
    """``seats`` that vote, ``needed`` of them, ``present`` (substitutes in the place of the absent), ``again``: reconvened."""

    seats: int
    needed: int
    present: int
    again: bool = False

    @property
    def reached(self):
        return self.present > 0 if self.again else self.present >= self.needed

    @property
    def words(self):
        if self.again:
            return (
                f"{self.present} votants présents ; réunie de nouveau, la commission délibère sans condition de quorum"
            )
        state = "atteint" if self.reached else "non atteint"
        return f"{self.present} votants présents sur {self.seats}, {self.needed} nécessaires : quorum {state}"


def quorum(members, again=False, needed=None):
    """Return the Quorum of ``members``, an iterable of (role, PRESENT or not).

    ``needed``: the number of a règlement intérieur, never fewer than the law wants.
    """
    members = list(members)
    seats = sum(role in (PRESIDENT, MEMBER) for role, _state in members)
    there = sum(role in (PRESIDENT, MEMBER) and state == PRESENT for role, state in members)
    spare = sum(role == SUBSTITUTE and state == PRESENT for role, state in members)
    least = seats // 2 + 1 if seats else 1
    return Quorum(seats, max(least, needed or 0), there + min(spare, seats - there), again)


def vote_findings(yes, no, abstained, voters):
    """Return what is wrong with a count of votes (list of Missing)."""
    cast = yes + no + abstained
    if min(yes, no, abstained) < 0:
        return [Missing("commission.voix", "Un nombre de voix ne peut pas être négatif : corrigez-le.")]
    if cast != voters:
        text = f"{cast} voix comptées pour {voters} votants présents : corrigez le compte ou la feuille de présence."
        return [Missing("commission.voix", text)]
    return []


def is_carried(yes, no, president=None):
    """Tell whether a vote is carried; ``president``: his own vote (True for), which counts double in a tie, if rules say so."""
    return yes > no or (yes == no and bool(president))


def composition_findings(kind, roles):
    """Return the advice about who sits in a commission (list of texts)."""
    roles = list(roles)
    found = []
    if roles.count(PRESIDENT) != 1:
        found.append("Une commission a un président et un seul : c’est lui qui convoque.")
    members, spares = roles.count(MEMBER), roles.count(SUBSTITUTE)
    if kind == CAO and members not in (3, 5):
        found.append(
            "Une commission d’appel d’offres a cinq membres élus, trois dans les communes de moins de 3 500 habitants "
            "(L. 1411-5 II du CGCT)."
        )
    if kind == CAO and spares < members:
        found.append("Autant de suppléants que de titulaires : la loi les fait élire ensemble.")
    return found
