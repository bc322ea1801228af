"""Which transport carries flows: chosen by the deployment, never in the database.

``MEGALIS_PES_HOTE`` names the gateway of the Trésor (FTP over TLS), with ``MEGALIS_PES_PORT``, ``MEGALIS_PES_IDENTIFIANT``,
``MEGALIS_PES_MOT_DE_PASSE``, ``MEGALIS_PES_AUTORITES``, ``MEGALIS_PES_CERTIFICAT`` and ``MEGALIS_PES_CLE``;
``MEGALIS_PES_SORTIE`` and ``MEGALIS_PES_ENTREE`` name two folders instead (an operator’s own gateway, or a test).
"""

from datetime import date
from functools import partial
from megalis.portal.transports import tls
from megalis.portal.transports.directory import Directory
from megalis.portal.transports.helios import Helios
from pathlib import Path

import os


_chosen = None


def set_for_tests(transport=None):
    """Have ``transport`` carry flows, or the deployment’s again with None."""
    global _chosen
    _chosen = transport


def transport():
    """Return the transport of flows, or None when the deployment has none."""
    if _chosen is not None:
        return _chosen
    env = os.environ
    if env.get("MEGALIS_PES_HOTE"):
        identity = tls.Identity(
            env.get("MEGALIS_PES_AUTORITES", ""), env.get("MEGALIS_PES_CERTIFICAT", ""), env.get("MEGALIS_PES_CLE", "")
        )
        return Helios(
            env["MEGALIS_PES_HOTE"],
            env.get("MEGALIS_PES_IDENTIFIANT", ""),
            env.get("MEGALIS_PES_MOT_DE_PASSE", ""),
            partial(_context, identity),
            int(env.get("MEGALIS_PES_PORT") or 21),
            partial=env.get("MEGALIS_PES_SUFFIXE", ""),
            outbox=env.get("MEGALIS_PES_DOSSIER", ""),
            answers=env.get("MEGALIS_PES_REPONSES") or "/sortie",
        )
    if env.get("MEGALIS_PES_SORTIE") and env.get("MEGALIS_PES_ENTREE"):
        outbox, inbox = Path(env["MEGALIS_PES_SORTIE"]), Path(env["MEGALIS_PES_ENTREE"])
        return Directory(outbox, inbox, inbox / "lus")
    return None


def _context(identity):
    return tls.context(identity, date.today())


def is_near(transport):
    """Tell whether its answers are on this machine: they are looked for in every round."""
    return isinstance(transport, Directory) or is_simulated()


def is_simulated():
    """Tell whether the other side is a simulator: every page that sends says so."""
    return os.environ.get("MEGALIS_PES_SIMULATEUR") == "1"
