"""What XML signatures have in common (XML-DSig): algorithms, canonical forms, digests of elements, the value itself.

Only what is computed from the document is here: no XPath, no XSLT, no address to fetch.
"""

from contextlib import contextmanager
from contextlib import nullcontext
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree


DS = "http://www.w3.org/2000/09/xmldsig#"

ENVELOPED = f"{DS}enveloped-signature"
C14N = {
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": True,
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False,
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": False,
}
DIGESTS = {
    f"{DS}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
METHODS = {
    f"{DS}rsa-sha1": ("rsa", hashes.SHA1),
    f"{_MORE}rsa-sha256": ("rsa", hashes.SHA256),
    f"{_MORE}rsa-sha384": ("rsa", hashes.SHA384),
    f"{_MORE}rsa-sha512": ("rsa", hashes.SHA512),
    f"{_MORE}ecdsa-sha256": ("ec", hashes.SHA256),
    f"{_MORE}ecdsa-sha384": ("ec", hashes.SHA384),
    f"{_MORE}ecdsa-sha512": ("ec", hashes.SHA512),
}

_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
# What signatures of any origin may use besides; the policy of the DGFiP does not.
EVERY_METHOD = {
    **METHODS,
    f"{_2007}sha256-rsa-MGF1": ("pss", hashes.SHA256),
    f"{_2007}sha384-rsa-MGF1": ("pss", hashes.SHA384),
    f"{_2007}sha512-rsa-MGF1": ("pss", hashes.SHA512),
}
EVERY_C14N = {
    **C14N,
    "http://www.w3.org/2006/12/xml-c14n11": False,
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": False,
}


def is_old(method):
    """Tell whether a signature method rests on SHA-1."""
    return EVERY_METHOD[method][1] is hashes.SHA1


def check_value(info, value, key):
    """Tell whether ``value`` (bytes) is the signature by ``key`` of a SignedInfo whose algorithms are of these tables."""
    form = info.find(f"{{{DS}}}CanonicalizationMethod")
    kind, digest = EVERY_METHOD[info.find(f"{{{DS}}}SignatureMethod").get("Algorithm")]
    message = c14n(info, EVERY_C14N[form.get("Algorithm")], prefixes(form))
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, message, padding.PKCS1v15(), digest())
            return True
        if kind == "pss" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, message, padding.PSS(padding.MGF1(digest()), padding.PSS.AUTO), digest())
            return True
        if kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey) and value:
            half = len(value) // 2
            pair = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
            key.verify(encode_dss_signature(*pair), message, ec.ECDSA(digest()))
            return True
    except InvalidSignature:
        pass
    return False


def prefixes(element):
    """Return the prefixes an exclusive canonicalization (its element) keeps, or None."""
    for child in element.iterchildren("{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"):
        return child.get("PrefixList", "").split()
    return None


@contextmanager
def set_aside(parent, child):
    """Take ``child`` out of ``parent`` for the time of the block; the text that follows it stays, as it is not part of it."""
    previous, place, tail = child.getprevious(), parent.index(child), child.tail or ""
    before = (previous.tail if previous is not None else parent.text) or ""
    _follow(parent, previous, before + tail)
    child.tail = None
    parent.remove(child)
    try:
        yield
    finally:
        _follow(parent, previous, before)
        parent.insert(place, child)
        child.tail = tail


def canonical(element, exclusive, prefixes, made, without=None):
    """Feed a digest (``update``) with the canonical form of an element, one of its children set aside meanwhile."""
    aside = without is not None and without.getparent() is element
    with set_aside(element, without) if aside else nullcontext():
        made.update(c14n(element, exclusive, prefixes))


def _follow(parent, previous, text):
    if previous is not None:
        previous.tail = text
    else:
        parent.text = text


def c14n(element, exclusive, prefixes):
    return etree.tostring(
        element,
        method="c14n",
        exclusive=exclusive,
        with_comments=False,
        with_tail=False,
        inclusive_ns_prefixes=prefixes if exclusive else None,
    )
