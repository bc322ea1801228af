"""What the room puts into the archive of a consultation: the essential data of its contracts, every version."""

from megalis.portal.consultations import api
from megalis.portal.consultations.dossier.parts import Kept
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.marches import store
from megalis.portal.marches.origins import home
from plone import api as plone_api


class Contracts(Kept):
    """Every version of the essential data."""

    title = "Données essentielles des contrats"
    folder = "contrats"
    order = 80

    def found(self):
        records = store.of_origin(plone_api.portal.get(), api.uuid(home(self.consultation)))
        return [(record, version) for record in records for version in record.versions]

    def size(self, item):
        return len(item[1].data)

    def file(self, _rank, item):
        record, version = item
        lot = f"lot-{record.lot}-" if record.lot else ""
        title = f"{store.ACTS[version.act]}, version {version.number}"
        return DossierFile(f"{lot}{record.key[:8]}-v{version.number}.json", version.data, title, version.at)
