"""Contracts in a site: prepared by the award, published, modified, corrected, withdrawn, found again."""

from decimal import Decimal
from megalis.portal.awards import events
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.events import ConsultationNotified
from megalis.portal.consultations.tracking import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.marches import awarded
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.links import Tasks
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import entry
from megalis.portal.marches.rules import limits
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import TYPES
from plone.uuid.interfaces import IUUID
from tests.marches.scene import FORM
from tests.marches.scene import HOLDER
from tests.marches.scene import NOW
from zope.event import notify

import datetime
import json
import pytest


AVENANT = {"dateNotificationModification": "2026-04-28", "montant": 150000}
DAY = datetime.timedelta(days=1)
REVIEW = limits.Basis(limits.REVIEW)


def form(world):
    """Return the data of a contract of the commune, whole."""
    return entry.record(TYPES[MARCHE], {**FORM, "acheteur.id": world.a.siret})


def drafts(world):
    return store.in_state(world.site, IUUID(world.a), store.DRAFT)


class TestFromTheAward:
    def test_the_notification_prepares_one_contract_a_lot_awarded(self, world, notified):
        (record,) = drafts(world)
        assert record.origin == f"{consultations.uuid(notified)}/1"
        assert record.raw["titulaires"] == [{"titulaire": {"typeIdentifiant": "SIRET", "id": HOLDER}}]
        assert record.raw["montant"] == 90000 and record.raw["acheteur"] == {"id": world.a.siret}
        assert record.raw["objet"].endswith("lot 1 : Terrassement")
        assert {item.field for item in recording.findings(record) if item.level == "blocking"} >= {"ccag", "formePrix"}

    def test_it_is_prepared_once_however_often_it_is_told(self, world, notified):
        assert awarded.prepare(notified, "1", [((HOLDER,), 90000)], clock.now()) == []
        assert len(awarded.prepare(notified, "1", [(("44306184100013",), 5)], clock.now())) == 1
        assert len(drafts(world)) == 2

    def test_a_lot_notified_to_a_group_is_one_contract_of_all_its_members(self, world, notified):
        partners = (("Partenaire", "44306184100013"), ("Sans numéro", ""))
        group = events.Holder("Menuiserie", "73282932000074", amount=Decimal(70000), members=partners)
        alone = events.Holder("EDF", HOLDER)
        notify(events.LotNotified(notified, "1", (alone, group), None, clock.now()))
        first, second = sorted(drafts(world), key=lambda record: len(record.raw["titulaires"]))
        assert [item["titulaire"]["id"] for item in second.raw["titulaires"]] == ["73282932000074", "44306184100013"]
        assert second.raw["montant"] == 70000 and second.raw["dateNotification"] == "2026-05-04"
        assert "typeGroupementOperateurs" not in second.raw, "the agent says whether it is joint or several"
        assert first.raw["montant"] == 90000, "told before by the consultation itself"
        assert first.raw["dateNotification"] == "2026-05-04", "the letter was read after the consultation was notified"
        assert second.raw["id"] != first.raw["id"]

    def test_a_member_without_number_is_asked_for_by_its_name_until_the_data_name_all_the_holders(
        self, world, notified, look
    ):
        partners = (("Partenaire", "44306184100013"), ("Wegenbouw NV", ""))
        group = events.Holder("Menuiserie", "73282932000074", amount=Decimal(70000), members=partners)
        notify(events.LotNotified(notified, "1", (group,), None, clock.now()))
        record = next(item for item in drafts(world) if len(item.raw["titulaires"]) == 2)
        asked = [item for item in recording.findings(record) if item.code == "marches.titulaire-sans-numero"]
        assert [(item.field, item.level) for item in asked] == [("titulaires", "blocking")]
        assert asked[0].message.startswith("« Wegenbouw NV »")
        words = look(world.a, "@@contrat-modifier", role="acheteurs", contrat=record.key)[1]
        assert "« Wegenbouw NV »" in words and "marches.titulaire-sans-numero" in words
        third = {"titulaire": {"typeIdentifiant": "TVA", "id": "BE0403170701"}}
        recording.save(record, {**record.raw, "titulaires": [*record.raw["titulaires"], third]})
        assert "marches.titulaire-sans-numero" not in [item.code for item in recording.findings(record)]

    def test_a_foreign_member_is_a_holder_by_its_vat_number(self, world, notified):
        partners = (("Wegenbouw NV", "BE0403170701"),)
        group = events.Holder("Menuiserie", "73282932000074", amount=Decimal(70000), members=partners)
        notify(events.LotNotified(notified, "1", (group,), None, clock.now()))
        record = next(item for item in drafts(world) if len(item.raw["titulaires"]) == 2)
        assert record.raw["titulaires"][1] == {"titulaire": {"typeIdentifiant": "TVA", "id": "BE0403170701"}}

    def test_a_group_makes_one_contract_whether_its_award_or_its_notification_tells_of_it(self, world, notified):
        (record,) = drafts(world)
        recording.discard(record)
        partners = (("Partenaire", "44306184100013"),)
        other = {"name": "Menuiserie", "siret": "73282932000074", "amount": 60000}
        won = {"decision": "attribue", "reason": "", "winner": "EDF", "winner_siret": HOLDER, "members": partners}
        notified._decisions["1"] = {**won, "amount": 90000, "winner_amount": 90000, "holders": (other,)}
        awarded.when_notified(ConsultationNotified(notified, clock.now()))
        told = [events.Holder("EDF", HOLDER, amount=Decimal(90000), members=partners)]
        told += [events.Holder("Menuiserie", "73282932000074", amount=Decimal(60000))]
        notify(events.LotNotified(notified, "1", told, None, clock.now()))
        made = [([item["titulaire"]["id"] for item in r.raw["titulaires"]], r.raw["montant"]) for r in drafts(world)]
        assert sorted(made) == [([HOLDER, "44306184100013"], 90000), (["73282932000074"], 60000)]
        assert len({r.raw["id"] for r in drafts(world)}) == 2

    def test_a_contract_under_an_accord_cadre_names_that_of_its_own_holder(self, world, notified):
        awarded.prepare(notified, "1", [((HOLDER,), 90000), (("44306184100013",), 50000)], clock.now())
        by_holder = {r.raw["titulaires"][0]["titulaire"]["id"]: r.raw["id"] for r in drafts(world)}
        assert len(set(by_holder.values())) == 2
        for siret, identifier in by_holder.items():
            assert awarded._framework_id(notified, "1", (siret,), world.a) == identifier
        assert awarded._framework_id(notified, "1", ("",), world.a) in by_holder.values()

    def test_the_buyer_sees_it_among_his_tasks_with_the_last_day(self, world, notified):
        from megalis.portal.organisations import people

        (task,) = Tasks(people.get(world.acheteurs), None)()
        assert task.title.startswith("Publier les données essentielles")
        (record,) = drafts(world)
        notified_on = datetime.date.fromisoformat(record.raw["dateNotification"])
        assert clock.paris(task.due).date() == awarded_due(notified_on)
        assert Tasks(people.get(world.lecteurs), None)() == []


