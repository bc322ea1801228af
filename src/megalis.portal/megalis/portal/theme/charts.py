"""Bars drawn on the server as SVG, with the words a reader who does not see them hears."""

from dataclasses import dataclass
from html import escape
from megalis.portal.theme.words import number


WIDTH, HEIGHT, FLOOR, TOP, LYING = 380, 170, 140, 22, 46


@dataclass(frozen=True)
class Bar:
    """One value (None: nothing is known): ``label`` under the bar; ``partial`` for a period that still runs."""

    label: str
    value: int | None
    partial: bool = False


def bars(ident, sentence, data):
    """Return the SVG of ``data`` (list of Bar), titled ``sentence`` for those who do not see it."""
    most = max((bar.value or 0 for bar in data), default=0) or 1
    step = WIDTH / max(len(data), 1)
    width = min(step - 8, 48) if step > 20 else step - 3
    parts = [_opening(ident, sentence, HEIGHT)]
    for place, bar in enumerate(data):
        left = place * step + (step - width) / 2
        tall = round((bar.value or 0) / most * (FLOOR - TOP))
        middle = left + width / 2
        css = "bar2" if bar.partial else "bar"
        if bar.value:
            parts.append(
                f'<rect class="{css}" x="{left:.0f}" y="{FLOOR - tall}" width="{width:.0f}" height="{tall}" rx="2"/>'
            )
        if (bar.value or (bar.value == 0 and bar is data[-1])) and _room_for(data, bar, step):
            parts.append(
                f'<text class="v" x="{middle:.0f}" y="{FLOOR - tall - 6}" text-anchor="middle">{number(bar.value)}</text>'
            )
        if place % _every(step) == (len(data) - 1) % _every(step):
            parts.append(f'<text x="{middle:.0f}" y="158" text-anchor="middle">{escape(bar.label)}</text>')
    parts.append(f'<path class="ax" d="M0 {FLOOR}.5h{WIDTH}"/></svg>')
    return "".join(parts)


def _every(step):
    """Return of how many bars one bears its label, for labels not to touch."""
    return max(1, -(-38 // int(step)))


def _room_for(data, bar, step):
    """Tell whether a figure is written: every one where they hold side by side, else the greatest and the last."""
    if len(number(max((other.value or 0 for other in data), default=0))) * 7.5 <= step:
        return True
    return bar is data[-1] or bar is max(data, key=lambda other: other.value or 0)


@dataclass(frozen=True)
class Stack:
    """One column: ``parts`` are (CSS class k1, k2, k3, value) from the floor up; ``flag`` says in a word what is wrong."""

    label: str
    parts: tuple
    flag: str = ""

    @property
    def value(self):
        return sum(value for _css, value in self.parts)


def stacks(ident, sentence, data):
    """Return the SVG of ``data`` (list of Stack), titled ``sentence``; what is flagged bears a sign above its column."""
    most = max((stack.value for stack in data), default=0) or 1
    step = WIDTH / max(len(data), 1)
    width = min(step - 6, 40)
    drawn = [_opening(ident, sentence, HEIGHT)]
    for place, stack in enumerate(data):
        left, top = place * step + (step - width) / 2, FLOOR
        for css, value in stack.parts:
            tall = value / most * (FLOOR - TOP - 14)
            if value:
                top -= tall
                drawn.append(
                    f'<rect class="{css}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{tall:.1f}"/>'
                )
        middle = left + width / 2
        if stack.value:
            sign = "▲ " if stack.flag else ""
            css = "v bad" if stack.flag else "v"
            drawn.append(
                f'<text class="{css}" x="{middle:.0f}" y="{top - 5:.0f}" text-anchor="middle">{sign}{number(stack.value)}</text>'
            )
        if place % 2 == 0 or len(data) <= 6:
            drawn.append(f'<text x="{middle:.0f}" y="158" text-anchor="middle">{escape(stack.label)}</text>')
    return "".join([*drawn, f'<path class="ax" d="M0 {FLOOR}.5h{WIDTH}"/></svg>'])


def keys(pairs):
    """Return the HTML of the keys of stacks: (CSS class, word)."""
    return "".join(
        f'<span class="mg-key"><svg class="mg-chart" viewBox="0 0 28 14" aria-hidden="true">'
        f'<rect class="{css}" x="1" y="1" width="26" height="12" rx="3"/></svg>{escape(word)}</span>'
        for css, word in pairs
    )


def _opening(ident, sentence, height):
    return (
        f'<svg class="mg-chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{escape(ident)}">'
        f'<title id="{escape(ident)}">{escape(sentence)}</title>'
    )


def rows(ident, sentence, data):
    """Return the SVG of ``data`` (list of Bar) as lying bars, each under its name."""
    most = max((bar.value or 0 for bar in data), default=0) or 1
    parts = [_opening(ident, sentence, LYING * len(data))]
    for place, bar in enumerate(data):
        y = place * LYING
        long = (bar.value or 0) / most * (WIDTH - 70)
        parts.append(f'<text class="nm" x="0" y="{y + 15}">{escape(bar.label)}</text>')
        parts.append(f'<path class="ax" d="M.5 {y + 20}v16"/>')
        if bar.value:
            parts.append(f'<rect class="bar" x="0" y="{y + 21}" width="{max(2, round(long))}" height="14" rx="2"/>')
        parts.append(f'<text class="v" x="{long + 8:.0f}" y="{y + 33}">{number(bar.value or 0)}</text>')
    return "".join(parts) + "</svg>"
