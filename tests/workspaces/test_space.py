"""A workspace in a site: who comes in, what nothing reindexes, documents, tasks, dates, decisions, pages, news, archive."""

from Acquisition import aq_base
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.workspaces import documents
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from plone import api
from tests.organisations.conftest import link_in
from tests.workspaces.conftest import LEADS
from tests.workspaces.conftest import Upload
from tests.workspaces.conftest import WORKS
from tests.workspaces.space_scene import forget_roles
from tests.workspaces.space_scene import mails

import pytest


def may(world, person, permission, content=None):
    forget_roles()
    user = api.user.get(userid=person.userid)
    return api.user.has_permission(permission, user=user, obj=content if content is not None else world.espace)


# people


def test_each_role_may_what_it_says_and_others_nothing(world):
    assert [may(world, who, "View") for who in (world.anne, world.bob, world.chief, world.outside)] == [
        True,
        True,
        True,
        False,
    ]
    assert [may(world, who, membership.WORK) for who in (world.anne, world.bob, world.chief)] == [True, True, False]
    assert [may(world, who, membership.LEAD) for who in (world.anne, world.bob)] == [True, False]
    assert [may(world, who, "View", world.forum) for who in (world.chief, world.outside)] == [True, False]
    assert [may(world, who, "megalis: Write in forum", world.forum) for who in (world.bob, world.chief)] == [
        True,
        False,
    ]
    assert [may(world, who, "megalis: Moderate forum", world.forum) for who in (world.anne, world.bob)] == [True, False]
    assert not may(world, people.get(world.operator), "View")


def test_who_comes_and_goes_has_nothing_reindexed(world, monkeypatch):
    catalog = api.portal.get_tool("portal_catalog")
    documents.add(world.espace, WORKS, world.bob, Upload("a.pdf"))

    def refuse(*_args, **_more):
        raise AssertionError("something was reindexed")

    for name in ("catalog_object", "uncatalog_object", "indexObject", "reindexObject", "_reindexObject"):
        if hasattr(aq_base(catalog), name):
            monkeypatch.setattr(type(aq_base(catalog)), name, refuse)
    membership.set_role(world.espace, world.outside.userid, rules.WORKER, world.anne.userid)
    assert may(world, world.outside, membership.WORK)
    membership.set_role(world.espace, world.outside.userid, rules.READER, world.anne.userid)
    assert not may(world, world.outside, membership.WORK)
    membership.set_role(world.espace, world.outside.userid, None, world.anne.userid)
    assert not may(world, world.outside, "View")


def test_the_catalog_knows_the_groups_of_a_workspace_and_no_person(world):
    catalog = api.portal.get_tool("portal_catalog")
    [brain] = catalog.unrestrictedSearchResults(portal_type="Espace")
    allowed = catalog.getIndexDataForRID(brain.getRID())["allowedRolesAndUsers"]
    assert not any(world.anne.userid in token or world.bob.userid in token for token in allowed)
    assert f"user:{membership.group_id(world.espace, rules.WORKER)}" in allowed
    assert len(catalog.unrestrictedSearchResults(path="/".join(world.espace.getPhysicalPath()))) == 2


def test_visibility_opens_and_closes_to_outsiders(world):
    membership.open_to(world.espace, rules.PUBLIC)
    assert may(world, world.outside, "View")
    assert may(world, world.outside, "View", world.forum)
    assert not may(world, world.outside, membership.WORK)
    membership.open_to(world.espace, rules.SECRET)
    assert not may(world, world.outside, "View")


def test_the_last_leader_stays(world):
    with pytest.raises(Refused, match="dernier animateur"):
        membership.set_role(world.espace, world.anne.userid, None, world.anne.userid)
    assert may(world, world.anne, membership.LEAD)


def test_an_invitation_is_kept_as_a_digest_serves_once_and_expires(world):
    membership.invite(world.espace, "LECTEURS@a.exemple.fr", rules.WORKER, world.anne)
    mail = next(m for m in mails(world.site) if m["to"] == "lecteurs@a.exemple.fr")
    token = link_in(mail).partition("jeton=")[2]
    assert token not in repr([(k, vars(i)) for k, i in world.espace.invitations.items()])
    invitation = membership.find_invitation(world.espace, token)
    assert membership.find_invitation(world.espace, token + "x") is None
    with pytest.raises(Refused, match=r"a été envoyée à lecteurs@a\.exemple\.fr"):
        membership.accept(world.espace, invitation, people.get(world.porteurs))
    clock.set_for_tests(clock.now() + rules.INVITATION)
    try:
        with pytest.raises(Refused, match="expiré"):
            membership.accept(world.espace, invitation, world.outside)
    finally:
        clock.set_for_tests()
    membership.accept(world.espace, invitation, world.outside)
    assert membership.role_of(world.espace, world.outside.userid) == rules.WORKER
    with pytest.raises(Refused, match="déjà servi"):
        membership.accept(world.espace, invitation, world.outside)
    with pytest.raises(Refused, match="fait déjà partie"):
        membership.invite(world.espace, "lecteurs@a.exemple.fr", rules.READER, world.anne)


