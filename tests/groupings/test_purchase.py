"""From frozen needs to a consultation its members read, to each one's contract lines, to orders under one maximum."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from megalis.portal.awards.events import Holder
from megalis.portal.awards.events import LotNotified
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.library import models
from megalis.portal.consultations.meeting import IJointPurchase
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import facts
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import opening
from megalis.portal.groupings import ordering
from megalis.portal.groupings import sharing
from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import shares
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.marches import awarded
from megalis.portal.marches import store
from plone import api
from plone.uuid.interfaces import IUUID
from tests.groupings.conftest import answered
from tests.groupings.conftest import CLOSES
from tests.groupings.conftest import gathered
from tests.groupings.conftest import mails
from tests.groupings.test_survey import sees
from zope.component import queryAdapter
from zope.interface import alsoProvides

import pytest


HOLDER = "73282932000074"


@pytest.fixture
def item(world):
    return answered(world, gathered(world))


def refusal(act, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value


def notified(monkeypatch):
    """Have consultations say that their contract is notified: the way there is other rooms' matter."""
    monkeypatch.setattr(consultations, "workflow_state", lambda consultation: "notifiee")


def test_lots_quantities_and_members_are_carried_over(world, item):
    draft = opening.open_consultation(item, "2026-GRP-01", by=world.acheteurs)
    assert [(lot.number, lot.title) for lot in consultations.lots(draft)] == [("1", "Papier"), ("2", "Lot 2")]
    paper, salt = consultations.lots(draft)
    assert "Papier A4 : 400 (ramette), dont Commune de Saint-Brieuc 300 ; Commune de Lannion 100" in paper.description
    assert (paper.estimated_value, salt.estimated_value, draft.estimated_value) == (1400, 190, 1590)
    assert "coordonné par Commune de Saint-Brieuc" in draft.description and "Commune de Lannion" in draft.description
    assert consultations.buyer(draft) == world.a and opening.grouping_of(draft) == item
    assert refusal(opening.open_consultation, item, "2026-GRP-02").code == "ouverture.deja"
    assert (
        mails(world.site)[-1]["subject"]
        == "Consultation 2026-GRP-01 du groupement : Fournitures de bureau et sel de déneigement"
    )


def test_members_read_the_draft_and_nothing_more(world, item):
    draft = opening.open_consultation(item, "2026-GRP-01")
    assert sees(world.other, draft)
    login = api.user.get(userid=world.other).getUserName()
    for permission in (
        "Modify portal content",
        "megalis: Follow consultation",
        "megalis: Prepare consultation",
        "megalis: View registers",
        "megalis: Publish consultation",
        "megalis: Open bids",
        "megalis: Write to companies",
        "megalis: Export dossier",
    ):
        assert not api.user.has_permission(permission, username=login, obj=draft), permission
    from megalis.portal.consultations import create

    folder = create.opened_folder(draft)
    assert not sees(world.other, folder)


def test_the_consultation_does_not_open_too_early(world):
    item = gathered(world, signed=False)
    assert refusal(opening.open_consultation, item, "X").code == "ouverture.signatures"


def test_it_does_not_open_before_the_freezing_nor_with_a_bad_framework(world):
    item = gathered(world)
    surveying.send(item, CLOSES)
    assert refusal(opening.open_consultation, item, "X").code == "ouverture.gel"
    assert refusal(opening.check_framework, "bons-de-commande", "", "").code == "ouverture.maximum"
    assert refusal(opening.check_framework, "bons-de-commande", "5000", "douze").code == "ouverture.duree"
    assert refusal(opening.check_framework, "autre", "5000", "").code == "ouverture.cadre"


