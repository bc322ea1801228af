"""From a news to the mails: at once for who wants so, in one message each morning for the others; by the worker only."""

from megalis.portal.kernel import outbox
from megalis.portal.organisations import people
from megalis.portal.organisations.digests import rules
from megalis.portal.organisations.digests import store
from megalis.portal.theme import mail
from zope.component.hooks import getSite


PEOPLE = 200  # people a transaction

LETTER = """
{intro}

{lines}

Pour recevoir plus ou moins : « Mes nouvelles par courriel », sur le portail.
"""
ONE = """
{words}.

Pour recevoir plus ou moins : « Mes nouvelles par courriel », sur le portail.

-> {url} Lire sur le portail
"""


def may_see(userid, place):
    """Tell whether a person may see the content at ``place`` (path under the site) now."""
    site = getSite()
    content = site.unrestrictedTraverse(place, None)
    user = site.acl_users.getUserById(userid)
    if content is None or user is None or not people.is_active(userid):
        return False
    return bool(user.__of__(site.acl_users).has_permission("View", content))


def tell(frequencies, heading, words, url, place):
    """Tell a news to ``{userid: frequency}`` ("" for his usual one); what nobody may see is told to nobody."""
    for userid, own in sorted(frequencies.items()):
        frequency = rules.chosen(own, store.habit(userid))
        if frequency == rules.NEVER or not may_see(userid, place):
            continue
        item = store.Item(userid, heading, words, url, place)
        if frequency == rules.DAILY:
            store.keep(item)
        else:
            _send(people.get(userid), [(heading, [item])])


def tick(event):
    """Send what waits for this morning (IWorkerTick), a batch of people in each transaction."""
    if not event.leisure:
        return
    for userid, items in store.take(event.site, rules.last_turn(event.now), PEOPLE).items():
        seen = {}
        for item in items:
            if item.place not in seen:
                seen[item.place] = may_see(userid, item.place)
        left = [item for item in items if seen[item.place]]
        person = people.get(userid)
        if left and person is not None:
            _send(person, rules.grouped(left))


def _send(person, groups):
    if not person.email:
        return
    total = sum(len(items) for _heading, items in groups)
    if total == 1:
        heading, (item,) = groups[0]
        text, html = mail.render(ONE, words=item.words, url=item.url)
        subject = f"{heading} : {item.words}"
    else:
        text, html = _digest(groups)
        subject = rules.subject(groups)
    outbox.queue_mail(person.email, mail.flat(subject), text, html, about=person.userid)


def _digest(groups):
    """Return the ``(text, html)`` of many news: each place, each news with its link, SHOWN at most."""
    blocks, values, left = [], {}, rules.SHOWN
    for rank, (heading, items) in enumerate(groups):
        if not left:
            break
        values[f"h{rank}"] = heading
        blocks.append(f"{{h{rank}}}")
        for place, item in enumerate(items[:left]):
            values |= {f"w{rank}_{place}": item.words, f"u{rank}_{place}": item.url}
            blocks += [f"{{w{rank}_{place}}}", f"=> {{u{rank}_{place}}} Lire sur le portail"]
        left -= len(items[:left])
    total = sum(len(items) for _heading, items in groups)
    intro = "Ce qui s’est passé dans les lieux que vous suivez."
    if total > rules.SHOWN:
        intro += f" Les {rules.SHOWN} premières nouveautés sur {total} ; les autres sont sur le portail."
    return mail.render(LETTER.replace("{lines}", "\n\n".join(blocks)), intro=intro, **values)
