"""Starting from what was written: relaunching what failed, models of a collectivité and of the region."""

from datetime import timedelta
from html import unescape
from lxml import html
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.library import models
from megalis.portal.consultations.library import relaunching
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import publish

import io
import pytest


INFRUCTUEUX, SANS_SUITE, ATTRIBUE = "infructueux", "sans-suite", "attribue"


class TestWhatMayBeRelaunched:
    def test_is_what_found_no_holder(self):
        taken = {"1": ATTRIBUE, "2": INFRUCTUEUX, "3": SANS_SUITE}
        assert relaunching.failed(taken, ["1", "2", "3"]) == {"2": INFRUCTUEUX, "3": SANS_SUITE}
        assert relaunching.failed({}, [""]) == {}

    def test_is_everything_of_what_was_given_up(self):
        assert relaunching.failed({"1": ATTRIBUE}, ["1", "2"], cancelled=True) == {"1": SANS_SUITE, "2": SANS_SUITE}

    @pytest.mark.parametrize(
        ("chosen", "way", "code"),
        [
            ([], "meme", "relance.lots"),
            (["1"], "meme", "relance.lots"),
            (["2"], "autrement", "relance.procedure"),
            (["2", "3"], "sans-publicite", "relance.motif"),
        ],
    )
    def test_is_refused_in_words_otherwise(self, chosen, way, code):
        with pytest.raises(Refused) as refused:
            relaunching.check({"2": INFRUCTUEUX, "3": SANS_SUITE}, chosen, way)
        assert refused.value.code == code

    def test_needs_no_new_publicity_when_no_bid_was_suitable(self):
        relaunching.check({"2": INFRUCTUEUX, "3": SANS_SUITE}, ["2"], "sans-publicite")


@pytest.fixture
def failed(world):
    """A consultation of two lots, decided: the first is awarded, the second had no suitable bid."""
    draft = complete_draft(world.a)
    create.piece(draft, io.BytesIO(b"%PDF-1.4 plan 2"), "Plan lot 2.pdf", "Plan", "plans", lots=("2",))
    create.piece(draft, io.BytesIO(b"%PDF-1.4 plan 1"), "Plan lot 1.pdf", "Plan", "plans", lots=("1",))
    publish(world, draft)
    at(DEADLINE + timedelta(days=1))
    with as_agent(world.porteurs):
        workflow.fire(draft, "ouvrir")
    with as_agent(world.acheteurs):
        workflow.fire(draft, "analyser")
        workflow.decide(
            draft,
            {
                "1": {"decision": ATTRIBUE, "reason": "", "winner": "Routes SA", "winner_siret": "", "amount": 1000},
                "2": {"decision": INFRUCTUEUX, "reason": "", "winner": "", "winner_siret": "", "amount": None},
            },
        )
    with as_agent(world.valideurs):
        workflow.fire(draft, "decider")
    return draft


