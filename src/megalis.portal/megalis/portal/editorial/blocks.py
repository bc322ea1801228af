"""The home page as blocks: which, in what order, hidden or not, under what title. Pure: lists in, lists out."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from megalis.portal.formats.refusal import Refused
from urllib.parse import urlsplit


DOORS, TEXT, PARTNERS = "portes", "texte", "partenaires"
MOST = 20
LONGEST = 4000
SHOWN = 10


@dataclass(frozen=True)
class Block:
    """``kind`` is a key of KINDS; ``text`` is that of a free block, or the lines of the partners."""

    id: str
    kind: str
    title: str = ""
    hidden: bool = False
    count: int = 3
    text: str = ""

    @property
    def heading(self):
        return self.title or KINDS[self.kind][0]

    @property
    def wide(self):
        return KINDS[self.kind][1]

    @property
    def counted(self):
        return KINDS[self.kind][2]


# kind -> (title, across the page, shows a number of items)
KINDS = {
    DOORS: ("Les deux portes", True, False),
    "actualites": ("Actualités", True, True),
    "consultations": ("Dernières consultations", False, True),
    "services": ("État des services", False, False),
    "agenda": ("Agenda", False, True),
    "actes": ("Derniers actes publiés", False, True),
    "chiffres": ("Chiffres clés", True, False),
    "exercice": ("S’exercer", False, False),
    PARTNERS: ("Partenaires", True, False),
    TEXT: ("Texte", True, False),
}
DEFAULT = tuple(Block(kind, kind, count=5 if kind == "consultations" else 3) for kind in KINDS if kind != TEXT)


def load(kept):
    """Return the blocks of what was kept (dicts); those of a new site when nothing was, and the doors whatever was."""
    found = [Block(**entry) for entry in kept or () if entry.get("kind") in KINDS]
    known = {block.id for block in found}
    found += [block for block in DEFAULT if block.id not in known]
    return [replace(block, hidden=False) if block.kind == DOORS else block for block in found]


def dump(blocks):
    """Return what is kept of blocks."""
    return [asdict(block) for block in blocks]


def _place(blocks, name):
    for place, block in enumerate(blocks):
        if block.id == name:
            return place
    raise Refused("accueil.bloc", "Ce bloc n’existe plus : rechargez la page.", name)


def moved(blocks, name, step):
    """Return the blocks with one moved up (-1) or down (1)."""
    place = _place(blocks, name)
    target = min(max(place + step, 0), len(blocks) - 1)
    found = list(blocks)
    found.insert(target, found.pop(place))
    return found


def shown(blocks, name, visible):
    """Return the blocks with one shown or hidden; the two doors are always there (``accueil.portes``)."""
    place = _place(blocks, name)
    if blocks[place].kind == DOORS and not visible:
        raise Refused("accueil.portes", "Les deux portes restent sur l’accueil : déplacez-les, sans les masquer.", name)
    return [*blocks[:place], replace(blocks[place], hidden=not visible), *blocks[place + 1 :]]


def edited(blocks, name, title, count, text):
    """Return the blocks with one changed; Refused ``accueil.titre|nombre|texte|partenaire``."""
    place = _place(blocks, name)
    block = blocks[place]
    title, text = " ".join(title.split()), text.replace("\r\n", "\n").strip()
    if len(title) > 80:
        raise Refused("accueil.titre", f"Titre trop long : 80 signes au plus, il y en a {len(title)}.", title)
    if len(text) > LONGEST:
        raise Refused("accueil.texte", f"Texte trop long : {LONGEST} signes au plus.", text)
    if block.counted:
        if not str(count).isdigit() or not 1 <= int(count) <= SHOWN:
            raise Refused("accueil.nombre", f"« {str(count)[:10]} » : donnez un nombre de 1 à {SHOWN}.", count)
        block = replace(block, count=int(count))
    if block.kind == PARTNERS:
        partners(text)
    return [*blocks[:place], replace(block, title=title, text=text), *blocks[place + 1 :]]


def added(blocks, name, title, text):
    """Return the blocks and a free text at their end; Refused ``accueil.trop``, ``accueil.texte``."""
    if len(blocks) >= MOST:
        raise Refused("accueil.trop", f"L’accueil a déjà {MOST} blocs : retirez-en un d’abord.")
    if not title.strip() or not text.strip():
        raise Refused("accueil.texte", "Donnez au bloc un titre et un texte.")
    return edited([*blocks, Block(name, TEXT)], name, title, 1, text)


def removed(blocks, name):
    """Return the blocks without a free text; the others are hidden, not removed (``accueil.masquer``)."""
    place = _place(blocks, name)
    if blocks[place].kind != TEXT:
        raise Refused("accueil.masquer", "Ce bloc se masque, il ne se retire pas.", name)
    return [*blocks[:place], *blocks[place + 1 :]]


def partners(text):
    """Return (name, address) of lines ``Nom | https://adresse``; Refused ``accueil.partenaire``."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        name, _, url = (part.strip() for part in line.partition("|"))
        if url and urlsplit(url).scheme not in ("https", "http"):
            raise Refused("accueil.partenaire", f"« {line[:60]} » : écrivez « Nom | https://adresse ».", line)
        found.append((name, url))
    return found
