"""Run inside an instance of its own by ``test_killed.py``: makes the scene before, tells what was kept after.

``bin/instance run lone.py prepare|tell FOLDER``.
"""

from hashlib import sha256
from megalis.portal.deposits import receipts
from megalis.portal.deposits import store
from megalis.portal.kernel import journal
from megalis.portal.kernel.worker import site_request
from pathlib import Path
from plone import api
from tests.deposits.scene import Scene
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import json
import sys
import transaction


def prepare(site, folder):
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(site, lots=("1",), envelopes=("offre",))
        scene.publish()
        bidder = scene.company()
        login = api.user.get(userid=bidder.userid).getUserName()
    journal.merge(site)
    transaction.commit()
    path = "/".join(scene.consultation.getPhysicalPath()[len(site.getPhysicalPath()) :])
    keys = {userid: pair.identity for userid, pair in scene.pairs.items()}
    (folder / "scene.json").write_text(json.dumps({"consultation": path, "login": login, "keys": keys}))


def tell(site, folder):
    consultation = site.unrestrictedTraverse(json.loads((folder / "scene.json").read_text())["consultation"])
    journal.merge(site)
    transaction.commit()
    found = []
    for deposit in store.deposits(consultation):
        digest = sha256()
        for chunk in deposit.plis[0].read():
            digest.update(chunk)
        receipt = receipts.receipt(deposit)
        found.append({"depot": deposit.id, "sha256": digest.hexdigest(), "preuve": receipt["preuve"] is not None})
    told = {
        "depots": found,
        "en_cours": len(store.under_way(consultation)),
        "evenements": len(journal.events(consultation, "depot")),
    }
    (folder / "told.json").write_text(json.dumps(told))


def main(app, work, folder):
    app = site_request(app, "/megalis")
    setRequest(app.REQUEST)
    site = app["megalis"]
    setSite(site)
    work(site, Path(folder))


if __name__ == "__main__":
    main(app, {"prepare": prepare, "tell": tell}[sys.argv[-2]], sys.argv[-1])  # noqa: F821  given by `bin/instance run`
