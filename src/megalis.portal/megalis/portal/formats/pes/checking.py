"""``megalis check pes``: the verdict on a flow, an acknowledgement or a return, recognised by what it holds.

What a collectivité sends is judged as the Trésor will judge it; what the Trésor sent is read, and its departures from the
schema are warnings: real ones have some.
"""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import rules
from megalis.portal.formats.pes import schemas
from megalis.portal.formats.pes import signatures
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.pes import xades
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import load
from megalis.portal.formats.safexml import MAX_BYTES
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict
from megalis.portal.formats.xsd import explain
from megalis.portal.formats.xsd import MAX_FINDINGS


UNKNOWN = "inconnu"
CODE = "pes.schema"
TELLING = {xades.INVALID: "pes.signature-invalide", xades.EXPIRED: "pes.signature-expiree"}


def check(path, now=None):
    """Return the ``Verdict`` on a file; OSError when it cannot be read. ``now``: an aware datetime, the clock by default."""
    return examine(path, now)[0]


def examine(path, now=None):
    """Return ``(Verdict, what was read)``: a ``Flux``, an ``Acquit``, or None of what cannot be read; as ``check`` otherwise."""
    kind = UNKNOWN
    try:
        source = sources.look(path)
        kind = model.ROOTS.get(source.root, UNKNOWN)
        if kind == UNKNOWN:
            raise _unknown(source)
        return (_acquit if kind == model.ACQUIT else _flux)(source, now or datetime.now(UTC))
    except Refused as refusal:
        line = getattr(refusal, "line", 0)
        return refused(refusal.code, refusal.message, line, kind=kind, signatures=[]), None


def _unknown(source):
    refusal = reading.unknown(source)
    if source.namespace.startswith("http://www.interieur.gouv.fr/ACTES"):
        refusal.message = (
            f"« {source.root[:60]} » est un message @CTES, pas un flux PES : contrôlez-le par « megalis check acte »."
        )
    return refusal


def _against(source, read):
    """Return ``(what was read, findings of the schema, version or None)``, against the newest schema that is kept."""
    newest = None
    for version, official in schemas.of(source).items():
        value, departures = read(source, official.compiled)
        if not departures:
            return value, (), version
        newest = newest or (value, _findings(source, official, departures), version)
    if newest:
        return newest
    return read(source)[0], (), None


def _findings(source, official, departures):
    if source.path.stat().st_size <= MAX_BYTES:
        # What libxml2 says of a document as it passes has neither line nor place: said again with, when it is not long.
        try:
            found = official.findings(load(source.path.read_bytes(), "pes").root, CODE)
        except Refused:
            found = ()
        if found:
            return found
    return tuple(Finding(CODE, explain(entry), entry.line or 0) for entry in departures[:MAX_FINDINGS])


def _missing(version):
    message = "Le schéma officiel n’est pas installé : seules nos règles ont été appliquées."
    return [] if version else [Finding("pes.schema-absent", message)]


def _acquit(source, _now):
    found, departures, version = _against(source, acquit.read)
    warnings = [*source.warnings, *departures, *_missing(version)]
    errors = []
    if not found.entete.nomfic:
        errors.append(Finding("pes.nomfic", "L’acquittement ne dit pas à quel flux il répond (NomFic)."))
    extra = {
        "kind": model.ACQUIT,
        "schema": version,
        "key": list(found.entete.key),
        "summary": found.summary(),
        "signatures": [],
    }
    return Verdict(tuple(errors), tuple(warnings), extra), found


def _flux(source, now):
    flux, departures, version = _against(source, reading.read)
    errors, warnings = [], _missing(version)
    extra = {"kind": flux.kind, "schema": version, "key": list(flux.entete.key), "summary": flux.summary()}
    if flux.kind == model.RETOUR:
        warnings += [*source.warnings, *departures]
        return Verdict((), tuple(warnings), {**extra, "signatures": []}), flux
    told, odd = rules.findings(flux, source)
    verdicts = signatures.verify(source, flux, now)
    errors += [*departures, *told]
    for index, verdict in verdicts:
        where = f"du bordereau {rules.shown(flux.bordereaux[index])}" if index is not None else "du flux"
        line = flux.bordereaux[index].line if index is not None else 0
        if verdict.status in TELLING:
            errors.append(
                Finding(TELLING[verdict.status], f"La signature {where} ne vaut pas : {verdict.raison}", line)
            )
        warnings += [
            Finding("pes.signature-remarque", f"Signature {where} : {text}", line) for text in verdict.remarques
        ]
    extra["signatures"] = [_shown(flux, index, verdict) for index, verdict in verdicts]
    return Verdict(tuple(errors), tuple(warnings + odd), extra), flux


def _shown(flux, index, verdict):
    """Return a JSON object: ``status``, what is signed (``bordereau`` or the whole), who, when, until when, why not."""
    shown = {"status": verdict.status, "scope": "flux" if index is None else "bordereau"}
    if index is not None:
        shown["bordereau"] = flux.bordereaux[index].numero
        shown["exercice"] = flux.bordereaux[index].exercice
    told = {
        "id": verdict.cible,
        "signer": verdict.signataire,
        "date": verdict.date and verdict.date.isoformat(),
        "not_before": verdict.debut and verdict.debut.isoformat(),
        "not_after": verdict.fin and verdict.fin.isoformat(),
        "xades": verdict.xades,
        "policy": verdict.politique,
        "role": verdict.role,
        "reason": verdict.raison,
    }
    return shown | {name: value for name, value in told.items() if value}
