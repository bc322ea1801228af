"""The distribution makes a whole site: profiles, French settings, places; or says what is missing."""

from megalis.portal.distributions.megalis import accounts
from megalis.portal.distributions.megalis import create
from megalis.portal.distributions.megalis import setup
from megalis.portal.distributions.megalis import structure
from megalis.portal.interfaces import IMegalisLayer
from plone import api
from plone.base.interfaces import ISecuritySchema
from plone.browserlayer.utils import registered_layers
from plone.distribution.api import site as sites

import json
import pytest


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path))
    return tmp_path


@pytest.fixture
def empty(var, new_site):
    return new_site


def test_the_site_is_french_and_closed(empty, var):
    registry = api.portal.get_tool("portal_registry")
    assert registry["plone.default_language"] == "fr"
    assert registry["plone.available_languages"] == ["fr"]
    assert registry["plone.portal_timezone"] == "Europe/Paris"
    assert registry["plone.navigation_depth"] == 1
    assert registry["plone.email_from_address"]
    assert ISecuritySchema(empty).enable_self_reg is False
    assert "plone.app.caching" not in [p["id"].split(":")[0] for p in empty.portal_setup.listProfileInfo() if
                                       empty.portal_setup.getLastVersionForProfile(p["id"]) != "unknown"]  # fmt: skip
    assert IMegalisLayer in registered_layers()
    assert [place.id for place in structure.PLACES if place.id not in empty] == []
    assert structure.build(empty) == []


def test_the_administrator_has_the_password_that_is_printed(empty, var):
    (line,) = accounts.table()
    label, login, secret = line.split("  ")
    assert (label, login) == ("Administrateur technique", "admin")
    assert empty.acl_users.authenticate("admin", secret, empty.REQUEST) is not None
    assert empty.acl_users.authenticate("admin", "admin", empty.REQUEST) is None
    assert "Manager" in api.user.get_roles(username="admin")


def test_creating_again_changes_nothing(empty, var, functional, capsys):
    before = accounts.path().read_text()
    create.main(functional["app"], demo=True)
    assert "existe déjà" in capsys.readouterr().err
    assert accounts.path().read_text() == before
    assert json.loads((var / "site.json").read_text())["site"] == "megalis"


def test_demonstration_content_that_is_missing_is_said_before_anything_is_made(functional, var, monkeypatch):
    monkeypatch.setattr(setup, "DEMO", "megalis.portal.distributions.megalis.absent")
    with pytest.raises(setup.Incomplete, match="DEMO=0"):
        sites.create(functional["app"], "megalis", create.answers(True))
    assert "megalis" not in functional["app"].objectIds()
