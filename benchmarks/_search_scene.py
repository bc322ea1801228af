"""The ground of ``search.py``: run inside an instance, it fills the site with published consultations.

``bin/instance run _search_scene.py FOLDER``. Their values come from notices of the repository's own generator; to be
quick they are put in place without the events of a form (no journal, no message), then indexed as any content is.
"""

from collections import Counter
from datetime import timedelta
from megalis.portal.consultations.rules import drafting
from megalis.portal.deposits import recipients
from megalis.portal.formats.eforms import generator
from megalis.portal.kernel import clock
from megalis.portal.kernel.worker import site_request
from megalis.portal.organisations import create
from pathlib import Path
from plone import api
from plone.dexterity.utils import createContent
from plone.uuid.interfaces import IUUID
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import gc
import json
import random
import re
import sys
import transaction


WORKFLOW = "consultation_workflow"
TOWNS = 150
BATCH = 1000
ENDS = ("publiee", "analyse", "decidee", "notifiee", "archivee", "annulee")
WEIGHTS = (30, 20, 10, 20, 15, 5)
DECISIONS = ("attribue", "attribue", "attribue", "infructueux", "sans-suite")


def town(buyer):
    fields = {"department": (buyer.postcode or "35")[:2], "city": buyer.city or "", "postcode": buyer.postcode or ""}
    return create.collectivite(buyer.name, buyer.siret, **fields)


def towns(notices):
    """Make a collectivité of each of the first buyers; return SIRET -> collectivité."""
    found = {}
    for notice in notices:
        buyer = notice.buyers[0]
        if buyer.siret not in found:
            found[buyer.siret] = town(buyer)
            if len(found) == TOWNS:
                break
    return found


def put(container, notice, name, rng, now):
    """Put a published consultation of ``notice`` in place, at any stage of its life; return it."""
    draft = drafting.draft_of(notice)
    fields = {**draft.fields, "reference": f"{now.year}-{name[-5:].upper()}"}
    deadline = fields["deadline"] = fields["deadline"] or now + timedelta(days=rng.randint(10, 40))
    content = createContent("Consultation", id=name, **fields)
    container._setObject(name, content, suppress_events=True)
    content = container[name]
    for lot in draft.lots:
        item = createContent("Lot", id=f"lot-{lot['number']}", **lot)
        content._setObject(item.getId(), item, suppress_events=True)
    state = rng.choices(ENDS, WEIGHTS)[0] if deadline < now else "publiee"
    content.published_at = min(now - timedelta(hours=rng.randint(3, 200)), deadline - timedelta(days=35))
    content.version = 1
    if state in ("decidee", "notifiee", "archivee"):
        taken = {"decision": rng.choice(DECISIONS), "reason": "", "winner": "", "winner_siret": "", "amount": None}
        content._decisions = dict.fromkeys([lot["number"] for lot in draft.lots] or [""], taken)
    gate = IAnnotations(content)[recipients.KEY] = recipients.Gate(())
    gate.closed = "closed" if deadline < now else None
    tool = api.portal.get_tool("portal_workflow")
    tool.setStatusOf(WORKFLOW, content, {"review_state": state, "actor": "", "action": None, "comments": ""})
    tool[WORKFLOW].updateRoleMappingsFor(content)
    return content


def words_of(titles):
    """Return the long words of titles, the most frequent ones first."""
    found = Counter(word for title in titles for word in set(re.findall(r"\w{6,}", title.lower())))
    return [word for word, _count in found.most_common(120)]


def main(app, folder):
    asked = json.loads((folder / "asked.json").read_text())
    app = site_request(app, "/megalis")
    setRequest(app.REQUEST)
    site = app["megalis"]
    setSite(site)
    now, rng = clock.now(), random.Random(asked["seed"])
    titles = []
    gc.disable()  # nothing made here is cyclic garbage worth a full collection at each batch of objects
    with api.env.adopt_roles(["Manager"]):
        buyers = towns(generator.generate(asked["count"], asked["seed"], now))
        places = list(buyers.values())
        for rank, notice in enumerate(generator.generate(asked["count"], asked["seed"], now)):
            place = buyers.get(notice.buyers[0].siret) or places[rank % len(places)]
            content = put(place, notice, f"{now.year}-{rank:05d}", rng, now)
            site.portal_catalog._indexObject(content)
            titles.append(content.title)
            if rank % BATCH == BATCH - 1:
                transaction.commit()
                site._p_jar.cacheMinimize()
                gc.collect()
        transaction.commit()
    found = {
        "words": words_of(titles),
        "buyers": sorted(place.getId() for place in places),
        "catalogued": len(api.content.find(portal_type="Consultation", unrestricted=True)),
        "uid": IUUID(content),
    }
    (folder / "scene.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(app, Path(sys.argv[-1]))  # noqa: F821  given by `bin/instance run`
