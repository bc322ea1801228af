"""The groupings of a collectivité: those it coordinates, those it belongs to."""

from megalis.portal.groupings import finding
from megalis.portal.groupings import surveying
from megalis.portal.groupings.browser.base import COORDINATE
from megalis.portal.groupings.browser.base import OfCollectivite
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from plone.uuid.interfaces import IUUID


class Listing(OfCollectivite):
    """``@@groupements`` of a collectivité."""

    page_title = "Groupements de commandes"

    @property
    def rows(self):
        uid = IUUID(self.context)
        for grouping in finding.of(uid):
            state = surveying.state(grouping, self.now)
            yield {
                "title": grouping.title,
                "url": grouping.absolute_url(),
                "coordinator": grouping.members[grouping.coordinator].name,
                "ours": grouping.coordinator == uid,
                "members": len(grouping.active),
                "stage": convention.LABELS[grouping.stage],
                "survey": survey.LABELS[state],
                "closes": grouping.closes if state == survey.OPEN else None,
                "opened": bool(grouping.consultation),
            }

    @property
    def may_add(self):
        return self.may(COORDINATE)
