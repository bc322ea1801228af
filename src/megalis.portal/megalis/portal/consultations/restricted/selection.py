"""The selection of candidatures: each candidate, lot by lot, kept or not and why; concluded once, for good.

Until it is concluded verdicts change freely and bind nobody. From then on the envelopes of those rejected stay sealed for
ever: the opening asks ``consultations.api.is_rejected`` before it hands anything out.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations.restricted import letters
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from persistent.mapping import PersistentMapping


def rows(consultation):
    """Return the candidatures with their verdicts, by lot and name: dicts of ``candidates`` with ``admitted, reason``."""
    kept, _concluded = api.selection(consultation)
    found = []
    for row in (*api.candidates(consultation), *api.paper_candidates(consultation)):
        if "candidature" in row["envelopes"]:
            verdict = kept.get((row["candidate"], row["lot"]), {})
            found.append({**row, "admitted": verdict.get("admitted"), "reason": verdict.get("reason", "")})
    order = {lot.number: rank for rank, lot in enumerate(api.lots(consultation))}
    return sorted(found, key=lambda row: (order.get(row["lot"], 0), row["name"].casefold()))


def check(consultation):
    """Refuse a selection out of turn: ``selection.enveloppe|etat|arretee``."""
    if "candidature" not in (consultation.envelopes or ()):
        raise Refused("selection.enveloppe", "Cette consultation ne demande pas de candidature.")
    if api.selection(consultation)[1] is not None:
        raise Refused("selection.arretee", "La sélection est arrêtée : elle ne change plus.")
    begun = [event["enveloppe"] for event in journal.events(consultation, "ouverture")]
    if api.state(consultation) not in (phase.OUVERTURE, phase.ANALYSE) or "candidature" not in begun:
        raise Refused("selection.etat", "Les candidatures ne sont pas ouvertes : ouvrez-les d’abord.")


def keep(consultation, verdicts):
    """Keep verdicts ``{(candidate, lot): (admitted or None, reason)}``; unknown candidates are refused."""
    check(consultation)
    known = {(row["candidate"], row["lot"]) for row in rows(consultation)}
    store = getattr(consultation, "_selection", None)
    if store is None:
        store = consultation._selection = PersistentMapping()
    for key, (admitted, reason) in verdicts.items():
        if key not in known:
            raise Refused(
                "selection.inconnue", "Cette candidature n’est pas de cette consultation : rechargez la page."
            )
        store[key] = {"admitted": admitted, "reason": " ".join(str(reason or "").split())[:2000]}


def conclude(consultation, by):
    """Make the selection final: told to the journal candidate by candidate, and to those who are rejected. Refused."""
    check(consultation)
    found = rows(consultation)
    if not found:
        raise Refused("selection.vide", "Aucune candidature n’est arrivée dans les délais : rien n’est à sélectionner.")
    running = [item for item in api.followings(consultation) if _completes(item)]
    if running:
        raise Refused(
            "selection.complements",
            f"Une demande de compléments court encore ({running[0].reference}) : attendez sa date limite, ou annulez-la.",
        )
    wrong = suites.selection_findings(
        (row["name"], row["lot"], row["admitted"], row["reason"], row["closed"]) for row in found
    )
    if wrong:
        raise Refused(wrong[0].code, " ".join(finding.message for finding in wrong[:5]))
    consultation._selected = clock.now()
    for row in found:
        event = {
            "type": "selection",
            "consultation": api.uuid(consultation),
            "lot": row["lot"],
            "candidat": {"nom": row["name"], "siret": row["siret"]},
            "retenu": row["admitted"],
            "agent": by,
        }
        numbers = [number for _id, number in row["paper"]]
        more = {name: value for name, value in (("motif", row["reason"]), ("papier", numbers)) if value}
        journal.record(consultation, {**event, **more})
    rejected = {}
    for row in found:
        if not row["admitted"] and row["email"]:
            rejected.setdefault(row["email"], []).append((row["lot"], row["reason"]))
    for email, reasons in sorted(rejected.items()):
        letters.rejected(consultation, email, reasons)


def _completes(item):
    open_ = api.state(item) in (*phase.DRAFTS, phase.PUBLIEE)
    return item.relation == suites.COMPLEMENT and open_


def admitted(consultation):
    """Return the candidatures kept by a concluded selection (dicts of ``rows``); empty before."""
    _kept, concluded = api.selection(consultation)
    return [row for row in rows(consultation) if row["admitted"]] if concluded else []
