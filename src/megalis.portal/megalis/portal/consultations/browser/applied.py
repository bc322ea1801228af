"""What applies to a consultation, in the words of its agents: the row of the law, the threshold, the level, the dates."""

from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.theme.words import plural


def facts(consultation, now):
    """Return ``[(term, words, source)]`` of the rules that apply, the most telling first."""
    found = legal.applied(consultation, now)
    key = thresholds.CONCESSION if consultation.procedure == thresholds.CONCESSION else consultation.nature or ""
    excepted = thresholds.is_excepted(legal.purchase_of(consultation, found.amount))
    rows = [
        ("Règle appliquée", _row(found), found.procedure.source),
        ("Seuil", _threshold(found, key), found.threshold.source if key else ""),
        ("Niveau", _band(found.band, excepted), ""),
        ("Publicité", _supports(consultation, found), ""),
        ("Délai minimal", _delay(consultation, found, now), ""),
        ("Avant la signature", _standstill(found), ""),
        ("Accord-cadre", _framework(consultation), found.framework.source if consultation.framework else ""),
    ]
    return [row for row in rows if row[1]]


def _row(found):
    row = found.procedure
    name = PROCEDURES.get(row.id, row.id)
    origin = ", ligne ajoutée par l’exploitant" if row.origin == laws.SITE else ""
    kept = "en vigueur à la publication," if found.kept else "en vigueur"
    return f"{name}, texte {kept} du {row.start:%d/%m/%Y} au {row.end:%d/%m/%Y}{origin}"


def _threshold(found, key):
    if not key:
        return ""
    limit = found.threshold.formal.get(key)
    if limit is None:
        return ""
    words = f"procédure formalisée à partir de {thresholds.euros(limit)}"
    dispense = found.threshold.dispense.get(key)
    if dispense:
        words += f", dispense sous {thresholds.euros(dispense)}"
    if found.amount is not None:
        words = f"{thresholds.euros(found.amount)} ; {words}"
    return words


def _band(band, excepted=False):
    """Return a level in words; of one that binds no publicity, nothing unless it says who publishes."""
    if band is None or (excepted and band.circuit != bands.TWO):
        return ""
    end = "au seuil des procédures formalisées" if band.high is None else f"à {thresholds.euros(band.high)}"
    circuit = "deux personnes pour publier" if band.circuit == bands.TWO else ""
    days = f"{plural(band.min_days, 'jour')} au moins" if band.min_days else ""
    more = ", ".join(part for part in (days, circuit) if part)
    return f"« {band.label} », de {thresholds.euros(band.low)} {end}{' ; ' if more else ''}{more}"


def _supports(consultation, found):
    names = [thresholds.SUPPORTS[code] for code in legal.supports(consultation, found)]
    if thresholds.is_excepted(legal.purchase_of(consultation, found.amount)):
        award = f", puis l’avis d’attribution : {', '.join(names)}" if names else ""
        return f"Aucune avant la décision : ce fondement en dispense{award}"
    return ", ".join(names) or ("Aucune publicité n’est demandée à ce montant" if found.amount is not None else "")


def _delay(consultation, found, now):
    timing = gathering.timing_of(consultation, found)
    sent = consultation.published_at or now
    needed, _problem = procedures.needed_days(found.procedure, timing, sent)
    floor = max(needed or 0, timing.level_days)
    if not floor:
        return ""
    leave = f" ; dérogation donnée par {timing.derogation.by}" if timing.derogation is not None else ""
    if consultation.published_at or leave:
        return f"{plural(floor, 'jour')}{leave}"
    return f"{plural(floor, 'jour')} : publiée aujourd’hui, close au plus tôt le {procedures.words(procedures.first_date(sent, floor))}"


def _standstill(found):
    return f"{found.standstill} jours après l’information des candidats écartés" if found.standstill else ""


def _framework(consultation):
    if not consultation.framework:
        return ""
    parts = []
    if consultation.framework_maximum is not None:
        parts.append(f"{thresholds.euros(consultation.framework_maximum)} au plus")
    if consultation.framework_holders:
        parts.append(plural(consultation.framework_holders, "titulaire"))
    if consultation.months:
        parts.append(f"{consultation.months} mois")
    return ", ".join(parts)
