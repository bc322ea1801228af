"""What the room needs in a site that profiles cannot say: its rubriques, its types among those whose versions are kept."""

from megalis.portal.editorial import kinds
from megalis.portal.editorial.surveys import seeds
from plone import api
from plone.dexterity.utils import createContentInContainer


def prepare(site):
    """Make the rubriques that are not there, have versions of the items kept; safe to run again."""
    repository = api.portal.get_tool("portal_repository")
    known = list(repository.getVersionableContentTypes())
    more = [name for name in (*kinds.TYPES, kinds.LETTER) if name not in known]
    if more:
        repository.setVersionableContentTypes(known + more)
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
            with api.env.adopt_roles(["Manager"]):
                for step in ("soumettre", "publier"):
                    tool.doActionFor(form, step)
