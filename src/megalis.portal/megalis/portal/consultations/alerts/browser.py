"""The pages of the alerts: ask for one, confirm it, command them all, stop at once.

What they call refuses before it writes anything, so a refusal leaves nothing behind.
"""

from functools import cached_property
from megalis.portal.consultations.alerts import letters
from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from megalis.portal.consultations.search import criteria as words
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.organisations import people
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from zope.interface import alsoProvides


OWN = ("courriel", "frequence", "envoyer", "_authenticator")


class Page(BrowserView):
    """What the pages share."""

    errors = ()

    @cached_property
    def site(self):
        return api.portal.get()

    @property
    def site_url(self):
        return self.site.absolute_url()

    @cached_property
    def person(self):
        return people.current(self.request)

    @property
    def frequencies(self):
        return list(rules.FREQUENCIES.items())

    def text(self, name):
        """Return a text of the form, "" for anything else."""
        value = self.request.form.get(name, "")
        return value[:300] if isinstance(value, str) else ""

    def said(self, query):
        """Return a saved search in French words."""
        return rules.said(rules.from_query(query), self.titles)

    @cached_property
    def titles(self):
        return letters.titles()

    def private(self):
        self.request.response.setHeader("Cache-Control", "no-store")
        self.request.response.setHeader("Referrer-Policy", "no-referrer")


class Ask(Page):
    """``/@@alerte?q=…``: an alert for a search of everybody."""

    door = "entreprises"
    page_title = "Recevoir une alerte par courriel"
    made = None

    @cached_property
    def parsed(self):
        return words.parse(self.request.form, OWN)

    @property
    def asked(self):
        return self.parsed[0]

    @property
    def problems(self):
        """What of the address could not be used, in words: an alert that watches more than was asked says so."""
        return [item.message for item in self.parsed[1]]

    @property
    def watched(self):
        return rules.watched(self.asked)

    @property
    def search(self):
        return rules.said(self.watched, self.titles)

    @property
    def search_url(self):
        return f"{self.site_url}/consultations{self.asked.query()}"

    @property
    def hidden(self):
        return self.watched.pairs(filters_only=True)

    @property
    def left_out(self):
        return " et ".join(rules.left_out(self.asked))

    @property
    def frequency(self):
        return self.text("frequence") or rules.DAILY

    @property
    def email(self):
        return self.text("courriel")

    def __call__(self):
        if self.request.method == "POST":
            try:
                require_post(self.request)
                self.join()
            except (Refusal, Refused) as refused:
                self.errors = [(refused.code, refused.message)]
                self.request.response.setStatus(getattr(refused, "status", 422))
        return self.index()

    def join(self):
        trusted = self.person is not None
        email = self.person.email if trusted else self.email
        self.made, to_confirm = store.subscribe(self.site, email, self.watched, self.frequency, trusted)
        if to_confirm:
            letters.send_confirmation(self.site, self.made)

    @property
    def known(self):
        """True when the alert speaks from now on: the person who asks has an account."""
        return self.made is not None and self.person is not None


class Confirm(Page):
    """``/@@alerte-confirmer``: the address answers. A POST, so that no program that follows links confirms by itself."""

    page_title = "Confirmer une alerte"
    done = False

    @cached_property
    def subscription(self):
        number = self.text("alerte")
        if not store.signed(number, self.text("jeton"), store.CONFIRM):
            return None
        return store.get(self.site, number)

    def __call__(self):
        self.private()
        if self.subscription is None:
            self.request.response.setStatus(404)
        elif self.request.method == "POST":
            alsoProvides(self.request, IDisableCSRFProtection)  # the signed link is the proof
            if self.subscription.state == rules.WAITING:
                store.confirm(self.site, self.subscription)
            self.done = True
        return self.index()

    @property
    def already(self):
        return self.subscription.state != rules.WAITING

    @property
    def manage_url(self):
        return letters.manage_url(store.address(self.site, self.subscription.address))


