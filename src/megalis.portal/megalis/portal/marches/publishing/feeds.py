"""Feeds for programs: the incremental one, the notices as JSON and Atom, the packages of OCDS."""

from functools import cached_property
from hashlib import sha256
from megalis.portal.consultations.search.feeds import xml
from megalis.portal.formats.ocds.packages import Package
from megalis.portal.formats.ocds.packages import record_chunks
from megalis.portal.formats.ocds.packages import release_chunks
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches import store
from megalis.portal.marches.publishing import http
from megalis.portal.marches.publishing import log
from megalis.portal.marches.publishing import notices
from megalis.portal.marches.publishing import ocds
from megalis.portal.marches.publishing.browser import NAME
from megalis.portal.marches.publishing.browser import Scope
from megalis.portal.marches.publishing.browser import year_of
from plone import api
from Products.Five.browser import BrowserView

import json
import re


BATCH, MAX_BATCH = 50, 200
ENTRIES = 50
_NUMBER = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)
NOTICES = tuple(log.NATURES)


class Feed(BrowserView):
    """What the feeds share: strict parameters, one form of refusal."""

    known = ()

    @cached_property
    def site(self):
        return api.portal.get()

    @property
    def url(self):
        return f"{self.site.absolute_url()}/{self.__name__}"

    def __call__(self):
        response = self.request.response
        response.setHeader("Access-Control-Allow-Origin", "*")
        response.setHeader("Cache-Control", "no-cache")
        response.setHeader("X-Content-Type-Options", "nosniff")
        try:
            unknown = next((name for name in self.request.form if name not in self.known), None)
            if unknown is not None:
                words = ", ".join(self.known) or "aucun"
                raise Refusal("parametre", f"« {str(unknown)[:40]} » n’est pas un paramètre d’ici : {words}.")
            return self.render()
        except Refusal as refusal:
            response.setStatus(refusal.status)
            return self.json({"code": refusal.code, "message": refusal.message})

    def render(self):
        raise NotImplementedError  # each feed renders itself

    def json(self, value):
        self.request.response.setHeader("Content-Type", "application/json; charset=utf-8")
        return json.dumps(value, ensure_ascii=False)

    def number(self, name, default, most):
        """Return a whole number of the address, ``default`` without one."""
        text = self.request.form.get(name, "")
        if text == "":
            return default
        if not isinstance(text, str) or not _NUMBER.fullmatch(text) or int(text) > most:
            raise Refusal("nombre", f"« {name} » vaut « {str(text)[:20]} » : donnez un nombre de 0 à {most}.")
        return int(text)

    @property
    def limit(self):
        return max(1, self.number("nombre", BATCH, MAX_BATCH))


class Flux(Feed):
    """``flux.json?since=CURSOR``: what became public after a cursor, oldest first; nothing is ever skipped."""

    known = ("since", "nombre", "genre")

    def render(self):
        cursor, end = self.number("since", 0, 10**12), log.size(self.site)
        if cursor > end:
            message = f"Ce curseur ({cursor}) est au-delà de la fin ({end}) : reprenez le dernier reçu."
            raise Refusal("curseur", message, 400)
        asked = self.request.form.get("genre", "")
        kinds = {"": (), "avis": NOTICES, "contrats": (log.CONTRACT,)}.get(asked if isinstance(asked, str) else "?")
        if kinds is None:
            raise Refusal("genre", "« genre » est « avis » ou « contrats ».")
        facts, following, more = log.since(self.site, cursor, self.limit, kinds)
        query = f"&genre={asked}" if asked else ""
        return self.json(
            {
                "depuis": cursor,
                "curseur": following,
                "suite": more,
                "suivant": f"{self.url}?since={following}{query}",
                "heure": clock.rfc3339(clock.now()),
                "faits": self.told(facts),
            }
        )

    def told(self, facts):
        about = [fact.event["consultation"] for fact in facts if fact.kind != log.CONTRACT]
        brains = notices.published(about)
        found = []
        for fact in facts:
            if fact.kind == log.CONTRACT:
                found.append(self.contract(fact))
            elif fact.event["consultation"] in brains:
                told = notices.record(fact, brains[fact.event["consultation"]])
                found.append(
                    {"genre": "avis", "curseur": fact.index + 1, "instant": fact.event["instant"], "avis": told}
                )
        return found

    def contract(self, fact):
        """Return the fact of a contract with its data as published then; no data once withdrawn or eliminated."""
        event = fact.event
        record = store.get(self.site, event["contrat"])
        versions = record.versions if record is not None else ()
        version = next((item for item in versions if item.number == event["version"]), None)
        told = version is not None and version.act != store.WITHDRAWAL
        return {
            "genre": "contrat",
            "curseur": fact.index + 1,
            "instant": event["instant"],
            "acte": event["acte"],
            "contrat": {
                name: event[name] for name in ("contrat", "genre", "acheteur", "identifiant", "version", "empreinte")
            },
            "motif": event.get("motif", ""),
            "url": f"{self.site.absolute_url()}/{NAME}/{event['contrat']}",
            "donnees": json.loads(version.data) if told else None,
        }


