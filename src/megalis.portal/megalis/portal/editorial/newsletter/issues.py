"""An issue: a title, a few words, chosen items; sent in batches, the mark of each in the transaction that queues it.

What is committed was queued, what is not is done again: nobody gets an issue twice, and nobody is forgotten.
"""

from megalis.portal.editorial import agenda
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import wording
from megalis.portal.editorial import workflow
from megalis.portal.editorial.newsletter import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.theme import mail
from persistent.mapping import PersistentMapping
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.dexterity.utils import createContentInContainer
from urllib.parse import urlencode
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite

import re


KEY = "megalis.infolettre"
BATCH = 200  # addresses a transaction
MOST = 20  # items an issue
LONGEST = 2000
TYPES = ("Actualite", "Communique", "Evenement", "DocumentPublic", "PageEditoriale")
CONFIRM = """
Cette adresse a été donnée pour recevoir la lettre d’information d’e-mégalis.

Rien ne sera envoyé tant que vous n’avez pas confirmé. Si vous n’avez rien demandé, ne faites rien : la demande sera
oubliée dans sept jours.

-> {url} Recevoir la lettre
"""
ENTRY = """
## {{title{0}}}

{{when{0}}}

{{words{0}}}

=> {{url{0}}} Lire
"""
FOOT = """
Vous recevez cette lettre parce que cette adresse l’a demandée. Pour ne plus la recevoir, un clic suffit :

=> {stop} Me désabonner

-> {page} Lire cette lettre sur le portail
"""


def link(view, one, purpose):
    """Return the address of a page, which bears its proof."""
    query = urlencode({"abonne": one.id, "jeton": store.sign(one, purpose)})
    return f"{getSite().absolute_url()}/@@{view}?{query}"


def send_confirmation(one):
    """Ask an address whether it wants the letter."""
    text, rich = mail.render(CONFIRM, url=link("infolettre-confirmer", one, store.CONFIRM))
    return outbox.queue_mail(one.email, "Confirmez votre abonnement à la lettre e-mégalis", text, rich, about=one.id)


def choices(site):
    """Return what may be put into an issue: the items published last (catalog entries)."""
    return items.published(site, TYPES, limit=60)


def check(title, intro, uids, known):
    """Return (title, intro, uids) fit for an issue; Refused ``lettre.titre|texte|choix|trop``."""
    title = " ".join(title.split())
    if not title or len(title) > 150:
        raise Refused("lettre.titre", f"Donnez un objet de 150 signes au plus ; il y en a {len(title)}.", title)
    if len(intro) > LONGEST:
        raise Refused("lettre.texte", f"Mot d’introduction trop long : {LONGEST} signes au plus.")
    uids = tuple(uid for uid in dict.fromkeys(uids) if uid in known)
    if not uids:
        raise Refused("lettre.choix", "Cochez au moins un article.")
    if len(uids) > MOST:
        raise Refused("lettre.trop", f"{len(uids)} articles : {MOST} au plus, pour rester lue.")
    return title, intro.strip(), uids


def create(site, title, userid):
    """Return a new issue, a draft."""
    place = site["infolettre"]
    issue = createContentInContainer(
        place, kinds.LETTER, checkConstraints=False, id=items.free_id(place, title), title=title
    )
    issue.author, issue.chosen, issue.description = userid, (), ""
    return issue


def change(issue, title, intro, uids, userid):
    """Write what an issue holds."""
    issue.title, issue.description, issue.chosen, issue.author = title, intro, uids, userid
    issue.reindexObject()


def contents(issue):
    """Return the items of an issue that the public may still read, in the order chosen."""
    found = (uuidToObject(uid, unrestricted=True) for uid in getattr(issue, "chosen", ()) or ())
    return [item for item in found if item is not None and items.state(item) == "publie"]


def when(item):
    """Return when and where an event takes place, in words; "" for all else."""
    start, end = getattr(item, "start", None), getattr(item, "end", None)
    if not start or not end:
        return ""
    return ", ".join(part for part in (agenda.said(start, end), getattr(item, "location", "")) if part)


def introduction(issue):
    """Return the paragraphs of the word of introduction."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", issue.description or "") if part.strip()]


def render(issue, one):
    """Return (text, HTML) of an issue for a Subscriber."""
    values = {f"intro{rank}": text for rank, text in enumerate(introduction(issue))}
    parts = [f"{{{name}}}" for name in values]
    for rank, item in enumerate(contents(issue)):
        dated = when(item)
        parts.append((ENTRY if dated else ENTRY.replace("{{when{0}}}\n\n", "")).format(rank))
        words = item.description or wording.plain(items.raw(item), 300) or items.kind(item).label
        values |= {f"title{rank}": item.title, f"words{rank}": words, f"url{rank}": item.absolute_url()}
        values |= {f"when{rank}": dated} if dated else {}
    parts.append(FOOT)
    return mail.render("\n\n".join(parts), stop=link("infolettre-desabonner", one, store.STOP), page=issue.absolute_url(), **values)  # fmt: skip


def post(issue, one):
    """Queue an issue to one Subscriber; mail programs have their one click (RFC 8058)."""
    text, rich = render(issue, one)
    stop = link("infolettre-desabonner", one, store.STOP)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return outbox.queue_mail(one.email, issue.title, text, rich, about=one.id, headers=headers)


def _runs(site):
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping()
    return annotations[KEY]


def sending(site, issue):
    """Return how the sending of an issue goes (mapping at, after, sent, done), or None."""
    return IAnnotations(site).get(KEY, {}).get(api.content.get_uuid(issue))


def send(site, issue):
    """Publish an issue and have the worker send it; Refused ``lettre.envoyee|choix``, never twice."""
    if sending(site, issue) is not None:
        raise Refused("lettre.envoyee", "Cette lettre est déjà partie : faites-en une nouvelle.")
    if not contents(issue):
        raise Refused("lettre.choix", "Aucun article publié dans cette lettre : cochez-en au moins un.")
    for name in ("soumettre", "publier"):
        workflow.fire(issue, name)
    _runs(site)[api.content.get_uuid(issue)] = PersistentMapping(at=clock.now(), after="", sent=0, done=None)


def advance(site, uid, run):
    """Queue the mails of the next batch of addresses."""
    issue = uuidToObject(uid, unrestricted=True)
    keys = sorted(
        one.id
        for one in store.everybody(site)
        if one.state == store.ACTIVE and one.id > run["after"] and one.confirmed <= run["at"]
    )
    for key in keys[:BATCH]:
        if issue is not None:
            post(issue, store.get(site, key))
            run["sent"] += 1
        run["after"] = key
    if len(keys) <= BATCH:
        run["done"] = clock.now()


def tick(event):
    """The worker passes (IWorkerTick)."""
    for uid, run in IAnnotations(event.site).get(KEY, {}).items():
        if run["done"] is None:
            advance(event.site, uid, run)
    if event.leisure and store.everybody(event.site):
        store.purge(event.site, event.now)


def given_up(event):
    """Count a letter that was refused (outbox.GivenUp)."""
    if event.message.about:
        store.bounced(getSite(), event.message.about, event.permanent)


def counted(site):
    """IKeyFigures: who receives the letter."""
    return [("infolettre", "abonnés à la lettre d’information", store.active(site))]
