"""``@@cles``: the key room of a collectivité."""

from functools import cached_property
from megalis.portal.deposits import keys
from megalis.portal.deposits import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import people
from plone import api
from plone.protect.authenticator import createToken
from Products.Five.browser import BrowserView


class KeyRoom(BrowserView):
    """Who holds what, the last drill of each key, and what is missing for a publication."""

    page_title = "Salle des clés"

    @cached_property
    def now(self):
        return clock.now()

    @property
    def token(self):
        return createToken()

    @cached_property
    def person(self):
        return people.current(self.request)

    @property
    def may_hold(self):
        return api.user.has_permission("megalis: Hold key", obj=self.context)

    @property
    def may_manage(self):
        return api.user.has_permission("megalis: Manage keys", obj=self.context)

    @cached_property
    def keys(self):
        return [key for key in keys.all_keys(self.context) if key.last_drill is not None or self._mine(key)]

    def _mine(self, key):
        return self.person is not None and key.holder == self.person.userid

    @property
    def rows(self):
        found = []
        for key in sorted(
            self.keys, key=lambda key: (key.revoked is not None, rules.ROLES.index(key.role), key.created)
        ):
            found.append(
                {
                    "key": key,
                    "role": rules.ROLE_LABELS[key.role],
                    "mine": self._mine(key),
                    "badge": self._badge(key),
                    "until": key.last_drill + rules.DRILL_VALIDITY if key.last_drill else None,
                }
            )
        return found

    def _badge(self, key):
        if key.revoked is not None:
            return "bad", "Révoquée"
        if key.last_drill is None:
            return "draft", "À prouver"
        if not rules.drill_is_fresh(key.last_drill, self.now):
            return "soon", "Exercice à refaire"
        return "ok", "Prouvée"

    @property
    def missing(self):
        found = [key for key in self.keys if key.active]
        return rules.publication_keys(((key.role, key.last_drill) for key in found), self.now)


class RevokePage(BrowserView):
    """``@@cles-revoquer``: the form of the key room that puts a key out of use."""

    def __call__(self):
        if self.request.method == "POST":
            require_own_page(self.request)
            self.revoke()
        self.request.response.redirect(f"{self.context.absolute_url()}/@@cles")
        return ""

    def revoke(self):
        told = "La clé est révoquée. Les plis déjà scellés pour elle restent lisibles par elle."
        try:
            key = keys.get_key(self.context, self.request.form.get("cle"))
            keys.revoke(self.context, key, self.request.form.get("motif"))
        except Refusal as refusal:
            api.portal.show_message(refusal.message, self.request, "error")
        else:
            api.portal.show_message(told, self.request)