def awarded_due(day):
    from megalis.portal.marches.rules.deadlines import months_after

    return months_after(day, 2)


class TestWhatTheBoardKnows:
    """Reminders of the two months stop with the publication (IEssentialData)."""

    def told(self, consultation):
        (brain,) = consultations.find_everywhere(UID=consultations.uuid(consultation))
        return bool(brain.milestones.get("data"))

    def due(self, consultation):
        (brain,) = consultations.find_everywhere(UID=consultations.uuid(consultation))
        return [due.kind for due in rules.dues("notifiee", brain.deadline, brain.milestones)]

    def test_the_date_of_publication_binds_until_the_data_are_published(self, world, notified):
        (record,) = drafts(world)
        assert not self.told(notified) and self.due(notified) == ["donnees"]
        recording.publish(record, {**form(world), **record.raw, "id": "2026-9", "dureeMois": 12})
        assert self.told(notified) and self.due(notified) == []

    def test_nor_does_it_bind_for_what_is_set_aside(self, world, notified):
        (record,) = drafts(world)
        recording.waive(record, "Contrat annulé avant tout effet")
        assert self.told(notified)
        recording.resume(record)
        assert not self.told(notified)

    def test_what_is_below_the_threshold_is_not_awaited(self, world, notified):
        (record,) = drafts(world)
        recording.save(record, {**record.raw, "montant": 30000})
        assert self.told(notified)

    def test_a_lot_whose_notification_is_not_settled_is_awaited(self, world, notified):
        (record,) = drafts(world)
        recording.discard(record)
        assert not self.told(notified)


class TestSeveralOfOneConsultation:
    """Twelve lots ask the same ten questions: they are answered once."""

    def test_the_answers_of_one_complete_the_others_without_touching_what_is_theirs(self, world, notified):
        awarded.prepare(notified, "1", [(("44306184100013",), 50000)], clock.now())
        first, second = sorted(drafts(world), key=lambda item: item.raw["montant"], reverse=True)
        recording.save(second, {**second.raw, "formePrix": "Unitaire"})
        recording.publish(first, {**form(world), **first.raw, "id": "2026-9-1", "dureeMois": 48})
        assert [item.key for item in recording.siblings(first)] == [second.key]
        assert recording.spread(first) == 1
        assert second.raw["formePrix"] == "Unitaire" and second.raw["dureeMois"] == 48
        assert (second.raw["ccag"], second.raw["montant"]) == (first.raw["ccag"], 50000)
        assert recording.siblings(first) == [] and recording.spread(first) == 0

    def test_a_contract_of_elsewhere_has_no_sibling(self, world, notified):
        record = world.add()
        recording.publish(record)
        assert recording.siblings(record) == []

    def test_those_that_nothing_forbids_are_published_together(self, world, notified):
        whole, wrong = world.add(id="2026-A"), world.add(id="")
        assert {item.key for item in recording.ready(world.a)} == {whole.key}
        assert wrong.state == store.DRAFT


