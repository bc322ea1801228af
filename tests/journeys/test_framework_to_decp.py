"""An accord-cadre of twelve lots with several holders, then a contract under it, opened to the holders of its lot alone."""

from datetime import timedelta
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import simulation
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
import re
import transaction


TOWN, TITLE, REFERENCE = "Commune de Crozon", "Entretien des bâtiments communaux", "2026-EBC"
GRANIT, ARDOISES, CHARPENTES = COMPANIES
LOTS = (
    "Gros œuvre", "Charpente", "Couverture", "Menuiseries extérieures", "Menuiseries intérieures", "Cloisons", "Peinture",
    "Revêtements de sol", "Plomberie", "Électricité", "Chauffage", "Serrurerie",
)  # fmt: skip
OFFER = {"Prix.pdf": PDF}


@pytest.fixture
def town(server, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_OCDS_PREFIX", "ocds-abc123")
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path / "var"))
    simulation.stop()
    simulation.service("boamp").answer.__self__.register.delay = 0  # seconds between the receipt and the publication
    with api.env.adopt_roles(["Manager"]):
        found = Town(TOWN, "21290042700015", city="Crozon")
        found.town.postal_code = "29160"
        services.tell(server.site, "boamp", services.SIMULATED, "", "Exploitation")
    transaction.commit()
    yield found
    simulation.stop()


def draft(yann, folder):
    """From the home page to the checklist of a complete draft, step by step."""
    agents.dashboard(yann)
    yann.follow("Nouvelle consultation", exact=True)
    yann.fill("Montant estimé", "1 400 000")
    yann.page.get_by_label("Nature", exact=True).select_option(label="Travaux")
    yann.submit("Voir ce qui s’applique")
    yann.follow("Commencer ainsi")
    yann.fill("Référence", REFERENCE)
    yann.fill("Objet", TITLE)
    yann.submit("Créer le brouillon")
    yann.fill("Description", "Travaux d’entretien, au fil des besoins.")
    yann.fill("Code CPV principal", "45453100")
    yann.fill("Lieux d’exécution", "29")
    yann.submit("Enregistrer et continuer")
    yann.fill("Une ligne par lot", "\n".join(f"{rank} ; {title}" for rank, title in enumerate(LOTS, 1)))
    yann.submit("Ajouter ces lots")
    yann.shot("cadre-lots")
    yann.follow("Continuer")
    yann.page.get_by_label("Accord-cadre", exact=False).first.select_option(label="Accord-cadre à marchés subséquents")
    yann.fill("Montant maximum", "1400000")
    yann.fill("Nombre de titulaires", "2")
    yann.fill("Durée en mois", "48")
    yann.shot("cadre-procedure")
    yann.submit("Enregistrer et continuer")
    for rank, (name, points) in enumerate((("Prix", "70"), ("Délai de livraison", "30"))):
        yann.page.get_by_label("Critère", exact=True).nth(rank).fill(name)
        yann.page.get_by_label("Points").nth(rank).fill(points)
    yann.submit("Enregistrer et continuer")
    yann.page.get_by_role("checkbox", name="Candidature").uncheck()
    yann.shot("cadre-reponse")
    yann.submit("Enregistrer et continuer")
    yann.fill("Adresse électronique", "mairie@crozon.example")
    yann.submit("Enregistrer et continuer")
    due = clock.paris(clock.now()).replace(hour=12, minute=0) + timedelta(days=30)
    yann.fill("Date limite de remise des plis", f"{due:%Y-%m-%dT%H:%M}")
    yann.submit("Enregistrer et continuer")
    agents.add_pieces(yann, [make_pdf(folder, "Règlement.pdf"), make_pdf(folder, "Bordereau des prix.pdf")])
    agents.check_the_draft(yann)
    yann.shot("cadre-verification")
    yann.sees("Rien ne manque")


def put_online(yann, soizic, server):
    """Have a complete draft, whose checklist the buyer looks at, validated and published."""
    agents.take_step(yann, "Demander la validation")
    agents.do_first(soizic, "Valider")
    agents.take_step(soizic, "Publier")
    soizic.sees("La consultation est publiée")
    server.work()


