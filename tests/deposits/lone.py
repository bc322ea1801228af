"""Run inside an instance of its own by ``test_killed.py``: makes the scene before, tells what was kept after.

``bin/instance run lone.py prepare|tell FOLDER``.
"""

from megalis.portal.deposits import store
from megalis.portal.kernel import journal
from plone import api
from tests import inside
from tests.deposits.scene import address
from tests.deposits.scene import read_back
from tests.deposits.scene import Scene

import json
import transaction


def prepare(site, folder):
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(site, lots=("1",), envelopes=("offre",))
        scene.publish()
        bidder = scene.company()
        login = api.user.get(userid=bidder.userid).getUserName()
    journal.merge(site)
    transaction.commit()
    made = {
        "consultation": address(site, scene.consultation),
        "login": login,
        "keys": {userid: pair.identity for userid, pair in scene.pairs.items()},
    }
    (folder / "scene.json").write_text(json.dumps(made))


def tell(site, folder):
    consultation = site.unrestrictedTraverse(json.loads((folder / "scene.json").read_text())["consultation"])
    told = {
        "depots": read_back(site, consultation),
        "en_cours": len(store.under_way(consultation)),
        "evenements": len(journal.events(consultation, "depot")),
    }
    (folder / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    inside.do(app, {"prepare": prepare, "tell": tell})  # noqa: F821  given by `bin/instance run`
