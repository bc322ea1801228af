"""Tasks of a workspace, as a list and as a board, and its decisions."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.kernel import hours
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from zExceptions import NotFound


class Tasks(Page):
    """``@@taches``: as a list, or as a board (``vue=tableau``)."""

    tab = "taches"
    page_title = "Tâches"
    states = tuple(rules.TASK_STATES.items())

    @property
    def board(self):
        return self.field("vue") == "tableau"

    @property
    def url(self):
        return f"{self.space_url}/@@taches{'?vue=tableau' if self.field('retour') == 'tableau' or self.board else ''}"

    @property
    def form_url(self):
        return f"{self.space_url}/@@taches"

    @cached_property
    def only_mine(self):
        return self.field("qui") == "moi"

    @cached_property
    def chosen(self):
        found = [t for t in self.context.tasks.values() if not self.only_mine or t.who == self.userid]
        return rules.in_order(found, self.today)

    def row(self, task):
        state = task.state
        kinds = {rules.TODO: "", rules.DOING: "run", rules.DONE: "ok", rules.DROPPED: "closed"}
        late = rules.is_late(task.due, state, self.today)
        return {
            "id": task.id,
            "title": task.title,
            "url": f"{self.space_url}{service.task_url(task)}",
            "who": task.who_name + ("" if not task.who or task.who in self.context.members else " (n’est plus membre)"),
            "due": task.due,
            "late": late,
            "state": state,
            "badge": ("bad", "En retard") if late else (kinds[state], rules.TASK_STATES[state]),
            "moves": [(name, rules.TASK_STATES[name]) for name in rules.TASK_MOVES[state]],
            "said": len(task.comments),
        }

    @property
    def rows(self):
        return [self.row(task) for task in self.chosen]

    @property
    def columns(self):
        rows = self.rows
        return [(name, rules.TASK_STATES[name], [row for row in rows if row["state"] == name]) for name in rules.BOARD]

    def values(self):
        """Return what the form of a task says. Refused ``tache.*``, ``date``, ``membre.inconnu``."""
        return {
            "title": self.field("titre"),
            "html": self.rich(required=False, code="tache.texte"),
            "who": self.person_of("qui"),
            "due": hours.day_of(self.field("echeance")) if self.field("echeance") else None,
        }

    def do_creer(self):
        made = service.save_task(self.context, self.rights, self.person, self.values())
        self.done("La tâche est créée.", f"{self.space_url}{service.task_url(made)}")

    def do_etat(self):
        task = service.find_task(self.context, self.field("id"))
        service.move_task(self.context, self.rights, self.person, task, self.field("etat"))
        self.done(f"« {task.title} » : {rules.TASK_STATES[task.state].lower()}.")


class Task(Tasks):
    """``@@tache?id=``."""

    @cached_property
    def task(self):
        found = self.context.tasks.get(self.field("id")) if self.field("id") else None
        if found is None:
            raise NotFound("tache")
        return found

    def __call__(self):
        _found = self.task
        return super().__call__()

    @property
    def page_title(self):
        return self.task.title

    @property
    def url(self):
        return f"{self.space_url}{service.task_url(self.task)}"

    @property
    def form_url(self):
        return f"{self.space_url}/@@tache"

    @property
    def drops(self):
        return self.rights.writes and (self.rights.leads or self.task.by == self.userid)

    @staticmethod
    def plain_of(html):
        """Return what the plain field of the details begins with."""
        return richtext.as_text(html) if html else ""

    def do_enregistrer(self):
        service.save_task(self.context, self.rights, self.person, self.values(), self.task)
        self.done("La tâche est enregistrée.")

    def do_etat(self):
        service.move_task(self.context, self.rights, self.person, self.task, self.field("etat"))
        self.done(f"« {self.task.title} » : {rules.TASK_STATES[self.task.state].lower()}.")

    def do_supprimer(self):
        service.drop_task(self.context, self.rights, self.person, self.task)
        self.done("La tâche est supprimée.", f"{self.space_url}/@@taches")

    def do_commenter(self):
        html = self.rich(code="commentaire", name="Le commentaire")
        service.comment(self.context, self.rights, self.task, self.person, html, service.task_url(self.task))
        self.done("Votre commentaire est publié.", f"{self.url}#commentaires")


class Decisions(Page):
    """``@@decisions``."""

    tab = "decisions"
    page_title = "Décisions"

    @property
    def rows(self):
        """The decisions, last first: dicts."""
        kinds = {rules.PROPOSED: "run", rules.ADOPTED: "ok", rules.REJECTED: "bad"}
        return [
            {
                "rank": item.rank,
                "number": item.number,
                "title": item.title,
                "html": item.html,
                "day": item.day,
                "name": item.name,
                "badge": (kinds[item.state], rules.DECISION_STATES[item.state]),
                "settled": item.settled,
                "open": item.state == rules.PROPOSED,
                "comments": self.comments_of(item),
            }
            for item in reversed(list(self.context.decisions.values()))
        ]

    def do_proposer(self):
        day = hours.day_of(self.field("date")) if self.field("date") else self.today
        html = self.rich(code="decision.texte", name="Les termes")
        made = service.propose(self.context, self.rights, self.person, self.field("titre"), html, day)
        self.done(f"La décision {made.number} est proposée.", f"{self.space_url}{service.decision_url(made)}")

    def _settle(self, state, words):
        found = service.find_decision(self.context, self.field("rang"))
        service.settle(self.context, self.rights, self.person, found, state)
        self.done(words, f"{self.space_url}{service.decision_url(found)}")

    def do_adopter(self):
        self._settle(rules.ADOPTED, "La décision est adoptée.")

    def do_rejeter(self):
        self._settle(rules.REJECTED, "La décision est rejetée.")
