"""Which transport carries acts: chosen by the deployment, never in the database.

``MEGALIS_ACTES_SORTIE`` and ``MEGALIS_ACTES_ENTREE`` name two folders (an operator’s own gateway, or a test);
``MEGALIS_ACTES_URL`` the ministry’s address over HTTPS, with ``MEGALIS_ACTES_CERTIFICAT``, ``MEGALIS_ACTES_CLE`` and
``MEGALIS_ACTES_AUTORITES``, its answers read from ``MEGALIS_ACTES_IMAP`` (``login:password@host:port``) or from the maildir
``MEGALIS_ACTES_MAILDIR``.
"""

from datetime import date
from functools import partial
from megalis.portal.transports import https
from megalis.portal.transports import letters
from megalis.portal.transports import tls
from megalis.portal.transports.directory import Directory
from megalis.portal.transports.ministry import Ministry
from pathlib import Path

import os


_chosen = None


def set_for_tests(transport=None):
    """Have ``transport`` carry acts, or the deployment’s again with None."""
    global _chosen
    _chosen = transport


def transport():
    """Return the transport of acts, or None when the deployment has none."""
    if _chosen is not None:
        return _chosen
    env = os.environ
    if env.get("MEGALIS_ACTES_URL"):
        identity = tls.Identity(
            env.get("MEGALIS_ACTES_AUTORITES", ""),
            env.get("MEGALIS_ACTES_CERTIFICAT", ""),
            env.get("MEGALIS_ACTES_CLE", ""),
        )
        context = partial(_context, identity)
        return Ministry(https.Address(env["MEGALIS_ACTES_URL"], context), _letters(env, context))
    if env.get("MEGALIS_ACTES_SORTIE") and env.get("MEGALIS_ACTES_ENTREE"):
        outbox, inbox = Path(env["MEGALIS_ACTES_SORTIE"]), Path(env["MEGALIS_ACTES_ENTREE"])
        return Directory(outbox, inbox, inbox / "lus")
    return None


def _context(identity):
    return tls.context(identity, date.today())


def _letters(env, context):
    if env.get("MEGALIS_ACTES_MAILDIR"):
        return letters.Maildir(Path(env["MEGALIS_ACTES_MAILDIR"]))
    login, _, host = env.get("MEGALIS_ACTES_IMAP", "").rpartition("@")
    user, _, password = login.partition(":")
    name, _, port = host.partition(":")
    return letters.Mailbox(name, user, password, context, int(port or 993))


def is_near(transport):
    """Tell whether its answers are read from folders of this machine: those are looked at in every round."""
    return not isinstance(getattr(transport, "letters", None), letters.Mailbox)


def is_simulated():
    """Tell whether the other side is a simulator: every page that sends says so."""
    return os.environ.get("MEGALIS_ACTES_SIMULATEUR") == "1"
