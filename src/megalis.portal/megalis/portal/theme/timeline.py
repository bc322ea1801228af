"""Lines of phases against the months, drawn on the server as SVG; pure functions, for any room that has dates.

The picture is never the only one to tell: whoever draws it puts the same facts in a table beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from html import escape
from megalis.portal.kernel.clock import french_date
from megalis.portal.kernel.clock import paris
from megalis.portal.theme.words import SHORT_MONTHS


DONE, HERE, OPEN, PLANNED = "ph3", "ph2", "ph1", "ph4"
LEGEND = ((DONE, "terminé"), (HERE, "en cours"), (OPEN, "plis attendus"), (PLANNED, "prévu"))
WIDTH, LABELS, TOP, STEP, BAR, HEAD, EDGE = 980, 300, 26, 44, 28, 34, 9
PAST, AHEAD, LEAST = timedelta(days=90), timedelta(days=150), timedelta(days=14)
LETTER = 8.2  # width of a letter of a bar, on the scale of the picture


@dataclass(frozen=True)
class Span:
    """A phase: from ``start`` to ``end`` (aware datetimes), ``kind`` of LEGEND, ``word`` written in it when it fits."""

    start: datetime
    end: datetime
    kind: str
    word: str = ""


@dataclass(frozen=True)
class Mark:
    """A date that binds, drawn as a lozenge on the line; ``word`` says which."""

    at: datetime
    word: str


@dataclass(frozen=True)
class Line:
    """A line of the picture; without spans nor marks it is the heading of those that follow."""

    label: str
    spans: tuple = ()
    marks: tuple = ()

    @property
    def heading(self):
        return not self.spans and not self.marks


def window(lines, now):
    """Return ``(first, last)`` instants shown: what the lines tell, no further than three months back and five ahead."""
    spans = [span for line in lines for span in line.spans]
    marks = [mark.at for line in lines for mark in line.marks]
    first = min([span.start for span in spans] + marks + [now - LEAST])
    last = max([span.end for span in spans] + marks + [now + LEAST])
    return max(first, now - PAST), min(last, now + AHEAD)


def months(first, last):
    """Return ``(instant, short name)`` of the first day of every month between, at midnight in Paris."""
    day = paris(first).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while day <= paris(last):
        if day >= first:
            found.append((day, SHORT_MONTHS[day.month - 1]))
        day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
    return found


def shortened(text, most=34):
    """Return the text in at most ``most`` signs, cut at a word."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"


def draw(ident, sentence, lines, now):
    """Return the SVG of Lines, titled ``sentence`` for those who do not see it; "" without any line."""
    if not lines:
        return ""
    first, last = window(lines, now)
    scale = (WIDTH - LABELS - EDGE) / (last - first).total_seconds()

    def x(instant):
        return LABELS + (min(max(instant, first), last) - first).total_seconds() * scale

    floor = TOP + sum(HEAD if line.heading else STEP for line in lines) + 6
    parts = [
        f'<svg class="mg-chart mg-gantt" viewBox="0 0 {WIDTH} {floor + 26}" role="img" aria-labelledby="{escape(ident)}">'
        f'<title id="{escape(ident)}">{escape(sentence)}</title>{HATCH}'
    ]
    room = [WIDTH]
    for instant, name in reversed(months(first, last)):
        parts.append(f'<path class="ax" d="M{x(instant):.0f} {TOP}V{floor}"/>')
        if room[-1] - x(instant) >= 44:
            parts.append(f'<text x="{x(instant) + 5:.0f}" y="{TOP - 6}">{escape(name)}</text>')
            room.append(x(instant))
    top = TOP + 12
    for line in lines:
        if line.heading:
            parts.append(f'<text class="grp" x="0" y="{top + 16}">{escape(line.label)}</text>')
            parts.append(f'<path class="ax" d="M0 {top + 22}H{WIDTH}"/>')
            top += HEAD
            continue
        parts.append(f'<text class="lab" x="0" y="{top + 20}">{escape(shortened(line.label))}</text>')
        marks = [x(mark.at) for mark in line.marks if first <= mark.at <= last]
        parts += [
            _bar(span, x(span.start), x(span.end), top, marks) for span in line.spans if x(span.end) > x(span.start)
        ]
        parts += [_mark(place, top + BAR // 2) for place in marks]
        top += STEP
    here = x(now)
    day = french_date(now, weekday=False).rsplit(" ", 1)[0]
    parts.append(f'<path class="now" d="M{here:.0f} {TOP}V{floor + 6}"/>')
    anchor = "end" if here > WIDTH - 90 else "middle"
    parts.append(f'<text class="nowt" x="{here:.0f}" y="{floor + 22}" text-anchor="{anchor}">aujourd’hui, {day}</text>')
    return "".join(parts) + "</svg>"


def _mark(x, y):
    return f'<path class="mk" d="M{x:.0f} {y - 8}l7 8l-7 8l-7 -8z"/>'


def _bar(span, left, right, top, marks=()):
    wide = max(right - left - 2, 3)
    bar = f'<rect class="{span.kind}" x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{BAR}" rx="4"/>'
    long = len(span.word) * LETTER + 8
    middle = next((place for place in _places(left, wide, long) if _free(place, long, marks)), None)
    if not span.word or middle is None:
        return bar
    css = "w" if span.kind in (DONE, HERE) else "k"
    return f'{bar}<text class="{css}" x="{middle:.0f}" y="{top + 19}" text-anchor="middle">{escape(span.word)}</text>'


def _places(left, wide, long):
    """Return where the middle of a word may stand in its bar: the centre, else either end; nowhere when it is too long."""
    return (left + wide / 2, left + long / 2, left + wide - long / 2) if long <= wide else ()


def _free(middle, long, marks):
    return all(abs(mark - middle) > long / 2 + 5 for mark in marks)


def legend(kinds):
    """Return the HTML of the keys of these kinds, in their usual order."""
    return "".join(KEY.format(kind=kind, word=word) for kind, word in LEGEND if kind in kinds)


HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch-ground" width="6" height="6"/><path class="hatch-line" d="M0 0v6"/></pattern></defs>'
)
KEY = (
    '<span class="mg-key"><svg class="mg-gantt" viewBox="0 0 28 14" aria-hidden="true">'
    '<rect class="{kind}" x="1" y="1" width="26" height="12" rx="3"/></svg>{word}</span>'
)


MARK = (
    '<span class="mg-key"><svg class="mg-gantt" viewBox="0 0 28 14" aria-hidden="true">'
    '<path class="mk" d="M14 0l7 7l-7 7l-7 -7z"/></svg>date qui compte</span>'
)


def figure(ident, sentence, lines, now):
    """Return the picture with its keys, in a box that scrolls sideways where the screen is narrow; "" without lines."""
    if not lines:
        return ""
    kinds = {span.kind for line in lines for span in line.spans}
    marked = MARK if any(line.marks for line in lines) else ""
    return (
        f'<div class="mg-scroll" tabindex="0" role="region" aria-label="Calendrier, défile de côté sur petit écran">'
        f'{draw(ident, sentence, lines, now)}</div><p class="small soft mg-row mg-keys">{legend(kinds)}{marked}</p>'
    )
