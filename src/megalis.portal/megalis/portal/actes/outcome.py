"""What follows the préfecture's acknowledgement: stamped copies, the bordereau d'acquittement, publication."""

from megalis.portal.actes import pdfs
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes.history import remember
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from plone import api
from plone.namedfile.file import NamedBlobFile
from plone.uuid.interfaces import IUUID


def day(instant):
    """Return the day in Paris of an instant, as ``26/11/2026``; "" for None."""
    return f"{clock.paris(instant):%d/%m/%Y}" if instant else ""


def published_day(acte):
    """Return the day in Paris an act went on the register, None when it is not there."""
    return clock.paris(acte.published_at).date() if acte.published_at and not acte.unpublished_reason else None


def stamp_lines(acte, elsewhere=None):
    """Return the lines of the stamp: dates of sending, reception, publication, and the identifier.

    ``elsewhere``: the day it was published somewhere else, which counts when it was neither published here nor posted.
    """
    published = published_day(acte) or acte.posted_from or elsewhere
    lines = [f"Envoyé en préfecture le {day(acte.sent_at)}" if acte.sent_at else ""]
    lines.append(f"Reçu en préfecture le {acte.reception:%d/%m/%Y}" if acte.reception else "")
    lines.append(f"Publié le {published:%d/%m/%Y}" if published else "")
    lines.append(f"ID : {acte.identifier}")
    return [line for line in lines if line]


def stamp(acte):
    """Make the stamped copy of every PDF of an act; a file that takes no stamp is given as it is."""
    for piece in acte.pieces:
        piece.stamped = _stamped(acte, piece.file, piece.name)


def stamped_elsewhere(acte, piece, elsewhere):
    """Return the stamped copy of a piece with the day it was published somewhere else; None for what takes no stamp."""
    return _stamped(acte, piece.file, piece.name, elsewhere)


def _stamped(acte, file, name, elsewhere=None):
    if file.contentType != "application/pdf":
        return None
    made = pdfs.stamped(file.data, stamp_lines(acte, elsewhere))
    stem = name.rpartition(".")[0] or name
    return NamedBlobFile(data=made, filename=f"{stem}-tamponne.pdf", contentType="application/pdf") if made else None


def write_slip(acte):
    """Make the bordereau d'acquittement: the act, its files, and its exchange as it stands."""
    name = f"bordereau-{acte.identifier}.pdf"
    acte.slip = NamedBlobFile(data=slip(acte), filename=name, contentType="application/pdf")


def slip(acte):
    """Return the bytes of the bordereau of an act."""
    registre = registres.around(acte)
    collectivite = registres.collectivite_of(acte)
    classification = registres.classification_of(registre)
    nature = classification.natures.get(acte.nature)
    branch = classification.branch(acte.matiere)
    rows = [
        ("Collectivité", f"{collectivite.title}, SIREN {collectivite.siren}"),
        ("Nature", nature.libelle if nature else str(acte.nature)),
        ("Numéro", acte.numero),
        ("Date de décision", f"{acte.date_decision:%d/%m/%Y}"),
        ("Objet", acte.objet),
        ("Matière", branch.titre if branch else acte.matiere),
        ("Identifiant unique", acte.identifier),
        ("Envoi papier", "oui, en complément" if acte.papier else "non"),
        ("Envoyé le", clock.french(acte.sent_at, seconds=True) if acte.sent_at else "—"),
        ("Reçu en préfecture le", f"{acte.reception:%d/%m/%Y}" if acte.reception else "—"),
        ("Publié le", clock.french(acte.published_at, seconds=True) if acte.published_at else "—"),
        *([("Rendu public sur papier le", f"{acte.posted_from:%d/%m/%Y}")] if acte.posted_from else ()),
    ]
    files = [(item.name, item.sent_as or "—", item.type_pj, f"{item.size}", item.sha256) for item in acte.pieces]
    moments = [(clock.french(moment.at, seconds=True), moment.code or "", moment.words) for moment in acte.history]
    story = [
        pdf.facts(rows),
        pdf.paragraph("Fichiers transmis", "h2"),
        pdf.table(("Fichier", "Nom transmis", "Type", "Octets", "SHA-256"), files, (38, 52, 16, 18, 46), mono=(1, 4)),
        pdf.paragraph("Cycle de vie", "h2"),
        pdf.table(("Date", "Message", "Événement"), moments, (62, 18, 90)),
        pdf.space(),
        pdf.paragraph(
            "La plateforme n’est pas homologuée par la DGCL : ce bordereau dit ce qu’elle a envoyé et reçu.", "soft"
        ),
    ]
    return pdf.build("Bordereau d’acquittement", story)


