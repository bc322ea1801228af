"""What the agents' dashboard says of consultations: what waits for this person, and where each one stands."""

from datetime import timedelta
from functools import cached_property
from html import escape
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import reached
from megalis.portal.consultations.browser.listing import row
from megalis.portal.consultations.restricted.browser import parts
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import calendar_lines
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.theme import timeline
from megalis.portal.theme.words import plural
from plone import api as plone_api
from zope.component import getMultiAdapter


GROUP = "Consultations"
LIVE = (*phase.DRAFTS, phase.PUBLIEE, phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE)
SOON = timedelta(days=3)
SHOWN = 15
CHECKED = 10


class OfPerson:
    """The consultations of the collectivités of a person."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    @cached_property
    def now(self):
        return clock.now()

    def brains(self, states):
        """Return ``(collectivité, brain)`` of the consultations in these workflow states, the last changed first."""
        found = []
        for collectivite in self.person.collectivites:
            brains = api.find(collectivite, review_state=states, sort_on="modified", sort_order="reverse")
            found += [(collectivite, brain) for brain in brains]
        return found


class Tasks(OfPerson):
    """IAgentTasks: what this person's roles let him do now; the opening is told by the room that knows the keys."""

    def __call__(self):
        found = []
        checked = 0
        for collectivite, brain in self.brains(LIVE):
            keys = self.person.roles_in(collectivite)
            state = phase.phase(brain.review_state, brain.deadline, self.now)
            if state == phase.ELABORATION:
                checked += 1
                if checked > CHECKED or "acheteurs" not in keys:
                    continue
            task = self._task(brain, state, keys)
            if task is not None:
                found.append(task)
        return found

    def _task(self, brain, state, keys):
        url = f"{brain.getURL()}/@@gestion"
        name = f"« {brain.Title} »"
        if state == phase.A_VALIDER and "valideurs" in keys:
            return Task(f"Valider {name}", url, brain.deadline, "do", GROUP, "Relire")
        if state in (phase.OUVERTURE, phase.ANALYSE):
            through, task = self._following(brain, name, keys)
            if through:
                return task
        if state == phase.ANALYSE and brain.getObject().relation == suites.COMPLEMENT:
            words = f"Examiner puis archiver : {name}"
            return Task(words, url, None, "do", GROUP, "Examiner") if "acheteurs" in keys else None
        if state == phase.OUVERTURE and "acheteurs" in keys:
            return Task(f"Finir l’ouverture de {name}", url, None, "do", GROUP)
        if state == phase.ANALYSE:
            return self._decision(brain, name, keys)
        if state == phase.DECIDEE and "valideurs" in keys:
            return Task(
                f"Informer puis notifier : {name}", f"{brain.getURL()}/@@notifier", None, "soon", GROUP, "Notifier"
            )
        if state == phase.PUBLIEE and brain.deadline - self.now < SOON:
            return Task(f"Clôture proche de {name}", url, brain.deadline, "info", GROUP, "Suivre")
        if state == phase.PUBLIEE:
            return Task(brain.Title, url, brain.deadline, "date")
        if state == phase.ELABORATION:
            return self._draft(brain, name)
        return None

    def _following(self, brain, name, keys):
        """Return ``(True, Task or None)`` when what comes next goes through a following, else ``(False, None)``."""
        consultation = brain.getObject()
        if not parts.selects(consultation):
            return False, None
        found = parts.next_action(consultation, self.now)
        if found is None:
            return False, None
        _title, _text, url, label = found
        mine = url.startswith(f"{brain.getURL()}/") and keys & {"acheteurs", "valideurs"}
        return True, Task(f"{label} : {name}", url, None, "do", GROUP) if mine else None

    def _decision(self, brain, name, keys):
        wanted = blocking(gathering.decision_findings(brain.getObject()))
        url = f"{brain.getURL()}/@@decision"
        if wanted and keys & {"acheteurs", "valideurs"}:
            return Task(f"Décider lot par lot : {name}", url, None, "do", GROUP)
        return Task(f"Arrêter les décisions de {name}", url, None, "do", GROUP) if "valideurs" in keys else None

    def _draft(self, brain, name):
        consultation = brain.getObject()
        found = blocking(gathering.checklist_findings(consultation, self.now, others=False))
        wrong = len({finding.target for finding in found})
        url = f"{brain.getURL()}/@@verification"
        if wrong:
            points = f"{wrong} points" if wrong > 1 else "un point"
            return Task(f"Compléter {name} : {points}", url, brain.deadline, "soon", GROUP, "Compléter")
        return Task(f"Demander la validation de {name}", url, brain.deadline, "do", GROUP)


