"""The embargo among the conditions of a publication on the profile."""

from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IPublicationCondition
from megalis.portal.consultations.notices import embargo
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.rules.thresholds import JOUE
from zope.component import adapter
from zope.component.hooks import getSite
from zope.interface import implementer


@implementer(IPublicationCondition)
@adapter(IConsultation)
class Embargo:
    """See ``embargo.findings``; a restricted consultation has no call of its own."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, now):
        item = self.consultation
        if api.is_restricted(item) or item.published_at:
            return []
        lives = [record.life for record in store.of_support(item, JOUE)]
        connected = services.mode(getSite(), JOUE) != services.OFF
        return embargo.findings(legal.supports(item), lives, connected, now)