def publish(acte, by, pieces=None):
    """Put an act on the public register. ``pieces``: ids of those that go with it, all of those marked by default.

    Refused: each finding of ``rules.publication_findings``.
    """
    if pieces is not None:
        for item in acte.pieces:
            item.published = item.id in pieces
    shape = [(item.type_pj, item.published, item.anonymised is not None) for item in acte.pieces]
    found = rules.publication_findings(acte.nature, acte.etat, acte.published_at, shape)
    if found:
        refusal = Refused(found[0].code, " ".join(item.message for item in found))
        refusal.findings = found
        raise refusal
    acte.published_at = clock.now()
    acte.published_by = by
    acte.unpublished_reason = ""
    stamp(acte)
    for item in acte.pieces:
        if item.anonymised is not None:
            item.anonymised_stamped = _stamped(acte, item.anonymised, item.anonymised.filename)
    write_slip(acte)
    remember(acte, "Publié sur le registre", by=by)
    told = {"type": "acte-publication", "acte": IUUID(acte), "identifiant": acte.identifier, "numero": acte.numero}
    told["objet"] = acte.objet
    told["fichiers"] = [public_file(item).digest for item in acte.pieces if item.published]
    journal.record(acte, told, public=True)
    _transition(acte, "publier")


def withdraw(acte, reason, by=""):
    """Take an act off the public register; its page stays and says why. Nothing when it is not there."""
    if acte.published_at is None or acte.unpublished_reason:
        return
    acte.unpublished_reason = reason
    remember(acte, f"Retiré du registre : {reason}", by=by)
    journal.record(acte, {"type": "acte-retrait", "acte": IUUID(acte), "motif": reason}, public=True)
    acte.reindexObject()


def check_withdrawable(acte, today):
    """Refuse (``publication.delai``) to take off an act that has not been online long enough."""
    if acte.published_at is None or acte.unpublished_reason:
        raise Refused("publication.absente", "Cet acte n’est pas sur le registre : rechargez la page.")
    until = rules.online_until(clock.paris(acte.published_at).date())
    if today <= until:
        raise Refused(
            "publication.delai",
            f"Un acte publié reste en ligne deux mois au moins : celui-ci jusqu’au {until:%d/%m/%Y}.",
        )


class PublicFile:
    """What the register shows of a piece: ``name``, ``file`` (as published), ``original`` (without the stamp), ``digest``."""

    def __init__(self, name, file, original, digest, anonymised):
        self.name = name
        self.file = file
        self.original = original
        self.digest = digest
        self.anonymised = anonymised


def public_file(piece):
    """Return the PublicFile of a piece: its anonymised version when there is one, the stamped copy where it could be made."""
    if piece.anonymised is not None:
        stamped = piece.anonymised_stamped
        return PublicFile(
            piece.anonymised.filename, stamped or piece.anonymised, piece.anonymised, piece.anonymised_sha256, True
        )
    return PublicFile(piece.name, piece.stamped or piece.file, piece.file, piece.sha256, False)


def _transition(acte, name):
    tool = api.portal.get_tool("portal_workflow")
    with api.env.adopt_roles(["Manager"]):
        tool.doActionFor(acte, name)
    acte.reindexObject()
    acte.reindexObjectSecurity()
