"""What communications staff write: each kind stands on a type of Plone and in a rubrique of the site."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """``type``: its portal type; ``place``: id of its rubrique; ``label``/``new``: in French; ``icon`` of the sprite.

    ``fields``: what its form asks, in order; ``feed``: what is new in it is announced.
    """

    type: str
    place: str
    label: str
    new: str
    icon: str
    fields: tuple
    feed: bool = False


_WORDS = ("title", "description", "text")
_FOR = ("audiences", "service")
_PICTURES = ("image", "image_alt", "image_caption")
_MORE = tuple(f"image{n}{part}" for n in (1, 2, 3) for part in ("", "_alt"))
KINDS = (
    Kind("Actualite", "actualites", "Actualité", "Nouvelle actualité", "bell", _WORDS + _PICTURES + _MORE + _FOR + ("expires",), True),
    Kind("Evenement", "agenda", "Événement", "Nouvel événement", "calendar",
         ("title", "description", "start", "end", "location", "text", *_PICTURES, *_FOR, "expires")),
    Kind("Communique", "communiques", "Communiqué de presse", "Nouveau communiqué", "file",
         ("title", "description", "day", "text", "contact", *_PICTURES, *_MORE, *_FOR, "expires"), True),
    Kind("DocumentPublic", "documents", "Document", "Nouveau document", "download",
         ("title", "description", "file", *_FOR, "expires"), True),
    Kind("QuestionFrequente", "faq", "Question fréquente", "Nouvelle question", "chat", ("title", "text", *_FOR)),
    Kind("TermeGlossaire", "glossaire", "Terme du glossaire", "Nouveau terme", "list", ("title", "text", "service")),
    Kind("Guide", "guides", "Guide", "Nouveau guide", "list", (*_WORDS, "screens", *_PICTURES, *_MORE, *_FOR, "expires")),
    Kind("PageEditoriale", "pages", "Page", "Nouvelle page", "pen", _WORDS + _PICTURES + _FOR + ("expires",)),
)  # fmt: skip
BY_TYPE = {kind.type: kind for kind in KINDS}
BY_PLACE = {kind.place: kind for kind in KINDS}
TYPES = tuple(BY_TYPE)
LETTER = "Infolettre"
FORM = Kind("EasyForm", "formulaires", "Formulaire", "Nouveau formulaire", "list", ())
ISSUE = Kind(LETTER, "infolettre", "Lettre d’information", "Nouvelle lettre", "chat", ("title", "description"))
PLACES = (
    ("actualites", "Actualités"),
    ("agenda", "Agenda"),
    ("communiques", "Espace presse"),
    ("documents", "Documents"),
    ("faq", "Questions fréquentes"),
    ("glossaire", "Glossaire"),
    ("guides", "Guides"),
    ("pages", "Pages"),
    ("infolettre", "Lettre d’information"),
    ("formulaires", "Formulaires"),
)
AUDIENCES = {"entreprises": "Entreprises", "agents": "Agents publics"}
SERVICES = {
    "marches": "Marchés publics",
    "actes": "Contrôle de légalité",
    "helios": "Pièces comptables",
    "portail": "Le portail",
}
PICTURES = ("image", "image1", "image2", "image3")
