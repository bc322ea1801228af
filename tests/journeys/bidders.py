"""What companies and visitors do, page after page; every address is reached by a link."""

from megalis.portal.sealing.parts import PART_SIZE
from pathlib import Path
from tests.journeys.people import PASSWORD
from zipfile import ZIP_STORED
from zipfile import ZipFile

import os
import re


SENDING = 600_000  # milliseconds: large files on a busy machine


def register_company(person, server, name, siret, fullname, address):
    """From the home page to a confirmed account, signed in on its dashboard."""
    person.home()
    person.follow("Inscrire mon entreprise")
    person.fill("SIREN ou SIRET", siret)
    person.fill("Raison sociale", name)
    person.fill("Prénom et nom", fullname)
    person.fill("Adresse électronique", address)
    person.fill("Mot de passe", PASSWORD, exact=True)
    person.fill("Le même, une seconde fois", PASSWORD)
    person.shot("inscription")
    person.submit("M’inscrire")
    person.sees("Regardez votre messagerie")
    person.shot("inscription-messagerie")
    person.open_mail(server, address, "Confirmez votre inscription")
    person.shot("inscription-confirmer")
    person.submit("Ouvrir mon compte")
    person.sees("Votre compte est ouvert", f"Vous administrez l’espace de {name}")
    person.shot("inscription-ouverte")
    person.follow("Se connecter")
    person.type_credentials(address)


def dashboard(person):
    """Come from the home page to one's own space."""
    person.home()
    person.follow("Entrer comme entreprise")


def search(person, words, title):
    """Find a consultation by words from the home page, and open it."""
    person.home()
    person.shot("accueil")
    person.fill("Mots, référence ou acheteur", words)
    person.submit("Chercher")
    person.shot("recherche")
    person.follow(title)


def names_in(archive):
    """Return the sorted names of a whole ZIP archive."""
    with ZipFile(archive) as found:
        assert found.testzip() is None
        return sorted(found.namelist())


def download_lot(person, lot):
    """Download the documents of a lot from the page of the consultation; return the archive's path."""
    person.page.get_by_label("Ou les documents d’un lot").select_option(lot)
    return person.download(lambda: person.click("Télécharger ce lot"))


def take_dossier(person):
    """Take the dossier in the name of one's company, from the page of the consultation; return the archive's path."""
    person.follow("DCE complet")
    person.shot("dossier")
    person.submit("Retirer au nom de mon entreprise")
    person.sees("C’est noté")
    person.shot("dossier-identifie")
    return person.download(lambda: person.click("Télécharger", "link", exact=True))


def large_file(path, size):
    """Write an archive of about ``size`` bytes that nothing could compress."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for rank in range(size // 1_000_000):
            archive.writestr(f"plan {rank}.dwg", os.urandom(1_000_000))
    return Path(path)


def choose(person, lot, files):
    """Choose a lot and the file of each of its envelopes (dict envelope -> path) on the deposit page."""
    person.sees("Vos pièces, enveloppe par enveloppe")
    person.page.get_by_role("checkbox", name=re.compile(f"^Lot {lot},")).check()
    for envelope, path in files.items():
        person.page.locator(f"[id='ajout-{lot}/{envelope}']").set_input_files(path)
    person.page.get_by_text("1 pièce prête").nth(len(files) - 1).wait_for(timeout=SENDING)


def seal_and_send(person):
    """Press the button and wait for the final state."""
    person.click("Sceller et déposer")
    deposited(person)


def deposited(person):
    person.page.get_by_role("heading", name=re.compile("^Pli déposé le")).wait_for(timeout=SENDING)


class Cable:
    """The network between a browser and the platform: cut once in the middle of the first pli, dead in the second."""

    def __init__(self, person, size):
        self.person = person
        self.middle = size // 2 // PART_SIZE * PART_SIZE
        self.plis = []
        self.cuts = 0
        self.dead = False
        # this part alone: whatever is watched goes through the test's own memory
        self.watched = re.compile(rf"@@depot-partie\?.*\boffset={self.middle}$")
        person.context.route(self.watched, self._carry)

    def _carry(self, route):
        pli = re.search(r"pli=(\w+)", route.request.url)[1]
        if pli not in self.plis:
            self.plis.append(pli)
        if len(self.plis) == 1 and not self.cuts:
            self.cuts += 1
            route.abort("internetdisconnected")
        elif len(self.plis) == 2:
            self.dead = True  # neither answered nor refused: as a connection that hangs
        else:
            route.continue_()

    def wait_until_dead(self):
        for _ in range(SENDING // 250):
            if self.dead:
                return
            self.person.page.wait_for_timeout(250)
        raise AssertionError(f"the second pli was never begun: {self.person.words()[:800]}")

    def mend(self):
        self.person.context.unroute(self.watched)


def resume(person, files):
    """After a reload: choose the same files again and go on."""
    person.sees("Un dépôt commencé attend sa fin")
    person.shot("depot-reprise")
    person.page.get_by_label("Choisir de nouveau les pièces").set_input_files(files)
    person.sees("Toutes les pièces sont là")
    person.click("Reprendre l’envoi")
    deposited(person)


def my_deposits(person):
    """From the page of the consultation to one's deposits."""
    person.follow("vos dépôts et leurs accusés")


def withdraw(person):
    """Withdraw the deposit that stands, from the page of one's deposits."""
    person.page.locator("summary", has_text="Retirer").first.click()
    person.submit("Retirer ce dépôt")
    person.sees("est retiré")


def states(person):
    """Return the states of one's deposits, newest first."""
    cells = person.page.locator("td[data-l='État']").all_inner_texts()
    return [" ".join(cell.split()) for cell in cells]
