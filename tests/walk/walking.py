"""The walk itself, made once: each page as each person, its buttons pressed without our token; what the tests then ask of it."""

from Acquisition import aq_base
from megalis.portal.consultations.alerts import store as alerts
from megalis.portal.consultations.api import KINDS
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.deposits.grouping import store as groupings
from megalis.portal.trainings.partners import service as partners
from tests.walk import rooms
from tests.walk import scene
from tests.walk.scene import furnish_all
from tests.walk.scene import LOGINS
from tests.walk.table import ACCOUNTS
from tests.walk.table import COMPANY
from tests.walk.table import FOLLOWS
from tests.walk.table import IN_FORUM
from tests.walk.table import IN_SPACE
from tests.walk.table import OPERATES
from tests.walk.table import PAGES
from tests.walk.table import REGISTERS
from tests.walk.table import SECRETS
from tests.walk.table import WRITES_SITE
from tests.walk.walker import registered
from tests.walk.walker import Walker
from types import SimpleNamespace
from urllib.parse import parse_qsl
from urllib.parse import urljoin
from urllib.parse import urlsplit

import pytest
import transaction


# Places where everybody is tried; elsewhere one of each kind is enough.
FULL = {
    "site",
    "brouillon",
    "ouverte",
    "collectivite",
    "entreprise",
    "piece brouillon",
    "dossier ouvert",
    "restreinte",
    "registre",
    "acte brouillon",
    "acte publie",
    "registre pes",
    "flux pes",
    "groupement",
    "article brouillon",
    "article publie",
    "lettre brouillon",
    "formulaire",
}
SOME = ("visitor", "acheteur", "porteur", "neighbour", "bidder", "operator")
# Who presses the buttons: the first of these who is let in.
PRESSES = (
    "valideur", "secretaire", "comptable", "webmestre", "porteur", "administrateur", "boss", "operator", "visitor",
)  # fmt: skip
ELSEWHERE = {"HTTP_ORIGIN": "https://ailleurs.example"}
ODD = "depot=..&pli=%00&piece=../x&lot=%27&vers=zz&etape=zz&page=-1&suivi=%C3%A9&jeton=x&cle=&b_start:int=-5&offset=x"
# Pages of Plone that look for content or people, asked for our secrets.
STOCK = (
    "site @search?SearchableText=canari*",
    'site @@getVocabulary?name=plone.app.vocabularies.Catalog&query={{"criteria":[{{"i":"SearchableText",'
    '"o":"plone.app.querystring.operation.string.contains","v":"canari"}}]}}',
    "site @@member-search",
    "site @@usergroup-userprefs",
    "site @users",
    "site @groups",
    "site @querystring-search",
    "site folder_contents",
    "site sitemap.xml.gz",
    "site @@updated_search?SearchableText=canari",
    "site author/offres@toitures.exemple.fr",
    "site RSS",
    "brouillon ",
    "brouillon @history",
    "brouillon @@object_info",
    "brouillon @@sharing",
    "brouillon edit",
    "brouillon @contents",
    "restreinte ",
    "restreinte @history",
    "restreinte @contents",
    "restreinte @@sharing",
    "entreprise @@sharing",
    "dossier ouvert @search",
    "dossier ouvert folder_contents",
)
BUDGET = {True: 60_000, False: 90_000}  # bytes of HTML: for a visitor, for somebody signed in
CANARIES = {
    "draft": scene.DRAFT,
    "article": rooms.ARTICLE,
    "restricted": scene.RESTRICTED,
    "value": f"{scene.VALUE}",
    "value in words": "187 654",
    "follower": scene.FOLLOWER,
    "file": scene.FILE,
    "question": scene.QUESTION,
    "message": scene.MESSAGE,
    "vault": scene.DC1,
    "grouping": scene.MEMBER,
    "street": scene.STREET,
    "partner": scene.PARTNER,
    "subject": rooms.SUBJECT,
    "task": rooms.TASK,
    "bidder": LOGINS["bidder"],
    "agent": LOGINS["porteur"],
    "flow": rooms.FLOW,
}
READERS = {
    "draft": FOLLOWS,
    "article": WRITES_SITE,
    "restricted": FOLLOWS | COMPANY | OPERATES,
    "value": FOLLOWS,
    "value in words": FOLLOWS,
    "follower": REGISTERS | OPERATES,
    "file": REGISTERS | COMPANY,
    "question": REGISTERS | COMPANY,
    "vault": COMPANY,
    "grouping": COMPANY,
    "street": REGISTERS | COMPANY,
    "partner": COMPANY,
    "subject": IN_FORUM,
    "task": IN_SPACE,
    "message": REGISTERS | COMPANY,
    "flow": ACCOUNTS,
    "bidder": COMPANY | OPERATES | REGISTERS,  # the buyer knows the address of who asked him a question
    "agent": frozenset({"administrateur", "porteur"}) | OPERATES,
}
# Who holds the link of the mail reads what it is about, whoever he is.
BY_LINK = {"grouping": next(line for line in SECRETS if "jeton={proposition}" in line)}
WALK = SimpleNamespace(done=False)


@pytest.fixture
def walk(functional_portal):
    """Make the walk once; the tests below only read what it brought back."""
    if not WALK.done:
        WALK.done = True
        WALK.pages = registered()
        WALK.world = furnish_all(functional_portal)
        transaction.commit()
        walk_over(functional_portal)
    return WALK


