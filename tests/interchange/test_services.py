"""The address for software: who may call it, what it refuses and in which words; the examples shown in the documentation."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.formats.interchange import model
from megalis.portal.interchange import keys
from megalis.portal.interchange import receiving
from megalis.portal.interchange import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from pathlib import Path
from plone import api
from tests.formats.interchange import MARCO
from tests.formats.interchange import NEUTRAL
from tests.interchange.test_road import PDF
from tests.interchange.test_road import published

import hashlib
import json
import os
import pytest
import re
import transaction


REF = NEUTRAL["reference_externe"]
HERE = f"/v1/consultations/{REF}"
EXAMPLES = Path(__file__).parent.parent / "http-examples"
DOCUMENTATION = Path(__file__).parent.parent.parent / "docs" / "integrator.md"


def another(rank, **changes):
    return {**NEUTRAL, "reference_externe": f"SIS-{rank}", "reference": f"2026-VOI-{rank}", **changes}


class TestAKey:
    def test_says_whose_it_is_and_what_it_permits(self, town, call):
        found = call("GET", "/v1").json
        assert found["collectivite"]["nom"] == town.a.title
        assert found["cle"]["portees"] == ["lecture", "ecriture"]
        assert set(found["formats"]) == {"json", "sis", "marco"}

    @pytest.mark.parametrize("token", [None, "mgk_", "x", "mgk_" + "a" * 32 + "_" + "b" * 43, "é"])
    def test_that_is_none_opens_nothing(self, town, call, token):
        token = token.encode().decode("latin-1") if token else token
        assert call("GET", "/v1", token=token).status == 401

    def test_of_which_a_letter_differs_opens_nothing(self, town, call):
        assert call("GET", "/v1", token=town.token[:-1] + ("A" if town.token[-1] != "A" else "B")).status == 401

    def test_that_is_revoked_or_expired_opens_nothing_any_more(self, town, call):
        keys.revoke(town.a, town.key.id, "essai")
        transaction.commit()
        assert call("GET", "/v1").status == 401
        clock.set_for_tests(clock.now() + timedelta(days=91))
        assert call("GET", "/v1", token=town.read_only).status == 401
        assert call("GET", "/v1", token=town.other_token).status == 200

    def test_that_reads_does_not_write(self, town, call):
        answer = call("PUT", HERE, NEUTRAL, token=town.read_only)
        assert (answer.status, answer.json["code"]) == (403, "portee")
        assert call("GET", "/v1/consultations", token=town.read_only).status == 200

    def test_sees_what_is_its_collectivite_s_and_nothing_else(self, town, call):
        assert call("PUT", HERE, NEUTRAL).status == 201
        assert call("GET", HERE, token=town.other_token).status == 404
        assert call("GET", "/v1/consultations", token=town.other_token).json["consultations"] == []
        assert call("PUT", HERE, NEUTRAL, token=town.other_token).status == 201
        assert len(store.records(town.a)) == len(store.records(town.b)) == 1

    def test_is_asked_for_no_more_than_its_rate(self, town, call, monkeypatch, stop_clock):
        stop_clock(clock.now())  # a minute that ends between two demands begins another count
        monkeypatch.setattr(keys, "RATE", 3)
        keys._windows.clear()
        answers = [call("GET", "/v1") for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        assert call("GET", "/v1", token=town.read_only).status == 200

    def test_notes_its_last_use_an_hour_near(self, town, call):
        assert keys.of(town.a)[-1].last_used is None
        call("GET", "/v1")
        first = town.key.last_used
        assert first is not None
        call("GET", "/v1")
        assert town.key.last_used == first

    def test_opens_no_page_and_no_other_service(self, town, call):
        assert call("GET", "/../@organismes/ORG-1").status in (401, 403, 404)
        assert call("GET", "/../collectivites/commune-de-saint-brieuc/@@agents").status in (302, 401, 403)

    def test_of_a_collectivite_that_is_suspended_waits(self, town, call):
        with api.env.adopt_roles(["Manager"]):
            api.content.transition(town.a, "suspendre")
        transaction.commit()
        answer = call("PUT", HERE, NEUTRAL)
        assert (answer.status, answer.json["code"]) == (403, "organisme")
        assert call("GET", "/v1", token=town.other_token).status == 200

    def test_is_kept_as_a_hash(self, town):
        secret = town.token[37:]  # it may hold the sign that parts it from the key's name
        assert town.key.hash == hashlib.sha256(secret.encode()).digest()
        assert secret not in repr(vars(town.key))


class TestASecondSending:
    def test_of_another_content_changes_the_draft_and_says_how(self, town, call):
        assert call("PUT", HERE, NEUTRAL).status == 201
        changed = {
            **NEUTRAL,
            "objet": "Rue du Port et quai",
            "lots": [NEUTRAL["lots"][1], {"numero": "3", "intitule": "Quai"}],
        }
        changed["pieces"] = [NEUTRAL["pieces"][0]]
        answer = call("PUT", HERE, changed)
        assert (answer.status, answer.json["resultat"]) == (200, "modifiee")
        assert {row["champ"] for row in answer.json["differences"]} >= {"objet", "lots"}
        _record, consultation = store.find(town.a, REF)
        assert consultation.title == "Rue du Port et quai"
        assert [lot.number for lot in consultations.lots(consultation)] == ["2", "3"]
        assert call("PUT", HERE, changed).json["resultat"] == "inchangee"

    def test_once_published_is_a_conflict_with_the_differences(self, town, call):
        call("PUT", HERE, NEUTRAL)
        for name in ("RC.pdf", "CCTP-lot2.pdf"):
            call("PUT", f"{HERE}/pieces/{name}", PDF)
        consultation = published(town, REF)
        assert call("PUT", HERE, NEUTRAL).json["resultat"] == "inchangee"
        answer = call("PUT", HERE, {**NEUTRAL, "objet": "Autre objet"})
        assert (answer.status, answer.json["code"]) == (409, "echange.conflit")
        assert {"champ": "objet", "tenu": NEUTRAL["objet"], "recu": "Autre objet"} in answer.json["differences"]
        assert consultation.title == NEUTRAL["objet"]
        assert call("PUT", f"{HERE}/pieces/RC.pdf", PDF).json["code"] == "echange.etat"
        assert call("DELETE", f"{HERE}/pieces/RC.pdf").status == 409

    def test_after_the_draft_was_deleted_makes_another(self, town, call):
        call("PUT", HERE, NEUTRAL)
        _record, consultation = store.find(town.a, REF)
        town.a._delObject(consultation.getId())
        transaction.commit()
        assert call("GET", HERE).status == 404
        assert call("PUT", HERE, NEUTRAL).status == 201

    def test_of_a_reference_that_people_use_already_is_refused_alone(self, town, call):
        call("PUT", HERE, NEUTRAL)
        answer = call(
            "POST", "/v1/consultations", {"consultations": [another(1), another(2, reference=NEUTRAL["reference"])]}
        )
        assert answer.status == 207
        assert [row["resultat"] for row in answer.json["consultations"]] == ["creee", "refusee"]
        assert answer.json["consultations"][1]["erreurs"][0]["code"] == "echange.reference.double"


def test_records_are_refused_one_by_one_with_their_reasons(town, call):
    rows = [another(1), another(2, objet=""), another(3, contact_courriel="pas une adresse"), another(4, cpv="12")]
    answer = call("POST", "/v1/consultations", {"consultations": rows})
    assert (answer.status, answer.json["recues"], answer.json["refusees"]) == (207, 1, 3)
    codes = [[item["code"] for item in row.get("erreurs", ())] for row in answer.json["consultations"]]
    assert codes == [[], ["echange.champ-absent"], ["echange.courriel.forme"], ["echange.cpv.forme"]]
    fields = [row["erreurs"][0]["champ"] for row in answer.json["consultations"][1:]]
    assert fields == ["objet", "contact_courriel", "cpv"]
    assert sorted(store.records(town.a)) == ["SIS-1"]


class TestAPiece:
    def test_goes_into_the_dossier_with_what_was_told_of_it(self, town, call):
        call("PUT", HERE, NEUTRAL)
        assert call("GET", HERE).json["pieces_attendues"] == ["CCTP-lot2.pdf", "RC.pdf"]
        answer = call("PUT", f"{HERE}/pieces/CCTP-lot2.pdf", PDF)
        assert answer.status == 201
        assert answer.json["sha256"] == hashlib.sha256(PDF).hexdigest()
        (piece,) = consultations.pieces(store.find(town.a, REF)[1])
        assert (piece.title, piece.kind, piece.lots) == ("CCTP", "cctp", ("2",))
        assert call("GET", HERE).json["pieces_attendues"] == ["RC.pdf"]
        assert call("DELETE", f"{HERE}/pieces/CCTP-lot2.pdf").status == 200
        assert call("DELETE", f"{HERE}/pieces/CCTP-lot2.pdf").status == 404

    @pytest.mark.parametrize(
        ("name", "data", "code", "status"),
        [
            ("inconnue.pdf", PDF, "echange.piece", 422),
            ("RC.pdf", b"", "fichier.vide", 422),
        ],
    )
    def test_that_may_not_enter_is_refused(self, town, call, name, data, code, status):
        call("PUT", HERE, NEUTRAL)
        answer = call("PUT", f"{HERE}/pieces/{name}", data)
        assert (answer.status, answer.json["code"]) == (status, code)

    def test_that_is_not_what_was_announced_is_refused(self, town, call):
        call("PUT", HERE, {**NEUTRAL, "pieces": [{"nom": "RC.pdf", "sha256": "0" * 64}]})
        answer = call("PUT", f"{HERE}/pieces/RC.pdf", PDF)
        assert (answer.status, answer.json["code"]) == (422, "echange.empreinte")
        assert consultations.pieces(store.find(town.a, REF)[1]) == []


@pytest.mark.parametrize(
    ("method", "address", "body", "code", "status"),
    [
        ("GET", "", None, "version", 404),
        ("GET", "/v2/consultations", None, "version", 404),
        ("GET", "/v1/rien", None, "adresse", 404),
        ("DELETE", "/v1/consultations", None, "methode", 405),
        ("GET", "/v1/consultations/RIEN", None, "echange.inconnue", 404),
        ("PUT", "/v1/consultations/RIEN/pieces/a.pdf", b"x", "echange.inconnue", 404),
        ("POST", "/v1/consultations", b"", "echange.json", 422),
        ("POST", "/v1/consultations", b"{", "echange.json", 422),
        ("POST", "/v1/consultations?format=zz", b"{}", "format", 400),
        ("POST", "/v1/consultations?format=sis", b"<a/>", "echange.sis", 422),
        ("PUT", "/v1/consultations/AUTRE", NEUTRAL, "echange.reference", 422),
        ("PUT", HERE, {"consultations": [NEUTRAL, another(2)]}, "echange.nombre", 422),
        ("PUT", HERE, {**NEUTRAL, "objt": 1}, "echange.champ-inconnu", 422),
    ],
)
def test_what_is_no_demand_is_refused_in_words(town, call, method, address, body, code, status):
    answer = call(method, address, body)
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert answer.json["message"].endswith(".")
    assert sorted(store.records(town.a)) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [("curseur=abc", "echange.curseur"), ("curseur=-1", "echange.curseur"), ("limite=0", "echange.limite"),
     ("limite=5000", "echange.limite"), ("curseur=" + "9" * 16, "echange.curseur")],
)  # fmt: skip
def test_a_register_is_asked_for_with_a_cursor_and_a_limit_that_are_ones(town, call, query, code):
    call("PUT", HERE, NEUTRAL)
    answer = call("GET", f"{HERE}/registres/retraits?{query}")
    assert (answer.status, answer.json["code"]) == (400, code)
    assert call("GET", f"{HERE}/registres/rien").status == 404


def test_a_document_beyond_the_limit_is_refused(town, call, monkeypatch):
    monkeypatch.setattr("megalis.portal.interchange.services.MAX_BYTES", 500)
    answer = call("PUT", HERE, NEUTRAL)
    assert (answer.status, answer.json["code"]) == (413, "taille")


def test_what_a_software_does_is_in_the_journal_of_the_consultation(town, call):
    call("POST", "/v1/consultations?format=marco", MARCO, kind="text/csv")
    _record, consultation = store.find(town.a, REF)
    (event,) = journal.events(consultation, "interface")
    assert (event["fait"], event["detail"]) == ("consultation reçue", REF)
    assert event["par"].startswith("SIS Marchés (clé ")


# -- the documentation ------------------------------------------------------------------------------------------------

ROAD = (
    ("cle", "GET", "/v1", None),
    ("consultation-put", "PUT", HERE, NEUTRAL),
    ("conflit", "PUT", HERE, {**NEUTRAL, "objet": "Réfection de la rue du Port et du quai"}),
    ("lot-refuse", "POST", "/v1/consultations", {"consultations": [another(1), {"reference_externe": "SIS-2"}]}),
    ("registre", "GET", f"{HERE}/registres/retraits?curseur=0&limite=50", None),
    ("resultats", "GET", f"{HERE}/resultats", None),
    ("inconnue", "GET", "/v1/consultations/RIEN", None),
)
STEADY = ((r"/20\d\d-2026-", "/2026-"), (r"\"expire\": \"[^\"]+\"", '"expire": "2027-11-26T08:00:00Z"'), (r"http://[^\"/]+/plone", "https://portail.exemple.bzh"),
          (r"\"instant\": \"[^\"]+\"", '"instant": "2026-11-26T08:00:00Z"'), (r"\"curseur\": \"\d+\"", '"curseur": "12"'))  # fmt: skip


def shown(name, method, address, body, answer):
    """Return the text of an example, what changes from run to run made steady."""
    head = f"{method} /@interchange{address} HTTP/1.1\nHost: portail.exemple.bzh\nAccept: application/json\nAuthorization: Bearer mgk_…\n"
    if body is not None:
        head += "Content-Type: application/json\n\n" + json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    text = json.dumps(answer.json, ensure_ascii=False, indent=2)
    for pattern, steady in STEADY:
        text = re.sub(pattern, steady, text)
    return f"{head}\nHTTP/1.1 {answer.status} {answer.reason}\nContent-Type: application/json\n\n{text}\n"


def block_of(name):
    return re.compile(rf"(^`{re.escape(name)}`\n\n```http\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE)


def test_the_documentation_shows_what_the_platform_answers(town, call):
    from megalis.portal.consultations.dce import withdrawals

    for name, method, address, body in ROAD:
        if name == "conflit":
            for piece in ("RC.pdf", "CCTP-lot2.pdf"):
                call("PUT", f"{HERE}/pieces/{piece}", PDF)
            consultation = published(town, REF)
            consultation.deadline, consultation.questions_deadline = (
                clock.from_rfc3339(NEUTRAL[field]) for field in ("date_limite", "date_limite_questions")
            )
            item = withdrawals.follow(consultation, "veille@toitures.exemple.fr", town.company.title, town.place.siret)
            withdrawals.record(consultation, withdrawals.scope(consultation, {"lot": "2"}), 10, item)
            journal.merge(town.site)
            transaction.commit()
        answer = call(method, address, body)
        text = shown(name, method, address, body, answer)
        path = EXAMPLES / f"echanger-{name}.http"
        if os.environ.get("MEGALIS_RECORD"):
            path.write_text(text, "utf-8")
            page = DOCUMENTATION.read_text("utf-8")
            page = block_of(f"echanger-{name}.http").sub(lambda found, text=text: found[1] + text + found[3], page)
            DOCUMENTATION.write_text(page, "utf-8")
        assert path.read_text("utf-8") == text, f"{name} differs: run with MEGALIS_RECORD=1 and read the difference"
        assert block_of(path.name).search(DOCUMENTATION.read_text("utf-8"))[2] == text


def test_the_documentation_lists_every_field_of_the_model():
    page = DOCUMENTATION.read_text("utf-8").partition("## Interchange")[2]
    for name, field in model.CONSULTATION.items():
        star = r" \*" if field.required else ""
        assert re.search(rf"^\| `{name}`{star} \| {field.kind} \| ", page, re.MULTILINE), name
    assert set(receiving.FIELDS) < set(model.CONSULTATION)
