"""Agents, companies and their roles: who belongs where, and what leaving takes away."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from tests.organisations.conftest import BRIEUC
from tests.organisations.conftest import PASSWORD

import pytest


def roles_on(userid, content=None):
    user = api.portal.get_tool("acl_users").getUserById(userid)
    return user.getRoles() if content is None else user.getRolesInContext(content)


ROLE_NAMES = {
    "administrateurs": "Administrateur",
    "acheteurs": "Acheteur",
    "valideurs": "Valideur",
    "porteurs": "PorteurDeCle",
    "lecteurs": "LecteurCollectivite",
}


@pytest.mark.parametrize(("key", "role"), ROLE_NAMES.items())
def test_a_role_holds_in_its_collectivite_and_nowhere_else(world, key, role):
    userid = getattr(world, key)
    assert role in roles_on(userid, world.a)
    assert not set(ROLE_NAMES.values()) & set(roles_on(userid, world.b))
    assert "Agent" in roles_on(userid)
    assert people.get(userid).collectivites == (world.a,)


def test_an_agent_may_serve_two_collectivites(world):
    membership.add(world.b, world.acheteurs, {"lecteurs"})
    person = people.get(world.acheteurs)
    assert set(person.collectivites) == {world.a, world.b}
    assert person.roles_in(world.a) == {"acheteurs"}
    assert person.roles_in(world.b) == {"lecteurs"}


def test_an_agent_who_leaves_loses_everything_at_once(world):
    membership.remove(world.a, world.acheteurs)
    roles = roles_on(world.acheteurs, world.a)
    assert not {"Acheteur", "Agent"} & set(roles)
    person = people.get(world.acheteurs)
    assert person.collectivites == ()
    assert person.kind == "agent"


def test_membership_never_touches_the_content(world):
    world.a._p_jar.cacheMinimize()
    before = world.a.modified()
    membership.add(world.a, world.other, {"lecteurs"})
    assert world.a.modified() == before


def test_the_last_administrator_cannot_leave(world):
    with pytest.raises(Refused) as refused:
        membership.remove(world.a, world.administrateurs)
    assert refused.value.code == "administrateur.dernier"
    membership.add(world.a, world.acheteurs, {"administrateurs"})
    membership.remove(world.a, world.administrateurs)
    assert membership.administrators(world.a) == {world.acheteurs}


def test_a_closed_account_does_not_count_as_an_administrator(world):
    membership.add(world.a, world.acheteurs, {"administrateurs"})
    people.deactivate(world.acheteurs)
    with pytest.raises(Refused, match="dernier administrateur"):
        membership.remove(world.a, world.administrateurs)


def test_a_role_that_does_not_exist_is_refused(world):
    with pytest.raises(Refused) as refused:
        membership.add(world.a, world.acheteurs, {"e-repondants"})
    assert refused.value.code == "role.inconnu"


def test_changes_of_roles_are_journalled(world):
    membership.set_roles(world.a, world.acheteurs, {"acheteurs", "valideurs"}, by="x")
    event = journal.events(world.a, "agent")[-1]
    assert (event["personne"], event["avant"], event["apres"]) == (
        world.acheteurs,
        ["acheteurs"],
        ["acheteurs", "valideurs"],
    )


def test_a_company_user_knows_his_company_and_its_head_office(world):
    person = people.get(world.bidder)
    assert person.kind == "entreprise"
    assert person.entreprise == world.company
    assert person.etablissement == world.place
    assert "Inscrit" in roles_on(world.bidder)
    assert "Repondant" in roles_on(world.bidder, world.company)


def test_two_collectivites_never_share_a_siren(world):
    with pytest.raises(Refused) as refused:
        create.collectivite("Autre commune", BRIEUC)
    assert refused.value.code == "siren.pris"


def test_two_collectivites_of_the_same_name_get_two_addresses(world):
    again = create.collectivite("Commune de Saint-Brieuc", "21350238800019")
    assert again.getId() == "commune-de-saint-brieuc-2"


def test_a_removed_collectivite_gives_back_its_numbers_and_its_groups(world):
    world.site.collectivites._delObject(world.a.getId())
    assert directory.collectivite(BRIEUC[:9]) is None
    assert directory.by_external("organismes", "ORG-1") is None
    assert people.get(world.acheteurs).collectivites == ()
    assert "Agent" not in roles_on(world.acheteurs)


def test_an_e_mail_address_belongs_to_one_account(world):
    with pytest.raises(Refused) as refused:
        people.create("agent", "ACHETEURS@a.exemple.fr", "Quelqu’un", PASSWORD)
    assert refused.value.code == "courriel.pris"


def test_changing_the_address_changes_the_login_that_was_the_address(world):
    people.update(world.acheteurs, email="nouvelle@a.exemple.fr")
    person = people.get(world.acheteurs)
    assert (person.email, person.login) == ("nouvelle@a.exemple.fr", "nouvelle@a.exemple.fr")
    assert people.by_email("acheteurs@a.exemple.fr") is None
    assert people.by_email("Nouvelle@a.exemple.fr") == world.acheteurs
