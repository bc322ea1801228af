"""The signatures of a flow, bordereau by bordereau: a second pass, for the flows that have some."""

from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.pes import xades


def verify(source, flux, now):
    """Return ``[(index in flux.bordereaux, or None for the whole flow, Signature)]``, in the order of the file.

    A bordereau that nothing signs has an ``absent`` one. ``now`` is an aware datetime.
    """
    signed = flux.signatures or any(item.signatures for item in flux.bordereaux)
    found = _found(source, flux, now) if signed else {}
    whole = [(None, signature) for signature in found.get(None, ())]
    each = [
        (index, signature)
        for index, bordereau in enumerate(flux.bordereaux)
        for signature in found.get(index) or _absent(bordereau, flux)
    ]
    return [*whole, *each]


def _absent(bordereau, flux):
    return () if flux.signatures else (xades.Signature(xades.ABSENT, cible=bordereau.id),)


def _found(source, flux, now):
    found, seen = {}, []

    def take(element, stream):
        if not reading.in_domain(element):
            return
        signatures = xades.verify(element, now)
        if signatures:
            found[len(seen)] = signatures
        seen.append(element.get("Id"))
        if not flux.signatures:
            stream.drop(element)

    # A signature over the whole needs the whole: nothing is dropped then.
    stream = sources.Stream(source, ("Bordereau",), exact=True, limited=not flux.signatures)
    reading.follow(stream, take)
    if flux.signatures:
        found[None] = xades.verify(stream.root, now)
    return found
