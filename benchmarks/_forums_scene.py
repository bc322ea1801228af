"""The ground of ``forums.py``: a subject of few messages and one of many.

``bin/instance run _forums_scene.py prepare|count FOLDER``.
"""

from benchmarks._instance import PASSWORD
from megalis.portal.formats import richtext
from megalis.portal.formats.siren import siret_of
from megalis.portal.forums import create
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.kernel.worker import site_request
from megalis.portal.organisations import create as organisations
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from pathlib import Path
from plone import api
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import json
import sys
import transaction


LOGIN = "forum@mesure.exemple.fr"
WORDS = "Un lot unique a été motivé dans le rapport de présentation : même technique partout, chantier continu. "
WRITES = rules.Rights(writes=True)
BATCH = 500


def talk(forum, person, title, count):
    """Return the address of a subject of ``count`` messages."""
    html = richtext.from_text(WORDS * 3)
    sujet, _key = service.open_subject(forum, person, WRITES, title, html)
    for rank in range(1, count):
        service.reply(forum, sujet, person, WRITES, html)
        if rank % BATCH == 0:
            transaction.commit()
    transaction.commit()
    return service.address(forum, sujet)


def prepare(site, asked):
    """Make both subjects; return what the benchmark has to know."""
    with api.env.adopt_roles(["Manager"]):
        town = organisations.collectivite("Commune de mesure", siret_of("213502388"))
        userid = people.create("agent", LOGIN, "Agent des mesures", PASSWORD)
        membership.add(town, userid, {"acheteurs"})
        forum = create.forum(site["forums"], "Mesures", "", audience=rules.AGENTS)
        person = people.get(userid)
        found = {"login": LOGIN, "forum": forum.getId()}
        for name in ("few", "many"):
            found[name] = talk(forum, person, f"{asked[name]} messages", asked[name])
    transaction.commit()
    return found


def main(app, mode, folder):
    app = site_request(app, "/megalis")
    setRequest(app.REQUEST)
    site = app["megalis"]
    setSite(site)
    if mode == "count":
        forum = site["forums"][json.loads((folder / "scene.json").read_text())["forum"]]
        most = max(len(sujet.messages) for sujet in forum.sujets.values())
        (folder / "counted.json").write_text(json.dumps(most))
    else:
        asked = json.loads((folder / "asked.json").read_text())
        (folder / "scene.json").write_text(json.dumps(prepare(site, asked)))


if __name__ == "__main__":
    main(app, sys.argv[-2], Path(sys.argv[-1]))  # noqa: F821  given by `bin/instance run`
