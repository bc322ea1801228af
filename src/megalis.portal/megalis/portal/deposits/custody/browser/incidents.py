"""``@@incidents-cles``: declare that a key is lost or stolen, see what it changes, take the minutes."""

from functools import cached_property
from megalis.portal.deposits import keys
from megalis.portal.deposits import rules as deposit_rules
from megalis.portal.deposits.custody import incidents
from megalis.portal.deposits.custody import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import people
from megalis.portal.theme.export import send_pdf
from plone import api
from Products.Five.browser import BrowserView
from zExceptions import NotFound


class Incidents(BrowserView):
    """The incidents of a collectivité; a holder declares those of his key, the administrator those of any."""

    page_title = "Clé perdue ou volée"

    def __call__(self):
        self.problem = None
        if self.request.method == "POST":
            require_own_page(self.request)
            if self.act():
                self.request.response.redirect(self.url)
                return ""
            self.request.response.setStatus(422)
        return self.index()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@incidents-cles"

    @cached_property
    def person(self):
        return people.current(self.request)

    @property
    def may_manage(self):
        return api.user.has_permission("megalis: Manage keys", obj=self.context)

    def _mine(self, key):
        holds = api.user.has_permission("megalis: Hold key", obj=self.context)
        return holds and self.person is not None and key.holder == self.person.userid

    @cached_property
    def declarable(self):
        """Return ``(Key, label)`` of the keys this person may declare an incident on."""
        found = [key for key in keys.all_keys(self.context) if key.last_drill is not None and not key.lost]
        return [
            (key, f"{deposit_rules.ROLE_LABELS[key.role]}, {key.holder_name}, {key.fingerprint[:16]}")
            for key in found
            if self.may_manage or self._mine(key)
        ]

    @property
    def kinds(self):
        return [(kind, *words) for kind, words in rules.INCIDENTS.items()]

    @property
    def today(self):
        return f"{clock.paris(clock.now()):%Y-%m-%d}"

    def value(self, name, default=""):
        found = self.request.form.get(name, default)
        return found if isinstance(found, str) else default

    def act(self):
        """Do what the form asks; return True when it is done, else keep the problem for the page."""
        try:
            if self.value("retrouvee"):
                self._found()
            else:
                self._declare()
        except Refusal as refusal:
            self.problem = refusal
            return False
        return True

    def _declare(self):
        wanted = self.value("cle")
        if wanted not in {key.id for key, _label in self.declarable}:
            raise Refusal("cle", "Choisissez une des clés proposées : la vôtre, ou toute clé si vous administrez.", 403)
        who = self.person.fullname if self.person is not None else api.user.get_current().getUserName()
        noticed = rules.noticed(self.value("constat"), clock.now())
        incident = incidents.declare(
            self.context, wanted, self.value("genre"), noticed, self.value("circonstances"), who
        )
        lost = sum(effect.dead for effect in incident.effects)
        told = "L’incident est déclaré : la clé est hors service. Prenez le constat en PDF ci-dessous."
        if lost:
            told += f" {lost} pli(s) ne s’ouvrent plus : leurs auteurs sont avertis par courriel."
        api.portal.show_message(told, self.request)

    def _found(self):
        incident = incidents.find(self.context, self.value("retrouvee"))
        if not (self.may_manage or self._mine(keys.get_key(self.context, incident.key))):
            raise Refusal("porteur", "Seuls le porteur de cette clé et l’administrateur le disent retrouvée.", 403)
        who = self.person.fullname if self.person is not None else api.user.get_current().getUserName()
        incidents.found_again(self.context, incident, who)
        api.portal.show_message("La clé est notée comme retrouvée : elle ouvre de nouveau ses plis.", self.request)

    @property
    def rows(self):
        found = []
        for incident in incidents.incidents(self.context):
            label, _meaning = rules.INCIDENTS[incident.kind]
            key = keys.get_key(self.context, incident.key)
            found.append(
                {
                    "incident": incident,
                    "label": label,
                    "role": deposit_rules.ROLE_LABELS[incident.role],
                    "effects": [
                        {
                            "effect": effect,
                            "before": rules.margin_words(effect.before),
                            "after": rules.margin_words(effect.after),
                        }
                        for effect in incident.effects
                    ],
                    "closable": incident.found is None and (self.may_manage or self._mine(key)),
                }
            )
        return found


class MinutesPDF(BrowserView):
    """``@@incident-cle.pdf?incident=``: the minutes of the incident."""

    def __call__(self):
        try:
            incident = incidents.find(self.context, self.request.form.get("incident", ""))
        except Refusal as refusal:
            raise NotFound(refusal.message) from refusal
        return send_pdf(
            self.request, f"constat-cle-{incident.id[:8]}.pdf", incidents.minutes_pdf(self.context, incident)
        )