class TestRelaunching:
    def test_takes_the_lot_that_failed_and_its_pieces_and_nothing_else(self, world, failed):
        with as_agent(world.acheteurs):
            copy = relaunching.relaunch(failed, "2026-VOI-01R", ["2"])
        assert [lot.number for lot in api.lots(copy)] == ["2"]
        assert {piece.filename: tuple(piece.lots) for piece in api.pieces(copy)} == {
            "RC.pdf": (),
            "Plan lot 2.pdf": ("2",),
        }
        assert copy.deadline is None and copy.estimated_value is None and copy.published_at is None
        assert copy.relaunch_of == api.uuid(failed)
        assert journal.events(copy, "consultation")[-1]["fait"] == "relance"

    def test_without_publicity_stands_on_its_own_ground(self, world, failed):
        with as_agent(world.acheteurs):
            copy = relaunching.relaunch(failed, "2026-VOI-01R", ["2"], relaunching.DIRECT)
        assert (copy.procedure, copy.ground) == ("sans-publicite", "infructueux")
        assert api.is_restricted(copy) and api.origin(copy) is None

    def test_is_offered_only_when_something_failed(self, world, failed, visit):
        link = "@@relancer"
        assert link in visit(failed, "gestion", user=world.acheteurs)[2]
        other = complete_draft(world.a, "2026-VOI-02")
        assert link not in visit(other, "gestion", user=world.acheteurs)[2]
        assert "Rien à relancer" in unescape(visit(other, "relancer", user=world.acheteurs)[2])
        assert visit(other, "relancer", method="POST", user=world.acheteurs, token=True, reference="x")[0] == 422

    def test_on_the_page_creates_the_draft(self, world, failed, visit):
        page = unescape(visit(failed, "relancer", user=world.acheteurs)[2])
        assert "Lot 2," in page and "Infructueux" in page and "Lot 1," not in page
        status, headers, _body = visit(
            failed, "relancer", method="POST", user=world.acheteurs, token=True,
            lot="2", comment="meme", reference="2026-VOI-01R", fichiers="1",
        )  # fmt: skip
        assert status == 303 and "2026-voi-01r" in headers["location"]

    def test_a_reference_already_taken_is_said_beside_the_form(self, world, failed, visit):
        status, _headers, page = visit(
            failed, "relancer", method="POST", user=world.acheteurs, token=True,
            lot="2", comment="meme", reference=failed.reference,
        )  # fmt: skip
        assert status == 422 and "reference.double" in page


@pytest.fixture
def model(world, published):
    return models.save(published, "Voirie annuelle", "Chaque printemps", by=world.acheteurs)


class TestModels:
    def test_a_model_is_a_photograph_without_dates_nor_estimate(self, world, published, model):
        assert "estimated_value" not in model.values and "deadline" not in model.values
        assert all("estimated_value" not in lot for lot in model.lots)
        published.description = "Autre chose"
        assert model.values["description"] == "Réfection de la voirie communale et des réseaux"

    def test_a_draft_starts_from_it_with_lots_and_files(self, world, model):
        with as_agent(world.acheteurs):
            draft = models.start(world.a, model, "2027-VOI-01", "Voirie 2027")
        assert (draft.title, draft.reference, draft.deadline) == ("Voirie 2027", "2027-VOI-01", None)
        assert [lot.title for lot in api.lots(draft)] == ["Terrassement", "Enrobés bitumineux"]
        (piece,) = api.pieces(draft)
        with piece.file.open() as stream:
            assert stream.read().startswith(b"%PDF-1.4")
        draft.description = "Changée"
        assert model.values["description"] != "Changée"

    def test_two_models_never_bear_the_same_name_and_none_has_none(self, world, published, model):
        for title, code in (("voirie ANNUELLE", "modele.double"), (" ", "modele.titre"), ("x" * 201, "modele.titre")):
            with pytest.raises(Refused) as refused:
                models.save(published, title)
            assert refused.value.code == code

    def test_what_is_not_shared_stays_at_home(self, world, model):
        assert models.regional() == []
        with pytest.raises(Refused) as refused:
            models.find(world.b, model.id)
        assert refused.value.code == "modele.inconnu"

    def test_what_is_shared_serves_the_others_without_contacts_nor_places(self, world, model):
        models.share(world.a, model, True)
        assert [(found.id, owner) for found, owner in models.regional(besides=world.b)] == [(model.id, world.a)]
        assert models.regional(besides=world.a) == []
        draft = models.start(world.b, models.find(world.b, model.id), "B-1", "Voirie de Lannion")
        assert draft.contact_email == "" and draft.places == () and len(api.lots(draft)) == 2
        models.share(world.a, model, False)
        assert models.regional() == []

    def test_what_is_put_away_is_offered_to_nobody_and_comes_back(self, world, model):
        models.share(world.a, model, True)
        models.archive(world.a, model, True)
        assert models.of(world.a) == [] and models.regional() == [] and models.of(world.a, archived=True) == [model]
        models.archive(world.a, model, False)
        assert models.of(world.a) == [model] and not model.shared
        facts = [event["fait"] for event in journal.events(world.a, "modele")]
        assert facts == ["creation", "partage", "fin-de-partage", "archivage", "retour"]


