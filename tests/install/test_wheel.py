"""The wheel carries everything: installed in a clean environment, away from the sources, it configures Zope."""

from pathlib import Path

import os
import pytest
import shutil
import subprocess
import sys
import zipfile


ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "megalis.portal" / "megalis" / "portal"
BUILT = PACKAGE / "theme" / "static" / "built" / "manifest.json"
SHIPPED = {
    ".csv",
    ".css",
    ".html",
    ".js",
    ".json",
    ".mmd",
    ".po",
    ".pot",
    ".pt",
    ".py",
    ".svg",
    ".wasm",
    ".woff2",
    ".xml",
    ".zcml",
    ".zpt",
}
LOAD = """
from pathlib import Path
import sys
import megalis.portal
home = Path(megalis.portal.__file__)
assert home.is_relative_to(sys.prefix), home
import Products.CMFPlone
from Zope2.App import zcml
zcml.load_site()
for name in ("meta.zcml", "configure.zcml"):
    zcml.load_config(name, Products.CMFPlone)
zcml.load_config("configure.zcml", megalis.portal)
from Products.GenericSetup import EXTENSION, profile_registry
assert "megalis.portal:default" in [p["id"] for p in profile_registry.listProfileInfo()]
from plone.distribution.api import distribution
assert distribution.get("megalis").title
from importlib.metadata import entry_points
for group in ("console_scripts", "paste.filter_app_factory", "paste.server_factory", "zc.buildout", "plone.autoinclude.plugin"):
    assert [e for e in entry_points(group=group) if e.value.split(":")[0].startswith("megalis") or e.dist.name == "megalis.portal"], group
print("configured")
"""


def run(*command, **options):
    """Run a command; fail with what it wrote."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if not BUILT.is_file():
        pytest.skip("front end not built: run `make build`")
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, so that nothing of an earlier build in the working copy slips in, and nothing of ours stays there.
    copy = folder / "source"
    names = shutil.ignore_patterns("node_modules", "*.egg-info", "__pycache__", "var")
    copy.mkdir()
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "src", copy / "src", ignore=names)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, copy)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_holds_every_file_of_the_package(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(PACKAGE.parents[1]))
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix in SHIPPED and "__pycache__" not in path.parts
    }
    assert wanted - inside == set()
    assert "megalis/portal/locales/fr/LC_MESSAGES/megalis.portal.mo" in inside
    assert "megalis/portal/theme/static/built/manifest.json" in inside
    assert not [name for name in inside if name == "megalis/__init__.py" or name.startswith("tests/")]


def test_an_unbuilt_front_end_makes_no_wheel(tmp_path):
    copy = tmp_path / "source"
    copy.mkdir()
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("built", "*.egg-info", "__pycache__"))
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, copy)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "run `make build` before making a wheel" in done.stdout + done.stderr
    assert list(tmp_path.glob("*.whl")) == []


def test_installed_elsewhere_it_configures_zope(wheel, tmp_path):
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if uv is None:
        pytest.skip("uv is not installed: `make test` installs it")
    home = tmp_path / "clean"
    run(sys.executable, "-m", "venv", "--without-pip", home)
    python = home / "bin" / "python"
    install = (uv, "pip", "install", "--quiet", "--python", python, "--constraints", ROOT / "constraints.txt", wheel)
    if subprocess.run((*install, "--offline"), capture_output=True, check=False).returncode:
        run(*install)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MEGALIS_VAR": str(tmp_path / "var")}
    load = tmp_path / "load.py"
    load.write_text(LOAD)
    assert "configured" in run(python, load, cwd=tmp_path, env=environment)
    assert "usage" in run(home / "bin" / "megalis", "--help", cwd=tmp_path, env=environment).lower()
