"""Answers to a form: kept in shards beside it, bounded in number and in pace, forgotten after a time."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import settings
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import rules
from megalis.portal.theme import mail
from zope.annotation.interfaces import IAnnotations

import re


ANSWERS = "reponses"
MOST = 5000  # answers a form keeps
PACE = 60  # answers an hour
LINKS = 5
LONGEST = 3000
KEPT_DAYS = 365
STATE = "megalis.formulaires"
LINK = re.compile(r"https?://|www\.", re.I)
LETTER = """
Une réponse au formulaire « {title} » est arrivée. Les réponses se lisent et s’exportent sur le portail.

-> {url} Lire les réponses
"""


def check(values, since):
    """Return values fit to be kept; ``since``: how many came within the hour.

    Refused ``formulaire.affluence|liens|long``, the code of ``rules.email``.
    """
    if since >= PACE:
        raise Refused(
            "formulaire.affluence", "Beaucoup de réponses arrivent en même temps : recommencez dans une heure."
        )
    found = {}
    for name, value in values.items():
        if isinstance(value, str):
            if len(value) > LONGEST:
                raise Refused("formulaire.long", f"Texte trop long : {LONGEST} signes au plus.", name)
            if len(LINK.findall(value)) > LINKS:
                raise Refused("formulaire.liens", f"Trop de liens : {LINKS} au plus. Retirez-en.", name)
        found[name] = rules.email(value) if name.startswith("courriel") and value else value
    return found


def shown(value):
    """Return an answer in words, whatever kind of field it was given in."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, datetime):
        return f"{clock.paris(value) if value.tzinfo else value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, list | tuple | set | frozenset):
        found = [shown(item) for item in value]
        return ", ".join(sorted(found) if isinstance(value, set | frozenset) else found)
    return str(getattr(value, "raw", None) or getattr(value, "filename", None) or value)


def kept(form):
    """Return the answers of a form with their keys, the newest first: list of (key, aware datetime, values)."""
    found = facts(form, ANSWERS)
    rows = ((key, at, values) for key, (at, values) in (found.items() if found is not None else ()))
    return sorted(rows, key=lambda row: row[1], reverse=True)


def erase(form, keys):
    """Forget answers; return how many were there. Refused ``formulaire.reponse`` when none was."""
    found = facts(form, ANSWERS)
    there = [key for key in keys if is_uuidhex(key) and found is not None and key in found]
    if not there:
        raise Refused("formulaire.reponse", "Cette réponse n’est plus là : rechargez la liste.")
    for key in there:
        del found[key]
    return len(there)


def everything(form):
    """Return the answers of a form, the newest first: list of (aware datetime, values)."""
    kept = facts(form, ANSWERS)
    return sorted(kept.values() if kept is not None else (), key=lambda answer: answer[0], reverse=True)


def keep(form, values):
    """Keep one answer and tell the addressee of the form, the help desk where none is named; Refused: the codes of ``check``, ``formulaire.plein``."""
    kept, now = everything(form), clock.now()
    hour = sum(1 for at, _values in kept if now - at < timedelta(hours=1))
    values = check(values, hour)
    if len(kept) >= MOST:
        raise Refused("formulaire.plein", "Ce formulaire n’accepte plus de réponse : écrivez à l’assistance.")
    facts_for_write(form, ANSWERS)[uuidhex()] = (now, values)
    subject = f"Formulaire : {form.title}"
    url = f"{form.absolute_url()}/@@redaction-reponses"
    words, rich = mail.render(LETTER, title=form.title, url=url)
    outbox.queue_mail(form.addressee or settings.contact_address(), subject, words, rich)


def purge(form, now):
    """Forget the answers that are too old; return how many."""
    kept = facts(form, ANSWERS)
    if kept is None:
        return 0
    limit = timedelta(days=form.kept_days or KEPT_DAYS)
    late = [key for key, (at, _values) in kept.items() if now - at >= limit]
    for key in late:
        del kept[key]
    return len(late)


def forms(site):
    """Return the forms of the site."""
    return (
        [found for found in site["formulaires"].objectValues() if found.portal_type == "EasyForm"]
        if "formulaires" in site
        else []
    )


def tick(event):
    """Once a day the worker forgets what is too old (IWorkerTick)."""
    if not event.leisure:
        return
    day = clock.paris(event.now).date()
    annotations = IAnnotations(event.site)
    if annotations.get(STATE) != day:
        annotations[STATE] = day
        for form in forms(event.site):
            purge(form, event.now)
