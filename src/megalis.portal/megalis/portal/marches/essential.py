"""Whether the essential data of a consultation are published: its board and its reminders ask, and are told of a change."""

from megalis.portal.consultations import api
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IEssentialData
from megalis.portal.consultations.restricted.following import stages
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.tracking import indexers
from megalis.portal.marches import store
from megalis.portal.marches.origins import home
from megalis.portal.marches.rules import deadlines
from plone import api as plone_api
from zope.component import adapter
from zope.interface import implementer


@implementer(IEssentialData)
@adapter(IConsultation)
class EssentialData:
    """See IEssentialData."""

    def __init__(self, consultation):
        self.consultation = consultation

    def complete(self):
        records = store.of_origin(plone_api.portal.get(), api.uuid(home(self.consultation)))
        kept = api.decisions(self.consultation)
        awarded = {lot for lot, item in kept.items() if item["decision"] == decisions.ATTRIBUE}
        prepared = {record.lot for record in records}
        return awarded <= prepared and not any(is_awaited(record) for record in records)


def is_awaited(record):
    """Tell whether the law waits for the data of a contract: prepared, above the threshold, neither published nor waived."""
    return record.state == store.DRAFT and deadlines.is_due(record.kind, record.raw)


def refresh(record):
    """Bring the catalog in line with what became of a contract, for the consultation it comes from and its stages."""
    brains = api.find_everywhere(UID=record.consultation) if record.consultation else ()
    for brain in brains:
        for item in stages(brain._unrestrictedGetObject()):
            indexers.refresh(item)
