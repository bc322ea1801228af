"""Acts, their archives and a préfecture for the tests of transports."""

from datetime import date
from io import BytesIO
from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import assembly
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes.classification import builtin
from megalis.portal.formats.actes.classification import Classification
from megalis.portal.formats.actes.sending import Piece
from megalis.portal.formats.actes.sending import Projet
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.simulator.prefecture import CLASSIFICATION

import time


SIREN = "213502388"
COLLECTIVITE = model.Collectivite(SIREN, "035", "3", "31")
SENDER = assembly.Expediteur(COLLECTIVITE, None, ("retour@megalis.test",), "MEG", test=True)
DAY = date(2026, 3, 16)
PDF = b"%PDF-1.7\nacte\n%%EOF"


def classification(day=CLASSIFICATION):
    """Return the classification of the package, as if the préfecture had sent it on a day."""
    base = builtin()
    tree = [model.Matiere(int(top.code), top.libelle, tuple(_below(base, top.code))) for top in base.below()]
    return Classification(day, base.natures.values(), tree)


def _below(base, code):
    return [model.Matiere(int(item.code.rpartition(".")[2]), item.libelle) for item in base.below(code)]


CURRENT = classification()


def act(numero, objet="Voirie communale", known=CURRENT):
    """Return ``(identifier, Part)`` of a délibération."""
    piece = Piece("acte.pdf", "99_DE", len(PDF), PDF)
    projet = Projet(numero, DAY, 1, "8.4", objet, known.date, (piece,))
    identifier, part = assembly.act_part(projet, (PDF,), known, COLLECTIVITE)
    return str(identifier), part


def packed(parts, serie):
    """Return the ``Sending`` of parts in one archive."""
    made = assembly.emission(parts, SENDER, serie, DAY)
    stream = BytesIO()
    archive.write(stream, made.fichiers)
    return Sending(made.archive, stream.getvalue())


def sending(numero, objet="Voirie communale", serie=1, known=CURRENT):
    """Return ``(identifier, Sending)`` of an act alone in its archive."""
    identifier, part = act(numero, objet, known)
    return identifier, packed([part], serie)


def read(transport, folder, wanted, patience=60, quiet=0.0):
    """Return at least ``wanted`` ``Incoming`` of a transport, waiting for them; ``quiet``: seconds to wait for more."""
    end = time.monotonic() + patience
    rank = 0
    while True:
        room = folder / f"lecture-{rank}"
        room.mkdir()
        found = list(transport.fetch(room))
        rank += 1
        if len(found) >= wanted and not quiet:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{len(found)} réponse(s) au lieu de {wanted}")
        if len(found) >= wanted:
            time.sleep(quiet)
            quiet = 0
        else:
            time.sleep(0.02)


def messages(incoming):
    """Return the messages of an answer, as values, its envelope left out."""
    found = [codec.parse(file.path.read_bytes()).message for file in incoming.files if file.name.endswith(".xml")]
    return [message for message in found if not isinstance(message, model.EnveloppeMISILLCL)]


def codes(found):
    """Return the numbers of the messages of several answers, in order."""
    return [model.code_of(message) for item in found for message in messages(item)]
