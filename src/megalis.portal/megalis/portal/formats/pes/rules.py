"""What the Trésor checks before it takes a flow, checked before it is sent: a refusal costs days.

Source of each: the annotations of the official schema, and the codes of anomaly of its acknowledgements.
"""

from collections import Counter
from megalis.portal.formats.money import euros
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.verdict import Finding


ONLINE = "01"
ID_VER = "2"


def findings(flux, source):
    """Return ``(errors, warnings)`` of an Aller."""
    errors, warnings = [], []
    _encoding(source, errors)
    _key(flux, errors)
    if not (flux.bordereaux or flux.pieces_jointes or flux.factures or flux.marches):
        errors.append(
            Finding(
                "pes.flux-vide",
                "Le flux n’a ni bordereau, ni pièce jointe, ni marché, ni facture : le Trésor n’y répondrait jamais.",
                1,
            )
        )
    for domain in flux.domaines:
        _domain(domain, flux.signatures, errors)
    for bordereau in flux.bordereaux:
        _bordereau(bordereau, errors)
    _doubles(flux, errors)
    _attachments(flux, errors, warnings)
    return errors, warnings


def _encoding(source, errors):
    if source.declared.upper() != sources.ENCODING:
        message = f"Le flux se déclare en « {source.declared} » : le Trésor n’admet que {sources.ENCODING}."
        errors.append(Finding("pes.encodage", message, 1))
    errors += source.warnings


def _key(flux, errors):
    entete = flux.entete
    if not entete.nomfic.strip():
        errors.append(Finding("pes.nomfic", "Le flux n’a pas de nom (NomFic) : l’acquittement ne le retrouverait pas."))
    if not entete.cod_col.strip():
        errors.append(Finding("pes.codcol", "Le flux n’a pas de code collectivité (CodCol) : complétez l’en-tête."))


def _domain(domain, signatures, errors):
    name = {"depense": "dépenses", "recette": "recettes"}[domain.nom]
    if domain.id_ver.strip() != ID_VER:
        message = f"La version du bloc des {name} (IdVer) est « {domain.id_ver[:10]} » : elle doit être {ID_VER}."
        errors.append(Finding("pes.idver", message, domain.line))
    for item in domain.bordereaux:
        signed = item.signatures or signatures
        if domain.dematerialisee and not signed:
            message = (
                f"Le flux se dit dématérialisé mais le bordereau {shown(item)} n’est pas signé : signez-le, ou mettez "
                "InfoDematerialisee à 0."
            )
            errors.append(Finding("pes.signature-absente", message, item.line))
        elif signed and not domain.dematerialisee:
            message = (
                f"Le bordereau {shown(item)} est signé mais le flux ne se dit pas dématérialisé : mettez "
                "InfoDematerialisee à 1 avant de signer."
            )
            errors.append(Finding("pes.signature-inattendue", message, item.line))


def shown(bordereau):
    """Return how people name a bordereau."""
    return f"{bordereau.numero[:10] or '?'}/{bordereau.exercice[:6] or '?'}"


def _bordereau(item, errors):
    if item.montant_ht is None:
        message = f"Le montant du bordereau {shown(item)} manque ou n’est pas un nombre."
        errors.append(Finding("pes.montant", message, item.line))
    elif item.somme != item.montant_ht:
        message = (
            f"Le bordereau {shown(item)} annonce {euros(item.montant_ht)} mais ses lignes font {euros(item.somme)} : corrigez le "
            "montant ou les lignes."
        )
        errors.append(Finding("pes.montant-bordereau", message, item.line))
    tva = [line.montant_tva for piece in item.pieces for line in piece.lignes if line.montant_tva]
    if item.montant_tva and not tva:
        message = (
            f"Le bordereau {shown(item)} a de la TVA ({euros(item.montant_tva)}) mais aucune de ses lignes n’en a."
        )
        errors.append(Finding("pes.tva-bordereau", message, item.line))
    if item.nombre.strip() and item.nombre.strip().lstrip("0") != str(len(item.pieces)):
        message = f"Le bordereau {shown(item)} annonce {item.nombre[:10]} pièce(s) et en a {len(item.pieces)}."
        errors.append(Finding("pes.nombre-pieces", message, item.line))


def _doubles(flux, errors):
    for items, what, code in (
        ([(item.domaine, item.exercice, item.type, item.numero) for item in flux.bordereaux], "bordereau", "bordereau"),
        ([(item.unique,) for item in flux.pieces_jointes], "pièce jointe", "pj"),
    ):
        for key, count in Counter(items).items():
            if count > 1:
                message = f"{what.capitalize()} « {key[-1][:50]} » présent {count} fois : gardez-en un seul exemplaire."
                errors.append(Finding(f"pes.doublon-{code}", message))


def _attachments(flux, errors, warnings):
    there = {item.unique: item for item in flux.pieces_jointes}
    wanted = set()
    for bordereau in flux.bordereaux:
        for piece in bordereau.pieces:
            for reference in piece.references:
                wanted.add(reference.unique)
                _reference(piece, reference, there, warnings)
    for item in flux.pieces_jointes:
        if item.code:
            errors.append(Finding(item.code, f"« {item.nom[:60]} » : {item.probleme}", item.line))
        if flux.bordereaux and item.unique not in wanted:
            message = f"La pièce jointe « {item.nom[:60]} » n’est citée par aucune pièce de ce flux : vérifiez-la."
            warnings.append(Finding("pes.pj-non-citee", message, item.line))


def _reference(piece, reference, there, warnings):
    found = there.get(reference.unique)
    if found is None and reference.support.strip() == ONLINE:
        message = (
            f"La pièce {piece.numero[:10]} cite « {reference.nom[:60]} », absente de ce flux : elle doit avoir été "
            "envoyée dans un autre."
        )
        warnings.append(Finding("pes.pj-absente", message, reference.line))
    elif found is not None and found.nom != reference.nom:
        message = (
            f"La pièce {piece.numero[:10]} nomme « {reference.nom[:60]} » ce qui est joint sous « {found.nom[:60]} »."
        )
        warnings.append(Finding("pes.pj-nom", message, reference.line))
