"""What the agents of a collectivité and the operator do, page after page; every address is reached by a link."""

from tests.journeys.people import PASSWORD

import re


PASSPHRASE = "cinq mots que la mer garde"
SLOW = 60_000  # milliseconds: a passphrase is made slow on purpose


def sign_in_from_home(person, login):
    """Come from the home page to one's own first page."""
    person.home()
    person.follow("Se connecter")
    person.type_credentials(login)


def dashboard(person):
    """Come from the home page to what waits for an agent today."""
    person.home()
    person.follow("Entrer comme agent")


def do_first(person, task):
    """Come from the home page to a task of the dashboard, named by the beginning of its title."""
    dashboard(person)
    follow_task(person, task)


def follow_task(person, task):
    """Follow the link of a task of the dashboard, named by the beginning of its title."""
    line = person.page.locator(".mg-today li", has=person.page.get_by_role("heading", name=re.compile(f"^{task}")))
    with person.page.expect_navigation():
        line.first.get_by_role("link").first.click()


def register_collectivite(operator, name, siret, town):
    """Inscribe a collectivité; leaves the operator on the page of its agents."""
    operator.menu("Collectivités")
    operator.shot("annuaire")
    operator.follow("Inscrire une collectivité")
    operator.fill("Nom", name, exact=True)
    operator.fill("SIRET du siège", siret)
    operator.fill("Ville", town)
    operator.shot("collectivite-inscrire")
    operator.submit("Inscrire")
    operator.sees("La collectivité est inscrite")


def invite(person, address, role):
    """Invite an address with a role, from the page of the agents."""
    form = person.page.locator("section", has=person.page.locator("#inviter"))
    form.get_by_label("Adresse électronique").fill(address)
    form.get_by_role("checkbox", name=re.compile(f"^{role}")).check()
    person.submit("Envoyer l’invitation")
    person.sees(f"Invitation envoyée à {address}")


def answer_invitation(person, server, address, fullname):
    """Follow the link of the invitation, make the account, sign in; ends on one's dashboard."""
    person.open_mail(server, address, "vous invite")
    person.shot("invitation")
    person.fill("Prénom et nom", fullname)
    person.fill("Mot de passe", PASSWORD, exact=True)
    person.fill("Le même, une seconde fois", PASSWORD)
    person.submit("Créer mon compte")
    person.sees("Votre compte est ouvert")
    person.type_credentials(address)


def import_notice(buyer, notice):
    """From the dashboard to a draft made of a notice; ends on its checklist."""
    dashboard(buyer)
    buyer.follow("Nouvelle consultation", exact=True)
    buyer.shot("nouvelle-consultation")
    buyer.follow("Importer un avis")
    buyer.page.get_by_label("Avis de marché (XML)").set_input_files(notice)
    buyer.shot("importer-avis")
    buyer.submit("Créer le brouillon")
    buyer.sees("Brouillon créé à partir de l’avis")


def point(person, title):
    """Return the line of the checklist about a point."""
    return person.page.get_by_role("row", name=re.compile(f"^{re.escape(title)}"))


def mend(buyer, title):
    """Follow the link that the checklist gives for a point."""
    with buyer.page.expect_navigation():
        point(buyer, title).get_by_role("link", name="Corriger").click()


def give_contact(buyer, address):
    """Complete the contact from the checklist, and come back to it by the map of the steps."""
    mend(buyer, "Contact")
    buyer.fill("Adresse électronique", address)
    buyer.shot("etape-contact")
    buyer.submit("Enregistrer et continuer")
    buyer.shot("etape-dates")
    buyer.follow("Vérification")


def add_pieces(buyer, files, lots=()):
    """Add files to the dossier, for some lots or for all."""
    buyer.page.get_by_label("Ajouter des fichiers").set_input_files(files)
    for lot in lots:
        buyer.page.get_by_role("checkbox", name=re.compile(f"^Lot {lot},")).check()
    buyer.submit("Ajouter au dossier")


def check_the_draft(buyer):
    """Go from the pieces to the checklist."""
    with buyer.page.expect_navigation():
        buyer.page.get_by_role("main").get_by_role("link", name="Vérifier").click()


def make_key(person, role):
    """Make a key, keep its file, open it again: published and proved; return the path of the file."""
    person.page.get_by_role("radio", name=re.compile(f"^{role}")).first.check()
    person.fill("Phrase secrète", PASSPHRASE, exact=True)
    person.fill("La même phrase, une seconde fois", PASSPHRASE)
    key = person.download(lambda: person.click("Créer la clé et enregistrer son fichier"), timeout=SLOW)
    person.shot(f"cle-{role}-verifier")
    give_key(person, key)
    person.click("Rouvrir et publier la clé")
    person.sees(re.compile("publiée et prouvée"), timeout=SLOW)
    person.shot(f"cle-{role}-publiee")
    person.click("Créer ou présenter une autre clé")
    return key


def give_key(person, key):
    """Choose a key file and type its passphrase, wherever a key is asked."""
    person.page.get_by_label("Fichier de clé").set_input_files(key)
    person.page.get_by_label("Phrase secrète", exact=True).last.fill(PASSPHRASE)


def drill(person, role, key):
    """Do the drill of one's key again."""
    person.page.get_by_role("row", name=re.compile(f"^{role}")).get_by_role("button", name="Faire l’exercice").click()
    give_key(person, key)
    person.shot(f"cle-{role}-exercice")
    person.page.locator("#cles").get_by_role("button", name="Faire l’exercice").click()
    person.sees("Exercice réussi", timeout=SLOW)
    person.click("Créer ou présenter une autre clé")


def take_step(person, label):
    """From the page of the consultation, take the step that comes next and confirm it."""
    person.follow(label)
    person.shot(f"etape-{label.lower().replace(' ', '-')}")
    person.submit(label)


def rectify(validator, reason, deadline, piece, corrected):
    """From the page of the consultation: a later deadline (Paris, ``2026-12-31T12:00``) and a corrected piece."""
    validator.follow("Rectifier")
    validator.fill("Motif", reason)
    validator.fill("Date limite de remise des plis", deadline)
    validator.page.get_by_label(f"Nouveau fichier pour {piece}").set_input_files(corrected)
    validator.shot("rectifier")
    validator.submit("Publier la version 2")
    validator.sees(re.compile(r"Version 2 publiée\. .* reculée .*Un destinataire prévenu\."))


def present_key(holder, key):
    """On the page of the opening: give one's key."""
    holder.sees("Présenter votre clé")
    give_key(holder, key)
    holder.shot("ouverture-presenter")
    holder.click("Présenter la clé")
    holder.sees("Ouvrir sur ce poste", timeout=SLOW)


def open_envelopes(holder, kinds):
    """Open every bid, a kind of envelope after the other."""
    for rank, kind in enumerate(kinds):
        holder.page.locator(f"[data-ouvrir={kind}]").click()
        holder.page.locator("[data-documents]").nth(rank).wait_for(timeout=300_000)


def decide(buyer, lot, decision, **values):
    """Fill the decision of a lot; ``values`` by label."""
    group = buyer.page.get_by_role("group", name=re.compile(f"^Lot {lot},"))
    group.get_by_label("Décision").select_option(label=decision)
    for label, value in values.items():
        group.get_by_label(label).fill(value)
