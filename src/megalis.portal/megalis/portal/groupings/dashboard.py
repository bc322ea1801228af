"""What the agents' dashboard says of groupings: invitations, needs to tell before a date, signatures, needs to consolidate."""

from html import escape
from megalis.portal.groupings import finding
from megalis.portal.groupings import letters
from megalis.portal.groupings import opening
from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from plone.uuid.interfaces import IUUID


GROUP = "Groupements de commandes"


class Tasks:
    """IAgentTasks."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        places = [(IUUID(place), self.person.roles_in(place)) for place in self.person.collectivites]
        if not any({*letters.BUYERS, *letters.ENGAGING} & keys for _uid, keys in places):
            return []
        now = clock.now()
        return [
            task for grouping in finding.seen() for uid, keys in places for task in self._of(grouping, uid, keys, now)
        ]

    def _of(self, grouping, uid, keys, now):
        member = grouping.members.get(uid)
        if member is None or member.state == convention.REFUSED:
            return
        url, title = grouping.absolute_url(), grouping.title
        buys, engages = keys & set(letters.BUYERS), keys & set(letters.ENGAGING)
        if member.state == convention.INVITED and engages:
            yield Task(f"Répondre à l’invitation : « {title} »", f"{url}/@@convention", None, "do", GROUP, "Répondre")
        answer = grouping.answers.get(uid)
        asked = member.state in (convention.ACCEPTED, convention.SIGNED) and answer is not None and answer.sent is None
        state = surveying.state(grouping, now)
        if asked and buys and state == survey.OPEN:
            words = f"Dire vos besoins avant le {clock.french(grouping.closes, weekday=False)} : « {title} »"
            yield Task(words, f"{url}/@@reponse", grouping.closes, "do", GROUP, "Répondre")
        waits = convention.INVITED in grouping.states.values() or len(grouping.active) < 2
        if member.state == convention.ACCEPTED and engages and not waits:
            yield Task(f"Signer la convention : « {title} »", f"{url}/@@convention", None, "soon", GROUP, "Signer")
        if uid == grouping.coordinator and buys:
            yield from self._of_coordinator(grouping, state)

    def _of_coordinator(self, grouping, state):
        url, title = grouping.absolute_url(), grouping.title
        opened = opening.consultation_of(grouping) is not None
        if state == survey.FROZEN and not opened:
            words = f"Consolider les besoins figés : « {title} »"
            yield Task(words, f"{url}/@@consolidation", None, "do", GROUP, "Consolider")
        if opened and grouping.fixed is None:
            yield Task(f"Arrêter les parts : « {title} »", f"{url}/@@parts", None, "soon", GROUP, "Voir les parts")


class Section:
    """IAgentSections: the way to the groupings of each collectivité."""

    title = "Groupements de commandes"
    order = 45
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section."""
        links = [
            f'<li><a href="{escape(place.absolute_url())}/@@groupements">Groupements, {escape(place.title)}</a></li>'
            for place in self.person.collectivites
            if self.person.roles_in(place) & {"administrateurs", "acheteurs", "valideurs", "lecteurs"}
        ]
        return f'<ul class="mg-links">{"".join(links)}</ul>' if links else ""
