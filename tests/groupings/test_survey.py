"""A convention signed by its members, a survey sent to them, answered, frozen by the clock; what comes late stands aside."""

from datetime import timedelta
from decimal import Decimal
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import dashboard
from megalis.portal.groupings import minutes
from megalis.portal.groupings import service
from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import survey
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import GroupGathered
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import people
from plone import api
from pypdf import PdfReader
from tests.groupings.conftest import answered
from tests.groupings.conftest import CLOSES
from tests.groupings.conftest import gathered
from tests.groupings.conftest import mails
from tests.groupings.conftest import NOW
from tests.groupings.conftest import typed
from tests.groupings.conftest import VALUES
from zope.annotation.interfaces import IAnnotations
from zope.component import getGlobalSiteManager
from zope.component import provideHandler
from zope.globalrequest import getRequest

import io
import pytest


def sees(userid, content):
    """Tell whether somebody may read a page in a request of its own: roles are remembered for the time of one."""
    remembered = IAnnotations(getRequest())
    for key in [key for key in remembered if "localrole" in str(key)]:
        del remembered[key]
    return api.user.has_permission("View", username=people.get(userid).login, obj=content)


def tasks(userid):
    person = people.get(userid)
    with api.env.adopt_user(person.login):
        return {task.title: task for task in dashboard.Tasks(person, None)()}


def tick(world, at):
    clock.set_for_tests(at)
    surveying.tick(WorkerTick(world.site, at, True))


def facts(item):
    return [event["fait"] for event in journal.events(item, service.EVENT)]


def test_a_convention_is_accepted_then_signed_by_all(world):
    told = []
    provideHandler(told.append, (GroupGathered,))
    try:
        item = service.create(world.a, VALUES, world.acheteurs)
        assert not sees(world.other, item) and sees(world.lecteurs, item)
        service.invite(item, world.b, world.acheteurs)
        assert sees(world.other, item)
        assert "Répondre à l’invitation : « Fournitures de bureau et sel de déneigement »" in tasks(world.other)
        assert [mail["to"] for mail in mails(world.site)] == ["administrateurs@b.exemple.fr"]
        with pytest.raises(Refused) as refused:
            service.act(item, world.a_uid, "signer", world.valideurs, "Le maire")
        assert refused.value.code == "membre.attente"
        service.act(item, world.b_uid, "accepter", world.other)
        assert any(title.startswith("Signer la convention") for title in tasks(world.valideurs))
        service.act(item, world.a_uid, "signer", world.valideurs, "Le maire")
        assert item.stage == "signatures"
        service.act(item, world.b_uid, "signer", world.other, "La maire", "2026-12")
        assert item.stage == "signee"
    finally:
        getGlobalSiteManager().unregisterHandler(told.append, (GroupGathered,))
    assert facts(item) == ["creation", "invitation", "accepter", "signer", "signer", "convention-signee"]
    assert told[0].members == (world.a_uid,) and told[-1].members == (world.a_uid, world.b_uid)
    with pytest.raises(Refused) as refused:
        service.update(item, {**VALUES, "scope": "Autre"}, world.acheteurs)
    assert refused.value.code == "convention.signee"


def test_a_text_changed_after_an_acceptance_is_put_to_the_member_again(world):
    item = gathered(world, signed=False)
    assert service.update(item, {**VALUES, "scope": "Papier seulement"}) == ["scope"]
    assert item.members[world.b_uid].state == "invite" and item.members[world.a_uid].state == "accepte"
    assert (
        mails(world.site)[-1]["subject"]
        == "Convention de groupement modifiée : Fournitures de bureau et sel de déneigement"
    )


def test_who_refuses_or_is_put_out_reads_no_more(world):
    item = service.create(world.a, VALUES)
    service.invite(item, world.b)
    service.act(item, world.b_uid, "refuser", world.other)
    assert not sees(world.other, item)
    service.invite(item, world.b)
    service.remove(item, world.b_uid)
    assert not sees(world.other, item) and world.b_uid not in item.members


def test_the_survey_is_answered_corrected_and_frozen_at_its_second(world, stop_clock):
    item = gathered(world)
    surveying.send(item, CLOSES, world.acheteurs)
    title = next(
        title for title in tasks(world.other) if title.startswith("Dire vos besoins avant le 1er juin 2026, 12:00")
    )
    assert tasks(world.other)[title].due == CLOSES
    stop_clock(CLOSES - timedelta(seconds=1))
    surveying.keep_draft(item, world.b_uid, typed(item, Papier_A4="x"), {}, world.other)
    assert item.answers[world.b_uid].sent is None
    surveying.send_answer(item, world.b_uid, typed(item, Papier_A4="100", Papier_A3="0", Sel="1,5"), {}, world.other)
    surveying.send_answer(
        item, world.b_uid, typed(item, Papier_A4="110", Papier_A3="0", Sel="1500 kg"), {}, world.other
    )
    stop_clock(CLOSES)
    with pytest.raises(Refused) as refused:
        surveying.send_answer(item, world.b_uid, typed(item, Papier_A4="1", Papier_A3="0", Sel="1"), {}, world.other)
    assert refused.value.code == "enquete.figee"
    rows = {row.line.title: row for row in surveying.table(item).rows}
    assert rows["Papier A4"].by == {world.a_uid: None, world.b_uid: Decimal(110)}
    assert rows["Sel"].total == Decimal("1.5")
    assert surveying.table(item).missing == (world.a_uid,)


