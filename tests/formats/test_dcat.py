"""A catalogue of open data as national portals harvest it."""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats import dcat

import json


FILE = dcat.Distribution(
    "Tous les contrats", "https://p.example/d.json", "application/json; charset=utf-8", "https://s.example/"
)
SET = dcat.Dataset(
    "https://p.example/d#tout", "Données", "Les contrats", (FILE,), datetime(2026, 5, 4, 8, 0, tzinfo=UTC), ("marchés",)
)


def made(publisher, *sets):
    return json.loads(dcat.catalogue("https://p.example/catalogue.jsonld", "Commande publique", publisher, sets))


def test_it_says_who_publishes_what_since_when_and_where_the_files_are():
    found = made(dcat.Publisher("Plouguerneau", "21290189600012", "https://p.example", "mairie@p.example"), SET)
    assert found["@type"] == "dcat:Catalog" and found["dct:publisher"]["dct:identifier"] == "21290189600012"
    (one,) = found["dcat:dataset"]
    assert one["dct:modified"] == {"@type": "xsd:dateTime", "@value": "2026-05-04T08:00:00+00:00"}
    assert one["dcat:landingPage"]["@id"] == "https://p.example/d"
    assert one["dcat:contactPoint"]["vcard:hasEmail"]["@id"] == "mailto:mairie@p.example"
    (file,) = one["dcat:distribution"]
    assert file["dcat:downloadURL"]["@id"] == "https://p.example/d.json"
    assert file["dcat:mediaType"]["@id"].endswith("/application/json")
    assert file["dct:conformsTo"]["@id"] == "https://s.example/"


def test_every_prefix_it_uses_is_in_its_context():
    found = made(dcat.Publisher("P", "1", "https://p.example", "a@b.example"), SET)

    def names(value):
        if isinstance(value, dict):
            for key, item in value.items():
                yield key
                yield from (item if key == "@type" and isinstance(item, str) else "",)
                yield from names(item)
        elif isinstance(value, list):
            for item in value:
                yield from names(item)

    used = {
        name.partition(":")[0] for name in names({k: v for k, v in found.items() if k != "@context"}) if ":" in name
    }
    assert used == {"dcat", "dct", "foaf", "vcard", "xsd"} <= set(found["@context"])


def test_what_is_not_known_is_not_told():
    found = made(dcat.Publisher("Opérateur"), dcat.Dataset("https://p.example/d", "D", "D", ()))
    assert "dct:identifier" not in found["dct:publisher"] and "foaf:homepage" not in found
    assert {"dct:modified", "dcat:contactPoint", "dcat:distribution", "dcat:keyword"} & set(
        found["dcat:dataset"][0]
    ) == set()
