"""To 20261126180: acts and flows have one place each in their lists, and an act is found by its number."""

INDEXES = ("acte_numero", "acte_ordre", "rang")


def order_lists(tool):
    """Give the catalog the indexes former sites do not have, and put in them what is there."""
    catalog = tool.aq_parent.portal_catalog
    for name in INDEXES:
        if name not in catalog.indexes():
            catalog.addIndex(name, "FieldIndex", {"indexed_attr": name})
    # An earlier step may have brought the indexes of the profile, empty: what is there is put in them in any case.
    for brain in catalog.unrestrictedSearchResults(portal_type=["Acte", "FluxPES"]):
        catalog.reindexObject(brain._unrestrictedGetObject(), idxs=list(INDEXES), update_metadata=0)