class TestPages:
    def test_a_buyer_keeps_a_model_then_starts_from_it(self, world, published, visit):
        status, headers, _body = visit(
            published, "enregistrer-modele", method="POST", user=world.acheteurs, token=True,
            titre="Voirie", note="Au printemps", fichiers="1",
        )  # fmt: skip
        assert status == 303 and headers["location"].endswith("/@@modeles")
        (model,) = models.of(world.a)
        page = unescape(visit(world.a, "modeles", user=world.acheteurs)[2])
        assert "Voirie" in page and "Au printemps" in page and "2 lots" in page and "1 pièce" in page
        assert "Agent acheteurs" in page
        form = {"modele": model.id, "reference": "2027-1", "objet": "Voirie 2027"}
        status, headers, _body = visit(
            world.a, "depuis-modele", method="POST", user=world.acheteurs, token=True, **form
        )
        assert status == 303 and "2027-1" in headers["location"]

    def test_a_demand_that_does_not_come_from_the_page_makes_no_draft(self, world, model, visit):
        form = {"modele": model.id, "reference": "2027-1", "objet": "Voirie 2027"}
        assert visit(world.a, "depuis-modele", method="POST", user=world.acheteurs, **form)[0] == 403
        assert "2027-1" not in world.a.objectIds()

    def test_only_a_validator_shares(self, world, model, visit):
        def press(user):
            return visit(world.a, "modeles", method="POST", user=user, token=True, faire="partager", modele=model.id)[0]

        assert press(world.acheteurs) == 403 and not model.shared
        assert press(world.valideurs) == 303 and model.shared

    def test_another_collectivite_starts_from_a_shared_one_on_its_own_page(self, world, model, visit):
        assert "Voirie annuelle" not in unescape(visit(world.b, "modeles", user=world.other)[2])
        models.share(world.a, model, True)
        page = html.fromstring(visit(world.b, "modeles", user=world.other)[2])
        (row,) = page.xpath("//section[@aria-labelledby='m-reg']//tbody/tr")
        assert "Voirie annuelle" in row.text_content() and "Commune de Saint-Brieuc" in row.text_content()
        (link,) = row.xpath(".//a/@href")
        assert link == f"{world.b.absolute_url()}/@@depuis-modele?modele={model.id}"
        form = {"modele": model.id, "reference": "LAN-1", "objet": "Voirie de Lannion"}
        assert "Voirie annuelle" in unescape(visit(world.b, "depuis-modele", user=world.other, modele=model.id)[2])
        assert visit(world.b, "depuis-modele", method="POST", user=world.other, token=True, **form)[0] == 303
        made = world.b["2026-lan-1"]
        assert [lot.title for lot in api.lots(made)] == ["Terrassement", "Enrobés bitumineux"]
        assert (made.contact_email, made.places) == ("", ()) and "2026-lan-1" not in world.a

    def test_the_operator_may_end_a_sharing(self, portal, world, model, visit):
        models.share(world.a, model, True)
        assert "Voirie annuelle" in unescape(visit(portal, "modeles-regionaux", user=world.operator)[2])
        form = {"faire": "reprendre", "modele": model.id}
        assert visit(portal, "modeles-regionaux", method="POST", user=world.operator, token=True, **form)[0] == 303
        assert not model.shared
        assert visit(portal, "modeles-regionaux", method="POST", user=world.operator, token=True, **form)[0] == 404

    @pytest.mark.parametrize("key", ["", "zz", "0" * 32])
    def test_a_model_that_is_not_there_is_said_so(self, world, visit, key):
        status, _headers, page = visit(world.a, "depuis-modele", user=world.acheteurs, modele=key)
        assert status == 404 and "n’existe plus" in unescape(page)
        for action in ("archiver", "retablir"):
            form = {"faire": action, "modele": key}
            assert visit(world.a, "modeles", method="POST", user=world.acheteurs, token=True, **form)[0] == 404

    def test_readers_and_strangers_keep_out(self, world, model, visit):
        from AccessControl import Unauthorized

        for user in (world.lecteurs, world.porteurs, world.other, world.bidder, None):
            with pytest.raises(Unauthorized):
                visit(world.a, "modeles", user=user)
