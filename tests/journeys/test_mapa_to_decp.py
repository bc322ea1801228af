"""A small adapted procedure of a commune, on the short form: from its draft to its published data."""

from datetime import timedelta
from megalis.portal.kernel import clock
from plone import api
from tests.journeys import agents
from tests.journeys import awarding
from tests.journeys import bidders
from tests.journeys.town import BUYER
from tests.journeys.town import COMPANIES
from tests.journeys.town import consultation_of
from tests.journeys.town import deposit
from tests.journeys.town import HOLDER
from tests.journeys.town import later
from tests.journeys.town import make_pdf
from tests.journeys.town import pass_deadline
from tests.journeys.town import PDF
from tests.journeys.town import Town
from tests.journeys.town import VALIDATOR

import pytest
import transaction


TOWN, TITLE, REFERENCE = "Commune de Plougastel-Daoulas", "Réfection du préau de l’école", "2026-PREAU"
GRANIT, ARDOISES, CHARPENTES = COMPANIES


@pytest.fixture
def town(server, monkeypatch):
    monkeypatch.setenv("MEGALIS_OCDS_PREFIX", "ocds-abc123")
    with api.env.adopt_roles(["Manager"]):
        found = Town(TOWN, "21290189600010", city="Plougastel-Daoulas")
    transaction.commit()
    return found


def test_a_small_adapted_procedure_goes_from_its_draft_to_its_published_data(server, visitor, town, tmp_path, capsys):
    yann, soizic, gwenael = visitor("Yann"), visitor("Soizic"), visitor("Gwenaël")
    for person, address in ((yann, BUYER), (soizic, VALIDATOR), (gwenael, HOLDER)):
        agents.sign_in_from_home(person, address)
    agents.do_first(gwenael, "Créer votre clé")
    key = agents.make_key(gwenael, "Titulaire")
    agents.drill(gwenael, "Titulaire", key)

    agents.dashboard(yann)
    yann.follow("Nouvelle consultation", exact=True)
    yann.fill("Montant estimé", "48 000")
    yann.page.get_by_label("Nature", exact=True).select_option(label="Travaux")
    yann.submit("Voir ce qui s’applique")
    yann.shot("mapa-ce-qui-s-applique")
    with yann.page.expect_navigation():
        yann.page.locator("a[href*='@@nouvelle-mapa?']").click()
    due = clock.paris(clock.now()).replace(hour=12, minute=0) + timedelta(days=21)
    for label, value in (
        ("Référence", REFERENCE),
        ("Objet", TITLE),
        ("Description", "Charpente et couverture du préau."),
        ("Code CPV principal", "45261210"),
        ("Lieux d’exécution", "29"),
        ("Durée du marché", "4 mois"),
        ("Date limite de remise des plis", f"{due:%Y-%m-%dT%H:%M}"),
        ("Adresse électronique", "mairie@plougastel.example"),
    ):
        yann.fill(label, value)
    for rank, (name, points) in enumerate((("Prix des prestations", "60"), ("Valeur technique", "40"))):
        yann.page.get_by_label("Critère").nth(rank).fill(name)
        yann.page.get_by_label("Points").nth(rank).fill(points)
    yann.shot("mapa-formulaire-court")
    yann.submit("Créer le brouillon")
    agents.add_pieces(yann, [make_pdf(tmp_path, "Règlement.pdf"), make_pdf(tmp_path, "Cahier des charges.pdf")])
    yann.shot("mapa-pieces")
    agents.check_the_draft(yann)
    yann.sees("Rien ne manque")
    agents.take_step(yann, "Demander la validation")
    agents.do_first(soizic, "Valider")
    agents.take_step(soizic, "Publier")
    soizic.sees("La consultation est publiée")
    server.work()
    consultation = consultation_of(server, REFERENCE)

    granit = visitor("Granit")
    agents.sign_in_from_home(granit, Town.login(0))
    bidders.search(granit, "préau", TITLE)
    assert "Cahier des charges.pdf" in bidders.names_in(bidders.take_dossier(granit))
    granit.follow(REFERENCE)
    granit.follow("Répondre")
    granit.shot("mapa-repondre")
    granit.page.locator("[id='ajout-/candidature']").set_input_files(make_pdf(tmp_path, "DC1.pdf"))
    granit.page.locator("[id='ajout-/offre']").set_input_files(make_pdf(tmp_path, "Prix.pdf"))
    granit.page.get_by_text("1 pièce prête").nth(1).wait_for(timeout=bidders.SENDING)
    bidders.seal_and_send(granit)
    plis = ((None, "candidature", {"DC1.pdf": PDF}), (None, "offre", {"Prix.pdf": PDF}))
    deposit(server, consultation, town.bidders[1], *plis)
    pass_deadline(server, consultation)
    deposit(server, consultation, town.bidders[2], *plis)

    agents.do_first(gwenael, "Ouvrir les plis")
    agents.present_key(gwenael, key)
    agents.open_envelopes(gwenael, ["candidature", "offre"])
    gwenael.shot("mapa-ouverture")
    gwenael.follow("Procès-verbal d’ouverture")
    gwenael.sees(GRANIT, ARDOISES)
    gwenael.shot("mapa-proces-verbal")

    awarding.begin_analysis(yann, "mapa")
    awarding.score(yann, {GRANIT: ("45 300,50", "34"), ARDOISES: ("47 900", "31")})
    yann.shot("mapa-analyse-saisie")
    awarding.keep_scores(yann)
    yann.shot("mapa-analyse")
    yann.follow("Décider")
    yann.sees("Proposée par l’analyse")
    yann.shot("mapa-decision")
    yann.submit("Garder la décision")
    awarding.to_work(soizic, TITLE)
    soizic.follow("Attribution, pas à pas")
    soizic.shot("mapa-attribution-tardif")
    soizic.follow("1 pli hors délai")
    soizic.sees(CHARPENTES)
    soizic.shot("mapa-hors-delai")
    soizic.page.get_by_role("radio", name="Rejeté, courrier envoyé").check()
    soizic.submit("Enregistrer la décision")
    soizic.sees("La décision est inscrite au journal")
    soizic.shot("mapa-hors-delai-rejete")
    awarding.settle(soizic, "mapa")
    awarding.inform(soizic, "mapa")
    signed = make_pdf(tmp_path, "Acte d’engagement signé.pdf")
    awarding.sign(soizic, REFERENCE, signed, "mapa")
    awarding.notify(soizic, REFERENCE, "mapa")
    later(server, hours=3)
    awarding.read_notification(granit, signed, "mapa")
    awarding.to_work(soizic, TITLE)
    soizic.sees("Les données essentielles se publient avant le")
    soizic.shot("mapa-notifiee")
    soizic.follow("Attribution, pas à pas")
    soizic.sees("première lecture du courrier")
    soizic.shot("mapa-attribution-notifiee")

    awarding.complete_contract(yann, "mapa")
    later(server, hours=1)
    anyone = visitor("visiteur")
    (contract,) = awarding.published(anyone, TOWN, TITLE, [town.bidders[0].siret], capsys)
    assert (contract["montant"], contract["offresRecues"], contract["dureeMois"]) == (45300.5, 2, 4)
    awarding.to_work(soizic, TITLE)
    soizic.sees("elle peut être archivée")
    soizic.shot("mapa-fin")