class Mine(Page):
    """``/@@mes-alertes``: all alerts of an address: that of the account, or that of the signed link of a message."""

    page_title = "Mes alertes"

    @cached_property
    def signed(self):
        """The Address of a signed link, or None."""
        key = self.text("adresse")
        return store.address(self.site, key) if store.signed(key, self.text("jeton"), store.MANAGE) else None

    @cached_property
    def address(self):
        if self.signed is not None or self.text("adresse"):
            return self.signed
        email = self.person.email if self.person is not None else ""
        return store.address(self.site, store.address_id(email.lower())) if email else None

    @property
    def known(self):
        """True when the page knows whose alerts it shows, were there none."""
        return self.address is not None or (self.person is not None and not self.text("adresse"))

    @property
    def email(self):
        return self.address.email if self.address is not None else self.person.email

    @property
    def proof(self):
        """The fields that carry the signed link from page to page: list of (name, value)."""
        return [("adresse", self.text("adresse")), ("jeton", self.text("jeton"))] if self.signed is not None else []

    def __call__(self):
        self.private()
        if not self.known:
            self.request.response.setStatus(404 if self.text("adresse") else 200)
        elif self.request.method == "POST":
            try:
                if self.signed is None:
                    require_post(self.request)
                else:
                    alsoProvides(self.request, IDisableCSRFProtection)
                message = self.obey()
            except (Refusal, Refused) as refused:
                self.errors = [(refused.code, refused.message)]
                self.request.response.setStatus(getattr(refused, "status", 422))
            else:
                api.portal.show_message(message, self.request)
                self.request.response.redirect(self.back, status=303)
                return ""
        return self.index()

    @property
    def back(self):
        if self.signed is None or store.address(self.site, self.signed.id) is None:
            return f"{self.site_url}/@@mes-alertes"
        return letters.manage_url(self.signed)

    def obey(self):
        """Do what a button asks; return what to say. Refused ``alerte.inconnue``."""
        asked = {item.id: item for item in store.of_address(self.site, self.address)}
        item = asked.get(self.text("alerte"))
        action = self.text("action")
        if action == "tout-arreter":
            count = store.stop(self.site, self.address)
            return f"{count} alerte{'s' if count > 1 else ''} en pause : « Reprendre » les remet en marche."
        if item is None:
            raise Refused("alerte.inconnue", "Cette alerte n’existe plus : rechargez la page.", self.text("alerte"))
        if action == "supprimer":
            store.remove(self.site, item)
            return f"Alerte supprimée : {self.said(item.query)}."
        if action == "pause":
            store.change(self.site, item, state=rules.PAUSED)
            return "Alerte en pause."
        if action == "reprendre":
            store.change(self.site, item, state=rules.ACTIVE)
            return "Alerte remise en marche."
        if action == "frequence":
            store.change(self.site, item, frequency=self.text("frequence"))
            return "Fréquence changée."
        raise Refused("alerte.action", "Ce bouton n’existe pas : rechargez la page.", action)

    @property
    def rows(self):
        """The alerts: dicts id, words, url, frequency, state, label, kind, since."""
        kinds = {rules.ACTIVE: "open", rules.PAUSED: "closed", rules.WAITING: "soon", rules.BOUNCED: "bad"}
        return [
            {
                "id": item.id,
                "words": self.said(item.query),
                "url": f"{self.site_url}/consultations{item.query}",
                "frequency": item.frequency,
                "state": item.state,
                "label": rules.STATES[item.state],
                "kind": kinds[item.state],
                "since": item.created,
            }
            for item in store.of_address(self.site, self.address)
        ]

    @property
    def can_stop(self):
        return any(row["state"] == rules.ACTIVE for row in self.rows)


class Unsubscribe(Mine):
    """``/@@alertes-desabonner``: one click stops them all (RFC 8058: mail programs post to it without any page)."""

    page_title = "Arrêter mes alertes"
    stopped = None

    @cached_property
    def address(self):
        return self.signed

    def __call__(self):
        self.private()
        if self.address is None:
            self.request.response.setStatus(404)
        elif self.request.method == "POST":
            alsoProvides(self.request, IDisableCSRFProtection)  # the signed link is the proof
            self.stopped = store.stop(self.site, self.address)
        return self.index()

    @property
    def manage_url(self):
        return letters.manage_url(self.address)
