"""Working days of French public buyers, because a deadline is set on one.

Public holidays: article L. 3133-1 of the Code du travail; the movable ones follow Easter (Gregorian computus).
"""

from datetime import date
from datetime import timedelta


FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))


def easter(year):
    """Return Easter Sunday of a Gregorian year (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


def holidays(year):
    """Return the set of the eleven French public holidays of a year."""
    sunday = easter(year)
    return {date(year, *day) for day in FIXED} | {sunday + timedelta(days=days) for days in (1, 39, 50)}


def is_working_day(day):
    """True on Monday to Friday, public holidays aside."""
    return day.weekday() < 5 and day not in holidays(day.year)


def next_working_day(day):
    """Return ``day`` or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