def test_a_wrong_answer_changes_nothing_and_says_every_line(world):
    item = gathered(world)
    surveying.send(item, CLOSES)
    with pytest.raises(surveying.Wrong) as wrong:
        surveying.send_answer(item, world.b_uid, typed(item, Papier_A4="300 kg", Sel="-1"), {}, world.other)
    assert [refused.code for _key, refused in wrong.value.refusals] == [
        "unite.differente",
        "besoin.absent",
        "quantite.forme",
    ]
    assert item.answers[world.b_uid].sent is None and not item.answers[world.b_uid].needs


def test_a_late_answer_stands_aside_until_it_is_retained(world):
    item = answered(world, gathered(world))
    before = surveying.table(item)
    clock.set_for_tests(CLOSES + timedelta(hours=1))
    late = surveying.keep_aside(
        item, world.b_uid, typed(item, Papier_A4="900", Papier_A3="0", Sel="1"), {}, world.other
    )
    assert surveying.table(item) == before
    assert (
        mails(world.site)[-1]["subject"]
        == "Réponse tardive de Commune de Lannion : Fournitures de bureau et sel de déneigement"
    )
    surveying.retain(item, late.id, world.acheteurs)
    assert surveying.table(item).rows[0].total == Decimal(1200)
    with pytest.raises(Refused) as refused:
        surveying.retain(item, late.id, world.acheteurs)
    assert refused.value.code == "tardive.inconnue"
    assert surveying.keep_aside(item, world.b_uid, typed(item, Papier_A4="900"), {}, world.other) is None


def test_the_worker_reminds_twice_then_notes_the_freezing_once(world):
    item = gathered(world)
    surveying.send(item, CLOSES, world.acheteurs)
    count = len(mails(world.site))
    tick(world, NOW + timedelta(days=1))
    assert len(mails(world.site)) == count
    for at in (CLOSES - timedelta(days=7), CLOSES - timedelta(days=7, seconds=-5), CLOSES - timedelta(days=2)):
        tick(world, at)
    told = [mail["to"] for mail in mails(world.site) if mail["subject"].startswith("Rappel")]
    assert sorted(told) == sorted(
        ["acheteurs@a.exemple.fr", "valideurs@a.exemple.fr", "administrateurs@b.exemple.fr"] * 2
    )
    tick(world, CLOSES + timedelta(minutes=3))
    tick(world, CLOSES + timedelta(minutes=4))
    assert facts(item).count("gel") == 1
    frozen = next(event for event in journal.events(item, service.EVENT) if event["fait"] == "gel")
    assert frozen["figes"] == "2026-06-01T10:00:00Z" and len(frozen["empreinte"]) == 64
    assert "Consolider les besoins figés : « Fournitures de bureau et sel de déneigement »" in tasks(world.acheteurs)


def test_a_survey_is_prolonged_while_it_is_open_never_shortened(world):
    item = gathered(world)
    surveying.send(item, CLOSES)
    for at in (CLOSES - timedelta(days=1), None):
        with pytest.raises(Refused) as refused:
            surveying.postpone(item, at)
        assert refused.value.code == "enquete.avant"
    surveying.postpone(item, CLOSES + timedelta(days=1))
    clock.set_for_tests(CLOSES + timedelta(days=1))
    assert surveying.state(item) == survey.FROZEN
    with pytest.raises(Refused) as refused:
        surveying.postpone(item, CLOSES + timedelta(days=9))
    assert refused.value.code == "enquete.etat"


def test_lines_do_not_change_once_sent(world):
    item = gathered(world)
    surveying.send(item, CLOSES)
    with pytest.raises(Refused) as refused:
        surveying.add_line(item, "1", "Encre", "unite", "")
    assert refused.value.code == "enquete.envoyee"


def test_the_minutes_tell_members_signatures_and_totals(world):
    item = answered(world, gathered(world))
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(minutes.draw(item, clock.now()))).pages)
    for words in ("Commune de Lannion", "La maire de Lannion", "2026-31", "Papier A4", "400", "Besoins figés le"):
        assert words in text


def test_lines_pasted_together_are_all_refused_with_the_rank_of_each_wrong_one(world):
    item = gathered(world)
    before = item.lots, item.lines
    with pytest.raises(surveying.Wrong) as refused:
        surveying.paste(item, "1;Papier A4;ramette\n3;Gants;paire\n3;Bonnets;brassée")
    first, second = [one.message for _rank, one in refused.value.refusals]
    assert first == "Ligne 1 : « Papier A4 » est déjà dans le lot 1 : une ligne suffit."
    assert second.startswith("Ligne 3 : ") and "brassée" in second
    assert (item.lots, item.lines) == before


def test_nobody_is_reminded_twice_in_a_day_by_a_button_pressed_again(world):
    item = gathered(world)
    surveying.send(item, CLOSES)
    clock.set_for_tests(NOW + timedelta(hours=2))
    assert surveying.remind(item, world.acheteurs)
    assert mails(world.site)[-1]["subject"].endswith(f", {item.title}")
    with pytest.raises(Refused, match="Un rappel est parti le") as refused:
        surveying.remind(item, world.acheteurs)
    assert refused.value.code == "enquete.relance-recente"
    clock.set_for_tests(NOW + timedelta(hours=27))
    assert surveying.remind(item, world.acheteurs)
