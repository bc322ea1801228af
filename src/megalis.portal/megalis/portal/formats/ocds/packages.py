"""Packages of releases and of records, written one consultation at a time: an export of any length takes little memory."""

from dataclasses import dataclass
from datetime import datetime
from megalis.portal.formats.ocds import rules
from megalis.portal.formats.ocds.merging import compact
from megalis.portal.formats.ocds.merging import merge
from megalis.portal.formats.ocds.releases import instant
from megalis.portal.formats.ocds.releases import ocid
from megalis.portal.formats.ocds.releases import releases
from megalis.portal.formats.refusal import Refused

import json


VERSION = "1.1"
# Lots are an extension of OCDS 1.1; who reads a package finds its schema at this address.
LOTS = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_lots_extension/master/extension.json"


@dataclass(frozen=True, slots=True)
class Package:
    """What stands at the head of a package: its address, who publishes, when, and under which licence."""

    uri: str
    prefix: str
    published: datetime
    publisher: str
    publisher_url: str = ""
    publisher_siret: str = ""
    license: str = ""
    policy: str = ""

    def head(self):
        """Return the members of a package but its list; raise ``Refused`` (``ocds.url``, ``ocds.date``)."""
        for url in (self.uri, self.publisher_url, self.license, self.policy):
            if (url or url is self.uri) and not rules.URL.fullmatch(url):
                raise Refused("ocds.url", f"« {url[:80]} » n’est pas une adresse web : http ou https.", url)
        if self.published.utcoffset() is None:
            raise Refused("ocds.date", f"« {self.published} » n’a pas de fuseau horaire.", self.published)
        return compact(
            {
                "uri": self.uri,
                "version": VERSION,
                "extensions": [LOTS],
                "publishedDate": instant(self.published),
                "publisher": {
                    "name": self.publisher,
                    "scheme": "FR-SIRET" if self.publisher_siret else "",
                    "uid": self.publisher_siret,
                    "uri": self.publisher_url,
                },
                "license": self.license,
                "publicationPolicy": self.policy,
            }
        )


def release_chunks(package, processes, refuse=None):
    """Yield the bytes of a release package; ``refuse(process, refusal)`` takes the consultations that are left out.

    Without ``refuse`` such a consultation raises ``Refused``. A package without a release is not one (``ocds.vide``).
    """
    return _chunks(package, "releases", processes, lambda item: releases(item, package.prefix), refuse)


def record(process, prefix):
    """Return the record of a consultation: all its releases, and the state they leave."""
    told = releases(process, prefix)
    return {"ocid": ocid(process, prefix), "releases": told, "compiledRelease": merge(told)}


def record_chunks(package, processes, refuse=None):
    """Yield the bytes of a record package, one record a consultation; as ``release_chunks``."""
    return _chunks(package, "records", processes, lambda item: [record(item, package.prefix)], refuse)


def _chunks(package, name, processes, tell, refuse):
    rules.check_prefix(package.prefix)
    before = json.dumps(package.head(), ensure_ascii=False)[:-1] + f',"{name}":[\n'
    mark, known = before, set()
    for process in processes:
        try:
            if process.uuid in known:
                message = (
                    f"La consultation « {process.reference[:40]} » figure deux fois : un ocid n’a qu’une histoire."
                )
                raise Refused("ocds.double", message, process.uuid)
            told = tell(process)
        except Refused as refusal:
            if refuse is None:
                raise
            refuse(process, refusal)
            continue
        known.add(process.uuid)
        for item in told:
            yield (mark + json.dumps(item, ensure_ascii=False, separators=(",", ":"))).encode("utf-8", "replace")
            mark = ",\n"
    if mark == before:
        raise Refused("ocds.vide", "Aucune consultation à publier : un paquet OCDS en contient une au moins.")
    yield b"\n]}\n"
