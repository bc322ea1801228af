"""From the opened bids to the published data, page after page: what the journeys of whole procedures have in common.

Each function begins at the home page or at the page its docstring names; ``name`` begins the names of its pictures.
"""

from datetime import timedelta
from megalis.portal.cli import main
from megalis.portal.kernel import clock
from pypdf import PdfReader
from tests.journeys import agents
from tests.journeys.people import sha256_of
from tests.journeys.town import later

import json
import re


MONTHS = 12
# What a consultation does not say and its contract asks; the rest of the page is filled already.
UNSAID = {
    "formePrix": "Unitaire",
    "ccag": "Fournitures courantes et services",
    "marcheInnovant": "false",
    "attributionAvance": "false",
    "sousTraitanceDeclaree": "false",
}
CHECKED = {
    "typesPrix": "Définitif ferme",
    "considerationsSociales": "Pas de considération sociale",
    "considerationsEnvironnementales": "Pas de considération environnementale",
}


def to_work(person, title):
    """Come from the home page to the page of a consultation one works on."""
    agents.dashboard(person)
    person.follow(re.compile("^Toutes les consultations"))
    person.follow(title, exact=True)


def begin_analysis(buyer, name):
    """Come from the dashboard to the table of the bids."""
    agents.do_first(buyer, "Finir l’ouverture")
    agents.take_step(buyer, "Passer à l’analyse")
    buyer.follow("Analyser les offres")
    buyer.shot(f"{name}-analyse-vide")


def score(buyer, bids):
    """Fill the table of a lot: ``bids`` maps a company to ``(amount, marks that are not counted by the formula…)``."""
    for company, (amount, *marks) in bids.items():
        buyer.page.get_by_label(f"Montant HT, {company}", exact=True).fill(amount)
        line = buyer.page.get_by_role("row", name=re.compile(re.escape(company)))
        for place, mark in enumerate(marks):
            line.locator("input[name^='note.']").nth(place).fill(mark)


def eliminate(buyer, company, why, reason):
    """Say on the table of a lot that a bid may not win."""
    line = buyer.page.get_by_role("row", name=re.compile(re.escape(company)))
    if not line.get_by_label("Offre", exact=True).is_visible():
        line.locator("summary", has_text="Détails").click()
    line.get_by_label("Offre", exact=True).select_option(label=why)
    line.get_by_label("Motif, si elle est écartée").fill(reason)


def keep_scores(buyer):
    buyer.submit("Enregistrer", exact=True)
    buyer.sees(re.compile("enregistrées?"))


MEMBERS = """président ; Anne Le Goff ; anne@mairie.example ; maire
titulaire ; Yann Prigent ; prigent@mairie.example
titulaire ; Soazig Tanguy ; soazig@mairie.example
titulaire ; Erwan Kermarrec
suppléant ; Nolwenn Guéguen ; gueguen@mairie.example"""


def found_commission(buyer, name):
    """On the page of the commissions: inscribe the commission of tenders."""
    buyer.shot(f"{name}-commissions-vides")
    buyer.fill("Membres", MEMBERS)
    buyer.submit("Garder la commission")
    buyer.sees("La commission est gardée")
    buyer.shot(f"{name}-commissions")


def plan_meeting(buyer, reference, name):
    """Put a consultation on the agenda of a meeting in a week, and convene its members."""
    at = clock.paris(clock.now()) + timedelta(days=7)
    buyer.fill("Date et heure", f"{at:%Y-%m-%dT18:00}")
    buyer.fill("Lieu", "Salle du conseil")
    buyer.page.get_by_role("checkbox", name=re.compile(f"^{re.escape(reference)}")).check()
    buyer.submit("Préparer la réunion")
    buyer.shot(f"{name}-reunion-preparee")
    buyer.submit("Envoyer la convocation")
    buyer.sees("convocations envoyées")
    buyer.shot(f"{name}-reunion-convoquee")


def hold_meeting(buyer, company, name):
    """From the home page, on the day of the meeting: note who is there, vote for a company, make the minutes."""
    agents.do_first(buyer, "Noter la réunion")
    for member in ("Anne Le Goff", "Yann Prigent", "Soazig Tanguy"):
        buyer.page.get_by_label(f"Présence de {member}").select_option(label="Présent")
    buyer.submit("Noter la présence")
    buyer.sees("quorum atteint")
    buyer.shot(f"{name}-reunion-presence")
    assert company in buyer.page.get_by_label("Mis aux voix").input_value()
    buyer.fill("Pour", "3", exact=True)
    buyer.submit("Noter le vote")
    buyer.sees("Adopté")
    buyer.submit("Établir le procès-verbal")
    buyer.sees("Le procès-verbal est établi")
    buyer.shot(f"{name}-reunion-close")
    minutes = buyer.download(lambda: buyer.click("Procès-verbal (PDF)", "link"))
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(minutes).pages).split())
    assert company in text and "quorum atteint" in text


def settle(validator, name):
    """Make the decisions final, from the home page."""
    agents.do_first(validator, "Arrêter les décisions")
    validator.shot(f"{name}-arreter")
    validator.submit(re.compile("^Arrêter (la décision|toutes les décisions)$"))
    validator.sees(re.compile("(La décision est arrêtée|Les décisions sont arrêtées)"))


