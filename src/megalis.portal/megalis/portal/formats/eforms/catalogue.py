"""What Breton public buyers buy: the subjects of demonstration consultations, with fitting CPV codes and lots.

Plain data, in French because people read it. Amounts are thousands of euros without tax, for a buyer of 10,000
inhabitants; the generator scales them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A possible lot: title, CPV code, share of the value of the whole, one sentence saying what it holds."""

    title: str
    cpv: str
    share: int
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of contract.

    ``kinds`` are the buyers who have it (c commune, e EPCI, d département, r région); ``amount`` the usual bounds in
    k€; ``months`` the usual durations; ``parts`` the lots (none: a single contract); ``framework`` True for an
    accord-cadre; ``utility`` the activity code of a contracting entity, for subjects under directive 2014/25/EU.
    """

    key: str
    nature: str
    cpv: str
    title: str
    texts: tuple[str, ...]
    amount: tuple[int, int]
    months: tuple[int, ...]
    kinds: str = "ce"
    activity: str = "gen-pub"
    parts: tuple[Part, ...] = ()
    framework: bool = False
    visit: bool = False
    second_stage: bool = False
    utility: str = ""
    cpv_additional: tuple[str, ...] = ()


def subjects():
    """Return every ``Subject`` of the catalogue."""
    from megalis.portal.formats.eforms.catalogue_conseil import CONSEIL
    from megalis.portal.formats.eforms.catalogue_fournitures import FOURNITURES
    from megalis.portal.formats.eforms.catalogue_services import SERVICES
    from megalis.portal.formats.eforms.catalogue_travaux import TRAVAUX

    return TRAVAUX + FOURNITURES + SERVICES + CONSEIL