class TestPublishing:
    def test_a_whole_contract_is_published_and_told_to_the_public_journal(self, world):
        record = world.add()
        version = recording.publish(record)
        assert record.published and version.number == 1
        assert version.raw["datePublicationDonnees"] == "2026-05-04"
        (event,) = journal.events(world.a, "donnees-essentielles")
        assert (event["acte"], event["identifiant"], event["empreinte"]) == (
            "publication", "2026-VOI-01-L1", version.sha256,
        )  # fmt: skip
        assert [row.key for row in store.rows(world.site)] == [record.key]
        assert drafts(world) == []

    def test_what_lacks_something_is_refused_and_nothing_is_published(self, world):
        record = world.add(ccag="", montant="-1")
        with pytest.raises(recording.Incomplete) as refused:
            recording.publish(record)
        assert {(item.code, item.field) for item in refused.value.findings} == {
            ("decp.manque", "ccag"),
            ("decp.montant", "montant"),
        }
        assert store.rows(world.site) == [] and journal.events(world.a, "donnees-essentielles") == []

    def test_an_identifier_serves_once_in_a_collectivite(self, world):
        recording.publish(world.add())
        with pytest.raises(Refused) as refused:
            recording.publish(world.add())
        assert refused.value.code == "marches.identifiant-double"
        recording.publish(world.add(world.b))

    def test_an_amendment_is_one_more_version_and_the_contract_stays_as_signed(self, world):
        record = world.add()
        recording.publish(record)
        recording.amend(record, amending.MODIFICATION, AVENANT, basis=REVIEW)
        raw = record.last.raw
        assert [version.act for version in record.versions] == ["publication", "modification"]
        assert float(raw["montant"]) == 120000.5
        assert amending.in_force("marche", raw)[0] == 150000
        assert store.rows(world.site)[0].amount == 150000
        assert "modifications" not in record.versions[0].raw, "what was published stays as it was"

    def test_a_correction_says_why_and_keeps_what_it_corrects(self, world):
        record = world.add()
        recording.publish(record)
        clock.set_for_tests(NOW + 10 * DAY)
        again = {**record.raw, "offresRecues": 4}
        with pytest.raises(Refused) as refused:
            recording.publish(record, again)
        assert refused.value.code == "marches.motif"
        version = recording.publish(record, again, "Une offre n’était pas comptée.")
        assert version.raw["offresRecues"] == 4 and record.versions[0].raw["offresRecues"] == 3
        assert version.raw["datePublicationDonnees"] == "2026-05-04", "the law counts from the first publication"
        with pytest.raises(Refused) as refused:
            recording.publish(record, record.raw, "Rien")
        assert refused.value.code == "marches.inchange"

    def test_an_amendment_is_corrected_in_its_place(self, world):
        record = world.add()
        recording.publish(record)
        recording.amend(record, amending.MODIFICATION, AVENANT, basis=REVIEW)
        recording.amend(record, amending.MODIFICATION, {**AVENANT, "montant": 140000}, 0, "Erreur de saisie")
        (change,) = amending.listed("marche", record.last.raw, amending.MODIFICATION)
        assert (change["id"], change["montant"]) == (1, 140000)
        assert record.last.act == "rectification"

    def test_a_contract_published_by_mistake_is_withdrawn_and_its_history_stays(self, world):
        record = world.add()
        recording.publish(record)
        with pytest.raises(Refused):
            recording.withdraw(record, " ")
        recording.withdraw(record, "Publié en double")
        assert store.rows(world.site) == [] and record.state == store.WITHDRAWN
        assert [version.act for version in record.versions] == ["publication", "retrait"]
        recording.publish(world.add())
        assert len(store.rows(world.site)) == 1, "its identifier is free again"

    def test_a_draft_below_the_threshold_is_set_aside_and_taken_up_again(self, world):
        record = world.add(montant="12000")
        recording.waive(record, "Sous le seuil")
        assert store.count(world.site, IUUID(world.a), store.WAIVED) == 1 and drafts(world) == []
        recording.resume(record)
        assert drafts(world) == [record]

    def test_a_change_of_the_date_moves_the_contract_to_its_year(self, world):
        record = world.add()
        recording.publish(record)
        recording.publish(record, {**record.raw, "dateNotification": "2025-12-30"}, "Date erronée")
        assert store.years(world.site) == [2025]
        assert [row.key for row in store.rows(world.site, IUUID(world.a), 2025)] == [record.key]
        assert store.rows(world.site, IUUID(world.a), 2026) == []

    def test_what_is_stored_is_the_json_of_the_format(self, world):
        record = world.add()
        recording.publish(record)
        assert json.loads(record.last.data)["montant"] == 120000.5
