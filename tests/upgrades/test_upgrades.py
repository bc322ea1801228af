"""A site of a former version becomes what a new one is, by its own upgrade steps and nothing else."""

from megalis.portal.actes import service as actes
from megalis.portal.consultations import dossiers
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.deposits import service
from megalis.portal.deposits import simulation
from megalis.portal.deposits import store
from megalis.portal.deposits.history import index
from megalis.portal.editorial.interfaces import IAskingForm
from megalis.portal.groupings import service as groupings
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from megalis.portal.organisations.roles import group_id
from megalis.portal.workspaces import gathering
from plone import api
from plone.app.uuid.utils import uuidToObject
from tests.deposits.scene import bid
from tests.deposits.scene import Scene
from zope.annotation.interfaces import IAnnotations

import pytest


PROFILE = "megalis.portal:default"
BEFORE = "20261123001"
RESTRICTED = "ConsultationRestreinte"


@pytest.fixture
def former(portal):
    """A site with a room of trials, a bid, a follower and an upload under way, as 20261123001 kept them."""
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(portal, lots=("1",), envelopes=("offre",))
        scene.publish()
        scene.bidder, scene.follower = scene.company(), scene.company("55208131700018", "Voiles du Trieux")
        demand, tails = bid(scene.consultation, scene.bidder, ("1", "offre", {"prix.pdf": b"%PDF-1.4"}))
        service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
        person = people.get(scene.follower.userid)
        withdrawals.follow(scene.consultation, person.email, "Voiles du Trieux", "55208131700018", person.userid)
        scene.upload = store.add_under_way(scene.consultation, "a" * 32, scene.bidder.userid)
        scene.trial = simulation.build(portal)
        for depositor in (scene.bidder, scene.follower):
            IAnnotations(uuidToObject(depositor.company, unrestricted=True)).pop(dossiers.KEY, None)
            IAnnotations(uuidToObject(depositor.company, unrestricted=True)).pop(index.KEY, None)
        del IAnnotations(portal)[facts.KEY][store.QUEUE]
        portal.portal_catalog.delIndex("simulation")
        portal.portal_catalog.delColumn("simulation")
        for name in ("milestones", "replies"):
            portal.portal_catalog.delColumn(name)
        portal.portal_catalog.delIndex("certificate")
        del journal.journal_of(portal).tallies
        portal.portal_types.manage_delObjects([RESTRICTED])
        portal.portal_workflow.manage_delObjects(["consultation_restreinte_workflow"])
        portal.portal_setup.setLastVersionForProfile(PROFILE, BEFORE)
        yield scene
    clock.set_for_tests()


def upgrade(portal):
    portal.portal_setup.upgradeProfile(PROFILE)


def followed(depositor):
    return [brain.UID for brain in dossiers.of(uuidToObject(depositor.company, unrestricted=True))]


def test_the_site_comes_to_the_version_of_the_profile(former, portal):
    setup = portal.portal_setup
    upgrade(portal)
    assert ".".join(setup.getLastVersionForProfile(PROFILE)) == setup.getVersionForProfile(PROFILE)
    assert setup.listUpgrades(PROFILE) == []


def test_the_room_of_trials_is_told_from_the_others(former, portal):
    upgrade(portal)
    found = {
        flag: {
            brain.UID
            for brain in portal.portal_catalog.unrestrictedSearchResults(simulation=flag, portal_type="Consultation")
        }
        for flag in (True, False)
    }
    assert found == {True: {former.trial.UID()}, False: {former.consultation.UID()}}
    assert {
        brain.UID: brain.simulation
        for brain in portal.portal_catalog.unrestrictedSearchResults(portal_type="Consultation")
    } == {
        former.trial.UID(): True,
        former.consultation.UID(): False,
    }


def test_the_companies_find_again_what_they_answered_and_took(former, portal):
    assert followed(former.bidder) == followed(former.follower) == []
    upgrade(portal)
    assert followed(former.bidder) == followed(former.follower) == [former.consultation.UID()]


def test_the_worker_finds_the_uploads_under_way(former, portal):
    upgrade(portal)
    assert store.queued() == [former.consultation.UID()]


def test_run_twice_it_changes_nothing(former, portal):
    upgrade(portal)
    before = dict(IAnnotations(uuidToObject(former.bidder.company, unrestricted=True))[dossiers.KEY])
    portal.portal_setup.setLastVersionForProfile(PROFILE, BEFORE)
    upgrade(portal)
    assert dict(IAnnotations(uuidToObject(former.bidder.company, unrestricted=True))[dossiers.KEY]) == before
    assert len(store.queued()) == 1


def test_acts_and_flows_are_in_the_lists_that_are_sorted_by_their_place(former, portal):
    catalog = portal.portal_catalog
    with api.env.adopt_roles(["Manager"]):
        collectivite = scene_collectivite(portal)
        first, second = (actes.draft(collectivite, {"numero": f"D2026_{rank}"}) for rank in (1, 2))
    for name in ("acte_numero", "acte_ordre", "rang"):
        catalog.delIndex(name)
    upgrade(portal)
    found = catalog.unrestrictedSearchResults(portal_type="Acte", sort_on="rang")
    assert [brain.getId for brain in found] == [first.getId(), second.getId()]
    (one,) = catalog.unrestrictedSearchResults(portal_type="Acte", acte_numero="D2026_2", sort_on="acte_ordre")
    assert one.getId == second.getId()


def scene_collectivite(portal):
    (brain, *_others) = portal.portal_catalog.unrestrictedSearchResults(portal_type="Collectivite", simulation=False)
    return brain._unrestrictedGetObject()


