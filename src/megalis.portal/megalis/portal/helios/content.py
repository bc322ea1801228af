"""The register of a collectivité, its flows, and what a flow holds: what was read of it, its answers, its history."""

from BTrees.OOBTree import OOBTree
from megalis.portal.formats.pes import lifecycle
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import states
from megalis.portal.helios.interfaces import IFluxPES
from megalis.portal.helios.interfaces import IRegistrePES
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from persistent.mapping import PersistentMapping
from plone.dexterity.content import Container
from plone.dexterity.content import Item
from zope.interface import implementer


@implementer(IRegistrePES)
class RegistrePES(Container):
    """Every flow of a collectivité; ``retours`` are the PES Retour it received, by their ids."""

    _ordering = "unordered"
    crumb_title = "Flux comptables"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.retours = OOBTree()
        self.reglages = PersistentMapping()


class Lecture(Persistent):
    """What was read of a file: heads of its bordereaux, rows (a blob of ``formats.pes.tables``), attachments, verdict.

    ``errors``, ``warnings``: (code, French text, line); ``signatures``: the JSON objects of the check; ``places``: where each
    attachment lies in the file (``formats.pes.places``).
    """

    places = ()

    def __init__(self, at, summary, tetes, rows, attachments, errors, warnings, signatures, schema):
        self.at = at
        self.summary = summary
        self.tetes = tuple(tetes)
        self.rows = rows
        self.attachments = tuple(attachments)
        self.errors = tuple(errors)
        self.warnings = tuple(warnings)
        self.signatures = tuple(signatures)
        self.schema = schema


class Reponse(Persistent):
    """An acknowledgement: when it came, its file, its SHA-256, what it says of each thing (``acquit.Element``)."""

    def __init__(self, at, name, file, sha256, elements):
        self.at = at
        self.name = name
        self.file = file
        self.sha256 = sha256
        self.elements = tuple(elements)


class Retour(Persistent):
    """A PES Retour. ``counts``: {what became of pièces: how many} (``formats.pes.labels``); ``read_by``: who read it first."""

    read_by = ""
    number = 0

    def __init__(self, at, name, file, sha256, entete, lecture, counts):
        self.id = uuidhex()
        self.at = at
        self.name = name
        self.file = file
        self.sha256 = sha256
        self.entete = entete
        self.lecture = lecture
        self.counts = dict(counts)


class Moment(Persistent):
    """One line of the history: when, the state it led to, words, who, and its files as (name, NamedBlobFile)."""

    def __init__(self, at, state, words, by="", files=()):
        self.at = at
        self.state = state
        self.words = words
        self.by = by
        self.files = tuple(files)


@implementer(IFluxPES)
class FluxPES(Item):
    """A flow; ``entete`` is its header (``formats.pes.model.Entete``), ``lecture`` what was read, None until it was."""

    etat = states.A_CONTROLER
    entete = model.Entete()
    filename = ""
    origin = ""  # how it came: «navigateur», «dossier», «REST», «S²LOW»
    file = None
    size = 0
    sha256 = ""
    lecture = None
    sent_as = ""
    number = 0  # by which software of other makers calls it (``transactions``)
    prepared_by = ""
    transmit_after = ""  # who wanted it sent as soon as it is checked
    ask_after = ""  # who wanted somebody asked to send it then
    archived = None  # when the archive service took charge of it, and its reference: (date, text)
    destroyed_at = None  # since when its files are gone (``archiving``)
    submitted_at = None
    deposited_at = None
    sent_at = None
    answered_at = None

    @property
    def title(self):
        """The name of the flow stands for a title."""
        return self.entete.nomfic or self.filename or "Flux sans nom"

    @title.setter
    def title(self, value):
        """The file names the flow: nothing else is kept."""

    @property
    def nomfic(self):
        return self.entete.nomfic

    @property
    def codcol(self):
        return self.entete.cod_col

    @property
    def elements(self):
        """What every acknowledgement told, the oldest first."""
        return tuple(element for answer in self.answers or () for element in answer.elements)

    answers = None

    @property
    def may_leave(self):
        return "transmission" in lifecycle.allowed(self.etat)
