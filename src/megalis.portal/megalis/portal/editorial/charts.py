"""Bars drawn on the server as SVG, with the words a reader who does not see them hears."""

from dataclasses import dataclass
from html import escape
from megalis.portal.theme.words import number


WIDTH, HEIGHT, FLOOR, TOP = 380, 170, 140, 22


@dataclass(frozen=True)
class Bar:
    """One value: ``label`` under the bar, ``value`` above it; ``partial`` for a period that still runs."""

    label: str
    value: int
    partial: bool = False


def bars(ident, sentence, data):
    """Return the SVG of ``data`` (list of Bar), titled ``sentence`` for those who do not see it."""
    most = max((bar.value for bar in data), default=0) or 1
    step = WIDTH / max(len(data), 1)
    width = min(step - 8, 48)
    parts = [
        f'<svg class="mg-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{escape(ident)}">'
        f'<title id="{escape(ident)}">{escape(sentence)}</title>'
    ]
    for place, bar in enumerate(data):
        left = place * step + (step - width) / 2
        tall = round(bar.value / most * (FLOOR - TOP))
        middle = left + width / 2
        css = "bar2" if bar.partial else "bar"
        if bar.value:
            parts.append(
                f'<rect class="{css}" x="{left:.0f}" y="{FLOOR - tall}" width="{width:.0f}" height="{tall}" rx="2"/>'
            )
        parts.append(
            f'<text class="v" x="{middle:.0f}" y="{FLOOR - tall - 6}" text-anchor="middle">{number(bar.value)}</text>'
        )
        if place % 2 == len(data) % 2 or len(data) <= 6 or place == len(data) - 1:
            parts.append(f'<text x="{middle:.0f}" y="158" text-anchor="middle">{escape(bar.label)}</text>')
    parts.append(f'<path class="ax" d="M0 {FLOOR}.5h{WIDTH}"/></svg>')
    return "".join(parts)


def rows(ident, sentence, data):
    """Return the SVG of ``data`` (list of Bar) as lying bars with their names before them."""
    most = max((bar.value for bar in data), default=0) or 1
    height = 40 * len(data)
    parts = [
        f'<svg class="mg-chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{escape(ident)}">'
        f'<title id="{escape(ident)}">{escape(sentence)}</title>'
    ]
    for place, bar in enumerate(data):
        y = place * 40 + 8
        long = max(2, round(bar.value / most * 190))
        parts.append(
            f'<text x="0" y="{y + 16}">{escape(bar.label)}</text>'
            f'<rect class="bar" x="112" y="{y}" width="{long}" height="22" rx="2"/>'
            f'<text class="v" x="{112 + long + 8}" y="{y + 16}">{number(bar.value)}</text>'
        )
    return "".join(parts) + "</svg>"
