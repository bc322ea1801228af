"""What stands on the other side in a demonstration: a préfecture on this machine, by the real protocols.

It lives in the process of ``make start``, never in the server's; a deployment that names its own transport has none.
"""

from contextlib import contextmanager
from megalis.portal.transports.simulator.authority import HOST
from megalis.portal.transports.simulator.prefecture import Prefecture


FOLDER = "simulateurs"


@contextmanager
def running(environment, var):
    """Run the simulators while the block lasts; what the server has to know of them is put in ``environment``."""
    if (
        environment.get("DEMO") == "0"
        or environment.get("MEGALIS_ACTES_URL")
        or environment.get("MEGALIS_ACTES_SORTIE")
    ):
        yield
        return
    with Prefecture(var / FOLDER / "prefecture") as office:
        environment |= {
            "MEGALIS_ACTES_SIMULATEUR": "1",
            "MEGALIS_ACTES_URL": f"https://{HOST}:{office.port}/",
            "MEGALIS_ACTES_AUTORITES": str(office.papers.authority),
            "MEGALIS_ACTES_CERTIFICAT": str(office.papers.client),
            "MEGALIS_ACTES_CLE": str(office.papers.client_key),
            "MEGALIS_ACTES_MAILDIR": str(office.letterbox.path / "INBOX"),
        }
        yield
