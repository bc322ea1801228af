"""The register of a collectivité, its acts, and what an act holds: files, and the history of its exchange."""

from BTrees.OOBTree import OOBTree
from hashlib import file_digest
from megalis.portal.actes.interfaces import IActe
from megalis.portal.actes.interfaces import IRegistreActes
from megalis.portal.formats.actes import sending
from megalis.portal.formats.actes import states
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from persistent.mapping import PersistentMapping
from plone.dexterity.content import Container
from plone.dexterity.content import Item
from zope.interface import implementer


@implementer(IRegistreActes)
class RegistreActes(Container):
    """Every act of a collectivité. ``numbers`` and ``identifiers`` find one by its number or by its identifier."""

    _ordering = "unordered"
    crumb_title = "Registre des actes"

    classification = None  # the bytes of the 7-2 in force
    dropped = None  # OOBTree: SHA-256 of a dropped file -> id of the act it became
    asked = None  # when a classification was last asked for, aware UTC
    unread = None  # OOBTree: id of an act -> (code, date) of its letters no software marked as read yet (``letters``)
    seances = None  # OOBTree: day of a session -> the Liste of its délibérations (``seances``)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.numbers = OOBTree()  # number -> id of the act that holds it
        self.identifiers = OOBTree()  # IDActe -> id of the act
        self.sendings = OOBTree()  # name of an envelope -> id of the act it carried, "" for a classification
        self.reglages = PersistentMapping()


def digest_of(file):
    """Return the SHA-256 of a NamedBlobFile, in hex."""
    with file.open() as stream:
        return file_digest(stream, "sha256").hexdigest()


class Piece(Persistent):
    """A file of an act.

    ``name`` is the agent's, ``sent_as`` the one it travels under. ``remarks``: (code, French text) of what was found odd
    in it. ``published``: whether it goes on the public register, as ``anonymised`` (a NamedBlobFile) when there is one.
    """

    anonymised = None
    anonymised_sha256 = ""
    anonymised_stamped = None
    stamped = None
    sent_as = ""
    published = True
    seal = None
    signatures = ()  # as_json of the Report of each signature of it (``actes.signatures``)
    signed = False

    def __init__(self, name, file, type_pj, head, remarks=(), signed=False, seal=None):
        self.id = uuidhex()
        self.name = name
        self.file = file
        self.type_pj = type_pj
        self.head = head
        self.remarks = tuple(remarks)
        self.signed = signed
        self.seal = seal
        self.size = file.getSize()
        self.sha256 = digest_of(file)

    def as_sent(self):
        """Return the ``sending.Piece`` the rules look at."""
        return sending.Piece(self.name, self.type_pj, self.size, self.head, self.seal)


class Moment(Persistent):
    """One line of the history: when, the state it led to, the number of the message, words, who, and its files.

    ``files``: tuple of (name, NamedBlobFile): the XML of the message and the letters that came with it. ``signatures``: as_json
    of the Report of each signature of them. ``letter``: (code, date) of the letter of the préfecture it is about.
    """

    signatures = ()
    letter = None

    def __init__(self, at, state, words, code="", by="", files=(), signatures=(), letter=None):
        self.at = at
        self.state = state
        self.words = words
        self.code = code
        self.by = by
        self.files = tuple(files)
        if signatures:
            self.signatures = tuple(signatures)
        if letter is not None:
            self.letter = letter


@implementer(IActe)
class Acte(Item):
    """An act; ``dossier`` is where it stands (``formats.actes.lifecycle.Dossier``)."""

    dossier = None
    identifier = ""  # IDActe, once it is known
    number = 0  # by which software of other makers calls it (``transactions``)
    envelope = ""  # the name of the envelope that carried it
    classification_date = None  # of the classification its matière was chosen in
    prepared_by = ""
    copies = ()  # addresses its software wants told of what becomes of it
    submitted_at = None  # when its preparer asked for its transmission
    leaves_at = None  # while it waits for its turn: when that is, None when nobody knows
    sent_at = None
    published_at = None
    published_by = ""
    posted_from = None  # days on which it was posted, or published on paper (``posting``)
    posted_until = None
    unpublished_reason = ""
    slip = None  # the bordereau d'acquittement, a NamedBlobFile
    archived = None  # when the archive service took charge of it, and its reference: (date, text)
    archived_at = None  # when that was noted
    destroyed_at = None  # since when its files are gone, those of the public register apart (``archiving``)

    @property
    def title(self):
        """The object stands for a title."""
        return self.objet or ""

    @title.setter
    def title(self, value):
        """The object is the title: nothing else is kept."""

    @property
    def crumb_title(self):
        """The number stands for the object in the breadcrumbs."""
        return self.numero or "Acte"

    @property
    def etat(self):
        """The name of its state."""
        return self.dossier.etat if self.dossier else states.BROUILLON

    @property
    def reception(self):
        """The day the préfecture had it, or None."""
        return self.dossier.reception if self.dossier else None
