"""A contract came to its end: the notice that says so leaves from its page, once, and says what was paid."""

from datetime import date
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import store as notices
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.kernel import clock
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.rules import entry
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import TYPES
from plone import api
from plone.uuid.interfaces import IUUID
from tests.marches.scene import FORM
from tests.marches.scene import HOLDER
from zExceptions import NotFound

import datetime
import pytest


TYPED = {
    "faire": "envoyer", "support": "boamp", "paye": "91 250,40", "penalites": "0", "duree": "Treize mois.",
    "texte": "Solde, révision des prix comprise.",
}  # fmt: skip


@pytest.fixture
def ended(world, announced, look):
    """The contract of the first lot, published; thirteen months later. ``visit``: role, key, form -> (status, words)."""
    (record,) = store.in_state(world.site, IUUID(world.a), store.DRAFT)
    with api.env.adopt_roles(["Manager"]):
        recording.save(record, entry.record(TYPES[MARCHE], {**FORM, "acheteur.id": world.a.siret}))
        recording.publish(record)
    world.contract, world.source = record, announced
    clock.set_for_tests(clock.now() + datetime.timedelta(days=400))
    world.look = look
    return world


def visit(world, role, key=None, post=None):
    return world.look(world.a, "@@contrat-achevement", role, post, contrat=key or world.contract.key)


def sent(world):
    return [item for item in notices.every(world.source) if item.kind == lifecycle.COMPLETION]


def test_a_validator_says_what_was_paid_and_the_notice_leaves_once(ended, referentiels):
    status, page = visit(ended, "valideurs")
    assert status == 200 and "s’est terminé le 20/04/2027" in page
    assert 'value="120 000,50"' in page and 'value="12 mois"' in page
    assert visit(ended, "valideurs", post=TYPED)[0] == 303
    (record,) = sent(ended)
    assert (record.subtype, record.lot, record.state) == ("E5", "1", lifecycle.TO_SEND)
    assert validate(record.data, referentiels("eforms-sdk-1.15.1"), strict=True).errors == ()
    assert b">91250.40</cbc:PaidAmount>" in record.data and b"Treize mois." in record.data
    assert "avis.double" in visit(ended, "valideurs", post=TYPED)[1]
    record.state = lifecycle.PUBLISHED
    status, page = visit(ended, "valideurs", post=TYPED)
    assert status == 422 and "avis.deja-publie" in page
    assert "avis déjà parti" in visit(ended, "valideurs")[1]
    assert len(sent(ended)) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paye": "beaucoup"}, "montant.forme"),
        ({"paye": ""}, "avis.achevement"),
        ({"penalites": "-3"}, "montant.forme"),
        ({"duree": " "}, "avis.achevement"),
        ({"support": "jal"}, "avis.support"),
    ],
)
def test_what_is_typed_wrong_is_refused_and_stays(ended, change, code):
    status, page = visit(ended, "valideurs", post=TYPED | change)
    assert status == 422 and code in page
    assert "Solde, révision des prix comprise." in page and sent(ended) == []


def test_a_buyer_reads_and_does_not_send_and_another_collectivite_sees_nothing(ended):
    assert "Seul un valideur" in visit(ended, "acheteurs")[1]
    status, page = visit(ended, "acheteurs", post=TYPED)
    assert status == 403 and "avis.role" in page and sent(ended) == []
    with pytest.raises(NotFound):
        visit(ended, "valideurs", key="0" * 32)


def test_before_its_time_the_page_warns(ended):
    clock.set_for_tests(datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC))
    assert f"se termine le {date(2027, 4, 20):%d/%m/%Y}" in visit(ended, "valideurs")[1]
    assert HOLDER in str(ended.contract.raw)
