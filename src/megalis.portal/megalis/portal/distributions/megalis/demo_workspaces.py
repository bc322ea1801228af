"""A workspace of the demonstration: three communes and a company prepare a common purchase."""

from datetime import time
from datetime import timedelta
from io import BytesIO
from megalis.portal.formats import richtext
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.organisations import membership as organisations
from megalis.portal.organisations import people
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import create
from megalis.portal.workspaces import documents
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service


TITLE = "Achat commun de sel de déneigement"
TEXT = "Trois communes recensent leurs besoins et préparent un cahier des charges commun."
WORKS = rules.Rights(works=True)
LEADS = rules.Rights(works=True, leads=True)
MINUTES = """Présents : les trois communes.

- tonnages recueillis pour deux communes sur trois
- livraison en vrac, en une fois, avant le 15 novembre

Suite : voir [[Calendrier des livraisons]]."""


class _File(BytesIO):
    def __init__(self, filename, data):
        super().__init__(data)
        self.filename = filename


def fill(towns, bidder, secretary):
    """Open the workspace; ``bidder`` reads in it, ``secretary`` makes acts of its documents (ids of persons). Return it."""
    anne, bob, chloe = (people.get(min(organisations.holders(town, "acheteurs"))) for town in towns[:3])
    espace = create.espace(anne, TITLE, TEXT, rules.RESTRICTED)
    service.happened(espace, anne, "espace", "a ouvert l’espace", "")
    workers = (bob.userid, chloe.userid, secretary)
    for userid, role in (*((userid, rules.WORKER) for userid in workers), (bidder, rules.READER)):
        membership.set_role(espace, userid, role, anne.userid)
    folder = documents.add_folder(espace, WORKS, "Recensement", "")
    sheet = pdf.build("Tonnages par commune", [pdf.paragraph("Document de démonstration, sans valeur.")])
    documents.add(espace, WORKS, bob, _File("Tonnages.pdf", sheet), folder.id)
    draft, _new = documents.add(espace, WORKS, anne, _File("Cahier des charges.pdf", sheet))
    again = pdf.build("Cahier des charges, deuxième version", [pdf.paragraph("Livraison en vrac.")])
    documents.add_version(espace, WORKS, chloe, draft, _File("cahier.pdf", again), "livraison précisée")
    service.comment(
        espace, WORKS, draft, bob, richtext.from_text("Ajouter le délai de livraison ?"), documents.url_of(draft)
    )
    today = clock.paris(clock.now()).date()
    for title, who, days, state in (
        ("Donner le tonnage de Ploufragan", chloe, 6, None),
        ("Relire le cahier des charges", anne, 10, rules.DOING),
        ("Recenser les dépôts", bob, -4, rules.DONE),
    ):
        values = {"title": title, "html": "", "who": who, "due": today + timedelta(days=days)}
        task = service.save_task(espace, WORKS, anne, values)
        if state is not None:
            service.move_task(espace, WORKS, who, task, state)
    dates = agenda.days(today + timedelta(days=12), agenda.FORTNIGHTLY, count=4)
    start, end = agenda.span(dates[0], time(14), time(15, 30))
    values = {"title": "Point sur les besoins", "place": "Visioconférence", "text": "", "rhythm": agenda.FORTNIGHTLY}
    service.add_day(espace, WORKS, anne, values | {"start": start, "end": end, "dates": dates})
    html = richtext.from_text("Une livraison par commune, en vrac, au dépôt communal.")
    made = service.propose(espace, WORKS, bob, "Livrer en vrac au dépôt", html, today)
    service.settle(espace, LEADS, anne, made, rules.ADOPTED)
    service.write_page(espace, WORKS, chloe, "Compte rendu du premier point", richtext.from_text(MINUTES))
    return espace
