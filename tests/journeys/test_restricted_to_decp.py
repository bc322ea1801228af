"""A restricted call for tenders in two phases, from the draft to the published data, with the pages alone.

Keys of the deputy and bids of all companies but one are made by the rooms' own functions: their pages are those of the
other journeys.
"""

from datetime import timedelta
from lxml import etree
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import simulation
from megalis.portal.consultations.notices import store as notices
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms.generator import generate
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

import dataclasses
import pytest
import re
import transaction


def a_notice():
    """Return the notice of a restricted call for supplies in two lots, whose candidatures are due in five weeks."""
    now = clock.now()
    found = next(
        notice
        for notice in generate(4000, "deux phases", now)
        if (notice.subtype, notice.nature, len(notice.lots)) == ("16", "supplies", 2)
        and notice.buyers[0].name.startswith("Commune")
    )
    due = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=35)
    lots = tuple(dataclasses.replace(lot, participation_deadline=due, deadline=None) for lot in found.lots)
    organisations = tuple(dataclasses.replace(one, email="") for one in found.organisations)
    return dataclasses.replace(found, procedure="restricted", lots=lots, organisations=organisations)


@pytest.fixture
def notice():
    return a_notice()


@pytest.fixture
def town(server, notice, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_OCDS_PREFIX", "ocds-abc123")
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path / "var"))
    simulation.stop()
    simulation.service("joue").answer.__self__.register.delay = 0  # seconds between the receipt and the publication
    with api.env.adopt_roles(["Manager"]):
        buyer = notice.buyers[0]
        found = Town(buyer.name, buyer.siret, city=buyer.city)
        found.town.postal_code = buyer.postcode
        services.tell(server.site, "joue", services.SIMULATED, "", "Exploitation")
    transaction.commit()
    yield found
    simulation.stop()


GRANIT, ARDOISES, CHARPENTES = COMPANIES


def judge(person, company, lot, verdict, why=""):
    """Fill the verdict of a candidature on the page of the selection."""
    group = person.page.get_by_role("group", name=re.compile(f"^{re.escape(company)}, lot {lot}"))
    group.get_by_label("Candidature").select_option(label=verdict)
    group.get_by_label("Motif").fill(why)