def test_a_model_gives_its_texts_the_grouping_its_lots(world, item):
    from megalis.portal.consultations import create

    former = create.draft(
        world.a, "2025-1", "Ancienne", conditions="Attestations", lots=({"number": "9", "title": "Ancien"},)
    )
    model = models.save(former, "Fournitures")
    draft = opening.open_consultation(item, "2026-GRP-01", "bons-de-commande", "20 000", "36", model)
    assert draft.conditions == "Attestations" and draft.title == item.title
    assert [lot.number for lot in consultations.lots(draft)] == ["1", "2"]
    assert (draft.framework, draft.framework_maximum, draft.months) == ("bons-de-commande", 20000, 36)


def test_a_draft_that_was_deleted_is_opened_again_with_what_was_retained_meanwhile(world, item):
    clock.set_for_tests(CLOSES + timedelta(hours=1))
    late = surveying.keep_aside(item, world.b_uid, {line.id: "900" for line in item.lines}, {})
    draft = opening.open_consultation(item, "2026-GRP-01")
    assert refusal(surveying.retain, item, late.id).code == "tardive.ouverte"
    world.a._delObject(draft.getId())
    surveying.retain(item, late.id)
    assert opening.open_consultation(item, "2026-GRP-01").reference == "2026-GRP-01"


def test_shares_follow_the_needs_until_they_are_fixed(world, item):
    opening.open_consultation(item, "2026-GRP-01")
    (_one, _title, paper, basis, fixed), (_two, _t, salt, _b, _f) = sharing.of(item)
    assert paper == {world.a_uid: Decimal("77.1429"), world.b_uid: Decimal("22.8571")} and basis == shares.AMOUNTS
    assert salt == {world.a_uid: Decimal(25), world.b_uid: Decimal(75)} and not fixed
    wrong = {"1": {world.a_uid: "50", world.b_uid: "49"}, "2": {world.a_uid: "25", world.b_uid: "75"}}
    refused = refusal(sharing.fix, item, wrong)
    assert refused.code == "parts.somme" and refused.message.startswith("Lot 1 :") and not item.shares
    sharing.fix(item, {"1": {world.a_uid: "50", world.b_uid: "50 %"}, "2": {world.a_uid: "25", world.b_uid: "75"}})
    assert [(part[3], part[4]) for part in sharing.of(item)] == [(shares.BY_HAND, True), (shares.AMOUNTS, True)]
    assert (
        mails(world.site)[-1]["subject"] == "Parts du groupement arrêtées : Fournitures de bureau et sel de déneigement"
    )


def test_at_award_each_member_has_its_own_contract_line(world, item):
    draft = opening.open_consultation(item, "2026-GRP-01")
    sharing.fix(item, {"1": {world.a_uid: "50", world.b_uid: "50"}, "2": {world.a_uid: "", world.b_uid: "100"}})
    holder = Holder("Toitures du Trégor", HOLDER, amount=Decimal("1000.01"))
    for lot in ("1", "2"):
        for _twice in range(2):
            awarded.when_lot_notified(LotNotified(draft, lot, [holder], Decimal("1000.01"), clock.now()))
    site, uid = world.site, consultations.uuid(draft)
    lines = {(record.buyer, record.lot): record.raw for record in store.of_origin(site, uid)}
    assert set(lines) == {(world.a_uid, "1"), (world.b_uid, "1"), (world.b_uid, "2")}
    assert sum(lines[place, "1"]["montant"] for place in (world.a_uid, world.b_uid)) == Decimal("1000.01")
    assert lines[world.b_uid, "1"]["acheteur"]["id"] == world.b.siret
    assert lines[world.b_uid, "2"]["montant"] == Decimal("1000.01")


def test_its_notices_name_every_member_as_a_buyer_and_the_coordinator_as_the_one_that_leads(world, item):
    draft = opening.open_consultation(item, "2026-GRP-01")
    call = facts.call_of(draft)
    assert (call.buyer.name, [partner.name for partner in call.partners]) == (world.a.title, [world.b.title])
    assert call.partners[0].siret == world.b.siret
    notice = composing.notice_of(call, clock.now())
    assert [(one.ref, one.name, one.group_lead) for one in notice.organisations if one.ref != "ORG-0002"] == [
        ("ORG-0001", world.a.title, True),
        ("ORG-0003", world.b.title, False),
    ]
    assert [role.ref for role in notice.buyer_roles] == ["ORG-0001", "ORG-0003"]


