"""``@@mes-rappels``: what an agent wants to be reminded of in the morning."""

from megalis.portal.consultations.tracking import morning
from megalis.portal.consultations.tracking import reminding
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Page


class Choices(Page):
    """The form; only agents have reminders."""

    door = "agents"
    page_title = "Mes rappels"
    page_intro = "Un seul message le matin, à 7 h, quand une date approche ou vient de passer."
    crumb_title = "Mes rappels"
    steps = tuple(reminding.STEPS.items())
    scopes = tuple(reminding.SCOPES.items())

    @property
    def url(self):
        return f"{self.site_url}/@@mes-rappels"

    @property
    def agent(self):
        return self.person is not None and self.person.kind == people.AGENT

    @property
    def choice(self):
        return morning.choice_of(self.site, self.person.userid)

    def do_choisir(self):
        if not self.agent:
            raise Refusal("rappels.agent", "Les rappels sont pour les agents des collectivités.", 403)
        scope = self.field("portee")
        if scope not in reminding.SCOPES:
            raise Refusal("rappels.portee", "Choisissez de quelles consultations vous voulez les rappels.", 422)
        steps = tuple(step for step in reminding.STEPS if step in self.fields("etapes"))
        if scope != reminding.NONE and not steps:
            raise Refusal("rappels.etapes", "Cochez au moins un moment, ou choisissez « Aucun rappel ».", 422)
        morning.choose(self.site, self.person.userid, reminding.Choice(scope, steps))
        self.done("Vos rappels sont enregistrés.", f"{self.site_url}/espace-agent")
