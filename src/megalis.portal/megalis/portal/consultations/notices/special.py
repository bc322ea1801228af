"""Notices before a call and after a contract: prior information, intention to conclude, modification; what each asks besides.

What the consultation does not hold stands in an ``Extra``, typed once for that notice: the day a call is planned, the reason of
a modification.

The grounds of a modification are the six of articles L. 2194-1 (contracts) and L. 3135-1 (concessions) of the Code de la
commande publique, each with the article of its decree: R. 2194-1, -2, -5 to -8 and R. 3135-1, -2, -5 to -8, of décret
2018-1075; their limits in R. 2194-3 and -9, R. 3135-3 and -9. Codes: list modification-justification of the eForms SDK.
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from datetime import datetime
from decimal import Decimal
from megalis.portal.consultations.notices import awarding
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms import results
from megalis.portal.formats.eforms.planning import write_prior
from megalis.portal.formats.refusal import Refused


INFORMATION, SHORTER, CALL, MARKET = "information", "delais", "appel", "sourcage"
SORTS = {
    INFORMATION: "Information préalable",
    SHORTER: "Information qui réduit les délais (R. 2161-3)",
    CALL: "Appel à manifester son intérêt",
    MARKET: "Consultation du marché (sourçage, R. 2111-1)",
}
ANSWERED = (CALL, MARKET)
# code: (words, article) for a contract, then for a concession
REASONS = {
    "mod-rev": (
        ("Clause de réexamen prévue au contrat", "R. 2194-1"),
        ("Clause de réexamen prévue au contrat", "R. 3135-1"),
    ),
    "add-wss": (
        ("Travaux, fournitures ou services supplémentaires devenus nécessaires", "R. 2194-2"),
        ("Travaux ou services supplémentaires devenus nécessaires", "R. 3135-2"),
    ),
    "mod-cir": (("Circonstances imprévues", "R. 2194-5"), ("Circonstances imprévues", "R. 3135-5")),
    "mod-repl": (("Nouveau titulaire", "R. 2194-6"), ("Nouveau concessionnaire", "R. 3135-6")),
    "mod-nons": (("Modification non substantielle", "R. 2194-7"), ("Modification non substantielle", "R. 3135-7")),
    "mod-minv": (("Modification de faible montant", "R. 2194-8"), ("Modification de faible montant", "R. 3135-8")),
}
LIMITS = (
    "Prestations supplémentaires et circonstances imprévues : 50\N{NO-BREAK SPACE}% du montant initial au plus à chaque "
    "modification d’un pouvoir adjudicateur (R. 2194-3). Faible montant : sous le seuil européen et sous 10\N{NO-BREAK SPACE}% du "
    "montant initial, 15\N{NO-BREAK SPACE}% en travaux, ces modifications cumulées (R. 2194-8 et R. 2194-9).",
    "Prestations supplémentaires et circonstances imprévues : 50\N{NO-BREAK SPACE}% du montant initial au plus à chaque "
    "modification d’un pouvoir adjudicateur (R. 3135-3). Faible montant : sous le seuil européen et sous 10\N{NO-BREAK SPACE}% du "
    "montant initial, ces modifications cumulées (R. 3135-8 et R. 3135-9).",
)
# The ground of a contract without call -> code of the list direct-award-justification.
DIRECT = {
    "montant": "below-thres",
    "innovant": "below-thres",
    "urgence": "urgency",
    "infructueux": "unsuitable",
    "exclusivite": "technical",
    "complementaire": "additional",
    "similaire": "repetition",
}
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Extra:
    """``sort`` of a prior notice, ``planned`` day of the call, ``answers`` the limit to answer; ``lot``, ``cause``, ``text`` of
    a modification; ``holder`` which of the holders of the lot, from 0.

    ``companies`` are what nobody had told of who won: see ``awarding.completed``. ``revenues`` of a concession: (lot, euros from the buyer, euros from users), reckoned by ``method``. Of a contract that
    ended, ``lot``, ``paid`` and ``penalties`` in euros (Decimal), ``period`` how long it took, ``text`` about what was paid.
    """

    sort: str = INFORMATION
    planned: date | None = None
    answers: datetime | None = None
    lot: str = ""
    cause: str = ""
    text: str = ""
    holder: int = 0
    companies: tuple = ()
    revenues: tuple = ()
    method: str = ""
    paid: object = None
    penalties: object = None
    period: str = ""


NOTHING = Extra()


def reasons_of(procedure):
    """Return ``{code: words}`` of the grounds a contract may be modified on, with the article that says so."""
    found = {code: told[procedure == thresholds.CONCESSION] for code, told in REASONS.items()}
    return {code: f"{words} ({article})" for code, (words, article) in found.items()}


def limits_of(procedure):
    """Return in words how far the grounds reach that have a limit."""
    return LIMITS[procedure == thresholds.CONCESSION]


def check_prior(extra, now):
    """Refuse (``avis.preinformation``) a prior notice that says no day, or a day that is over."""
    if extra.sort not in SORTS:
        raise Refused(
            "avis.preinformation", "Cette sorte de préinformation n’existe pas : choisissez-la dans la liste."
        )
    if extra.sort != CALL and (extra.planned is None or extra.planned <= now.date()):
        raise Refused("avis.preinformation", "Donnez le jour prévu de l’avis de marché : il est à venir.")
    if extra.sort in ANSWERED and (extra.answers is None or extra.answers <= now):
        raise Refused("avis.preinformation", "Donnez la date limite de réponse des entreprises : elle est à venir.")


def prior(call, extra, now, version="01"):
    """Return ``(bytes, notice id)`` of the prior notice of a Call."""
    formal = call.formal and extra.sort != MARKET
    if extra.sort == SHORTER and not formal:
        raise Refused(
            "avis.preinformation", "Sous les seuils européens aucun délai n’est imposé : il n’y en a pas à réduire."
        )
    if extra.sort == SHORTER and composing.PROCEDURES.get(call.procedure) not in ("open", "restricted", "neg-w-call"):
        raise Refused(
            "avis.preinformation",
            "Une préinformation ne réduit les délais qu’en appel d’offres ou en procédure avec négociation.",
        )
    if extra.sort == CALL and (
        not formal or composing.PROCEDURES.get(call.procedure) not in ("restricted", "neg-w-call")
    ):
        raise Refused(
            "avis.preinformation",
            "Une préinformation ne vaut appel qu’en appel d’offres restreint ou en procédure avec négociation.",
        )
    subtype = {SHORTER: "7", CALL: "10", MARKET: "E1"}.get(extra.sort, "4" if formal else "E2")
    subtype = composing.sectoral(subtype, call)
    base = composing.notice_of(call, now, version, subtype=composing.sectoral("16", call) if formal else "E3")
    key = composing.notice_id(call.uid, f"{lifecycle.PRIOR}/{extra.sort}")
    return write_prior(replace(base, notice_id=key), subtype, extra.planned, extra.answers), key


def direct_of(call):
    """Return the ``results.Direct`` of a contract without call, or None."""
    if call.procedure != thresholds.DIRECT:
        return None
    return results.Direct(DIRECT.get(call.ground, "technical"), thresholds.GROUNDS.get(call.ground, "") + ".")


def intention(call, outcomes, now, version="01"):
    """Return ``(bytes, notice id)`` of the notice of an intended direct award (25); Refused outside of one."""
    direct = direct_of(call)
    if direct is None:
        raise Refused(
            "avis.sous-type", "Cet avis annonce un marché sans publicité ni mise en concurrence, et lui seul."
        )
    award = replace(awarding.award_of(call, outcomes), direct=direct)
    # nothing is signed yet: that is what the notice is for
    contracts = tuple(replace(item, concluded=None) for item in award.contracts)
    key = composing.notice_id(call.uid, lifecycle.INTENTION)
    notice = replace(composing.notice_of(call, now, version, subtype=composing.sectoral("16", call)), notice_id=key)
    return eforms.write_award(notice, replace(award, contracts=contracts), composing.sectoral("25", call)), key


def modification(call, outcomes, extra, previous, now, version="01"):
    """Return ``(bytes, notice id)`` of the notice of a modification of the contract of ``extra.lot`` (38, 39, 40)."""
    if extra.cause not in REASONS:
        raise Refused(
            "avis.modification", "Dites sur quel fondement le contrat est modifié : choisissez dans la liste."
        )
    text = extra.text.strip()
    if not text or len(text) > LONGEST:
        raise Refused("avis.modification", f"Décrivez la modification, en {LONGEST} signes au plus.")
    rank = _rank_of_won(call, outcomes, extra, "avis.modification")
    change = results.ContractChange(
        previous, f"CON-{rank:04d}", extra.cause, reasons_of(call.procedure)[extra.cause], text
    )
    key = composing.notice_id(call.uid, f"{lifecycle.MODIFICATION}/{version}")
    notice = replace(
        composing.notice_of(call, now, "01", subtype=None if call.formal else composing.sectoral("16", call)),
        notice_id=key,
    )
    return eforms.write_award(
        notice,
        replace(awarding.award_of_contract(call, outcomes, rank, formal=True), change=change),
        "40" if composing.is_concession(call) else composing.sectoral("38", call),
    ), key


def completion(call, outcomes, extra, now, version="01"):
    """Return ``(bytes, notice id)`` of the notice that the contract of ``extra.lot`` came to its end (E5)."""
    if extra.paid is None or extra.paid < 0:
        raise Refused("avis.achevement", "Indiquez ce qui a été payé au titulaire, en euros hors taxes.")
    if (extra.penalties or 0) < 0:
        raise Refused("avis.achevement", "Les pénalités se comptent en euros, zéro s’il n’y en eut pas.")
    period, text = (" ".join(item.split()) for item in (extra.period, extra.text))
    if not period or not text or max(len(period), len(text)) > LONGEST:
        raise Refused(
            "avis.achevement",
            f"Dites la durée réelle du contrat et ce qui a été payé, en {LONGEST} signes au plus chacun.",
        )
    rank = _rank_of_won(call, outcomes, extra, "avis.achevement")
    money = [eforms.Money(amount or Decimal(0)) for amount in (extra.paid, extra.penalties)]
    done = results.Completion(f"TEN-{rank:04d}", *money, period, text)
    key = composing.notice_id(call.uid, f"{lifecycle.COMPLETION}/{version}")
    notice = replace(composing.notice_of(replace(call, formal=False), now, "01", subtype="E3"), notice_id=key)
    award = awarding.award_of_contract(call, outcomes, rank, formal=False)
    contracts = tuple(
        replace(item, framework=True if composing.is_framework(call) else None) for item in award.contracts
    )
    award = replace(award, completions=(done,), contracts=contracts)
    return eforms.write_award(notice, award, "E5"), key


def _rank_of_won(call, outcomes, extra, code):
    rank = awarding.settled_rank(call, outcomes, extra.lot, extra.holder)
    if not rank:
        raise Refused(code, "Ce lot n’a pas ce titulaire : choisissez un contrat attribué.", extra.lot)
    return rank