def test_an_accord_cadre_of_twelve_lots_goes_to_the_published_data_of_a_contract_under_it(
    server, visitor, town, tmp_path, capsys
):
    yann, soizic, gwenael = visitor("Yann"), visitor("Soizic"), visitor("Gwenaël")
    for person, address in ((yann, BUYER), (soizic, VALIDATOR), (gwenael, HOLDER)):
        agents.sign_in_from_home(person, address)
    agents.do_first(gwenael, "Créer votre clé")
    key = agents.make_key(gwenael, "Titulaire")
    draft(yann, tmp_path)
    put_online(yann, soizic, server)
    awarding.send_notice(soizic, server, "avis de marché", "cadre")
    consultation = consultation_of(server, REFERENCE)

    granit = visitor("Granit")
    agents.sign_in_from_home(granit, Town.login(0))
    bidders.search(granit, "entretien bâtiments Crozon", TITLE)
    bidders.take_dossier(granit)
    granit.follow(REFERENCE)
    granit.follow("Répondre")
    granit.sees("Vos pièces, enveloppe par enveloppe")
    for lot in "12":
        granit.page.get_by_role("checkbox", name=re.compile(f"^Lot {lot},")).check()
        granit.page.locator(f"[id='ajout-{lot}/offre']").set_input_files(make_pdf(tmp_path, f"Prix du lot {lot}.pdf"))
    granit.page.get_by_text("1 pièce prête").nth(1).wait_for(timeout=bidders.SENDING)
    granit.shot("cadre-repondre")
    bidders.seal_and_send(granit)
    numbers = [str(rank) for rank in range(1, 13)]
    deposit(server, consultation, town.bidders[1], *((lot, "offre", OFFER) for lot in numbers))
    deposit(server, consultation, town.bidders[2], *((lot, "offre", OFFER) for lot in numbers[:11]))

    pass_deadline(server, consultation)
    agents.do_first(gwenael, "Ouvrir les plis")
    agents.present_key(gwenael, key)
    agents.open_envelopes(gwenael, ["offre"])
    awarding.begin_analysis(yann, "cadre")
    yann.follow("Lot 1", exact=True)
    for rank in range(1, 13):
        bids = {ARDOISES: (str(52000 + rank), "25")}
        bids |= {CHARPENTES: (str(56000 + rank), "20")} if rank < 12 else {}
        bids |= {GRANIT: (str(49000 + rank), "30")} if rank < 3 else {}
        awarding.score(yann, bids)
        if rank < 12:
            yann.submit("Enregistrer, puis le lot suivant")
    yann.submit("Enregistrer", exact=True)
    yann.shot("cadre-analyse-lot")
    yann.follow("Tous les lots")
    yann.shot("cadre-analyse")
    yann.follow("Décider lot par lot")
    yann.submit("Suivre l’analyse pour tous les lots à décider")
    yann.sees("12 décisions d’après l’analyse")
    yann.shot("cadre-decision")
    awarding.settle(soizic, "cadre")
    soizic.shot("cadre-decidee")
    awarding.inform(soizic, "cadre")
    signed = make_pdf(tmp_path, "Acte d’engagement, lots 1 et 2.pdf")
    awarding.sign(soizic, REFERENCE, signed, "cadre", f"Lot 1, {LOTS[0]} : {GRANIT}")
    for company in COMPANIES:
        awarding.notify(soizic, REFERENCE, "cadre", company)
    later(server, hours=3)
    awarding.read_notification(granit, signed, "cadre")
    later(server, days=20)  # what the others never read counts as read
    awarding.to_work(soizic, TITLE)
    soizic.follow("Attribution, pas à pas")
    soizic.sees("12 sur 12 lots")
    soizic.shot("cadre-attribution")
    awarding.to_work(soizic, TITLE)
    awarding.send_notice(soizic, server, "avis d’attribution", "cadre-attribution")

    awarding.complete_contract(yann, "cadre")
    yann.submit("Les compléter de même")
    yann.sees("22 contrats complétés")
    yann.shot("cadre-contrats-prets")
    yann.submit("Les publier")
    yann.sees("22 contrats publiés")
    yann.shot("cadre-contrats")
    later(server, hours=1)
    anyone = visitor("visiteur")
    contracts = awarding.published(anyone, TOWN, TITLE, [who.siret for who in town.bidders], capsys)
    assert len(contracts) == 23 and {contract["dureeMois"] for contract in contracts} == {48}
    assert {contract["techniques"]["technique"][0] for contract in contracts} == {"Accord-cadre"}

    awarding.to_work(yann, TITLE)
    yann.follow("Passer un marché subséquent")
    yann.fill("Objet", "Rejointoiement de la mairie")
    due = clock.paris(clock.now()) + timedelta(days=10)
    yann.fill("Date limite de remise des plis", f"{due:%Y-%m-%dT12:00}")
    yann.page.get_by_role("checkbox", name=re.compile("^Lot 1,")).check()
    yann.shot("subsequent-lancer")
    yann.submit("Créer le brouillon")
    yann.sees("Le brouillon est fait")
    yann.shot("subsequent-brouillon")
    put_online(yann, soizic, server)
    subsequent = consultation_of(server, "-MS1")
    soizic.follow("Entreprises invitées")
    soizic.sees(GRANIT, ARDOISES)
    assert CHARPENTES not in soizic.page.locator("main table").inner_text()
    soizic.shot("subsequent-invitations")
    granit.open_mail(server, Town.login(0), "Invitation")
    granit.follow("Répondre")
    granit.page.locator("[id='ajout-1/offre']").set_input_files(make_pdf(tmp_path, "Prix de la mairie.pdf"))
    granit.page.get_by_text("1 pièce prête").first.wait_for(timeout=bidders.SENDING)
    bidders.seal_and_send(granit)
    deposit(server, subsequent, town.bidders[1], ("1", "offre", OFFER))
    pass_deadline(server, subsequent)
    agents.do_first(gwenael, "Ouvrir les plis")
    agents.present_key(gwenael, key)
    agents.open_envelopes(gwenael, ["offre"])
    awarding.begin_analysis(yann, "subsequent")
    awarding.score(yann, {GRANIT: ("41 200", "30"), ARDOISES: ("43 900", "25")})
    awarding.keep_scores(yann)
    yann.follow("Décider")
    yann.submit("Garder la décision")
    awarding.settle(soizic, "subsequent")
    awarding.inform(soizic, "subsequent")
    order = make_pdf(tmp_path, "Marché subséquent signé.pdf")
    awarding.sign(soizic, subsequent.reference, order, "subsequent")
    awarding.notify(soizic, subsequent.reference, "subsequent")
    later(server, hours=3)
    awarding.read_notification(granit, order, "subsequent")
    awarding.complete_contract(yann, "subsequent", "2027-EBC-MS1")
    later(server, hours=1)
    contracts = awarding.published(
        anyone, TOWN, "Rejointoiement de la mairie", [who.siret for who in town.bidders], capsys
    )
    (made,) = (contract for contract in contracts if contract["montant"] == 41200)
    (framework,) = (contract for contract in contracts if contract["id"] == made["idAccordCadre"])
    assert framework["titulaires"] == made["titulaires"]
