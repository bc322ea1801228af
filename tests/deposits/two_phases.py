"""A restricted call in two phases, from the candidatures on: what every test of the followings starts from."""

from dataclasses import replace
from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import selection
from megalis.portal.deposits import closing
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import Scene


PAPER = {"DC1.pdf": b"%PDF-1.4 candidature"}
PRICES = {"prix.pdf": b"%PDF-1.4 prix"}
SIRENS = ("732829320", "552100554", "443061841", "542051180", "775670417", "392862587")
AGENTS = ("Manager", "Acheteur", "Valideur", "PorteurDeCle")


class TwoPhases(Scene):
    """``companies``: depositors in the order of SIRENS; all steps are those of the rooms' own functions."""

    def __init__(
        self, portal, procedure="appel-offres-restreint", envelopes=("candidature",), lots=("1", "2"), **fields
    ):
        super().__init__(portal, lots=lots, envelopes=envelopes, in_days=31)
        self.consultation.procedure = procedure
        for name, value in fields.items():
            setattr(self.consultation, name, value)
        self.publish()
        self.companies = []

    def apply(self, *plis, consultation=None):
        """One more company deposits ``plis`` in time; return its Depositor."""
        siret = numbers.siret_of(SIRENS[len(self.companies)])
        found = self.company(siret, f"Entreprise {len(self.companies) + 1}")
        found = replace(found, email=people.get(found.userid).email)
        self.companies.append(found)
        self.deposit(found, *plis, consultation=consultation)
        return found

    def deposit(self, depositor, *plis, consultation=None):
        consultation = consultation or self.consultation
        demand, tails = bid(consultation, depositor, *plis)
        return service.finish(consultation, depositor, demand, tails, clock.now())[0]

    def open(self, kind, consultation=None):
        """Pass the deadline, close and begin the opening of a kind of envelope."""
        consultation = consultation or self.consultation
        due = consultation.deadline + timedelta(seconds=11)
        if clock.now() < due:
            clock.set_for_tests(due)
        closing.close(consultation)
        with api.env.adopt_roles(AGENTS):
            opening.start(consultation, kind, self.holder)

    def select(self, *rejected, by="Agent"):
        """Keep every candidature but those of ``(depositor, lot, reason)``; conclude."""
        out = {(depositor.company, lot): reason for depositor, lot, reason in rejected}
        verdicts = {}
        for row in selection.rows(self.consultation):
            key = (row["candidate"], row["lot"])
            verdicts[key] = (key not in out, out.get(key, ""))
        selection.keep(self.consultation, verdicts)
        selection.conclude(self.consultation, by)

    def follow(self, relation, days, consultation=None, only=None, publish=True, **more):
        """Launch and publish a following, its deadline in ``days``; return it."""
        consultation = consultation or self.consultation
        guests = launching.guests(consultation, relation)
        invited = [
            {"key": guest["key"], "email": guest["email"] or "contact@entreprise.example", **more.pop("extra", {})}
            for guest in guests
            if only is None or guest["company"] in {item.company for item in only}
        ]
        reference, _title = launching.proposed(consultation, relation)
        deadline = (clock.now() + timedelta(days=days)).replace(microsecond=0)
        with api.env.adopt_roles(AGENTS):
            made = launching.launch(consultation, relation, reference, deadline, invited, **more)
            if publish:
                self.make_public(made)
        return made

    def make_public(self, consultation):
        self.drill()
        with api.env.adopt_roles(AGENTS):
            workflow.fire(consultation, "soumettre")
            workflow.fire(consultation, "publier")
        return consultation

    def keys_of_town(self):
        return keys.all_keys(self.town)

    def drill(self):
        """Every holder does his drill again."""
        for key in keys.all_keys(self.town):
            key.last_drill = clock.now()

    def decide(self, consultation, winner, numbers_=("1",)):
        """Award lots to a company, and make it final."""
        taken = {
            number: {
                "decision": "attribue",
                "reason": "",
                "winner": winner.name,
                "winner_siret": winner.siret,
                "amount": 1000,
            }
            for number in numbers_
        }
        with api.env.adopt_roles(AGENTS):
            if workflow.api.workflow_state(consultation) == "ouverture":
                workflow.fire(consultation, "analyser")
            workflow.decide(consultation, taken)
            workflow.fire(consultation, "decider")
