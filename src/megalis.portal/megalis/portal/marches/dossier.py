"""What the room puts into the archive of a consultation: the essential data of its contracts, every version."""

from megalis.portal.consultations import api
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.marches import store
from megalis.portal.marches.awarded import home
from plone import api as plone_api


class Contracts:
    """IDossierPart."""

    title = "Données essentielles des contrats"
    folder = "contrats"
    order = 80
    reads_bids = False

    def __init__(self, consultation):
        self.consultation = consultation

    def _versions(self):
        records = store.of_origin(plone_api.portal.get(), api.uuid(home(self.consultation)))
        return [(record, version) for record in records for version in record.versions]

    def weigh(self):
        found = self._versions()
        return len(found), sum(len(version.data) for _record, version in found)

    def __call__(self):
        for record, version in self._versions():
            lot = f"lot-{record.lot}-" if record.lot else ""
            title = f"{store.ACTS[version.act]}, version {version.number}"
            yield DossierFile(f"{lot}{record.key[:8]}-v{version.number}.json", version.data, title, version.at)
