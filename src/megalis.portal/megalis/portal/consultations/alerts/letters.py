"""What the alerts write: a request to confirm, and one message an address for all that is new."""

from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from megalis.portal.consultations.search import html
from megalis.portal.consultations.search import source
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.theme import mail
from plone import api
from urllib.parse import urlencode


SHOWN = 30  # consultations a message; the search has the others
CONFIRM = """
Cette adresse a été donnée pour recevoir une alerte d’e-mégalis : {search}.

Rien ne sera envoyé tant que vous n’avez pas confirmé. Si vous n’avez rien demandé, ne faites rien : la demande sera
oubliée dans {days} jours.

-> {url} Confirmer cette alerte
"""
ENTRY = """
{{title{0}}}

{{facts{0}}}

=> {{url{0}}} Voir la consultation
"""
MORE = "Et {more} de plus, que vos recherches montrent toutes."
FOOT = """
Vous recevez ce message parce que cette adresse suit : {searches}.

-> {manage} Gérer mes alertes
"""


def _site_url():
    return api.portal.get().absolute_url()


def confirm_url(subscription):
    pairs = {"alerte": subscription.id, "jeton": store.sign(subscription.id, store.CONFIRM)}
    return f"{_site_url()}/@@alerte-confirmer?{urlencode(pairs)}"


def manage_url(address, view="mes-alertes"):
    """Return the address of the page where an address, which bears its proof, commands its alerts."""
    pairs = {"adresse": address.id, "jeton": store.sign(address.id, store.MANAGE)}
    return f"{_site_url()}/@@{view}?{urlencode(pairs)}"


def titles():
    """Return buyer slug -> title of those who published."""
    return source.snapshot(api.portal.get()).titles


def send_confirmation(site, subscription):
    """Ask the address whether it wants this alert."""
    email = store.address(site, subscription.address).email
    search = rules.said(rules.from_query(subscription.query), titles())
    text, rich = mail.render(CONFIRM, search=search, days=rules.CONFIRM_DAYS, url=confirm_url(subscription))
    return outbox.queue_mail(email, "Confirmez votre alerte e-mégalis", text, rich, about=subscription.address)


def facts_of(row):
    """Return the second line of an entry."""
    due = f"Remise des plis avant le {clock.french(row.deadline)} (heure de Paris)" if row.deadline else ""
    where = ", ".join(html.department_label(code) for code in row.departments)
    return ". ".join(part for part in (row.buyer, where, ", ".join(html.row_meta(row)), due) if part) + "."


def subject(told):
    """Return the subject of a message about ``[(row, [subscription])]``."""
    if len(told) == 1:
        return f"Nouvelle consultation : {told[0][0].title}"
    return f"{len(told)} nouvelles consultations"


def send_digest(site, address, told):
    """Queue one message about all that is new for an Address: ``told`` is ``[(row, [Subscription])]``."""
    base, values, parts = _site_url(), {}, []
    for rank, (row, _items) in enumerate(told[:SHOWN]):
        parts.append(ENTRY.format(rank))
        values |= {f"title{rank}": row.title, f"facts{rank}": facts_of(row), f"url{rank}": f"{base}/{row.path}"}
    if len(told) > SHOWN:
        parts.append(MORE)
        values["more"] = len(told) - SHOWN
    parts.append(FOOT)
    queries = dict.fromkeys(item.query for _row, items in told for item in items)
    names = titles()
    values["searches"] = " ; ".join(rules.said(rules.from_query(query), names) for query in queries)
    values["manage"] = manage_url(address)
    text, rich = mail.render("\n\n".join(parts), **values)
    stop = manage_url(address, "alertes-desabonner")
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return outbox.queue_mail(address.email, subject(told), text, rich, about=address.id, headers=headers)
