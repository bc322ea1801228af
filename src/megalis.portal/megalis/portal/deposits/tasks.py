"""What the room puts on the dashboards: keys to make, drills to do, deposits under way, deadlines that come."""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.answers import last_of
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.organisations import membership


SOON = timedelta(days=3)


class AgentTasks:
    """Named adapter of (person, request): see kernel.interfaces.IAgentTasks."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def __call__(self):
        now = clock.now()
        found = []
        for collectivite in self.person.collectivites:
            found += self._drills(collectivite, now)
            found += self._before_openings(collectivite, now)
            found += self._openings(collectivite, now)
            found += self._first_keys(collectivite, now)
        return found

    def _first_keys(self, collectivite, now):
        """A holder without a key, where keys are missing: nothing can be published before."""
        every = keys.active_keys(collectivite)
        if "porteurs" not in self.person.roles_in(collectivite):
            return
        if any(key.holder == self.person.userid for key in every):
            return
        if rules.publication_keys(((key.role, key.last_drill) for key in every), now):
            yield Task("Créer votre clé", f"{collectivite.absolute_url()}/@@cles", None, "do", collectivite.title)

    def _drills(self, collectivite, now):
        address = f"{collectivite.absolute_url()}/@@cles"
        for key in keys.all_keys(collectivite):
            if key.holder != self.person.userid or not key.active:
                continue
            due = key.last_drill + rules.DRILL_VALIDITY
            if due - now < rules.DRILL_BEFORE_OPENING:
                level = "do" if due < now else "soon"
                yield Task(
                    f"Faire l’exercice de votre clé ({rules.ROLE_LABELS[key.role].lower()})",
                    address,
                    due,
                    level,
                    "Clés",
                )

    def _openings(self, collectivite, now):
        """What is closed and waits for a key this person may present."""
        if "porteurs" not in self.person.roles_in(collectivite):
            return
        closed = api.find(collectivite, review_state="publiee", deadline={"query": now, "range": "max"})
        begun = api.find(collectivite, review_state="ouverture")
        for brain in (*closed, *begun):
            consultation = brain.getObject()
            if not self._opens(collectivite, consultation):
                continue
            url, name = f"{brain.getURL()}/@@ouverture", f"« {brain.Title} »"
            if brain.review_state == "ouverture":
                if opening.unfinished(consultation):
                    yield Task(f"Continuer l’ouverture de {name}", url, None, "do", "Consultations", "Continuer")
            else:
                yield Task(f"Ouvrir les plis de {name}", url, brain.deadline, "do", "Consultations", "Ouvrir")

    def _opens(self, collectivite, consultation):
        """Tell whether the opening falls to this person: by his own key, by that of the safe when no holder is left."""
        gate = recipients.gate(consultation)
        if gate is None:
            return False
        left = {item["porteur"] for item in recipients.openers(gate)} & membership.holders(collectivite, "porteurs")
        return self.person.userid in left or (not left and bool(opening.presentable(consultation, self.person.userid)))

    def _before_openings(self, collectivite, now):
        window = {"query": (now, now + rules.REMINDER_BEFORE_DEADLINE), "range": "min:max"}
        for brain in api.find(collectivite, review_state="publiee", deadline=window):
            consultation = brain.getObject()
            gate = recipients.gate(consultation)
            mine = [
                item for item in (recipients.openers(gate) if gate else ()) if item["porteur"] == self.person.userid
            ]
            if not mine:
                continue
            if any(self._needs_drill(collectivite, item, consultation) for item in mine):
                title = f"Exercice avant l’ouverture : {brain.Title}"
                yield Task(title, f"{collectivite.absolute_url()}/@@cles", consultation.deadline, "soon", "Clés")

    def _needs_drill(self, collectivite, item, consultation):
        key = keys.get_key(collectivite, item["cle"])
        if key.revoked is not None:
            return False
        return key.last_drill is None or key.last_drill < consultation.deadline - rules.DRILL_BEFORE_OPENING


class CompanyTasks:
    """Named adapter of (person, request): deposits begun and not finished, invitations that wait for an answer."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def __call__(self):
        company = self.person.entreprise
        now = clock.now()
        found = []
        for brain in dossiers.of(company) if company is not None else ():
            if brain.review_state != "publiee" or brain.deadline <= now:
                continue
            consultation = brain.getObject()
            if any(entry.owner == self.person.userid for entry in store.under_way(consultation)):
                title = f"Dépôt commencé, non terminé : {brain.Title}"
                found.append(Task(title, f"{brain.getURL()}/@@repondre", brain.deadline, "do", "Dépôts", "Reprendre"))
            elif last_of(consultation, company.UID()) is not None:
                continue
            elif consultation.relation:
                title = f"Répondre à l’invitation : « {brain.Title} »"
                found.append(Task(title, brain.getURL(), brain.deadline, "do", "Invitations", "Répondre"))
            else:
                title, level = f"Date limite : « {brain.Title} »", "soon" if brain.deadline - now < SOON else "info"
                found.append(Task(title, brain.getURL(), brain.deadline, level, "Consultations suivies"))
        return found
