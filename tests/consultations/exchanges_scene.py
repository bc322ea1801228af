"""What the tests of questions and messages share: a buyer, a bidder and his rival, what they ask and answer."""

from html import unescape
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people

import pytest
import transaction


BUYER = "acheteurs@a.exemple.fr"
READER = "lecteurs@a.exemple.fr"
NEIGHBOUR = "administrateurs@b.exemple.fr"
BIDDER = "offres@toitures.exemple.fr"
RIVAL = "rival@ardoises.exemple.fr"
QUESTION = "Le bordereau de la ligne 12 est-il au mètre ou au forfait ?"
ANSWER = "Au mètre linéaire."
PDF = b"%PDF-1.4\n plan"


@pytest.fixture
def site(served):
    """The served world with a second company."""
    served.ardoises = create.entreprise("Ardoises du Léon", "443061841")
    create.etablissement(served.ardoises, "44306184100013", head_office=True)
    served.rival = people.create("entreprise", RIVAL, "Concurrente", served.password)
    membership.add(served.ardoises, served.rival, {"e-repondants"})
    transaction.commit()
    return served


def status(browser):
    return int(browser.headers["status"].split()[0])


def read(browser):
    return " ".join(unescape(browser.contents).split())


def mails(site, to=None):
    transaction.begin()
    found = [message.payload for message in outbox.messages(site) if message.kind == "mail"]
    return [mail for mail in found if to is None or mail["to"] == to]


def person(userid):
    return people.get(userid)


def refused(function, *values, **more):
    with pytest.raises(Refused) as why:
        function(*values, **more)
    return why.value.code


def token(browser, url):
    browser.open(url)
    return browser.getControl(name="_authenticator", index=0).value


def upload(browser, url, page, files=(), **fields):
    """Send a form with files, as a browser does."""
    fields["_authenticator"] = token(browser, page)
    mark, body = "----frontiere", b""
    for name, value in fields.items():
        body += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, filename, data in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    browser.post(url, body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}")


def ask(browser, url, text=QUESTION, files=(), **fields):
    page = f"{url}/@@poser-question"
    upload(browser, page, page, files, texte=text, cle=uuidhex(), **fields)


@pytest.fixture
def asked(site):
    """The site with one question, committed."""
    site.question = questions.ask(site.published, person(site.bidder), QUESTION, "1")
    withdrawals.follow(site.published, "suivi@exemple.fr", "Études du Léon")
    transaction.commit()
    return site


def answer(browser, site, **fields):
    page = f"{site.published.absolute_url()}/@@question?id={site.question.id}"
    files = fields.pop("files", ())
    filled = {"id": site.question.id, "portee": "tous", "publiee": QUESTION, "texte": ANSWER, **fields}
    upload(browser, page, page, files, **filled)


def write(site, people_, subject="Visite du site", text="Rendez-vous lundi à 9 h.", **more):
    return messages.send(site.published, person(site.acheteurs), subject, text, people_, **more)


@pytest.fixture
def written(asked):
    """A message to the asker and to a follower without account, committed."""
    asked.message = write(asked, recipients.everybody(asked.published, clock.now()))
    transaction.commit()
    return asked


def delivery_to(site, name):
    transaction.begin()
    return next(item for item in site.message.deliveries.values() if item.recipient.name == name)
