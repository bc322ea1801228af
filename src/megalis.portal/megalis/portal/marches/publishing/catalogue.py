"""``catalogue.jsonld``: the open data of the region, or of one collectivité, as a national portal harvests them (DCAT)."""

from hashlib import sha256
from megalis.portal.formats import dcat
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.marches import store
from megalis.portal.marches.publishing import files
from megalis.portal.marches.publishing import http
from megalis.portal.marches.publishing import log
from megalis.portal.marches.publishing.browser import Scope


SCHEMA = "https://schema.data.gouv.fr/139bercy/format-commande-publique/"
OCDS = "https://standard.open-contracting.org/latest/en/"


class Catalogue(Scope):
    """The view."""

    def __call__(self):
        data = dcat.catalogue(self.uri, self.title, self.publisher, self.datasets())
        etag = f'"{sha256(data).hexdigest()[:32]}"'
        if http.fresh(self.request, etag, None):
            return b""
        self.request.response.setHeader("Content-Type", "application/ld+json; charset=utf-8")
        self.request.response.setHeader("X-Content-Type-Options", "nosniff")
        return data

    @property
    def uri(self):
        return f"{self.context.absolute_url()}/catalogue.jsonld"

    @property
    def title(self):
        return f"Commande publique : {self.publisher.name}"

    @property
    def publisher(self):
        buyer = self.collectivite
        if buyer is None:
            return dcat.Publisher(settings.operator_name(), page=settings.public_url())
        return dcat.Publisher(buyer.title, buyer.siret or "", buyer.absolute_url(), buyer.email or "")

    def datasets(self):
        """Return what is published here: contracts, OCDS where the operator has a prefix, notices of the whole region."""
        _etag, changed = store.stamp(self.site, self.uid)
        found = [
            dcat.Dataset(
                self.base,
                f"Données essentielles des contrats : {self.publisher.name}",
                "Marchés et concessions conclus, titulaires, montants et modifications (R. 2196-1 et R. 3131-1).",
                tuple(
                    dcat.Distribution(f"Tous les contrats, {kind.upper()}", f"{self.base}.{kind}", media, SCHEMA)
                    for kind, (media, _made) in files.FILES.items()
                ),
                changed,
                ("commande publique", "marchés publics", "données essentielles", "DECP"),
            )
        ]
        if settings.ocds_prefix():
            found.append(self._ocds(changed))
        if self.collectivite is None:
            found.append(self._notices())
        return found

    def _ocds(self, changed):
        url = self.context.absolute_url()
        return dcat.Dataset(
            f"{self.base}#ocds",
            f"Consultations et contrats au format OCDS : {self.publisher.name}",
            "Chaque consultation de sa publication à ses contrats, fait par fait.",
            tuple(
                dcat.Distribution(f"OCDS, {name}", f"{url}/ocds-{name}.json", "application/json", OCDS)
                for name in ("releases", "records")
            ),
            changed,
            ("commande publique", "OCDS"),
        )

    def _notices(self):
        facts, _before = log.before(self.site, None, 1, tuple(log.NATURES))
        url = self.context.absolute_url()
        return dcat.Dataset(
            f"{url}/consultations",
            f"Avis et consultations : {self.publisher.name}",
            "Avis de marché, rectificatifs, annulations et résultats, dans l’ordre de leur parution ; flux incrémental.",
            (
                dcat.Distribution("Avis", f"{url}/avis.json", "application/json"),
                dcat.Distribution("Avis, Atom", f"{url}/avis.atom", "application/atom+xml"),
                dcat.Distribution("Flux incrémental", f"{url}/flux.json", "application/json"),
            ),
            clock.from_rfc3339(facts[0].event["instant"]) if facts else None,
            ("commande publique", "avis de marché"),
        )