def test_who_asks_is_answered_once(world):
    membership.ask(world.espace, world.outside)
    membership.ask(world.espace, world.outside)
    assert len([m for m in mails(world.site) if "demande à entrer" in m["subject"]]) == 1
    membership.answer(world.espace, world.outside.userid, rules.READER, world.anne.userid)
    assert may(world, world.outside, "View")
    with pytest.raises(Refused, match="déjà reçu sa réponse"):
        membership.answer(world.espace, world.outside.userid, None, world.anne.userid)


def test_an_archived_workspace_is_read_and_changes_no_more(world):
    membership.set_archived(world.espace, world.anne, True)
    assert may(world, world.bob, "View")
    assert not may(world, world.bob, membership.WORK)
    assert not may(world, world.bob, "megalis: Write in forum", world.forum)
    assert may(world, world.anne, membership.LEAD)
    with pytest.raises(Refused, match="archivé"):
        documents.add(world.espace, rules.Rights(True, True, archived=True), world.anne, Upload("a.pdf"))
    membership.set_archived(world.espace, world.anne, False)
    assert may(world, world.bob, membership.WORK)


# documents


def test_a_file_of_the_same_name_is_a_new_version_and_the_former_ones_stay(world):
    made, new = documents.add(world.espace, WORKS, world.bob, Upload("Plan.pdf", b"%PDF-1"))
    assert new
    again, new = documents.add(world.espace, WORKS, world.anne, Upload("plan.PDF", b"%PDF-22"))
    assert again is made
    assert not new
    assert [(v.number, v.file.size, v.name) for v in made.versions] == [
        (1, 6, "Agent voisin"),
        (2, 7, "Agent acheteurs"),
    ]
    assert world.espace.used() == 13
    documents.restore(world.espace, WORKS, world.bob, made, "1")
    assert made.last.file is made.versions[0].file
    assert world.espace.used() == 13
    with pytest.raises(Refused, match="même extension"):
        documents.add_version(world.espace, WORKS, world.bob, made, Upload("a.txt", b"texte"))


def test_what_one_reserved_the_others_read_only_until_he_leaves(world):
    made, _new = documents.add(world.espace, WORKS, world.anne, Upload("Plan.pdf"))
    documents.lock(world.espace, WORKS, world.bob, made)
    for work in (
        lambda: documents.add_version(world.espace, WORKS, world.anne, made, Upload("Plan.pdf")),
        lambda: documents.add(world.espace, WORKS, world.anne, Upload("Plan.pdf")),
        lambda: documents.rename(world.espace, WORKS, world.anne, made, "Autre"),
        lambda: documents.drop(world.espace, WORKS, world.anne, made),
        lambda: documents.lock(world.espace, WORKS, world.anne, made),
    ):
        with pytest.raises(Refused, match="réservé par Agent voisin"):
            work()
    with pytest.raises(Refused, match="animateurs"):
        documents.unlock(world.espace, WORKS, world.anne, made)
    membership.set_role(world.espace, world.bob.userid, None, world.anne.userid)
    assert made.lock is None


def test_room_is_counted_and_given_back(world):
    world.espace.quota = 20
    made, _new = documents.add(world.espace, WORKS, world.bob, Upload("a.pdf", b"%PDF-" + b"x" * 10))
    with pytest.raises(Refused, match="Il reste"):
        documents.add(world.espace, WORKS, world.bob, Upload("b.pdf", b"%PDF-" + b"x" * 10))
    documents.drop(world.espace, WORKS, world.bob, made)
    assert world.espace.used() == 0
    documents.add(world.espace, WORKS, world.bob, Upload("b.pdf", b"%PDF-" + b"x" * 10))


def test_only_who_made_it_or_a_leader_deletes(world):
    made, _new = documents.add(world.espace, WORKS, world.anne, Upload("a.pdf"))
    with pytest.raises(Refused, match="animateurs"):
        documents.drop(world.espace, WORKS, world.bob, made)
    documents.drop(world.espace, LEADS, world.bob, made)
    assert not len(world.espace.documents)


def test_folders_hold_one_another_and_an_empty_one_goes(world):
    top = documents.add_folder(world.espace, WORKS, "Marché", "")
    below = documents.add_folder(world.espace, WORKS, "Pièces", top.id)
    with pytest.raises(Refused, match="ni dans lui-même"):
        documents.move_folder(world.espace, WORKS, top.id, below.id)
    with pytest.raises(Refused, match="déjà là"):
        documents.add_folder(world.espace, WORKS, "MARCHÉ", "")
    made, _new = documents.add(world.espace, WORKS, world.bob, Upload("a.pdf"), below.id)
    with pytest.raises(Refused, match="videz-le"):
        documents.drop_folder(world.espace, WORKS, below.id)
    documents.move(world.espace, WORKS, made, "")
    documents.drop_folder(world.espace, WORKS, below.id)
    assert documents.inside(world.espace, "")[1] == [made]
