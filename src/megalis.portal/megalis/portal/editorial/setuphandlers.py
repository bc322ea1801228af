"""What the room needs in a site that profiles cannot say: its rubriques, its types among those whose versions are kept."""

from AccessControl.SecurityManagement import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from AccessControl.SecurityManagement import setSecurityManager
from AccessControl.users import UnrestrictedUser
from contextlib import contextmanager
from megalis.portal.editorial import guides
from megalis.portal.editorial import guideseeds
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial.surveys import seeds
from pathlib import Path
from plone import api
from plone.dexterity.utils import createContentInContainer
from plone.namedfile.file import NamedBlobImage


PICTURES = Path(__file__).parent / "pictures"  # taken from the pages by tools/guide_pictures.py


def prepare(site):
    """Make the rubriques that are not there, have versions of the items kept; safe to run again."""
    repository = api.portal.get_tool("portal_repository")
    known = list(repository.getVersionableContentTypes())
    more = [name for name in (*kinds.TYPES, kinds.LETTER) if name not in known]
    if more:
        repository.setVersionableContentTypes(known + more)
    fresh = "guides" not in site
    for name, title in kinds.PLACES:
        if name not in site:
            createContentInContainer(site, "Rubrique", checkConstraints=False, id=name, title=title)
    tool = api.portal.get_tool("portal_workflow")
    for name, title, description, model in seeds.FORMS:
        if name not in site["formulaires"]:
            form = createContentInContainer(
                site["formulaires"], "EasyForm", checkConstraints=False, id=name, title=title, description=description,
                fields_model=model,
            )  # fmt: skip
            with installing(site):
                for step in ("soumettre", "publier"):
                    tool.doActionFor(form, step)
    if fresh:
        write_guides(site)


@contextmanager
def installing(site):
    """Do the block as the installation itself: a site is made, and brought up to date, before anybody is signed in."""
    before = getSecurityManager()
    installer = UnrestrictedUser("installation", "", ["Manager"], [])
    newSecurityManager(None, installer.__of__(site.acl_users))
    try:
        yield
    finally:
        setSecurityManager(before)


def write_guides(site, names=None):
    """Publish the first guides, or those of these ids; those that are there already stay as they are."""
    tool = api.portal.get_tool("portal_workflow")
    with installing(site):
        for seed in guideseeds.GUIDES:
            if seed["id"] in site["guides"] or (names is not None and seed["id"] not in names):
                continue
            guide = items.create(site, kinds.BY_TYPE[guides.TYPE], _values(seed), "", seed["id"])
            for step in ("soumettre", "publier"):
                tool.doActionFor(guide, step)
    guides.refresh(site)


def _values(seed):
    """Return the values of a first guide by field name, its pictures among them."""
    values = {key: value for key, value in seed.items() if key not in ("id", "pictures")}
    values["screens"] = "\n".join(seed["screens"])
    for rank, alt in enumerate(seed["pictures"], 1):
        field, path = guides.FIELDS[str(rank)], PICTURES / f"{seed['id']}-{rank}.png"
        values[field] = NamedBlobImage(path.read_bytes(), "image/png", path.name)
        values[f"{field}_alt"] = alt
    return values


def illustrate(site):
    """Give the first guides their pictures where nobody has changed their words or put others."""
    for seed in guideseeds.GUIDES:
        guide = site["guides"].get(seed["id"])
        if guide is None or items.pictures(guide):
            continue
        if items.raw(guide).replace("\r\n", "\n").strip() == guides.PLACE.sub("", seed["text"]).strip():
            with installing(site):
                items.write(guide, _values(seed), guide.author, "Images")
