"""What an operator reads and runs: pins, Makefile, profiles; a promise they make is checked here."""

from itertools import chain
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pathlib import Path

import ast
import configparser
import re
import subprocess


ROOT = Path(__file__).parents[2]


def pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def requirements():
    """Every direct requirement of setup.py, extras included."""
    tree = ast.parse((ROOT / "setup.py").read_text("utf-8"))
    (call,) = (
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"
    )
    values = {word.arg: word.value for word in call.keywords}
    extras = ast.literal_eval(values["extras_require"])
    return [Requirement(text) for text in [*ast.literal_eval(values["install_requires"]), *chain(*extras.values())]]


def test_every_requirement_is_pinned_at_a_version_it_admits():
    pinned = pins()
    for requirement in requirements():
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} has no pin: run `make pins`"
        assert requirement.specifier.contains(version, prereleases=True), requirement


def test_pins_are_exact_and_in_buildouts_form_too():
    for name, version in pins().items():
        assert name == canonicalize_name(name)
        assert re.fullmatch(r"[0-9][0-9a-z.+!-]*", version), (name, version)


def test_no_profile_states_a_version():
    for path in [ROOT / "buildout.cfg", *(ROOT / "profiles").glob("*.cfg")]:
        parser = configparser.RawConfigParser(delimiters=("=",), strict=False, allow_no_value=True)
        parser.read_string(path.read_text("utf-8").replace("<= instance", "inherit = instance"))
        assert "versions" not in parser.sections(), path


def test_every_requirement_is_explained():
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    assert [r.name for r in requirements() if f"`{r.name.lower()}`" not in text] == []


def test_help_names_every_public_target():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    public = set(re.findall(r"^\.PHONY: ([A-Za-z0-9-]+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)) - {
        "tools",
        "FORCE",
    }
    assert {line.split()[0] for line in shown.splitlines()} == public
    assert all(len(line.split()) > 2 for line in shown.splitlines())


def test_clean_leaves_the_data():
    recipe = (ROOT / "Makefile").read_text("utf-8").split("clean: ##")[1]
    removed = re.findall(r"rm -rf ([^\n]*(?:\\\n[^\n]*)*)", recipe)
    assert removed
    names = set(" ".join(removed).replace("\\\n", " ").split())
    assert names.isdisjoint({"instance", "instance/", "instance/var", "var", ".", "*"})


def test_readme_names_only_targets_that_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):.*##", makefile, re.M))
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\bmake ([a-z0-9-]+)", page.read_text("utf-8")):
            assert target in targets, f"{page.name}: make {target}"


def test_variables_of_the_environment_are_documented():
    source = ROOT / "src" / "megalis.portal" / "megalis" / "portal"
    used = set()
    for path in source.rglob("*.py"):
        used.update(re.findall(r"environ(?:\.get\(|\[)\"(MEGALIS_[A-Z_]+)\"", path.read_text("utf-8")))
    text = (ROOT / "docs" / "operator.md").read_text("utf-8")
    assert sorted(name for name in used if name not in text) == []
