"""A grouping of the demonstration: a convention signed by three communes, needs asked for until a date, one answer sent."""

from datetime import timedelta
from megalis.portal.groupings import service
from megalis.portal.groupings import surveying
from megalis.portal.kernel import clock
from megalis.portal.organisations import membership
from plone.uuid.interfaces import IUUID


MEMBERS = 2
CLOSES = timedelta(days=12)
LINES = """1;Papier A4 80 g, recyclé;ramette;3,20
1;Papier A3 80 g;ramette;6,40
2;Sel de déneigement, en vrac;tonne;95"""
ANSWERED = ("420", "35", "18,5")
LAST_YEAR = ("400", "40", "11")


def fill(towns):
    """Make it: the first town coordinates, the next ones are members; the last of them has answered."""
    coordinator, *members = towns[: MEMBERS + 1]
    buyer, validator = (min(membership.holders(coordinator, key)) for key in ("acheteurs", "valideurs"))
    start = clock.paris(clock.now()).date()
    values = {
        "title": "Fournitures de bureau et sel de déneigement",
        "scope": "Papier de reprographie et sel de déneigement. Le mobilier n’en fait pas partie.",
        "functioning": "Le coordonnateur passe la consultation, signe et notifie. Chaque membre exécute et paie sa part.",
        "mission": "passation-signature",
        "commission": "sans",
        "start": start,
        "end": start.replace(year=start.year + 3, day=1),
    }
    grouping = service.create(coordinator, values, buyer)
    for town in members:
        service.invite(grouping, town, buyer)
        service.act(grouping, IUUID(town), "accepter", min(membership.holders(town, "valideurs")))
    for town in members:
        signer = min(membership.holders(town, "valideurs"))
        service.act(grouping, IUUID(town), "signer", signer, "Le ou la maire", "Délibération de démonstration")
    service.act(grouping, IUUID(coordinator), "signer", validator, "Le président", "Délibération de démonstration")
    surveying.add_lot(grouping, "1", "Papier")
    surveying.add_lot(grouping, "2", "Sel de déneigement")
    surveying.paste(grouping, LINES)
    surveying.send(grouping, (clock.now() + CLOSES).replace(hour=11, minute=0, second=0), buyer)
    texts = [dict(zip((line.id for line in grouping.lines), row, strict=True)) for row in (ANSWERED, LAST_YEAR)]
    surveying.send_answer(grouping, IUUID(members[-1]), *texts, min(membership.holders(members[-1], "acheteurs")))
    return grouping
