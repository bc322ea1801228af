"""Every address of the site that a template names is one that answers."""

from pathlib import Path
from zope.component import queryMultiAdapter

import megalis.portal.theme
import pytest
import re


ROOT = Path(megalis.portal.theme.__path__[0]).parent
SITE_LINK = re.compile(r"""\$\{(?:portal_url|view/site_url)\}/((?:@@)?[a-z][a-z0-9._-]*(?:/[a-z][a-z0-9._-]*)*)""")


def named():
    """Return ``(path below the site, template)`` of all that templates link to."""
    found = set()
    for template in sorted(ROOT.rglob("*.pt")):
        found |= {
            (path, template.relative_to(ROOT).as_posix()) for path in SITE_LINK.findall(template.read_text("utf-8"))
        }
    return sorted(found)


def test_templates_do_link():
    assert len({path for path, _template in named()}) > 10


@pytest.mark.parametrize("path, template", named())
def test_a_link_of_a_template_leads_somewhere(path, template, portal, http_request):
    from megalis.portal.distributions.megalis import structure
    from megalis.portal.interfaces import IMegalisLayer
    from zope.interface import alsoProvides

    alsoProvides(http_request, IMegalisLayer)
    structure.build(portal)
    *folders, last = path.removeprefix("@@").split("/")
    place = portal
    for name in folders:
        assert name in place.objectIds(), f"{template}: {path}"
        place = place[name]
    view = queryMultiAdapter((place, http_request), name=last)
    assert view is not None or last in place.objectIds() or hasattr(place.aq_base, last), f"{template}: {path}"