def inform(validator, name):
    """From the page of the consultation: write to the rejected, with what the analysis says of them."""
    validator.follow("Notifier")
    validator.shot(f"{name}-notifier-avant")
    validator.follow("Écrire aux candidats écartés")
    validator.shot(f"{name}-courrier-rejet")
    validator.submit("Aperçu")
    validator.shot(f"{name}-courrier-rejet-apercu")
    validator.submit("Envoyer", exact=True)
    validator.sees("Le courrier est envoyé")
    validator.shot(f"{name}-courrier-rejet-envoye")


def sign(validator, reference, document, name, lot=""):
    """From a page under the consultation: put the signed contract in its file."""
    validator.follow(reference)
    validator.follow("Attribution, pas à pas")
    validator.shot(f"{name}-attribution")
    validator.follow("Signature", exact=True)
    if lot:
        validator.page.get_by_label("Marché", exact=True).select_option(lot)
    validator.page.get_by_role("radio", name="Les deux parties").check()
    validator.page.get_by_label("Documents signés", exact=True).set_input_files(document)
    validator.shot(f"{name}-signature")
    validator.submit("Verser")
    validator.sees("Le document signé est versé")
    validator.shot(f"{name}-signature-faite")


def notify(validator, reference, name, company=""):
    """From a page under the consultation: notify a holder by a letter that brings the signed contract."""
    validator.follow(reference)
    validator.follow("Attribution, pas à pas")
    validator.follow("Notification", exact=True)
    validator.follow("Notifier par courrier au titulaire")
    if company:
        validator.page.get_by_role("radio", name=re.compile(re.escape(company))).check()
    validator.shot(f"{name}-courrier-notification")
    validator.submit("Envoyer et notifier")
    validator.sees("Le courrier est envoyé")
    validator.shot(f"{name}-notification-envoyee")


def read_notification(company, document, name):
    """From the home page: the holder reads the letter and takes the signed contract, byte for byte."""
    company.home()
    company.follow("Entrer comme entreprise")
    company.follow("Mes messages")
    company.shot(f"{name}-messages")
    company.follow(re.compile("Notification du marché"))
    company.sees("Première lecture")
    company.shot(f"{name}-notification-lue")
    taken = company.download(lambda: company.click(document.name, "link"))
    assert sha256_of(taken) == sha256_of(document)


def complete_contract(buyer, name, identifier=""):
    """From the home page: complete the data of a contract that waits, and publish them."""
    agents.do_first(buyer, "Publier les données essentielles")
    buyer.shot(f"{name}-contrat-a-completer")
    fill_contract(buyer, identifier)
    buyer.submit("Publier", exact=True)
    buyer.sees("Données essentielles publiées")
    buyer.shot(f"{name}-contrat-publie")


def fill_contract(buyer, identifier=""):
    """Fill what the form of a contract still asks."""
    page = buyer.page
    if identifier and not page.locator("[name=id]").input_value():
        page.locator("[name=id]").fill(identifier)
    if not page.locator("[name=dureeMois]").input_value():
        page.locator("[name=dureeMois]").fill(str(MONTHS))
    for field, value in UNSAID.items():
        control = page.locator(f"[name={field}]")
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    for field, value in CHECKED.items():
        page.locator(f"input[name={field}][value='{value}']").check()


def send_notice(validator, server, kind, name, asked=()):
    """From the page of the consultation: send a notice, and see it published by the simulated bulletin.

    ``asked``: what the page asks of the holder, label by label.
    """
    validator.follow("Publicité")
    validator.shot(f"{name}-avis-avant")
    for label, value in dict(asked).items():
        validator.fill(label, value)
    validator.submit(f"Envoyer l’{kind}")
    later(server, seconds=30)
    later(server, seconds=30)
    validator.page.reload()
    validator.sees("Publié")
    validator.shot(f"{name}-avis-publie")


def linked(person, name):
    """Return the JSON behind a link of the page."""
    answer = person.context.request.get(person.page.get_by_role("link", name=name).first.get_attribute("href"))
    assert answer.ok, (answer.status, answer.url)
    return answer.json()


def published(anyone, town, title, holders, capsys):
    """Find the public data of a collectivité from the home page; return its contracts, once our checker found them valid.

    ``holders``: the SIRET that all the contracts name together. The feeds of programs know the contracts too.
    """
    anyone.home()
    anyone.follow("Données essentielles")
    facts = linked(anyone, "Flux incrémental (JSON)")["faits"]
    records = linked(anyone, "OCDS, dossiers (JSON)")["records"]
    anyone.follow(town)
    anyone.shot("donnees-essentielles")
    path = anyone.download(lambda: anyone.click("JSON", "link", exact=True))
    valid = main(["check", "decp", str(path)])
    assert valid == 0, capsys.readouterr().out
    found = json.loads(path.read_text("utf-8"))["marches"]["marche"]
    assert {holder["titulaire"]["id"] for contract in found for holder in contract["titulaires"]} == set(holders)
    told = [fact["donnees"] for fact in facts if fact["genre"] == "contrat"]
    assert sorted(told, key=_id) == sorted(found, key=_id)
    awards = [award for record in records for award in record["compiledRelease"].get("awards", ())]
    assert {part["id"].rpartition("-")[2] for award in awards for part in award.get("suppliers", ())} == set(holders), (
        awards
    )
    anyone.follow(re.compile(f"^{re.escape(title)}"))
    anyone.shot("contrat-public")
    address = anyone.page.url
    (one,) = anyone.context.request.get(f"{address}.json").json()["marches"]["marche"]
    assert one in found
    return found


def _id(contract):
    return contract["id"]