def test_the_page_of_publicity_names_them_all_to_the_coordinator(world, item, http_request):
    alsoProvides(http_request, IMegalisLayer)
    draft = opening.open_consultation(item, "2026-GRP-01")
    draft.supports = ("profil", "boamp")
    with api.env.adopt_user(user=api.user.get(userid=world.acheteurs)):
        words = " ".join(unescape(draft.restrictedTraverse("@@publicite")()).replace("\N{NO-BREAK SPACE}", " ").split())
    assert f"avec : {world.b.title}" in words.partition("Ce que dit l’avis")[2]


def test_a_consultation_of_nobody_else_has_no_other_purchasers(world, item):
    from megalis.portal.consultations import create

    alone = create.draft(world.a, "2026-9", "Seule")
    assert queryAdapter(alone, IJointPurchase) is None
    awarded.prepare(alone, "", [((HOLDER,), 500)], clock.now())
    (record,) = store.of_origin(world.site, consultations.uuid(alone))
    assert record.buyer == IUUID(world.a) and record.raw["montant"] == 500


def test_orders_count_against_the_maximum_and_warn_at_eighty_per_cent(world, item, monkeypatch):
    opening.open_consultation(item, "2026-GRP-01", "bons-de-commande", "1000")
    day = clock.paris(clock.now()).date()
    ask = {"lot": "1", "title": "Papier", "day": day}
    assert refusal(ordering.order, item, world.b_uid, number="1", amount="10", **ask).code == "commande.etape"
    notified(monkeypatch)
    ordering.order(item, world.b_uid, number="BC-1", amount="799,99", **ask)
    before = len(mails(world.site))
    made = ordering.order(item, world.a_uid, number="BC-1", amount="0,01", **ask)
    assert len(mails(world.site)) > before and "80 %" in mails(world.site)[-1]["subject"]
    refused = refusal(ordering.order, item, world.a_uid, number="BC-2", amount="200,01", **ask)
    assert refused.code == "commande.maximum" and "R. 2162-4" in refused.message
    assert refusal(ordering.order, item, world.a_uid, number="BC-1", amount="1", **ask).code == "commande.double"
    assert (
        refusal(
            ordering.order, item, world.a_uid, **{**ask, "day": day + timedelta(days=1)}, number="BC-3", amount="1"
        ).code
        == "commande.date"
    )
    assert (
        refusal(ordering.order, item, world.a_uid, **{**ask, "lot": "8"}, number="BC-3", amount="1").code
        == "commande.lot"
    )
    ordering.order(item, world.a_uid, number="BC-2", amount="200", **ask)
    assert ordering.total(item) == item.ordered == 1000
    assert refusal(ordering.cancel, item, made.id, {world.b_uid}).code == "commande.inconnue"
    ordering.cancel(item, made.id, {world.a_uid})
    assert ordering.total(item) == item.ordered == Decimal("999.99")
    assert ordering.own_maximum(item, world.a_uid) + ordering.own_maximum(item, world.b_uid) == 1000


def test_one_lot_alone_is_a_contract_that_is_not_divided(world):
    item = gathered(world)
    surveying.remove_lot(item, "2")
    surveying.send(item, CLOSES)
    for uid in (world.a_uid, world.b_uid):
        surveying.send_answer(item, uid, {line.id: "10" for line in item.lines}, {})
    clock.set_for_tests(CLOSES)
    draft = opening.open_consultation(item, "2026-GRP-01")
    assert not consultations.lots(draft) and "Papier A4 : 20" in draft.description
    assert sharing.parts(item, "") == {world.a_uid: Decimal(50), world.b_uid: Decimal(50)}
