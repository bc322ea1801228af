"""A formal procedure tells its result within thirty days of the signature (R. 2183-1), forty-eight for a concession."""

from datetime import timedelta
from html import unescape
from megalis.portal.awards import signing
from megalis.portal.awards import steps
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.tracking import morning
from megalis.portal.consultations.tracking import rules as tracking
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import people
from megalis.portal.upgrades.v20261126200 import note_award_notices
from plone import api
from tests.awards.conftest import ROLES
from tests.awards.scene import Awarding
from tests.awards.test_notification import award
from tests.awards.test_notification import read

import pytest
import transaction


DAY = timedelta(days=1)
FORMAL = {"bidders": 1, "procedure": "appel-offres-ouvert", "estimated_value": 9_000_000}


def notified(scene):
    award(scene)
    workflow.fire(scene.consultation, "decider")
    scene.consultation.sole_candidate = True
    workflow.fire(scene.consultation, "notifier")


@pytest.fixture
def formal(as_agents):
    found = Awarding(as_agents, **FORMAL).analyse()
    found.consultation.supports = ("profil", "boamp", "joue")
    return found


def limit(scene):
    """The last instant as the boards read it, None when none is awaited."""
    brain = scene.portal.portal_catalog.unrestrictedSearchResults(UID=consultations.uuid(scene.consultation))[0]
    (due,) = [due for due in tracking.dues(brain.review_state, None, brain.milestones) if due.kind == "avis"] or [None]
    return due and due.at


def road(scene):
    found = steps.steps(scene.consultation, clock.now())
    return next(((step["css"], step["note"]) for step in found if step["title"] == "Avis d’attribution"), None)


def declared(scene, support):
    day = clock.paris(clock.now()).date()
    return sending.declare(scene.consultation, support, "attribution", "Anne", "26-100", day)


def test_it_is_due_a_month_after_the_notification_until_each_support_has_it(formal):
    notified(formal)
    day = clock.paris(clock.now() + 30 * DAY)
    assert f"{clock.paris(limit(formal)):%d/%m/%Y %H:%M:%S}" == f"{day:%d/%m/%Y} 23:59:59"
    assert road(formal) == ("here", f"JOUE, BOAMP, avant le {clock.french_date(day, weekday=False)}")
    _title, text, view, label = steps.NextAward(formal.consultation).action(clock.now())
    assert (view, label) == ("@@publicite", "Envoyer l’avis d’attribution")
    assert clock.french_date(day, weekday=False) in text
    declared(formal, "boamp")
    assert limit(formal) is not None
    assert " : JOUE (R. 2183-1" in steps.NextAward(formal.consultation).action(clock.now())[1]
    record = declared(formal, "joue")
    assert limit(formal) is None and road(formal) == ("done", "envoyé")
    record.state = "refuse"
    sending.tell(formal.consultation, record, "refuse")
    assert limit(formal) is not None


def test_a_contract_signed_before_it_is_notified_counts_from_its_signature(formal):
    award(formal)
    workflow.fire(formal.consultation, "decider")
    assert limit(formal) is None
    signing.add(formal.consultation, "", (Attachment("offre.pdf", b"%PDF-1.4 a"),), "titulaire", "Anne")
    assert limit(formal) is None
    signing.add(formal.consultation, "", (Attachment("acte.pdf", b"%PDF-1.4 b"),), "acheteur", "Anne")
    signed = clock.now()
    assert limit(formal) is not None
    formal.consultation.sole_candidate = True
    clock.set_for_tests(signed + 9 * DAY)
    workflow.fire(formal.consultation, "notifier")
    assert clock.paris(limit(formal)).date() == clock.paris(signed + 30 * DAY).date()


def test_the_upgrade_notes_it_on_sites_whose_boards_did_not_know(formal):
    notified(formal)
    known = limit(formal)
    catalog = formal.portal.portal_catalog
    rid = catalog.getrid("/".join(formal.consultation.getPhysicalPath()))
    place = catalog._catalog.schema["milestones"]
    kept = catalog._catalog.data[rid]
    former = {name: at for name, at in kept[place].items() if name != "notice"}
    catalog._catalog.data[rid] = (*kept[:place], former, *kept[place + 1 :])
    assert limit(formal) is None
    note_award_notices(formal.portal.portal_setup)
    assert limit(formal) == known


def test_a_mapa_below_the_thresholds_needs_none(scene):
    notified(scene)
    assert limit(scene) is None and road(scene) is None


def test_a_concession_has_forty_eight_days(as_agents):
    scene = Awarding(as_agents, **{**FORMAL, "procedure": "concession", "nature": "services", "months": 48}).analyse()
    scene.consultation.supports = ("profil", "boamp", "joue")
    notified(scene)
    assert clock.paris(limit(scene)).date() == clock.paris(clock.now() + 48 * DAY).date()


@pytest.fixture
def waiting(functional_portal):
    """A notified open call whose award notice did not leave, where a browser sees it."""
    with api.env.adopt_roles(ROLES):
        found = Awarding(functional_portal, **FORMAL).analyse()
        found.consultation.supports = ("profil", "boamp", "joue")
        notified(found)
        transaction.commit()
        yield found
    clock.set_for_tests()


def test_the_board_the_steps_of_the_award_and_the_publicity_show_it_to_an_agent(waiting, visit):
    agent, day = visit(waiting.buyer), clock.paris(clock.now() + 30 * DAY)
    agent.open(f"{waiting.town.absolute_url()}/@@suivi")
    row = read(agent).partition(waiting.consultation.reference)[2].partition("</tr>")[0]
    assert "Avis d’attribution à envoyer" in row and f" {day.day} " in row and ", 23:59" in row, row
    agent.getLink(waiting.consultation.title, index=0).click()
    agent.getLink("Attribution, pas à pas").click()
    assert f"JOUE, BOAMP, avant le {clock.french_date(day, weekday=False)}" in read(agent)
    agent.getLink("Envoyer l’avis d’attribution").click()
    assert "@@publicite" in agent.url and "Avis d’attribution" in read(agent)


def reminded(scene, instant):
    """Return the texts of the reminders that wait for the buyer once the worker passed that morning."""
    for at in (instant - DAY, instant, instant + timedelta(minutes=1)):
        clock.set_for_tests(at)
        morning.tick(WorkerTick(scene.portal, clock.now(), True))
    to = people.get(scene.buyer).email
    return [
        unescape(message.payload["text"])
        for message in outbox.messages(scene.portal)
        if message.payload.get("to") == to and "Choisir mes rappels" in message.payload.get("text", "")
    ]


@pytest.mark.parametrize(
    "days, told", [(-6, "Avis d’attribution à envoyer dans 6 jours, "), (-1, "Avis d’attribution à envoyer demain, ")]
)
def test_a_mail_of_the_morning_tells_of_it(formal, days, told):
    notified(formal)
    texts = reminded(formal, limit(formal) + days * DAY - timedelta(hours=12))
    assert [text for text in texts if told in text], texts


def test_no_mail_tells_of_it_once_it_left(formal):
    notified(formal)
    last = limit(formal)
    for support in ("boamp", "joue"):
        declared(formal, support)
    assert reminded(formal, last - DAY) == []
