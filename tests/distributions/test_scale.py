"""A region is filled by the functions pages use, and the key figures count exactly what was asked for."""

from megalis.portal.deposits import keys
from megalis.portal.deposits import simulation
from megalis.portal.distributions.megalis import demo_scale
from megalis.portal.formats.eforms import buyers
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.organisations import membership
from zope.component import getUtilitiesFor

import pytest


SMALL = demo_scale.Size(
    days=846,  # longer than a key lives
    towns=11,
    agents=38,
    consultations=6,
    online=2,
    companies=9,
    certificates=2,
    alerts=4,
    downloads=30,
    answers=3,
)
COUNTED = {
    "collectivites": 11, "agents": 38, "entreprises": 9, "certificats": 2, "alertes": 4,
    "consultations": 6, "en-ligne": 2, "dossiers": 30,
}  # fmt: skip


def counted(site):
    return {name: value for _name, made in getUtilitiesFor(IKeyFigures) for name, _label, value in made(site)}


def test_the_key_figures_of_a_region_are_those_asked_for_and_a_second_region_is_refused(new_site):
    site = new_site
    simulation.build(site)  # as the worker does wherever a server has run
    said = []
    demo_scale.fill(site, SMALL, said.append)
    found = counted(site)
    assert {name: found[name] for name in COUNTED} == COUNTED
    assert sum(journal.tally(site, "depot").values()) == SMALL.answers  # sealed: figures tell them once it is decided
    towns = [town for town in site["collectivites"].objectValues() if not town.simulation]
    assert {key.role for town in towns for key in keys.active_keys(town)} == {"titulaire", "suppleant"}
    assert all(len(keys.active_keys(town)) == 2 for town in towns)
    names = [member.fullname for town in towns for member in membership.members(town)]
    assert len(set(names)) == len(names) == SMALL.agents, "each agent is told from the others by his name"
    assert any("6 consultations publiées, dont 2 en ligne" in line for line in said)
    with pytest.raises(demo_scale.NotEmpty, match="Collectivités : 11, entreprises : 9"):
        demo_scale.fill(site, SMALL, said.append)
    assert counted(site) == found


def test_there_are_as_many_members_as_the_greatest_size_asks_and_none_twice():
    found = buyers.members()
    assert len({buyer.siren for buyer in found}) == len(found) >= max(size.towns for size in demo_scale.SIZES.values())
    assert {buyer.type for buyer in found} == {"commune", "epci", "departement", "region"}
