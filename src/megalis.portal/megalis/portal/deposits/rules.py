"""Rules of the secure exchanges as pure functions: what is late, what counts, what may be opened, which keys suffice."""

from datetime import timedelta
from megalis.portal.consultations.rules import Missing


ENVELOPES = ("candidature", "offre", "technique", "financiere")
ENVELOPE_LABELS = {
    "candidature": "Candidature",
    "offre": "Offre",
    "technique": "Offre technique",
    "financiere": "Offre financière",
}
ROLES = ("titulaire", "suppleant", "secours")
ROLE_LABELS = {"titulaire": "Titulaire", "suppleant": "Suppléant", "secours": "Secours"}
DRILL_VALIDITY = timedelta(days=60)
KEY_VALIDITY = timedelta(days=730)
REMINDER_BEFORE_DEADLINE = timedelta(days=3)
DRILL_BEFORE_OPENING = timedelta(days=10)
CLOSING_DELAY = timedelta(seconds=10)
OVERHEAD_RATIO = 112  # per cent: Padmé padding adds at most 12 %
OVERHEAD_PLI = 1024 * 1024


def is_late(received, deadline):
    """Tell whether a bid whose last byte came at ``received`` missed the deadline (both aware).

    From the very second of the deadline a bid is late: « avant » excludes it (CCP R. 2143-2, R. 2151-5).
    """
    return received >= deadline


def ciphertext_limit(limit, plis):
    """Return the bytes of ciphertext that documents of ``limit`` bytes in ``plis`` envelopes may need."""
    return limit * OVERHEAD_RATIO // 100 + plis * OVERHEAD_PLI


def expected_envelopes(lots, envelopes):
    """Return ``(lot number or None, envelope)`` of every pli that may be deposited, in order."""
    return [(lot, envelope) for lot in (lots or (None,)) for envelope in envelopes]


def drill_is_fresh(last_drill, now):
    """Tell whether the last successful drill (aware datetime or None) is younger than 60 days."""
    return last_drill is not None and now - last_drill <= DRILL_VALIDITY


def publication_keys(keys, now):
    """Return what the keys lack for a publication: ``keys`` is an iterable of (role, last_drill or None).

    The titulaire and at least one of suppléant and secours must have opened a test envelope in the last 60 days, so
    that one lost key never loses the bids. ``target`` is relative to the consultation.
    """
    keys = list(keys)
    found = []
    for code, roles, words in (
        ("cle-titulaire", ("titulaire",), "une clé titulaire"),
        ("cle-suppleant", ("suppleant", "secours"), "une clé de suppléant ou de secours"),
    ):
        drills = [drill for role, drill in keys if role in roles]
        if not drills:
            found.append(Missing(code, f"Il manque {words} : faites-la créer dans la salle des clés.", "../@@cles"))
        elif not any(drill_is_fresh(drill, now) for drill in drills):
            found.append(
                Missing(
                    f"{code}-exercice",
                    f"Aucun exercice réussi depuis 60 jours avec {words} : faites l’exercice dans la salle des clés.",
                    "../@@cles",
                )
            )
    return found


def counting(plis):
    """Return the ids of the plis that count, of ``(id, bidder, lot, envelope, received, late, withdrawn)`` rows.

    For each bidder, lot and envelope the last pli received in time and not withdrawn is the only one opened
    (CCP R. 2151-6); earlier ones stay in the register, sealed.
    """
    last = {}
    for pli, bidder, lot, envelope, received, late, withdrawn in plis:
        if late or withdrawn:
            continue
        key = (bidder, lot, envelope)
        if key not in last or (received, pli) > last[key]:
            last[key] = (received, pli)
    return {pli for _received, pli in last.values()}


def deposit_states(events):
    """Return ``{deposit id: "recu", "remplace" or "retire"}`` told by ``depot`` and ``retrait-pli`` events, oldest first.

    A late deposit replaces nothing, and what was withdrawn or replaced first stays so.
    """
    states = {}
    for event in events:
        if event["type"] == "retrait-pli":
            states[event["depot"]] = "retire"
            continue
        states[event["depot"]] = "recu"
        if not event["hors_delai"] and states.get(event.get("remplace")) == "recu":
            states[event["remplace"]] = "remplace"
    return states


def opening_refusal(envelope, asked, opened, phase, recorded):
    """Return ``(code, message)`` when this kind of envelope may not be opened now, else None.

    ``asked`` are the kinds of the consultation in order, ``opened`` those already begun, ``phase`` that of the clock,
    ``recorded`` whether the closing is in the journal. Kinds are opened in order, all bids of a kind together.
    """
    if phase not in ("close", "ouverture", "analyse"):
        return "pas-close", "La date limite n’est pas passée : aucun pli ne peut être ouvert ni remis à quiconque."
    if not recorded:
        return "cloture", "La clôture s’inscrit au journal quelques secondes après la date limite : réessayez bientôt."
    if envelope not in asked:
        return (
            "enveloppe",
            f"Cette consultation ne demande pas d’enveloppe « {ENVELOPE_LABELS.get(envelope, envelope)} ».",
        )
    for kind in asked[: asked.index(envelope)]:
        if kind not in opened:
            return "ordre", f"Ouvrez d’abord les enveloppes « {ENVELOPE_LABELS[kind]} »."
    return None


def registration_label(deposit):
    """Return the registration number people read on a receipt: twelve digits of the deposit's own uuid, grouped.

    It is drawn from the deposit itself, so that no two writers wait for one counter at one minute to noon; the rank in
    the register is counted when the register is read.
    """
    text = deposit[:12].upper()
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}"
