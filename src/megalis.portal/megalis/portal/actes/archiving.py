"""The archive of an act (SEDA 2.1): the act and its annexes, all that was exchanged about it, and what is ours, in one ZIP.

How it is made and sent is shared with the other archives (``consultations.dce.transfer``).
"""

from megalis.portal.actes import registre as registres
from megalis.portal.consultations.dce.transfer import Maker
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import model
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import actes as seda
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings


ENVELOPES = (model.EnveloppeCLMISILL, model.EnveloppeMISILLCL)
ANSWERS = tuple(code for letter in lifecycle.LETTRES.values() for code in letter.reponses)


def make(acte):
    """Return the ``Made`` archive of an act; Refused ``seda.acquittement`` before the préfecture has it, ``seda.…`` otherwise."""
    instant = acte.history[-1].at
    maker = Maker(clock.paris(instant).replace(microsecond=0, tzinfo=None))
    exchanges, message = _exchanges(acte, maker)
    if message is None or acte.reception is None:
        raise Refused(
            "seda.acquittement",
            f"L’acte « {acte.numero} » ne s’archive qu’une fois acquitté par la préfecture : attendez son acquittement.",
            acte.numero,
        )
    collectivite = registres.collectivite_of(acte)
    branch = registres.classification_of(registres.around(acte)).branch(acte.matiere)
    document, *annexes = [
        maker.add("acte" if rank == 0 else f"annexes/{rank:03}", piece.name, piece.file)
        for rank, piece in enumerate(acte.pieces)
    ]
    stamped = acte.pieces[0].stamped
    found = seda.DossierActe(
        acte.identifier,
        message,
        branch.titre if branch else acte.matiere,
        document,
        tuple(annexes),
        exchanges,
        clock.paris(acte.sent_at).date(),
        acte.reception,
        clock.paris(acte.published_at).date() if acte.published_at else None,
        maker.add("bordereau", acte.slip.filename, acte.slip) if acte.slip is not None else None,
        maker.add("tamponne", stamped.filename, stamped) if stamped is not None else None,
    )
    transfer = seda.versement(
        found,
        f"{acte.identifier}-{len(acte.history)}",
        instant,
        settings.archive_service() or f"archives-{collectivite.siren}",
        collectivite.siret,
        collectivite.siret,
        accord=settings.archive_agreement(),
    )
    return maker.end(transfer, acte.identifier)


def _exchanges(acte, maker):
    """Return ``(tuple of Echange, the Acte message of the 1-1 or None)``: each message that left or came, in order."""
    found, act = [], None
    for rank, moment in enumerate(acte.history):
        read = [(name, file, _message(name, file)) for name, file in moment.files]
        messages = [item for item in read if item[2] is not None]
        others = [(name, file) for name, file, message in read if message is None]
        for name, file, message in messages:
            code = model.code_of(message) or lifecycle.ANO_ENVELOPPE
            folder = f"echange/{rank:03}-{code}"
            others += _answered(acte, code)
            files = tuple(maker.add(folder, other, kept) for other, kept in others)
            found.append(seda.Echange(code, clock.paris(moment.at).date(), maker.add(folder, name, file), files))
            others = []
            act = message if code == "1-1" else act
    return tuple(found), act


def _message(name, file):
    """Return the message of an XML file, None for an envelope or anything else."""
    if not name.lower().endswith(".xml"):
        return None
    try:
        message = codec.parse(file.data).message
    except Refused:
        return None
    return None if isinstance(message, ENVELOPES) else message


def _answered(acte, code):
    """Return the documents of our last answer of that number: they were kept when it was decided."""
    if code not in ANSWERS:
        return []
    lines = [moment for moment in acte.history if moment.code == code and moment.files]
    return list(lines[-1].files) if lines else []
