"""A catalogue of open data as DCAT (W3C) in JSON-LD: what a national portal harvests from one address."""

from dataclasses import dataclass
from datetime import datetime

import json


CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True)
class Publisher:
    """Who publishes: ``name``, SIRET or "" of an operator that has none here, page, e-mail or ""."""

    name: str
    siret: str = ""
    page: str = ""
    email: str = ""


@dataclass(frozen=True)
class Distribution:
    """One file of a dataset: its address, media type, and the specification it follows ("" none)."""

    title: str
    address: str
    media: str
    follows: str = ""


@dataclass(frozen=True)
class Dataset:
    """A set of data: its page, words, the instant it last changed (None before there is any), its files."""

    uri: str
    title: str
    description: str
    distributions: tuple
    modified: datetime | None = None
    keywords: tuple = ()


def catalogue(uri, title, publisher, datasets):
    """Return the bytes of the catalogue: JSON-LD, in French."""
    who = _agent(publisher)
    told = {
        "@context": CONTEXT,
        "@id": uri,
        "@type": "dcat:Catalog",
        "dct:title": _french(title),
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/FRA"},
        "dct:publisher": who,
        "foaf:homepage": {"@id": publisher.page} if publisher.page else None,
        "dcat:dataset": [_dataset(item, who, publisher) for item in datasets],
    }
    return json.dumps(_without_nothing(told), ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _agent(publisher):
    return {"@type": "foaf:Organization", "foaf:name": publisher.name, "dct:identifier": publisher.siret or None}


def _dataset(item, who, publisher):
    contact = {
        "@type": "vcard:Organization",
        "vcard:fn": publisher.name,
        "vcard:hasEmail": {"@id": f"mailto:{publisher.email}"},
    }
    return {
        "@id": item.uri,
        "@type": "dcat:Dataset",
        "dct:title": _french(item.title),
        "dct:description": _french(item.description),
        "dct:publisher": who,
        "dct:accessRights": {"@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"},
        "dct:modified": {"@type": "xsd:dateTime", "@value": item.modified.isoformat()} if item.modified else None,
        "dcat:keyword": [_french(word) for word in item.keywords],
        "dcat:landingPage": {"@id": item.uri.partition("#")[0]},
        "dcat:contactPoint": contact if publisher.email else None,
        "dcat:distribution": [
            {
                "@id": file.address,
                "@type": "dcat:Distribution",
                "dct:title": _french(file.title),
                "dcat:accessURL": {"@id": file.address},
                "dcat:downloadURL": {"@id": file.address},
                "dcat:mediaType": {"@id": MEDIA + file.media.partition(";")[0]},
                "dct:conformsTo": {"@id": file.follows} if file.follows else None,
            }
            for file in item.distributions
        ],
    }


def _french(text):
    return {"@language": "fr", "@value": text}


def _without_nothing(value):
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item not in (None, [])}
    return [_without_nothing(item) for item in value] if isinstance(value, list) else value
