"""What is said of flows without a site: names, files shown in place, digests, figures, amounts and dates as real files give them."""

from configparser import ConfigParser
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from megalis.portal.actes import service as acts
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import arriving
from megalis.portal.helios import digest
from megalis.portal.helios import figures
from megalis.portal.helios import rules
from megalis.portal.helios.browser import base
from megalis.portal.kernel import figures as kernel
from pathlib import Path

import pytest


NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
HEADER = model.Entete(typfic="PESALR2", nomfic="F", cod_col="123", poste="035007", cod_bud="00")


def test_a_flow_travels_under_its_siret_its_day_and_its_rank():
    assert rules.sent_name("21350238800019", NOW.date(), 7) == "PESALR2_21350238800019_260316_007.xml"
    with pytest.raises(Refused) as refusal:
        rules.sent_name("21350238800019", NOW.date(), 1000)
    assert refusal.value.code == "pes.rang"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("facture.pdf", "facture.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\factures\\mars.pdf", "mars.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_b_Set-Cookie_ x.pdf"),
        ("", "piece-jointe"),
        (" . ", "piece-jointe"),
        ("été.pdf", "été.pdf"),
    ],
)
def test_an_attachment_is_named_as_a_file_may_be(given, expected):
    assert rules.plain(given) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.7", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"<html>", ""), (b"<svg ", ""), (b"", ""), (b"PK\x03\x04", ""),
    ],
)  # fmt: skip
def test_only_what_runs_nothing_is_shown_in_place(head, expected):
    assert rules.shown_as(head) == expected


def test_the_header_is_told_to_the_gateway_or_said_to_be_wrong():
    assert rules.header_findings(HEADER, "SERV01") == []
    assert rules.header_findings(HEADER, "")[0].code == "pes.reglages"
    wrong = model.Entete(typfic="PESALR2", cod_col="12", poste="035007", cod_bud="00")
    assert rules.header_findings(wrong, "SERV01")[0].code == "pes.entete"


def test_every_state_has_its_badge_and_its_group():
    assert set(rules.BADGES) == set(states.ETATS)
    grouped = [name for _key, _title, names in rules.GROUPS for name in names]
    assert sorted(grouped) == sorted(states.ETATS)


def test_a_digest_begins_at_seven_and_says_how_long_each_has_waited():
    assert digest.due(datetime(2026, 3, 16, 5, 59, tzinfo=UTC)) is None
    assert digest.due(datetime(2026, 3, 16, 6, 1, tzinfo=UTC)) == NOW.date()
    rows = [(f"F{rank}", states.TRANSMIS, NOW - timedelta(days=rank)) for rank in range(digest.SHOWN + 2)]
    told = digest.lines(rows, NOW)
    assert told[0].endswith("aujourd’hui") and told[1].endswith("hier") and told[2].endswith("il y a 2 jours")
    assert told[-1] == "- et 2 de plus."


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"paye": 3, "rejete": 1}, "3 payées, 1 rejetée"),
        ({"pris-en-charge": 2, "en-instance": 1}, "2 prises en charge, 1 en instance"),
        ({"": 1}, "1 sans état connu"),
        ({}, "aucune pièce"),
    ],
)
def test_a_return_is_said_in_a_line(counts, expected):
    assert arriving.words(counts) == expected


def told(transmis=None, repondu=None, montant="0"):
    return {"transmis": transmis, "repondu": repondu, "montant": montant}


def test_figures_count_what_left_what_became_of_it_and_how_long_it_took():
    kept = [
        (states.ACQUITTE, told(NOW, NOW + timedelta(hours=4), "12500.40")),
        (states.MIXTE, told(NOW, NOW + timedelta(hours=6), "1000")),
        (states.TRANSMIS, told(NOW - timedelta(days=31), None, "abîmé")),
        (states.DEPOSE, told()),
    ]
    counters = {key: number for key, _label, number in figures.counters(kept)}
    assert counters == {
        "flux-deposes": 4, "flux-transmis": 3, "flux-acceptes": 1, "flux-mixtes": 1, "flux-refuses": 0, "flux-attente": 1,
    }  # fmt: skip
    share, delay = figures.indicators(kept)
    assert (share.value, delay.value, delay.unit) == (50, 5, "h")
    charts = {chart.key: chart for chart in figures.charts(kept, kernel.months(NOW, 3))}
    assert [value for _label, value in charts["flux"].rows] == [0, 1, 2]
    assert [value for _label, value in charts["montants"].rows] == [0, 0, 13]
    assert [value for _label, value in charts["anomalies"].rows] == [0, 0, 1]


def test_nothing_sent_gives_no_figure():
    assert [item.value for item in figures.indicators([])] == [None, None]
    assert all(chart.empty for chart in figures.charts([], kernel.months(NOW, 3)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Decimal("1234.5"), "1\u202f234,50\u00a0€"), ("30", "30,00\u00a0€"), (None, ""), ("", ""), ("abîmé", "abîmé"),
        (Decimal("-3"), "-3,00\u00a0€"),
    ],
)  # fmt: skip
def test_amounts_have_their_centimes(given, expected):
    assert base.amount(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("2026-03-16", "16/03/2026"), ("2026-02-31", "31/02/2026"), ("bientôt", "bientôt"), ("", "")],
)
def test_impossible_dates_are_shown_as_they_are(given, expected):
    assert base.iso_day(given) == expected


def test_the_server_and_the_proxy_let_the_largest_flow_and_the_largest_act_in():
    profile = ConfigParser(interpolation=None, strict=False)
    profile.read(Path(__file__).parents[2] / "profiles" / "base.cfg")
    assert profile.getint("settings", "body") > max(rules.LARGEST, acts.LARGEST) + 2**20
    assert profile.getint("settings", "body") == profile.getint("settings", "body-mo") * 2**20
