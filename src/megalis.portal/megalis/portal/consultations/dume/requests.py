"""The request for a DUME, made of a consultation."""

from megalis.portal.consultations import api
from megalis.portal.formats.espd.writing import Request
from megalis.portal.formats.espd.writing import write
from megalis.portal.kernel import clock


def is_asked(consultation):
    """Tell whether a candidature is among the envelopes: only then a company has a DUME to give."""
    return "candidature" in (consultation.envelopes or ())


def of(consultation):
    """Return the bytes of the request; Refused ``dume.absent``."""
    buyer = api.buyer(consultation)
    issued = consultation.published_at or clock.now()
    request = Request(
        api.uuid(consultation),
        consultation.reference or "",
        consultation.title or "",
        consultation.description or "",
        consultation.procedure or "",
        consultation.nature or "",
        clock.paris(issued),
        buyer.title,
        buyer.siret,
        consultation.absolute_url(),
        tuple(lot.number for lot in api.lots(consultation)),
        consultation.conditions or "",
        consultation.contact_name or "",
        consultation.contact_email or "",
        consultation.contact_phone or "",
    )
    return write(request)
