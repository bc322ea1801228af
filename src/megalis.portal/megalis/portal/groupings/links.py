"""The ways to the room from the pages of others: a consultation opened from a grouping, a collectivité."""

from megalis.portal.groupings import opening
from plone import api


FOLLOW = "megalis: Follow grouping"


class OfConsultation:
    """ILinks of a consultation, from its draft on."""

    in_draft = True

    def __init__(self, consultation, request):
        self.consultation = consultation

    def __call__(self):
        grouping = opening.grouping_of(self.consultation)
        if grouping is None or not api.user.has_permission(FOLLOW, obj=grouping):
            return []
        url = grouping.absolute_url()
        return [
            (url, f"Groupement de commandes « {grouping.title} »"),
            (f"{url}/@@parts", "Groupement de commandes : parts de chacun"),
        ]


class OfCollectivite:
    """ILinks of a collectivité, for its agents."""

    def __init__(self, collectivite, request):
        self.collectivite = collectivite

    def __call__(self):
        if not api.user.has_permission(FOLLOW, obj=self.collectivite):
            return []
        return [(f"{self.collectivite.absolute_url()}/@@groupements", "Groupements de commandes")]
