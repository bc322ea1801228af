"""What a flow says and what is wrong with it, read once: at its deposit when it is small, by the worker otherwise."""

from megalis.portal.formats.pes import checking
from megalis.portal.formats.pes import places
from megalis.portal.formats.pes import tables
from megalis.portal.formats.verdict import Finding
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios.content import Lecture
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from ZODB.blob import Blob
from zope.interface import implementer


KIND = "pes-controle"
MOST = 300  # findings kept of each sort


def told(findings):
    """Return findings as (code, message, line), the first ``MOST``, and how many more there are."""
    kept = [(item.code, item.message, item.line) for item in findings[:MOST]]
    if len(findings) > MOST:
        kept.append(("pes.suite", f"Et {len(findings) - MOST} de plus, de même sorte.", 0))
    return kept


def read(file, extra=()):
    """Return ``(Flux, Lecture)`` of a NamedBlobFile; None for a Flux that cannot be read. ``extra``: Findings that warn."""
    with file.open() as stream:
        path = stream.name
    verdict, flux = checking.examine(path, clock.now())
    if flux is None:
        return None, Lecture(clock.now(), {}, (), None, (), told(verdict.errors), (), (), None)
    rows = Blob()
    with rows.open("w") as stream:
        tetes = tables.write(flux, stream)
    found = Lecture(
        clock.now(),
        verdict.extra["summary"],
        tetes,
        rows,
        flux.pieces_jointes,
        told(verdict.errors),
        told((*extra, *verdict.warnings)),
        verdict.extra["signatures"],
        verdict.extra["schema"],
    )
    found.places = places.find(path, len(flux.pieces_jointes))
    return flux, found


def examine(flux):
    """Read a flow and keep what was found."""
    registre = registres.around(flux)
    extra = []
    if not registres.is_of(registres.collectivite_of(flux), registre, flux.entete.collectivite):
        extra.append(rules.siret_warning(flux.entete.collectivite))
    _flux, flux.lecture = read(flux.file, extra)


def blocking(lecture):
    """Return the errors of a Lecture as Findings."""
    return [Finding(*item) for item in lecture.errors]


def later(flux):
    """Leave a large flow to the worker."""
    return outbox.queue(KIND, {"path": "/".join(flux.getPhysicalPath())})


@implementer(outbox.IOutboxHandler)
class Examiner:
    """Reads the large flows."""

    title = "Contrôle des flux PES"

    def send(self, site, message):
        from megalis.portal.helios import service

        flux = site.unrestrictedTraverse(str(message.payload["path"]), None)
        if flux is None:
            raise outbox.Undeliverable("le flux n’existe plus")
        if flux.lecture is None:
            service.examined(flux)
