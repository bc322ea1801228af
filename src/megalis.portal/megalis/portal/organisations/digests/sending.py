"""From a news to the mails: at once for who wants so, in one message each morning for the others; by the worker only."""

from megalis.portal.kernel import outbox
from megalis.portal.organisations import mails
from megalis.portal.organisations import people
from megalis.portal.organisations.digests import rules
from megalis.portal.organisations.digests import store
from megalis.portal.theme import mail
from zope.component.hooks import getSite


PEOPLE = 50  # people a transaction

LETTER = """
{intro}

{lines}

=> {manage} Choisir ce que je reçois
"""


def may_see(userid, place):
    """Tell whether a person may see the content at ``place`` (path under the site) now."""
    site = getSite()
    content = site.unrestrictedTraverse(place, None)
    user = site.acl_users.getUserById(userid)
    if content is None or user is None or not people.is_active(userid):
        return False
    return bool(user.__of__(site.acl_users).has_permission("View", content))


def manage_url():
    return mails.url("/@@mes-nouvelles")


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
    blocks, values = [], {"manage": manage_url()}
    count = 0
    for rank, (heading, items) in enumerate(groups):
        if count >= rules.SHOWN:
            break
        if len(groups) > 1 or len(items) > 1:
            values[f"h{rank}"] = heading
            blocks.append(f"{{h{rank}}}")
        for place, item in enumerate(items[: rules.SHOWN - count]):
            values |= {f"w{rank}_{place}": item.words, f"u{rank}_{place}": item.url}
            blocks.append(f"{{w{rank}_{place}}}")
            blocks.append(f"=> {{u{rank}_{place}}} Lire sur le portail")
            count += 1
    total = sum(len(items) for _heading, items in groups)
    values["intro"] = groups[0][0] if total == 1 else "Ce qui s’est passé dans les lieux que vous suivez."
    text, html = mail.render(LETTER.replace("{lines}", "\n\n".join(blocks)), **values)
    outbox.queue_mail(person.email, mail.flat(_subject(groups, total))[:140], text, html, about=person.userid)


def _subject(groups, total):
    return f"{groups[0][0]} : {groups[0][1][0].words}" if total == 1 else rules.subject(groups)