def test_buyers_may_write_to_companies_and_these_read(former, portal):
    for permission, roles in (("Write to companies", {"Acheteur", "Valideur"}), ("Read messages", {"Inscrit"})):
        name = f"megalis: {permission}"
        portal.manage_permission(name, ["Manager"])
        upgrade(portal)
        portal.portal_setup.setLastVersionForProfile(PROFILE, BEFORE)
        assert {row["name"] for row in portal.rolesOfPermission(name) if row["selected"]} == roles


def test_the_companies_find_their_former_answers_with_their_receipts(former, portal):
    company = uuidToObject(former.bidder.company, unrestricted=True)
    assert index.of(company) == []
    upgrade(portal)
    assert [deposit.number for *_rest, deposit in index.of(company)] == [
        deposit.number for deposit in store.deposits(former.consultation)
    ]


def test_companies_open_their_vault_and_agents_write_down_what_comes_on_paper(former, portal):
    expected = {
        "Use vault": {"AdministrateurEntreprise", "Repondant"},
        "Register paper": {"Acheteur", "PorteurDeCle", "Valideur"},
    }
    for permission, roles in expected.items():
        name = f"megalis: {permission}"
        portal.manage_permission(name, ["Manager"])
        upgrade(portal)
        portal.portal_setup.setLastVersionForProfile(PROFILE, BEFORE)
        assert {row["name"] for row in portal.rolesOfPermission(name) if row["selected"]} == roles


def test_flows_and_the_two_roles_for_them_are_there(former, portal):
    portal.portal_workflow.manage_delObjects(["pes_workflow"])
    portal.portal_types.manage_delObjects(["FluxPES", "RegistrePES"])
    portal.manage_permission("megalis: Transmit flows", ["Manager"])
    town = former.consultation.__parent__
    name = group_id(town.identifier, "transmetteurs-pes")
    portal.acl_users.source_groups.removeGroup(name)
    upgrade(portal)
    chosen = {row["name"] for row in portal.rolesOfPermission("megalis: Transmit flows") if row["selected"]}
    assert chosen == {"Manager", "TransmetteurPES"}
    assert portal.portal_workflow.getChainFor("FluxPES") == ("pes_workflow",)
    assert portal.portal_types["RegistrePES"].klass == "megalis.portal.helios.content.RegistrePES"
    assert name in portal.acl_users.source_groups.listGroupIds()
    assert town.get_local_roles_for_userid(name) == ("TransmetteurPES",)


def test_consultations_by_invitation_are_there(former, portal):
    before = portal.portal_types["Consultation"].add_permission
    upgrade(portal)
    assert portal.portal_workflow.getChainFor(RESTRICTED) == ("consultation_restreinte_workflow",)
    assert portal.portal_types[RESTRICTED].klass.endswith("RestrictedConsultation") and "Invite" in portal.valid_roles()
    assert portal.portal_types["Consultation"].add_permission == before


def test_boards_read_the_dates_from_the_catalog(former, portal):
    former.consultation.planned_opening = former.consultation.deadline
    upgrade(portal)
    brain = portal.portal_catalog.unrestrictedSearchResults(UID=former.consultation.UID())[0]
    assert brain.milestones["opening"] == former.consultation.deadline and brain.replies is None
    assert "certificate" in portal.portal_catalog.indexes()


def test_what_was_recorded_before_is_tallied_once_with_what_comes_after(former, portal):
    journal.merge(portal)
    del journal.journal_of(portal).tallies
    upgrade(portal)
    assert sum(journal.tally(portal, "depot").values()) == 1
    journal.record(former.consultation, {"type": "depot", "acheteur": "x"})
    journal.merge(portal)
    assert sum(journal.tally(portal, "depot").values()) == 2


def test_every_dossier_keeps_its_lines(former, portal):
    del former.consultation._contents
    upgrade(portal)
    assert [line.filename for line in former.consultation._contents.lines()] == ["RC.pdf"]


@pytest.mark.parametrize(("name", "kind"), [("forums", "Forums"), ("espaces", "Espaces")])
def test_forums_and_workspaces_have_their_place_which_signed_in_people_see(former, portal, name, kind):
    upgrade(portal)
    place = portal[name]
    assert place.portal_type == kind
    assert {row["name"] for row in place.rolesOfPermission("View") if row["selected"]} == {
        "Agent",
        "Exploitant",
        "Inscrit",
        "Manager",
    }


def test_a_grouping_made_before_gets_the_workspace_of_its_members_once(former, portal):
    with api.env.adopt_roles(["Manager"]):
        item = groupings.create(former.town, {"title": "Achat de sel"}, former.buyer)
        [made] = portal["espaces"].objectIds()
        portal["espaces"].manage_delObjects([made])
        del IAnnotations(item)[gathering.KEY]
    upgrade(portal)
    [espace] = portal["espaces"].objectValues()
    assert gathering.of(item).getPhysicalPath() == espace.getPhysicalPath()
    assert set(espace.members) == {former.buyer}
    groupings.gathered(item)
    assert len(portal["espaces"].objectIds()) == 1


def test_forms_of_a_former_site_get_the_life_of_all_that_is_written(former, portal):
    form = portal["formulaires"]["contact"]
    fti = portal.portal_types["EasyForm"]
    fti.behaviors = tuple(name for name in fti.behaviors if name != "megalis.asking_form")
    form.kept_days = 90
    upgrade(portal)
    assert (form.kept_days, form.thanks, form.opens) == (90, "", None)
    assert IAskingForm.providedBy(form)
