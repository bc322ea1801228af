"""``@@cles``: the key room of a collectivité."""

from datetime import timedelta
from functools import cached_property
from megalis.portal.deposits import keys
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.custody import picture
from megalis.portal.deposits.custody import rules as custody
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.theme.browser import HTML
from plone import api
from plone.protect.authenticator import createToken
from Products.Five.browser import BrowserView


MOST = 12  # consultations in the picture, the nearest deadlines; the table has them all


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

    @cached_property
    def alive(self):
        return coverage.alive(self.context, self.now)

    @cached_property
    def holders(self):
        return membership.holders(self.context, "porteurs")

    def _opens(self, key):
        """Return the consultations whose bids this key opens, or will."""
        return [held for held in self.alive if key.fingerprint in {one["fingerprint"] for one in self._items(held)}]

    def _items(self, held):
        return recipients.openers(held.gate)

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
                    "badge": custody.shown(coverage.facts_of(key, self.holders), self.now),
                    "until": key.last_drill + rules.DRILL_VALIDITY if key.last_drill else None,
                    "soon": key.expires - self.now <= timedelta(days=custody.WARNINGS[0]),
                    "opens": self._opens(key),
                }
            )
        return found

    @cached_property
    def consultations(self):
        """Return a row for each consultation whose bids are sealed: its keys, its margin."""
        names = {key.fingerprint: key for key in keys.all_keys(self.context)}
        found = []
        for held in self.alive:
            cover = held.coverage
            discs = [self._disc(item, cover, names) for item in self._items(held)]
            found.append(
                {
                    "consultation": held.consultation,
                    "bids": len(cover.bids),
                    "dead": cover.dead,
                    "discs": discs,
                    "margin": custody.margin_words(cover.margin),
                    "proved": custody.margin_words(cover.proved_margin)[1],
                    "thin": cover.proved_margin != cover.margin,
                }
            )
        return found

    def _disc(self, item, cover, names):
        state = cover.states.get(item["fingerprint"], custody.ABSENT)
        key = names.get(item["fingerprint"])
        label = rules.ROLE_LABELS[item["role"]]
        holder = key.holder_name if key is not None else "inconnu"
        every = all(item["fingerprint"] in group for group in cover.groups)
        if state not in custody.OPENS:
            kind = picture.NONE
        elif not every:
            kind = picture.PART
        else:
            kind = picture.FULL if state == custody.PROVED else picture.HALF
        return picture.Disc("C" if item["role"] == "secours" else label[0], kind, f"{label}, {holder}")

    @property
    def figure(self):
        lines = [
            picture.Line(row["consultation"].reference, tuple(row["discs"]), row["margin"][1])
            for row in self.consultations[:MOST]
        ]
        told = "Pour chaque consultation, les clés qui ouvrent ses plis et combien peuvent manquer."
        return HTML(picture.figure("marges", told, lines))

    @property
    def may_open(self):
        return api.user.has_permission("megalis: Open bids", obj=self.context)

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
