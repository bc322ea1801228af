"""`megalis check`: one JSON line a file, exit codes 0, 1, 2, never a traceback."""

from megalis.portal.cli import check
from megalis.portal.cli import main
from megalis.portal.formats import eforms
from tests.formats.notices import one_of

import json
import os
import pytest
import subprocess
import sys


@pytest.fixture
def run(capsys):
    """Return run(argv) -> (exit code, JSON objects printed, stderr)."""

    def call(*argv):
        status = main(["check", *map(str, argv)])
        out, err = capsys.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], err

    return call


@pytest.fixture
def notice(tmp_path):
    """Return the file of a good notice."""
    path = tmp_path / "avis.xml"
    path.write_bytes(eforms.write(one_of("16")))
    return path


def test_a_good_file_is_valid_and_exits_zero(run, notice, referentiels):
    referentiels("eforms-sdk-1.15.1")
    status, (line,), err = run("eforms", notice)
    assert (status, err) == (0, "")
    assert line["file"] == str(notice)
    assert line["valid"] is True and line["errors"] == []


def test_each_file_has_its_line_in_order_and_one_bad_file_exits_one(run, notice, tmp_path, referentiels):
    referentiels("eforms-sdk-1.15.1")
    (tmp_path / "page.html").write_text("<html></html>")
    status, lines, err = run("eforms", tmp_path / "page.html", notice, tmp_path / "absent.xml", tmp_path)
    assert (status, err) == (1, "")
    assert [line["valid"] for line in lines] == [False, True, False, False]
    assert [line["errors"][0]["code"] for line in lines if line["errors"]] == ["eforms.html", "fichier", "fichier"]
    assert all({"code", "message", "line"} <= set(item) for line in lines for item in line["errors"])
    assert "c’est un dossier" in lines[3]["errors"][0]["message"]


def test_what_breaks_the_schema_is_told_in_french_with_its_line(run, notice, referentiels):
    referentiels("eforms-sdk-1.15.1")
    data = notice.read_bytes().replace(b"<cbc:UBLVersionID>", b"<cbc:UBLVersion>", 1)
    notice.write_bytes(data.replace(b"</cbc:UBLVersionID>", b"</cbc:UBLVersion>", 1))
    status, (line,), _err = run("eforms", notice)
    (error,) = [item for item in line["errors"] if item["code"] == "eforms.schema"]
    assert status == 1
    assert "« UBLVersion » n’est pas à sa place" in error["message"]
    assert b"<cbc:UBLVersion>" in notice.read_bytes().splitlines()[error["line"] - 1]


def test_without_an_sdk_the_answer_says_so_and_how_to_install_one(run, notice, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    status, (line,), _err = run("eforms", notice)
    assert status == 1
    (error,) = line["errors"]
    assert error["code"] == "eforms.sdk-absent" and "MEGALIS_REFERENTIELS" in error["message"]


@pytest.mark.parametrize("argv", [[], ["eforms"], ["inconnu", "a"], ["eforms", "a", "--option"]])
def test_usage_exits_two(run, argv):
    status, lines, err = run(*argv)
    assert (status, lines) == (2, [])
    assert err


def test_an_accident_of_one_check_is_an_answer_and_the_next_file_is_checked(run, monkeypatch, notice):
    monkeypatch.setattr(check, "import_module", lambda name: type("Broken", (), {"check": lambda path: 1 / 0}))
    status, lines, err = run("eforms", notice, notice)
    assert (status, err) == (1, "")
    assert [line["errors"][0]["code"] for line in lines] == ["interne", "interne"]


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])
def test_a_line_is_json_whatever_the_name_and_the_locale(tmp_path, locale):
    name = os.fsencode(tmp_path) + "/é\x1b[31m\u202e".encode() + b"\xff"
    done = subprocess.run(
        [sys.executable, "-m", "megalis.portal.cli", "check", "eforms", name],
        capture_output=True,
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert (done.returncode, done.stderr) == (1, b"")
    line = json.loads(done.stdout)
    assert os.fsencode(line["file"]) == name or locale == "POSIX"
    assert b"\x1b" not in done.stdout and "\u202e" not in done.stdout.decode("utf-8", "replace")


def test_a_closed_output_is_one_line_of_reason(notice):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "megalis.portal.cli", "check", "eforms", str(notice)],
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"megalis: fichier: ") and done.stderr.count(b"\n") == 1
