"""One consultation from end to end, with the pages alone: nobody types an address, every page is reached by its links.

Between two acts the state is read as its reader sees it. Files are small unless ``MEGALIS_JOURNEY_BYTES`` says
otherwise: it is the size of each of the two envelopes.
"""

from datetime import timedelta
from megalis.portal.cli import main
from megalis.portal.consultations import api as consultations
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms.generator import generate
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from megalis.portal.organisations import people
from plone import api
from tests.journeys import agents
from tests.journeys import bidders
from tests.journeys.people import PASSWORD
from tests.journeys.people import sha256_of

import dataclasses
import json
import os
import pytest
import re
import transaction


SIZE = int(os.environ.get("MEGALIS_JOURNEY_BYTES", 9_000_000))
OPERATOR = "exploitation@megalis.example"
ADMINISTRATOR, BUYER, VALIDATOR = "annick@mairie.example", "yann@mairie.example", "soizic@mairie.example"
HOLDER, DEPUTY = "gwenael@mairie.example", "nolwenn@mairie.example"
BIDDER, COMPANY, SIRET = "maelle@granit.example", "Granit et Voirie d’Armor", "44306184100013"


@pytest.fixture
def operator_account(server):
    """What an installed platform has and nothing else: the account of its operator."""
    with api.env.adopt_roles(["Manager"]):
        people.create(people.EXPLOITANT, OPERATOR, "Exploitation", PASSWORD)
    transaction.commit()


def a_notice():
    """Return a contract notice in three lots of an adapted procedure, open for three weeks, without contact address."""
    now = clock.now()
    found = next(
        notice
        for notice in generate(4000, "parcours", now)
        if (notice.subtype, notice.nature, len(notice.lots)) == ("E3", "works", 3)
        and notice.buyers[0].name.startswith("Commune")
        and notice.deadline > now + timedelta(days=21)
    )
    organisations = tuple(dataclasses.replace(one, email="") for one in found.organisations)
    return dataclasses.replace(found, organisations=organisations)


def make_pdf(folder, name):
    """Write a small whole PDF; return its path."""
    path = folder / name
    path.write_bytes(pdf.build(path.stem, [pdf.paragraph(path.stem)]))
    return path


def consultation_of(server, reference):
    """Return the consultation, as the server keeps it."""
    server.look()
    (brain,) = (brain for brain in consultations.find_everywhere() if brain.reference == reference)
    return brain._unrestrictedGetObject()


