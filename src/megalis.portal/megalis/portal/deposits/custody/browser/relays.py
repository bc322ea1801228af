"""Giving bids to one more key: the page, and the addresses its script and a terminal use."""

from functools import cached_property
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules as deposit_rules
from megalis.portal.deposits.browser.api import AgentView
from megalis.portal.deposits.browser.pages import ConsultationPage
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.custody import relays
from megalis.portal.deposits.custody import rules
from megalis.portal.kernel.http import read_json
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.organisations import people
from plone.protect.authenticator import createToken


class RelayPage(ConsultationPage):
    """``@@relais``: which keys open the bids of this consultation, and giving those received to one more."""

    page_title = "Donner les plis à une autre clé"

    @property
    def token(self):
        return createToken()

    @cached_property
    def gate(self):
        return recipients.gate(self.context)

    @cached_property
    def coverage(self):
        return coverage.coverage(self.context, coverage.states(self.buyer, self.now), self.now)

    @property
    def margin(self):
        return rules.margin_words(self.coverage.margin)

    @property
    def total(self):
        return len(self.coverage.bids)

    @property
    def mine(self):
        person = people.current(self.request)
        return opening.presentable(self.context, person.userid) if person is not None else []

    @property
    def openers(self):
        found = []
        for item in recipients.openers(self.gate) if self.gate is not None else ():
            person = people.get(item["porteur"])
            state = self.coverage.states.get(item["fingerprint"], rules.ABSENT)
            found.append(
                {
                    "role": deposit_rules.ROLE_LABELS[item["role"]],
                    "holder": person.fullname if person is not None else "parti",
                    "fingerprint": item["fingerprint"],
                    "badge": rules.BADGES[state],
                    "count": self.coverage.opened_by(item["fingerprint"]),
                }
            )
        return found

    @property
    def candidates(self):
        if self.gate is None:
            return []
        return [
            {
                "id": key.id,
                "role": deposit_rules.ROLE_LABELS[key.role],
                "holder": key.holder_name,
                "fingerprint": key.fingerprint,
                "count": self.coverage.opened_by(key.fingerprint),
                "refusal": refusal,
            }
            for key, refusal in relays.candidates(self.context, self.now)
        ]


class Batch(AgentView):
    """GET ``?pour=CLE``: the headers of the next bids that this key does not open yet, at most 50."""

    def reply(self):
        return relays.batch(self.context, self.request.form.get("pour"), self.who[0])


class Keep(AgentView):
    """POST ``{"pour","par","relais":[{"pli","octets"}]}``: the relays made in the holder's browser."""

    act = "relais"

    def reply(self):
        require_post(self.request)
        return relays.keep(self.context, read_json(self.request), *self.who)


class HandOver(AgentView):
    """GET ``?pli=``: the relay by which this bid was given to one of the holder's keys, for his browser or a terminal."""

    def reply(self):
        mine = opening.holder_key(self.context, self.who[0])
        pli = self.request.form.get("pli", "")
        found = relays.relays_for(self.context, pli, mine) if is_uuidhex(pli) else []
        if not found:
            raise Refusal("relais-absent", "Ce pli n’a été relayé à aucune de vos clés.", 404)
        response = self.request.response
        response.setHeader("Content-Type", "application/octet-stream")
        response.setHeader("Content-Disposition", f'attachment; filename="{pli}.relais"')
        response.setHeader("Cache-Control", "no-store")
        return found[0]

    def answer(self, value, status=200):
        return value if isinstance(value, bytes) else super().answer(value, status)
