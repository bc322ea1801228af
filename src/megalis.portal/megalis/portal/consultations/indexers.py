"""What the catalog keeps of a consultation. Nothing here depends on the time of day: phases come from the clock."""

from megalis.portal.consultations import api
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.formats import cpv as vocabulary
from megalis.portal.formats.refusal import Refused
from plone.indexer import indexer
from plone.uuid.interfaces import IUUID


def cpv_codes(consultation):
    """Return the eight-digit codes of a consultation and its lots, main one first, each once."""
    found = [consultation.cpv, *(consultation.cpv_additional or ())]
    for lot in api.lots(consultation):
        found += [lot.cpv, *(lot.cpv_additional or ())]
    codes = []
    for text in found:
        try:
            code = vocabulary.split(text)[0]
        except Refused:
            continue
        if code not in codes:
            codes.append(code)
    return codes


@indexer(IConsultation)
def buyer_uid(consultation):
    buyer = api.buyer(consultation)
    return IUUID(buyer) if buyer is not None else None


@indexer(IConsultation)
def buyer_title(consultation):
    buyer = api.buyer(consultation)
    return buyer.title if buyer is not None else None


@indexer(IConsultation)
def department(consultation):
    found = api.departments(consultation)
    return found[0] if found else None


@indexer(IConsultation)
def departments(consultation):
    return api.departments(consultation)


@indexer(IConsultation)
def cpv(consultation):
    """The codes and all that stand above them: a search by a branch of the tree is one key."""
    found = set()
    for code in cpv_codes(consultation):
        found.update((code, *vocabulary.ancestors(code)))
    return sorted(found)


@indexer(IConsultation)
def cpv_main(consultation):
    codes = cpv_codes(consultation)
    return codes[0] if codes else ""


@indexer(IConsultation)
def lots_count(consultation):
    return len(api.lots(consultation))


@indexer(IConsultation)
def SearchableText(consultation):
    words = [consultation.title, consultation.reference, consultation.description, consultation.place_text]
    buyer = api.buyer(consultation)
    if buyer is not None:
        words.append(buyer.title)
    for lot in api.lots(consultation):
        words += [lot.title, lot.description]
    words += [vocabulary.label(code) for code in cpv_codes(consultation)]
    return " ".join(word for word in words if word)