def test_one_consultation_from_registration_to_archive(server, visitor, operator_account, tmp_path, capsys):
    notice = a_notice()
    town, title = notice.buyers[0], notice.title
    notice_file = tmp_path / "avis.xml"
    notice_file.write_bytes(eforms.write(notice))

    maelle = visitor("Maëlle")
    bidders.register_company(maelle, server, COMPANY, SIRET, "Maëlle Le Goff", BIDDER)
    maelle.sees("Aujourd’hui, rien ne vous attend", "Aucune consultation suivie")
    maelle.shot("espace-entreprise-neuf")

    operator = visitor("exploitant")
    agents.sign_in_from_home(operator, OPERATOR)
    operator.sees("L’état de la plateforme")
    operator.shot("exploitation")
    agents.register_collectivite(operator, town.name, town.siret, town.city)
    agents.invite(operator, ADMINISTRATOR, "Administrateur")
    operator.shot("agents-premiere-invitation")

    annick, yann, soizic = visitor("Annick"), visitor("Yann"), visitor("Soizic")
    gwenael, nolwenn = visitor("Gwenaël"), visitor("Nolwenn")
    agents.answer_invitation(annick, server, ADMINISTRATOR, "Annick Riou")
    annick.sees("Donner les rôles qui manquent : acheteur, valideur, porteur de clé")
    annick.shot("espace-administrateur")
    agents.follow_task(annick, "Donner les rôles")
    for address, role in ((BUYER, "Acheteur"), (VALIDATOR, "Valideur"), (HOLDER, "Porteur"), (DEPUTY, "Porteur")):
        agents.invite(annick, address, role)
    annick.shot("agents-invitations")
    for person, address, name in (
        (yann, BUYER, "Yann Kermarrec"),
        (soizic, VALIDATOR, "Soizic Prigent"),
        (gwenael, HOLDER, "Gwenaël Le Bihan"),
        (nolwenn, DEPUTY, "Nolwenn Cadiou"),
    ):
        agents.answer_invitation(person, server, address, name)

    agents.import_notice(yann, notice_file)
    yann.sees("3 points empêchent la publication")
    yann.shot("verification-apres-import")
    agents.give_contact(yann, "marches@mairie.example")
    yann.sees("2 points empêchent la publication")
    agents.mend(yann, "Dossier de consultation")
    folder = tmp_path / "dce"
    folder.mkdir()
    agents.add_pieces(yann, [make_pdf(folder, "Règlement de la consultation.pdf")])
    for number in "123":
        agents.add_pieces(yann, [make_pdf(folder, f"CCTP lot {number}.pdf")], lots=[number])
    yann.shot("pieces")
    agents.check_the_draft(yann)
    yann.sees("Un point empêche la publication", "Il manque une clé titulaire")
    agents.mend(yann, "Clés")
    yann.sees("Aucune consultation ne peut être publiée pour l’instant")
    yann.shot("cles-acheteur")

    agents.do_first(gwenael, "Créer votre clé")
    gwenael.shot("cles-vide")
    keys = {"Titulaire": agents.make_key(gwenael, "Titulaire"), "Secours": agents.make_key(gwenael, "Secours")}
    agents.dashboard(nolwenn)
    nolwenn.shot("espace-porteur-neuf")
    nolwenn.follow("Clés", exact=True)
    keys["Suppléant"] = agents.make_key(nolwenn, "Suppléant")
    nolwenn.sees("Vos clés permettent de publier")
    for person, role in ((gwenael, "Titulaire"), (gwenael, "Secours"), (nolwenn, "Suppléant")):
        agents.drill(person, role, keys[role])
    gwenael.shot("cles-prouvees")

    agents.do_first(yann, "Demander la validation")
    yann.sees("Rien ne manque")
    yann.shot("verification-complete")
    agents.take_step(yann, "Demander la validation")
    yann.sees("La validation est demandée")
    yann.shot("gestion-a-valider")
    agents.dashboard(soizic)
    soizic.shot("espace-valideur")
    agents.do_first(soizic, "Valider")
    agents.take_step(soizic, "Publier")
    soizic.sees("La consultation est publiée", "Les entreprises préparent leurs plis")
    soizic.shot("gestion-publiee")
    server.work()  # the keys of the consultation are believed once the journal shows them
    reference = soizic.page.locator(".mg-crumbs [aria-current]").inner_text()

    anyone = visitor("visiteur")
    bidders.search(anyone, f"{title.split()[2]} {town.city}", title)
    anyone.sees("Remise des plis avant le", "Ouverte")
    anyone.shot("consultation-ouverte")
    assert bidders.names_in(bidders.download_lot(anyone, "2")) == [
        "CCTP lot 2.pdf",
        "Règlement de la consultation.pdf",
        "SHA256SUMS",
    ]

    bidders.search(maelle, reference, title)
    assert "CCTP lot 3.pdf" in bidders.names_in(bidders.take_dossier(maelle))
    soizic.follow("Registre des retraits")
    soizic.sees(COMPANY, "anonyme", "Lot 2", "Dossier complet")
    soizic.shot("registre-retraits")
    soizic.follow(reference)
    later = clock.paris(consultation_of(server, reference).deadline) + timedelta(days=3)
    corrected = make_pdf(folder, "CCTP lot 2 corrigé.pdf")
    agents.rectify(soizic, "Le plan du lot 2 est corrigé.", f"{later:%Y-%m-%dT%H:%M}", "CCTP lot 2.pdf", corrected)
    soizic.shot("gestion-rectifiee")
    letter = server.mail_to(BIDDER, "Consultation modifiée")
    assert "Le plan du lot 2 est corrigé." in letter and clock.french(later) in letter
    bidders.dashboard(maelle)
    maelle.sees(f"Date limite : « {title} »", "Nos consultations")
    maelle.shot("espace-entreprise-suivie")
    agents.follow_task(maelle, "Date limite")
    maelle.sees("Le plan du lot 2 est corrigé.", "CCTP lot 2 corrigé.pdf")
    maelle.shot("consultation-rectifiee")

    first = {
        "candidature": make_pdf(tmp_path, "DC1 provisoire.pdf"),
        "offre": make_pdf(tmp_path, "Prix provisoire.pdf"),
    }
    final = {
        kind: bidders.large_file(tmp_path / name, SIZE)
        for kind, name in (("candidature", "Candidature.zip"), ("offre", "Mémoire et plans.zip"))
    }
    maelle.follow("Répondre")
    bidders.choose(maelle, "2", first)
    maelle.shot("repondre-pieces")
    bidders.seal_and_send(maelle)
    maelle.follow("Mes dépôts sur cette consultation")
    bidders.withdraw(maelle)
    assert bidders.states(maelle) == ["Retiré"]
    maelle.shot("mes-depots-retire")
    maelle.follow("Déposer un autre pli")
    bidders.choose(maelle, "2", first)
    bidders.seal_and_send(maelle)
    maelle.click("Remplacer ce pli")
    maelle.sees("Un nouveau dépôt le remplacera")
    bidders.choose(maelle, "2", final)
    maelle.shot("repondre-remplacer")
    cable = bidders.Cable(maelle, SIZE)
    maelle.click("Sceller et déposer")
    cable.wait_until_dead()
    maelle.shot("depot-envoi")
    maelle.page.reload()
    cable.mend()
    bidders.resume(maelle, list(final.values()))
    assert cable.cuts == 1
    maelle.shot("depot-recu")
    minutes_of_receipt = maelle.download(lambda: maelle.click("Accusé de dépôt (PDF)", "link"))
    assert minutes_of_receipt.read_bytes().startswith(b"%PDF-")
    receipt = maelle.download(lambda: maelle.click("Accusé vérifiable (JSON)"))
    documents = json.loads(receipt.read_text("utf-8"))["evenement"]["documents"]
    assert {row["nom"] for row in documents} == {path.name for path in final.values()}
    maelle.follow("Mes dépôts sur cette consultation")
    assert bidders.states(maelle) == ["Déposé", "Remplacé", "Retiré"]
    maelle.shot("mes-depots")
    maelle.follow("Voir", exact=True)
    maelle.sees("Pli déposé le", "Mémoire et plans.zip")
    maelle.shot("accuse")
    server.work()
    proved = maelle.download(lambda: maelle.click("Accusé vérifiable (JSON)", "link"))
    maelle.follow("Vérifier l’accusé")
    maelle.page.get_by_label("Accusé de dépôt (JSON)").set_input_files(proved)
    maelle.click("Vérifier", exact=True)
    maelle.sees("Accusé valable : pli déposé le", "Inscription au journal", timeout=bidders.SENDING)
    maelle.shot("verifier")
    bidders.dashboard(maelle)
    maelle.sees("Aujourd’hui, rien ne vous attend", "Déposé")
    maelle.shot("espace-entreprise-deposee")

    agents.dashboard(nolwenn)
    nolwenn.follow(title)
    nolwenn.follow("Registre des dépôts")
    nolwenn.sees("nommé après la clôture")
    assert COMPANY not in nolwenn.words()
    nolwenn.shot("registre-depots-avant")
    consultation = consultation_of(server, reference)
    clock.set_for_tests(consultation.deadline + timedelta(seconds=12))
    anyone.page.reload()
    anyone.sees("Un pli déposé maintenant serait hors délai")
    anyone.shot("consultation-close")

    agents.dashboard(nolwenn)
    nolwenn.shot("espace-porteur-cloture")
    agents.do_first(nolwenn, "Ouvrir les plis")
    agents.present_key(nolwenn, keys["Suppléant"])
    agents.open_envelopes(nolwenn, final)
    nolwenn.shot("ouverture")
    for path in final.values():
        saved = nolwenn.download(lambda name=path.name: nolwenn.click(f"Enregistrer {name}"))
        assert sha256_of(saved) == sha256_of(path)
    nolwenn.click("Verser au dossier de la consultation")
    nolwenn.sees("2 pièces versées au dossier", timeout=60_000 + SIZE // 1000)
    nolwenn.follow("Procès-verbal d’ouverture")
    nolwenn.sees(COMPANY, "Remplacé par un envoi plus récent", "Nolwenn Cadiou")
    assert all(sha256_of(path) in nolwenn.page.content() for path in final.values())
    nolwenn.shot("proces-verbal")
    minutes = nolwenn.download(lambda: nolwenn.click("Procès-verbal (PDF)", "link"))
    assert minutes.read_bytes().startswith(b"%PDF-")
    nolwenn.follow(reference)
    nolwenn.follow("Plis ouverts (2 fichiers)")
    nolwenn.shot("plis-ouverts")
    filed = nolwenn.download(lambda: nolwenn.click(final["offre"].name, "link"))
    assert sha256_of(filed) == sha256_of(final["offre"])

    server.work()
    server.work()
    key = journal.signer().verifier.text
    assert main(["receipt", "verify", str(receipt), "--cle", key, *map(str, final.values())]) == 0
    assert main(["receipt", "verify", str(receipt), "--cle", key, str(first["offre"])]) == 1
    assert main(["receipt", "verify", str(proved), "--cle", key]) == 0
    assert "vérifié : inclusion" in capsys.readouterr().out
    anyone.follow("Journal public et exports")
    assert reference in anyone.page.get_by_role("row", name=re.compile("Ouverture de plis")).first.inner_text()
    anyone.shot("journal-public")
    export = anyone.download(lambda: anyone.click("Exporter le journal", "link"))
    assert main(["journal", "verify", str(export), "--cle", key]) == 0

    agents.do_first(yann, "Finir l’ouverture")
    agents.take_step(yann, "Passer à l’analyse")
    yann.follow("Décider lot par lot")
    agents.decide(yann, "1", "Infructueux", Motif="Aucune offre reçue.")
    agents.decide(yann, "2", "Attribué", Titulaire=COMPANY, SIRET=SIRET, Montant="184 500")
    agents.decide(yann, "3", "Sans suite", Motif="Le besoin est revu.")
    yann.shot("decision")
    yann.submit("Garder les décisions")
    yann.sees("Décisions gardées")
    agents.dashboard(yann)
    yann.sees("Aujourd’hui, rien ne vous attend")
    anyone.page.go_back()
    anyone.page.reload()
    assert COMPANY not in anyone.words()
    agents.do_first(soizic, "Arrêter les décisions")
    soizic.submit("Arrêter toutes les décisions")
    soizic.sees("Les décisions sont arrêtées")
    soizic.follow("Notifier")
    soizic.shot("notifier")
    soizic.submit("Notifier", exact=True)
    soizic.sees("La consultation est notifiée")
    soizic.shot("gestion-notifiee")
    assert f"Lot 2 : attribué à {COMPANY}" in " ".join(server.mail_to(BIDDER, "Résultat").split())

    bidders.dashboard(maelle)
    maelle.follow(title)
    maelle.sees("Attribué", COMPANY, "184 500")
    maelle.shot("consultation-notifiee")
    bidders.my_deposits(maelle)
    maelle.follow("Voir", exact=True)
    assert maelle.page.locator(".mg-stations li.done").count() == 5
    maelle.shot("accuse-ouvert")
    agents.take_step(soizic, "Archiver")
    soizic.sees("La consultation est archivée", "Rien à faire : tout reste lisible")
    soizic.shot("gestion-archivee")
    anyone.page.reload()
    anyone.sees("Attribué", COMPANY)
