"""The margin of each consultation as a picture: one line a consultation, one disc a key, drawn on the server as SVG.

A table beside it tells the same: a disc is full when its key opens every bid and was proved lately, half when it opens but
its drill is old, empty when it opens some bids only, crossed out when it opens nothing any more.
"""

from dataclasses import dataclass
from html import escape
from megalis.portal.theme.timeline import shortened


FULL, HALF, PART, NONE = "pleine", "demi", "partielle", "barree"
LEGEND = (
    (FULL, "ouvre tout, prouvée depuis moins de 60 jours"),
    (HALF, "ouvre tout, exercice à refaire"),
    (PART, "n’ouvre qu’une partie des plis"),
    (NONE, "n’ouvre plus rien"),
)
WIDTH, LABELS, STEP, GAP, TOP, RADIUS = 560, 150, 40, 36, 6, 13


@dataclass(frozen=True)
class Disc:
    """A key on a line: ``letter`` of its role, ``kind`` of LEGEND, ``name`` for who does not see it."""

    letter: str
    kind: str
    name: str


@dataclass(frozen=True)
class Line:
    label: str
    discs: tuple
    words: str


def draw(ident, sentence, lines):
    """Return the SVG of Lines, titled ``sentence``; "" without any."""
    if not lines:
        return ""
    height = TOP * 2 + STEP * len(lines)
    parts = [
        f'<svg class="mg-chart mg-keys-chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{escape(ident)}">'
        f'<title id="{escape(ident)}">{escape(sentence)}</title>'
    ]
    for rank, line in enumerate(lines):
        middle = TOP + STEP * rank + STEP // 2
        parts.append(f'<text class="lab" x="0" y="{middle + 5}">{escape(shortened(line.label, 16))}</text>')
        parts += [_disc(disc, LABELS + place * GAP + RADIUS, middle) for place, disc in enumerate(line.discs[:6])]
        end = LABELS + max(3, min(len(line.discs), 6)) * GAP + 12
        more = f"+ {len(line.discs) - 6}, " if len(line.discs) > 6 else ""
        parts.append(f'<text class="lab" x="{end}" y="{middle + 5}">{escape(more + line.words)}</text>')
    return "".join(parts) + "</svg>"


def _disc(disc, x, y):
    shape = f'<circle class="k-{disc.kind}" cx="{x}" cy="{y}" r="{RADIUS}"/>'
    if disc.kind == HALF:
        shape += f'<path class="k-fill" d="M{x} {y - RADIUS}a{RADIUS} {RADIUS} 0 0 0 0 {2 * RADIUS}z"/>'
    if disc.kind == NONE:
        shape += f'<path class="k-cross" d="M{x - 9} {y + 9}L{x + 9} {y - 9}"/>'
    letter = f'<text class="k-{disc.kind}-t" x="{x}" y="{y + 5}" text-anchor="middle">{escape(disc.letter)}</text>'
    return f"<g><title>{escape(disc.name)}</title>{shape}{letter}</g>"


def legend(kinds):
    """Return the HTML of the keys of these kinds, in their usual order."""
    return "".join(
        f'<span class="mg-key"><svg class="mg-keys-chart" viewBox="0 0 28 28" width="22" height="22" aria-hidden="true">'
        f"{_disc(Disc('', kind, ''), 14, 14)}</svg>{escape(word)}</span>"
        for kind, word in LEGEND
        if kind in kinds
    )


def figure(ident, sentence, lines):
    """Return the picture with its keys, in a box that scrolls sideways where the screen is narrow; "" without lines."""
    if not lines:
        return ""
    kinds = {disc.kind for line in lines for disc in line.discs}
    return (
        '<div class="mg-scroll" tabindex="0" role="region" aria-label="Marge de chaque consultation, défile de côté sur '
        f'petit écran">{draw(ident, sentence, lines)}</div><p class="small soft mg-row mg-keys">{legend(kinds)}</p>'
    )