class Section(OfPerson):
    """IAgentSections: the table of the consultations by phase."""

    title = "Mes consultations par étape"
    order = 20

    def render(self):
        """Return the HTML of the section."""
        mg = getMultiAdapter((plone_api.portal.get(), self.request), name="mg")
        found = self.brains(LIVE)
        links = "".join(self._links(collectivite) for collectivite in self.person.collectivites)
        if not found and not self.person.collectivites:
            return ""
        if not found:
            body = (
                '<div class="mg-empty"><h3 class="t3">Aucune consultation en cours</h3>'
                "<p>Vos brouillons et vos consultations publiées paraîtront ici, avec leur prochaine date.</p></div>"
            )
        else:
            shown = [brain for _collectivite, brain in found[:SHOWN]]
            body = self._calendar(shown)
            body += TABLE.format(count=len(found), rows="".join(self._row(mg, row(brain, self.now)) for brain in shown))
        return f'{body}<ul class="mg-links" style="margin-top:var(--s2)">{links}</ul>'

    def _calendar(self, brains):
        """The picture of what the table tells, the nearest deadline first."""
        lines = []
        for brain in sorted(brains, key=lambda brain: (brain.deadline is None, brain.deadline or self.now, brain.UID)):
            state = phase.phase(brain.review_state, brain.deadline, self.now)
            later = state not in (*phase.DRAFTS, phase.PUBLIEE, phase.CLOSE)
            instants = reached.of(brain.getObject()) if later else {}
            created = brain.created.asdatetime()
            spans = calendar_lines.spans(state, created, brain.published_at, brain.deadline, instants, self.now)
            if spans:
                lines.append(timeline.Line(brain.Title, spans))
        words = plural(len(lines), "consultation")
        sentence = f"Calendrier de {words} par étape ; le tableau qui suit dit la même chose."
        return timeline.figure("calendrier-consultations", sentence, lines, self.now)

    def _links(self, collectivite):
        url, title = escape(collectivite.absolute_url()), escape(collectivite.title)
        links = f'<li><a href="{url}/@@suivi">Suivi et dates à venir, {title}</a></li>'
        links += f'<li><a href="{url}/@@consultations">Toutes les consultations, {title}</a></li>'
        links += f'<li><a href="{url}/@@statistiques">Statistiques, {title}</a></li>'
        if self.person.roles_in(collectivite) & {"acheteurs", "valideurs"}:
            links += f'<li><a href="{url}/@@nouvelle-consultation">Nouvelle consultation, {title}</a></li>'
        return links

    def _row(self, mg, shown):
        deadline = escape(mg.short(shown["deadline"]) or "—")
        return ROW.format(
            url=escape(shown["url"]),
            title=escape(shown["title"]),
            reference=escape(shown["reference"] or ""),
            badge=mg.badge(shown["badge"], shown["label"]),
            deadline=deadline,
        )


TABLE = (
    '<div class="mg-tablebox"><table class="mg-table" role="table"><caption>{count} en cours</caption>'
    '<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Consultation</th>'
    '<th scope="col" role="columnheader">Étape</th><th scope="col" role="columnheader">Date limite</th></tr></thead>'
    '<tbody role="rowgroup">{rows}</tbody></table></div>'
)
ROW = (
    '<tr role="row"><th scope="row" role="rowheader"><a href="{url}">{title}</a>'
    '<span class="sub">{reference}</span></th><td role="cell" data-l="Étape">{badge}</td>'
    '<td role="cell" data-l="Date limite"><span>{deadline}</span></td></tr>'
)
