"""To 20261126100: groupements de commandes, and members who read the draft of the consultation opened from one."""

from megalis.portal.consultations import api as consultations
from plone import api


PROFILE = "profile-megalis.portal:default"


def add_groupings(tool):
    """Add the type, its workflow, its role and permissions; drafts take the new reader into their permissions."""
    setup = api.portal.get_tool("portal_setup")
    for step in ("rolemap", "typeinfo", "workflow"):
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    workflow = api.portal.get_tool("portal_workflow")[consultations.WORKFLOW]
    for brain in consultations.find_everywhere(portal_type="Consultation", review_state=["elaboration", "a-valider"]):
        consultation = brain._unrestrictedGetObject()
        if workflow.updateRoleMappingsFor(consultation):
            consultation.reindexObjectSecurity()
