"""What stands on the other side in a demonstration: a préfecture, a Trésor and the administrations that know the
companies, on this machine, by the real protocols.

They live in the process of ``make start``, never in the server's; a deployment that names its own transport has none.
"""

from contextlib import contextmanager
from contextlib import ExitStack
from megalis.portal.simulators.administrations import Administrations
from megalis.portal.transports.simulator import scenario as scenarios
from megalis.portal.transports.simulator.authority import HOST
from megalis.portal.transports.simulator.prefecture import Prefecture
from megalis.portal.transports.simulator.tresor import Missing
from megalis.portal.transports.simulator.tresor import Tresor


FOLDER = "simulateurs"
# A flow of the demonstration is answered as its name asks, any other line by line: one bordereau taken, another refused.
MIXED = "mixte"


@contextmanager
def running(environment, var):
    """Run the simulators while the block lasts; what the server has to know of them is put in ``environment``."""
    with ExitStack() as stack:
        if environment.get("DEMO") != "0":
            prefecture(stack, environment, var / FOLDER / "prefecture")
            tresor(stack, environment, var / FOLDER / "tresor")
            administrations(stack, environment)
        yield


def administrations(stack, environment):
    """Start the administrations that know the companies, unless the deployment is connected to the real ones."""
    if environment.get("MEGALIS_API_ENTREPRISE_URL"):
        return
    played = Administrations()
    environment |= {
        "MEGALIS_API_ENTREPRISE_SIMULATEUR": "1",
        "MEGALIS_API_ENTREPRISE_URL": stack.enter_context(played.start()).address,
        "MEGALIS_API_ENTREPRISE_KEY": played.key,
    }


def prefecture(stack, environment, folder):
    """Start the préfecture, unless the deployment has a transport for acts."""
    if environment.get("MEGALIS_ACTES_URL") or environment.get("MEGALIS_ACTES_SORTIE"):
        return
    office = stack.enter_context(Prefecture(folder))
    environment |= {
        "MEGALIS_ACTES_SIMULATEUR": "1",
        "MEGALIS_ACTES_URL": f"https://{HOST}:{office.port}/",
        "MEGALIS_ACTES_AUTORITES": str(office.papers.authority),
        "MEGALIS_ACTES_CERTIFICAT": str(office.papers.client),
        "MEGALIS_ACTES_CLE": str(office.papers.client_key),
        "MEGALIS_ACTES_MAILDIR": str(office.letterbox.path / "INBOX"),
    }


def tresor(stack, environment, folder):
    """Start the Trésor, unless the deployment has a transport for flows or does not have what it needs (pyftpdlib)."""
    if environment.get("MEGALIS_PES_HOTE") or environment.get("MEGALIS_PES_SORTIE"):
        return
    try:
        office = stack.enter_context(Tresor(folder, scenario=scenarios.Scenario(MIXED, tuple(scenarios.ACCOUNTS))))
    except Missing as missing:
        print(f"Pas de Trésor simulé : {missing}.")
        return
    environment |= {
        "MEGALIS_PES_SIMULATEUR": "1",
        "MEGALIS_PES_HOTE": HOST,
        "MEGALIS_PES_PORT": str(office.port),
        "MEGALIS_PES_IDENTIFIANT": office.login,
        "MEGALIS_PES_MOT_DE_PASSE": office.password,
        "MEGALIS_PES_AUTORITES": str(office.papers.authority),
    }
