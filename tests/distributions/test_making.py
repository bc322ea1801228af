"""Around the making of a site: accounts, progress, buildout recipe, the command that starts it."""

from megalis.portal.distributions.megalis import accounts
from megalis.portal.distributions.megalis import demo_editorial
from megalis.portal.distributions.megalis import fill
from megalis.portal.distributions.megalis import making
from megalis.portal.distributions.megalis import start
from megalis.portal.distributions.megalis.progress import Progress
from megalis.portal.distributions.recipe import Template
from megalis.portal.editorial import services
from zc.lockfile import LockFile

import io
import pytest
import re
import socket
import stat


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def test_accounts_are_kept_where_only_the_operator_reads(var):
    first = accounts.issue("Agent acheteur", "acheteur@commune.invalid")
    second = accounts.issue("Entreprise", "contact@entreprise.invalid")
    assert first != second
    assert stat.S_IMODE(accounts.path().stat().st_mode) == 0o600
    lines = accounts.table()
    assert lines[0].split("  ")[0] == "Agent acheteur"
    assert lines[0].endswith(first) and lines[1].endswith(second)
    assert len({line.index(secret) for line, secret in zip(lines, (first, second), strict=True)}) == 1


@pytest.mark.parametrize(
    "label, place, name",
    [
        ("Acheteur (prépare)", "Commune de Plougastel-Daoulas", "Agent acheteur — Plougastel-Daoulas"),
        ("Lecteur", "Commune du Faou", "Lecteur — Le Faou"),
        ("Porteur de la clé titulaire (ouvre)", "Commune d’Arzon", "Porteur de la clé titulaire — Arzon"),
        ("Valideur (publie)", "Lorient Agglomération", "Valideur — Lorient Agglomération"),
    ],
)
def test_an_agent_of_the_demonstration_is_called_by_his_work_and_his_town(label, place, name):
    assert making.agent_name(label, place) == name


def test_a_new_site_starts_a_new_file(var):
    accounts.issue("Agent acheteur", "ancien")
    accounts.begin()
    assert accounts.table() == []


def test_without_a_file_there_is_nothing_to_print(var):
    assert accounts.table() == []


def test_a_label_cannot_forge_a_line(var):
    with pytest.raises(ValueError, match="une ligne"):
        accounts.issue("Agent\tfaux", "login")
    assert accounts.table() == []


def test_passwords_are_long_and_mixed():
    seen = {accounts.password() for _ in range(200)}
    assert len(seen) == 200
    for secret in seen:
        assert re.fullmatch(r"(?:[a-zA-Z2-9]{5}-){3}[a-zA-Z2-9]{5}", secret)
        assert re.search("[a-z]", secret) and re.search("[A-Z]", secret) and re.search("[2-9]", secret)


def test_progress_counts_from_the_command(monkeypatch):
    monkeypatch.setenv("MEGALIS_STARTED", "0")
    stream = io.StringIO()
    Progress(stream)("Profils")
    assert re.fullmatch(r"\[\d+ s\] Profils\n", stream.getvalue())
    monkeypatch.setenv("MEGALIS_STARTED", "")
    stream = io.StringIO()
    Progress(stream)("Profils")
    assert stream.getvalue() == "[   0 s] Profils\n"


def test_the_recipe_fills_references_and_leaves_other_dollars(tmp_path):
    (tmp_path / "nginx.in").write_text("server ${instance:http-address}; set $host $scheme;\n")
    buildout = {"buildout": {"directory": str(tmp_path)}, "instance": {"http-address": "127.0.0.1:8081"}}
    options = {"input": "nginx.in", "output": "etc/nginx.conf"}
    recipe = Template(buildout, "nginx", options)
    assert recipe.install() == [str(tmp_path / "etc" / "nginx.conf")]
    assert (tmp_path / "etc" / "nginx.conf").read_text() == "server 127.0.0.1:8081; set $host $scheme;\n"
    assert recipe.update() == recipe.install()


@pytest.mark.parametrize("text", ["", "0", "65536", "80a", "-1", "8080 "])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(SystemExit, match="numéro de port"):
        start.chosen_port(text)


def test_a_taken_port_is_said_before_anything_is_made():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"{port} est déjà pris"):
            start.chosen_port(str(port))
    assert start.chosen_port(str(port)) == port


def test_a_size_that_is_none_is_refused():
    with pytest.raises(SystemExit, match="SCALE=2007 ou SCALE=2009"):
        fill.chosen_scale("2008")


def test_a_server_that_runs_is_told_apart_before_anything_is_filled(tmp_path):
    (tmp_path / "filestorage").mkdir()
    fill.check_stopped(tmp_path)
    held = LockFile(str(tmp_path / "filestorage" / "Data.fs.lock"))
    try:
        with pytest.raises(SystemExit, match="en service"):
            fill.check_stopped(tmp_path)
    finally:
        held.close()


def test_the_demonstration_says_that_its_prefecture_and_its_tresor_are_simulated():
    shown = services.parse_all(demo_editorial.SERVICES)
    assert len(shown) == len(demo_editorial.SERVICES), "a line cannot be read"
    assert [service.name for service in shown if "simulé" in service.note] == [
        "Contrôle de légalité",
        "Pièces comptables",
    ]
