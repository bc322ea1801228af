"""To 20261126210: forms are made, published and withdrawn by staff as all that is written."""

from plone import api


PROFILE = "profile-megalis.portal:default"


def give_forms_a_life(tool):
    """Have the forms of a former site carry what staff set, and stand at the desk like texts."""
    tool.runImportStepFromProfile(PROFILE, "typeinfo", run_dependencies=False)
    for form in api.portal.get()["formulaires"].objectValues():
        if form.portal_type == "EasyForm":
            form.reindexObject()
