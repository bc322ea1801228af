"""The ground of ``figures.py``: run inside an instance, it lets one agent into the collectivités of ``_search_scene.py``.

``bin/instance run _figures_scene.py FOLDER``.
"""

from benchmarks._instance import PASSWORD
from megalis.portal.kernel.worker import site_request
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from pathlib import Path
from plone import api
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import json
import sys
import transaction


LOGIN = "statistiques@region.exemple.fr"


def main(app, folder):
    app = site_request(app, "/megalis")
    setRequest(app.REQUEST)
    site = app["megalis"]
    setSite(site)
    if people.by_email(LOGIN) is not None:
        return
    with api.env.adopt_roles(["Manager"]):
        userid = people.create("agent", LOGIN, "Agent des mesures", PASSWORD)
        for slug in json.loads((folder / "scene.json").read_text())["buyers"]:
            membership.add(site["collectivites"][slug], userid, {"lecteurs"})
    transaction.commit()


if __name__ == "__main__":
    main(app, Path(sys.argv[-1]))  # noqa: F821  given by `bin/instance run`