class Notices(Feed):
    """``avis.json``: the notices published, newest first; ``avant`` goes back in time."""

    known = ("avant", "nombre", "nature")

    def render(self):
        before = self.number("avant", None, 10**12)
        asked = self.request.form.get("nature", "")
        codes = {code: kind for kind, (code, _words) in log.NATURES.items()}
        if asked and (not isinstance(asked, str) or asked not in codes):
            raise Refusal("nature", f"« nature » est l’une de : {', '.join(codes)}.")
        facts, following = log.before(self.site, before, self.limit, (codes[asked],) if asked else NOTICES)
        query = f"&nature={asked}" if asked else ""
        return self.json(
            {
                "results": notices.records(facts),
                "suivant": f"{self.url}?avant={following}{query}" if following is not None else None,
                "heure": clock.rfc3339(clock.now()),
            }
        )


class NoticesAtom(Feed):
    """``avis.atom`` (RFC 4287): the last notices."""

    def render(self):
        facts, _following = log.before(self.site, None, ENTRIES, NOTICES)
        told = notices.records(facts)
        updated = told[0]["dateparution"] if told else "2026-01-01T00:00:00Z"
        etag = f'"{sha256("".join(item["id"] + item["etat"] for item in told).encode()).hexdigest()[:32]}"'
        if http.fresh(self.request, etag, clock.from_rfc3339(updated)):
            return ""
        self.request.response.setHeader("Content-Type", "application/atom+xml; charset=utf-8")
        operator = xml(settings.operator_name())
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">'
            f"<title>Avis publiés : {operator}</title><id>{xml(self.url)}</id>"
            f'<link rel="self" type="application/atom+xml" href="{xml(self.url)}"/>'
            f"<updated>{updated}</updated><author><name>{operator}</name></author>{''.join(map(self.entry, told))}</feed>\n"
        )

    def entry(self, item):
        limit = item["datelimitereponse"]
        end = (
            f"Date limite : {clock.french(clock.from_rfc3339(limit), seconds=True)} (heure de Paris). " if limit else ""
        )
        return (
            f"<entry><id>urn:megalis:avis:{xml(item['id'])}</id>"
            f"<title>{xml(item['nature_libelle'])} : {xml(item['objet'])}</title>"
            f'<link rel="alternate" type="text/html" href="{xml(item["url_avis"])}"/>'
            f"<published>{item['dateparution']}</published><updated>{item['dateparution']}</updated>"
            f"<author><name>{xml(item['nomacheteur'])}</name></author>"
            f'<category term="{xml(item["nature"])}" label="{xml(item["nature_libelle"])}"/>'
            f"<summary>{xml(item['procedure_libelle'])}. {end}{xml(item['motif'])}</summary></entry>"
        )


class Packages(Scope):
    """``ocds-releases.json`` and ``ocds-records.json``, of the site or of a collectivité; ``?annee=`` of publication."""

    def __call__(self):
        try:
            return self.package()
        except Refused as refused:
            response = self.request.response
            response.setStatus(404)
            response.setHeader("Content-Type", "application/json; charset=utf-8")
            return json.dumps({"code": refused.code, "message": refused.message}, ensure_ascii=False)

    def package(self):
        prefix = settings.ocds_prefix()
        if not prefix:
            message = "L’exploitant n’a pas donné de préfixe OCDS : les paquets OCDS ne sont pas publiés."
            raise Refused("ocds.prefixe", message)
        year = year_of(self.request.form.get("annee"))
        slug = self.collectivite.getId() if self.collectivite is not None else ""
        rows = ocds.rows(self.site, slug, year)
        if not rows:
            raise Refused("ocds.vide", "Aucune consultation publiée : un paquet OCDS en contient une au moins.")
        _etag, contracts = store.stamp(self.site)
        instant = max(
            filter(None, (contracts, *(row.revised or row.published for row in rows), *(row.modified for row in rows)))
        )
        query = f"?annee={year}" if year else ""
        package = Package(
            uri=f"{self.context.absolute_url()}/{self.__name__}{query}",
            prefix=prefix,
            published=instant,
            publisher=settings.operator_name(),
            publisher_url=settings.public_url(),
        )
        made = record_chunks if "records" in self.__name__ else release_chunks
        left_out = []
        told = made(package, ocds.processes(self.site, rows), refuse=lambda process, refusal: left_out.append(refusal))
        text = f"{package.uri} {prefix} {clock.rfc3339(instant)} {len(rows)} {store.stamp(self.site)[0]}"
        etag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
        body = http.send(self.request, self.__name__, "application/json; charset=utf-8", told, etag, instant)
        if left_out:
            # What OCDS cannot say (no known nature, a SIRET that is none) is left out, and counted where programs look.
            self.request.response.setHeader("X-Consultations-Omises", str(len(left_out)))
        return body
