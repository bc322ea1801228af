"""The rules of the room, without a site."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.signin import lockout
from megalis.portal.organisations.signin import passwords
from megalis.portal.organisations.signin import policy
from megalis.portal.organisations.signin import tokens

import pytest


NOON = datetime(2026, 3, 16, 11, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULE = lockout.Rule(threshold=3, first=timedelta(minutes=15), longest=timedelta(hours=1))


def fail(times, tally=None, at=NOON):
    for _ in range(times):
        tally = lockout.after_failure(tally, at, RULE)
    return tally


def test_a_door_stays_open_below_the_threshold():
    assert not lockout.is_closed(fail(2), NOON)
    assert not lockout.is_closed(None, NOON)


def test_a_door_closes_for_a_quarter_of_an_hour_to_the_second():
    tally = fail(3)
    assert lockout.is_closed(tally, NOON + timedelta(minutes=15) - SECOND)
    assert not lockout.is_closed(tally, NOON + timedelta(minutes=15))


def test_attempts_on_a_closed_door_do_not_prolong_it():
    assert fail(50) == fail(3)


def test_each_closing_lasts_twice_as_long_up_to_the_longest():
    at, tally, lasted = NOON, None, []
    for _ in range(4):
        tally = fail(3, tally, at)
        lasted.append((tally.until - at).total_seconds() / 60)
        at = tally.until
    assert lasted == [15, 30, 60, 60]


def test_a_quiet_day_forgets_everything():
    tally = fail(3)
    later = fail(1, tally, tally.until + timedelta(days=1))
    assert (later.failures, later.closings) == (1, 0)


@pytest.mark.parametrize(
    ("password", "personal", "code"),
    [
        ("court", (), "mot-de-passe.court"),
        ("", (), "mot-de-passe.court"),
        ("x" * 300, (), "mot-de-passe.long"),
        ("aaaaaaaaaaaa", (), "mot-de-passe.simple"),
        ("012345678901", (), "mot-de-passe.simple"),
        ("azertyuiopqsdf", (), "mot-de-passe.simple"),
        ("jean.dupont2026", ("jean.dupont@exemple.fr",), "mot-de-passe.personnel"),
        ("PONTIVY-mairie1", ("Mairie Pontivy",), "mot-de-passe.personnel"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password, personal, code):
    assert code in [found for found, _message in policy.weaknesses(password, *personal)]


@pytest.mark.parametrize("password", ["quatre chevaux bleus", "mX7-pq2!vLr9", "le maire de Pontivy mange des crêpes"])
def test_long_passwords_and_passphrases_are_good(password):
    assert policy.weaknesses(password, "pontivy@exemple.fr", "Mairie") == []


def test_a_password_is_kept_salted_and_verified():
    kept = passwords.hash_password("quatre chevaux bleus")
    assert kept != passwords.hash_password("quatre chevaux bleus")
    assert passwords.is_current(kept)
    assert passwords.verify(kept, "quatre chevaux bleus")
    assert not passwords.verify(kept, "quatre chevaux verts")


def test_a_password_of_the_older_scheme_is_still_verified():
    from AuthEncoding import AuthEncoding

    kept = AuthEncoding.pw_encrypt("quatre chevaux bleus", "SSHA")
    assert passwords.verify(kept, "quatre chevaux bleus")
    assert not passwords.is_current(kept)


KEY = b"k" * 32


def test_a_token_says_what_was_signed():
    token = tokens.sign(KEY, "invitation", {"id": "x", "n": 1}, 100)
    assert tokens.read(KEY, "invitation", token, 99) == {"id": "x", "n": 1}


@pytest.mark.parametrize(
    ("change", "purpose", "now", "code"),
    [
        (lambda t: t, "invitation", 100, "jeton.expire"),
        (lambda t: t, "inscription", 99, "jeton.signature"),
        (lambda t: "A" + t[1:], "invitation", 99, "jeton.signature"),
        (lambda t: t[:-8], "invitation", 99, "jeton.signature"),
        (lambda t: t.partition(".")[0], "invitation", 99, "jeton.illisible"),
        (lambda t: "", "invitation", 99, "jeton.illisible"),
        (lambda t: "é.é", "invitation", 99, "jeton.illisible"),
        (lambda t: None, "invitation", 99, "jeton.illisible"),
        (lambda t: t + ".x", "invitation", 99, "jeton.illisible"),
    ],
)
def test_a_token_that_is_not_right_is_refused(change, purpose, now, code):
    token = tokens.sign(KEY, "invitation", {"id": "x"}, 100)
    with pytest.raises(Refused) as refused:
        tokens.read(KEY, purpose, change(token), now)
    assert refused.value.code == code


def test_group_names_can_be_read_back():
    for identifier in ("212202782", "BE-0403170701"):
        for key in roles.BY_KEY:
            assert roles.parse_group(roles.group_id(identifier, key)) == (identifier, key)
    assert roles.parse_group("Administrators") is None


@pytest.mark.parametrize("text", ["Nom@Exemple.FR", " a.b+c@sous.domaine.bzh "])
def test_addresses_are_kept_in_lower_case(text):
    assert rules.email(text) == text.strip().lower()


@pytest.mark.parametrize("text", ["", "sans-arobase", "a@b", "a b@c.fr", "a@c.fr\nBcc: x@y.fr", "a@.fr", "a..b@c.fr"])
def test_what_is_not_an_address_is_refused(text):
    with pytest.raises(Refused):
        rules.email(text)


@pytest.mark.parametrize(
    ("national", "foreign", "country", "expected"),
    [
        ("732 829 320", "", "FR", ("732829320", "FR")),
        ("73282932000074", "", "FR", ("732829320", "FR")),
        ("", "0403.170.701", "BE", ("BE-0403170701", "BE")),
    ],
)
def test_a_company_is_known_by_one_identifier(national, foreign, country, expected):
    assert rules.company_identifier(national, foreign, country) == expected


@pytest.mark.parametrize(
    ("national", "foreign", "country", "code"),
    [
        ("732829321", "", "FR", "siren.cle"),
        ("", "", "BE", "identifiant.vide"),
        ("", "é", "BE", "identifiant.forme"),
        ("", "x", "Belgique", "pays.forme"),
    ],
)
def test_what_is_not_an_identifier_is_refused(national, foreign, country, code):
    with pytest.raises(Refused) as refused:
        rules.company_identifier(national, foreign, country)
    assert refused.value.code == code


def test_addresses_of_pages_are_plain():
    assert rules.slug("Communauté d’agglomération de l’Œuvre") == "communaute-d-agglomeration-de-l-oeuvre"
    assert rules.slug("***") == "organisme"


def test_naf_codes_are_written_one_way():
    assert rules.naf("4321a") == "43.21A"
    with pytest.raises(Refused):
        rules.naf("A4321")