def values_of(world, name):
    """Return what the queries of a place are made with."""
    place = world.places[name]
    if name == "site":
        alert = world.alert
        found = {"alerte": alert.id, "accord": alerts.sign(alert.id, alerts.CONFIRM)}
        return found | {"adresse": alert.address, "ordre": alerts.sign(alert.address, alerts.MANAGE)}
    if name == "entreprise":
        return {"coffre": world.vaulted.id}
    if name == "forum":
        return {"sujet": world.sujet.id}
    if name == "programme":
        siren = world.company.siren
        return {"siren": siren, "accord": dict(parse_qsl(urlsplit(partners.answer_url(place, siren)).query))["jeton"]}
    if name == "session":
        return {"inscription": place.entries[0].id}
    if name == "espace":
        return {"tache": world.task.id}
    if place.portal_type not in KINDS:
        return {}
    found = {"piece": scene.Life.child(place, "PieceDCE").getId()}
    if name in world.deposits:
        found |= {"depot": world.deposits[name].id, "pli": world.deposits[name].plis[0].id}
    if name == "publiee":
        found["suivi"] = world.follower.id
        found["jeton"] = withdrawals.sign(place, world.follower.id, withdrawals.LEAVE)
        found["question"] = world.question.id
        found["papier"] = world.paper.id
        found["groupement"], found["membre"] = world.grouping.id, world.grouping.members[0].id
        found["proposition"] = groupings.sign(place, found["groupement"], found["membre"])
        found["envoi"] = world.message.id
    return found


def walk_over(site):
    world, walker = WALK.world, Walker(site, CANARIES)
    walker.sign_in()
    WALK.signed_in = set(walker.cookies)
    values = {name: values_of(world, name) for name in world.places}
    WALK.answers, WALK.doors, WALK.presses = [], {}, []
    for page in WALK.pages.values():
        if page.method:
            continue
        for name, place in world.places.items():
            if page.stands_on(name, place):
                walk_page(walker, page, name, place, values[name])
    WALK.secrets = {line: {who: secret(walker, line, who, values) for who in LOGINS} for line in SECRETS}
    outside = ("visitor", "neighbour", "rival", "bidder")
    WALK.stock = [
        secret(walker, line, who, values, accept)
        for line in STOCK
        for who in outside
        for accept in ("text/html", "application/json")
    ]
    WALK.services = [
        (
            page,
            walker.ask(
                page.key,
                "site",
                who,
                page.method,
                service_address(page, site),
                headers={"HTTP_ACCEPT": "application/json"},
            ),
        )
        for page in WALK.pages.values()
        if page.method
        for who in LOGINS
    ]


def service_address(page, site):
    """Return where a service is asked: flows have theirs on themselves, the others are the site's."""
    if page.name == "@pes":
        return f"{WALK.world.flow.absolute_url()}/@pes"
    return f"{site.absolute_url()}/{page.name}/X"


def walk_page(walker, page, name, place, values):
    """Ask a page of one place as each person, then press its buttons without our token."""
    rule = PAGES.get(page.key)
    shadowed = "@@" if hasattr(aq_base(place), page.name) else ""  # an attribute of this name comes first
    url = f"{place.absolute_url()}/{shadowed}{page.name}"
    people = LOGINS if name in FULL else SOME
    let_in, tried = {}, False
    for who in people:
        permitted = walker.permitted(page, place, who)
        if not permitted and (tried or who == "visitor"):
            continue  # the publisher is asked about one who is refused, not about each
        tried = tried or not permitted
        answer = walker.ask(page.key, name, who, "GET", url)
        WALK.answers.append(answer)
        if not answer.refused:
            let_in[who] = answer
        if not permitted:
            assert answer.refused, answer
    WALK.doors[page.key, name] = (frozenset(people), frozenset(let_in))
    pressers = ((rule.presser,) if rule and rule.presser else ()) + PRESSES
    asked = rule.presser or None if rule and rule.queries else None  # the bare address may show nothing
    presser = next((who for who in pressers if who in let_in), asked)
    if presser is None:
        return
    for query in (*(rule.queries if rule else ()), ODD):
        try:
            query = query.format(**values)
        except KeyError:
            continue
        answer = walker.ask(page.key, name, presser, "GET", f"{url}?{query}")
        WALK.answers.append(answer)
        let_in.setdefault(query, answer)
    press(walker, page, name, url, presser, let_in)


def press(walker, page, name, url, who, shown):
    """Send every form of the page, button by button, as a page of another site would: without our token."""
    sent = set()
    for answer in (shown[key] for key in shown if key == who or key not in LOGINS):
        for action, fields, buttons in answer.forms:
            target = urljoin(url, action or answer.address.rpartition("/")[2])
            for button in buttons:
                form = [*fields, (button, "1")] if button else fields
                if (target.partition("?")[0], button) in sent or key_of(target) == "logout":
                    continue
                sent.add((target.partition("?")[0], button))
                answer = walker.ask(page.key, name, who, "POST", target, form=form, headers=ELSEWHERE)
                WALK.presses.append((page.key, target, answer))
    if not sent:
        json = {"body": b"{}", "type_": "application/json", "headers": ELSEWHERE}
        WALK.presses.append((page.key, url, walker.ask(page.key, name, who, "POST", url, **json)))


def secret(walker, line, who, values, accept="text/html"):
    """Return the answer to a line ``place address``."""
    place = max((name for name in values if line.startswith(f"{name} ")), key=len)
    url = f"{WALK.world.places[place].absolute_url()}/{line[len(place) + 1 :]}".rstrip("/").format(**values[place])
    return walker.ask(line, place, who, "GET", url, headers={"HTTP_ACCEPT": accept})


def key_of(target):
    """Return the name of the view an address leads to."""
    return urlsplit(target).path.rpartition("/")[2].removeprefix("@@")


def lines(answers):
    return [str(answer) for answer in answers]
