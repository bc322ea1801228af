"""The journal as a file that anyone verifies with ``megalis journal verify``."""

from megalis.portal.formats import jcs
from megalis.portal.kernel import journal
from megalis.portal.ledger.export import write_export


def write(site, out):
    """Write the export of the merged journal to the binary file ``out``, in a stream; return the number of leaves."""
    return write_export(out, journal.checkpoint(site), journal.signer().verifier, _leaves(site))


def _leaves(site):
    for _index, leaf, reveal in journal.leaves(site):
        if reveal is None:
            yield leaf, None, None
        else:
            data, salt = reveal
            yield leaf, jcs.loads(data), salt
