"""What a consultation must be before it is published: by invitation where its procedure is, with guests where it is."""

from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import IRestrictedConsultation
from megalis.portal.consultations.meeting import IPublicationCondition
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.rules import suites
from zope.component import adapter
from zope.interface import implementer


@implementer(IPublicationCondition)
@adapter(IConsultation)
class KindCondition:
    """See ``suites.kind_findings``."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, now):
        return suites.kind_findings(self.consultation.relation, self.consultation.procedure)


@implementer(IPublicationCondition)
@adapter(IRestrictedConsultation)
class GuestsCondition:
    """No publication without guests, nor with fewer than the procedure wants."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, now):
        item = self.consultation
        origin = api.origin(item)
        invited = invitations.standing(item)
        possible = launching.guests(origin, item.relation) if origin is not None else ()
        found = suites.invited_findings(
            item.relation,
            legal.applied(item, now).procedure,
            len(invited),
            max(len(possible), len(invited)),
            item.fewer_reason,
        )
        if origin is not None:
            found += suites.document_findings(
                item.relation, [(one.name, one.asked) for one in invited], api.pieces_count(item)
            )
        return found