def test_a_restricted_call_goes_from_candidatures_to_the_published_data_of_its_contract(
    server, visitor, notice, town, tmp_path, capsys
):
    title = notice.title
    notice_file = tmp_path / "avis.xml"
    notice_file.write_bytes(eforms.write(notice))
    yann, soizic, gwenael = visitor("Yann"), visitor("Soizic"), visitor("Gwenaël")
    for person, address in ((yann, BUYER), (soizic, VALIDATOR), (gwenael, HOLDER)):
        agents.sign_in_from_home(person, address)

    agents.do_first(gwenael, "Créer votre clé")
    key = agents.make_key(gwenael, "Titulaire")
    agents.import_notice(yann, notice_file)
    yann.shot("restreint-verification")
    agents.give_contact(yann, "marches@mairie.example")
    agents.mend(yann, "Dossier de consultation")
    folder = tmp_path / "dce"
    folder.mkdir()
    agents.add_pieces(yann, [make_pdf(folder, "Règlement de la consultation.pdf")])
    agents.check_the_draft(yann)
    agents.do_first(yann, "Demander la validation")
    agents.take_step(yann, "Demander la validation")
    agents.do_first(soizic, "Valider")
    awarding.send_notice(soizic, server, "avis de marché", "restreint")
    agents.do_first(soizic, "Valider")
    agents.take_step(soizic, "Publier")
    soizic.sees("La consultation est publiée")
    reference = soizic.page.locator(".mg-crumbs [aria-current]").inner_text()
    server.work()
    consultation = consultation_of(server, reference)
    assert consultation.procedure == "appel-offres-restreint" and consultation.envelopes == ("candidature",)

    granit, ardoises, charpentes = (visitor(name) for name in COMPANIES)
    for rank, person in enumerate((granit, ardoises, charpentes)):
        agents.sign_in_from_home(person, Town.login(rank))
    bidders.search(granit, reference, title)
    granit.follow("Répondre")
    bidders.choose(granit, "1", {"candidature": make_pdf(tmp_path, "DC1.pdf")})
    bidders.seal_and_send(granit)
    for depositor in town.bidders[1:]:
        deposit(server, consultation, depositor, ("1", "candidature", {"DC1.pdf": PDF}))

    pass_deadline(server, consultation)
    agents.do_first(gwenael, "Ouvrir les plis")
    agents.present_key(gwenael, key)
    agents.open_envelopes(gwenael, ["candidature"])
    agents.dashboard(yann)
    yann.shot("restreint-espace-agent")
    yann.follow(title, exact=True)
    yann.sees("Candidatures ouvertes")
    yann.shot("restreint-gestion-candidatures")
    yann.follow("Sélectionner les candidatures")
    judge(yann, COMPANIES[0], "1", "Retenue")
    judge(yann, COMPANIES[1], "1", "Retenue")
    judge(yann, COMPANIES[2], "1", "Non retenue", "Effectif insuffisant.")
    yann.shot("restreint-selection")
    yann.submit("Arrêter la sélection")
    yann.sees("La sélection est arrêtée", "Candidats retenus")
    assert "Effectif insuffisant." in server.mail_to(Town.login(2), "Candidature non retenue")
    yann.follow("Sélection des candidatures")
    yann.sees("Sélection arrêtée le")
    yann.shot("restreint-selection-arretee")
    yann.follow("Revenir à la consultation")

    yann.follow("Inviter à remettre une offre")
    yann.sees("25 jours au moins")
    due = clock.paris(clock.now()) + timedelta(days=28)
    yann.fill("Date limite de remise des plis", f"{due:%Y-%m-%dT12:00}")
    yann.shot("restreint-lancer")
    yann.submit("Créer le brouillon")
    yann.sees("Le brouillon est fait", "Entreprises invitées")
    yann.shot("restreint-brouillon")
    yann.follow("Invitations", exact=True)
    yann.sees(COMPANIES[0], COMPANIES[1])
    assert COMPANIES[2] not in yann.page.locator("main table").inner_text()
    yann.shot("restreint-invitations")
    agents.do_first(yann, "Demander la validation")
    agents.take_step(yann, "Demander la validation")
    agents.do_first(soizic, "Valider")
    agents.take_step(soizic, "Publier")
    soizic.shot("restreint-publiee")
    server.work()
    offers = consultation_of(server, "-OFFRES")

    anyone = visitor("visiteur")
    anyone.open_mail(server, Town.login(0), "Invitation")
    anyone.sees("Connectez-vous d’abord")
    anyone.shot("restreint-porte")
    anyone.home()
    anyone.fill("Mots, référence ou acheteur", offers.reference)
    anyone.submit("Chercher")
    assert "Remise des offres" not in anyone.page.locator("main").inner_text()
    bidders.dashboard(charpentes)
    charpentes.follow(title, exact=True)
    charpentes.sees("non retenue", "Effectif insuffisant.")
    charpentes.shot("restreint-ecarte")
    charpentes.allowed += ("403",)
    charpentes.go(offers.absolute_url().replace(server.site.absolute_url(), server.url), status=403)
    charpentes.sees("Cette page ne vous est pas ouverte")

    granit.open_mail(server, Town.login(0), "Invitation")
    granit.sees("Consultation restreinte : Remise des offres", "Lots qui vous sont ouverts : 1")
    granit.shot("restreint-page-invite")
    bidders.dashboard(granit)
    granit.shot("restreint-espace-entreprise")
    granit.follow("Consultation restreinte, par code")
    granit.fill("Code de l’invitation", "AAAA-BBBB-CCCC")
    granit.allowed += ("422",)
    granit.submit("Ouvrir la consultation")
    granit.sees("Ce code n’ouvre rien")
    granit.shot("restreint-code-faux")
    code = re.search(r"\b[A-Z2-8]{4}(?:-[A-Z2-8]{4}){2}\b", server.mail_to(Town.login(0), "Invitation"))[0]
    granit.fill("Code de l’invitation", code.lower())
    granit.submit("Ouvrir la consultation")
    granit.sees("La consultation vous est ouverte")
    granit.follow("Répondre")
    granit.page.locator("[id='ajout-1/offre']").set_input_files(make_pdf(tmp_path, "Prix.pdf"))  # his only lot
    granit.page.get_by_text("1 pièce prête").first.wait_for(timeout=bidders.SENDING)
    granit.shot("restreint-repondre")
    bidders.seal_and_send(granit)
    deposit(server, offers, town.bidders[1], ("1", "offre", {"Prix.pdf": PDF}))

    pass_deadline(server, offers)
    agents.do_first(gwenael, "Ouvrir les plis")
    agents.present_key(gwenael, key)
    agents.open_envelopes(gwenael, ["offre"])
    gwenael.follow("Procès-verbal d’ouverture")
    gwenael.sees(COMPANIES[0], COMPANIES[1])
    gwenael.shot("restreint-proces-verbal")
    awarding.begin_analysis(yann, "restreint")
    awarding.score(yann, {GRANIT: ("1 184 500", "31", "12"), ARDOISES: ("1 020 000", "28", "10")})
    awarding.eliminate(yann, ARDOISES, "Irrégulière", "L’acte d’engagement ne porte aucun prix.")
    awarding.keep_scores(yann)
    yann.shot("restreint-analyse")
    yann.follow("Décider")
    yann.sees("la commission d’appel d’offres de la collectivité choisit le titulaire")
    yann.shot("restreint-decision")
    yann.follow("Réunir la commission")
    awarding.found_commission(yann, "restreint")
    awarding.plan_meeting(yann, offers.reference, "restreint")
    later(server, days=8)
    awarding.hold_meeting(yann, GRANIT, "restreint")
    awarding.to_work(yann, offers.title)
    yann.follow("Décider")
    yann.submit("Garder la décision")
    awarding.settle(soizic, "restreint")
    agents.do_first(yann, "Décider lot par lot")
    agents.decide(yann, "2", "Infructueux", Motif="Aucune candidature.")
    yann.submit("Garder les décisions")
    agents.do_first(soizic, "Arrêter les décisions")
    soizic.submit("Arrêter toutes les décisions")
    soizic.sees("Les décisions sont arrêtées", "Étapes restreintes")
    soizic.shot("restreint-origine-decidee")
    awarding.to_work(soizic, offers.title)
    awarding.inform(soizic, "restreint")
    bidders.dashboard(ardoises)
    ardoises.follow("Mes messages")
    ardoises.follow(re.compile("pas retenue"))
    ardoises.sees(re.compile("L’acte d’engagement ne porte aucun prix"))
    ardoises.shot("restreint-lettre-de-rejet")
    signed = make_pdf(tmp_path, "Acte d’engagement signé.pdf")
    awarding.sign(soizic, offers.reference, signed, "restreint")
    soizic.follow("Attribution")
    soizic.sees("suspension jusqu’au")
    soizic.shot("restreint-suspension")
    later(server, days=13)
    awarding.to_work(soizic, offers.title)
    soizic.follow("Attribution, pas à pas")
    awarding.notify(soizic, offers.reference, "restreint")
    later(server, hours=3)
    awarding.read_notification(granit, signed, "restreint")
    bidders.dashboard(ardoises)
    ardoises.shot("restreint-espace-evince")
    awarding.to_work(soizic, title)
    soizic.sees("L’avis d’attribution s’envoie avant le")
    awarding.send_notice(
        soizic, server, "avis d’attribution", "restreint-attribution", {"Code postal": "29200", "Ville": "Brest"}
    )
    _call, sent = notices.of_support(consultation_of(server, reference), "joue")
    told = etree.fromstring(sent.data)
    assert [node.text for node in told.iterfind(".//{*}LotResult/{*}TenderResultCode")] == ["selec-w", "clos-nw"]
    counted = {
        row.findtext("{*}StatisticsCode"): row.findtext("{*}StatisticsNumeric")
        for row in told.iterfind(".//{*}ReceivedSubmissionsStatistics")
    }
    assert counted["tenders"] == "2", "three candidatures, two offers"
    assert town.bidders[0].siret in [
        node.text for node in told.iterfind(".//{*}Company/{*}PartyLegalEntity/{*}CompanyID")
    ]

    awarding.to_work(soizic, title)
    soizic.sees(": BOAMP (R. 2183-1")  # the JOUE has it

    awarding.complete_contract(yann, "restreint", "2026-AOR-1")
    later(server, hours=1)
    (contract,) = awarding.published(anyone, town.town.title, title, [town.bidders[0].siret], capsys)
    assert contract["procedure"] == "Appel d'offres restreint"
    assert (contract["montant"], contract["offresRecues"]) == (1184500, 2)
