"""What a deployment decides outside the database: read from the environment, with defaults that work."""

from pathlib import Path

import os


def public_url():
    """Return the address of the portal as people type it, without a slash at the end; mails and receipts bear it."""
    return os.environ.get("MEGALIS_URL", "http://127.0.0.1:8080").rstrip("/")


def operator_name():
    """Return the name receipts and mails bear as operator of the platform."""
    return os.environ.get("MEGALIS_OPERATOR", "e-mégalis Bretagne")


def contact_address():
    """Return the e-mail address of the help desk."""
    return os.environ.get("MEGALIS_CONTACT", "assistance@megalis.invalid")


def sender_address():
    """Return the address mails are sent from."""
    return os.environ.get("MEGALIS_SENDER", "ne-pas-repondre@megalis.invalid")


def origin():
    """Return the C2SP origin line of the journal: a schema-less address that names this log for ever."""
    return os.environ.get("MEGALIS_ORIGIN", "megalis.bzh/journal")


def var():
    """Return the folder of what the deployment writes outside the database."""
    return Path(os.environ.get("MEGALIS_VAR", "instance/var"))


def referentiels():
    """Return the folder of official schemas and code lists, or None when there is none."""
    configured = os.environ.get("MEGALIS_REFERENTIELS")
    path = Path(configured) if configured else var() / "referentiels"
    return path if path.is_dir() else None


def mail_transport():
    """Return ``smtp`` (Plone's mail host), or ``folder`` (messages written as files, for demonstration)."""
    return os.environ.get("MEGALIS_MAIL", "folder")


def tsa_url():
    """Return the address of the RFC 3161 time-stamping authority, or None."""
    return os.environ.get("MEGALIS_TSA_URL") or None


def tsa_roots():
    """Return the PEM bundle of the roots trusted for time stamps, or None."""
    return os.environ.get("MEGALIS_TSA_ROOTS") or None


def clamd_address():
    """Return where the antivirus listens (``unix:/path`` or ``host:port``), or "" when there is none."""
    return os.environ.get("MEGALIS_CLAMD", "")


def trust_folder():
    """Return the folder of the authorities trusted for the signatures of documents, with their revocation lists (``crl``)."""
    return Path(os.environ.get("MEGALIS_CONFIANCE") or var() / "confiance")


def archive_service():
    """Return by which identifier the archive service knows itself (SEDA), or ""."""
    return os.environ.get("MEGALIS_ARCHIVES", "")


def archive_agreement():
    """Return the identifier of the agreement with the archive service (SEDA), or ""."""
    return os.environ.get("MEGALIS_ARCHIVES_ACCORD", "")


def asks_certificates():
    """Tell whether the web server in front asks agents for a certificate and hands it on, verified, in its header."""
    return os.environ.get("MEGALIS_CERTIFICATS") == "1"


def flow_rule():
    """Return the code of the rule under which PES flows are eliminated in the end (SEDA, of the agreement), or ""."""
    return os.environ.get("MEGALIS_ARCHIVES_REGLE_PES", "")


def interchange():
    """Return the folder of the files exchanged with the software of the collectivités, or None when none is exchanged."""
    configured = os.environ.get("MEGALIS_INTERCHANGE")
    return Path(configured) if configured else None


def ocds_prefix():
    """Return the prefix the operator registered with the Open Contracting Partnership (``ocds-`` and six signs), or ""."""
    return os.environ.get("MEGALIS_OCDS_PREFIX", "")


def acts_drop():
    """Return the folder where software drops acts, or None when none is shared."""
    configured = os.environ.get("MEGALIS_ACTES_DEPOT")
    return Path(configured) if configured else None


def flows_drop():
    """Return the folder where software drops PES flows, or None when none is shared."""
    configured = os.environ.get("MEGALIS_PES_DEPOT")
    return Path(configured) if configured else None
