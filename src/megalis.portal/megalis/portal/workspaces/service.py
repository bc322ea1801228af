"""What is done in a workspace once who asks is known to be let in; every function refuses before it writes.

Each fact is told to the members (``happened``) and found by the workspace's own search (``_index``).
"""

from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import lanes
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import content
from megalis.portal.workspaces import rules
from plone import api


HANDLER = "espace"


def happened(espace, person, kind, words, url):
    """Note what somebody did, and have the other members told."""
    key = espace.activity.append(content.Activity(kind, person.userid, person.fullname, words, url))
    path = api.content.get_path(espace, relative=True)
    outbox.queue(HANDLER, {"espace": path.lstrip("/"), "fait": key})


def _index(espace, thing, kind, text):
    """Have a thing found by its words (``text`` None: no more)."""
    espace.index.note(lanes.key_of(thing.at), (kind, thing.id), text)


def _find(kept, key, what):
    found = kept.get(key) if is_uuidhex(key) else None
    if found is None:
        raise Refused(f"{what}.inconnu", "Cet élément n’existe plus : un autre membre l’a peut-être supprimé.")
    return found


def comment(espace, rights, thing, person, html, url):
    """Say something of a thing."""
    rules.check_writes(rights)
    thing.comments.append(content.Comment(person, html))
    happened(espace, person, "commentaire", f"a commenté « {thing.title} »", url)


# tasks


def task_url(task):
    return f"/@@tache?id={task.id}"


def find_task(espace, key):
    return _find(espace.tasks, key, "tache")


def save_task(espace, rights, person, values, task=None):
    """Return a task, made or changed; ``values``: title, html, who (Person or None), due (date or None)."""
    rules.check_writes(rights)
    title = richtext.line(values["title"], rules.TITLE, "tache.titre", "La tâche")
    new = task is None
    if new:
        task = content.Task(title, person)
        espace.tasks[task.id] = task
    before = task.who
    task.title, task.html, task.due = title, values["html"], values["due"]
    who = values["who"]
    task.who, task.who_name = (who.userid, who.fullname) if who is not None else ("", "")
    task.changed = clock.now()
    _index(espace, task, "tache", f"{title} {richtext.plain(task.html)} {task.who_name}")
    if new:
        given = f" à {task.who_name}" if task.who else ""
        happened(espace, person, "tache", f"a créé la tâche « {title} »{given}", task_url(task))
    elif task.who and task.who != before:
        happened(espace, person, "tache", f"a confié « {title} » à {task.who_name}", task_url(task))
    return task


def move_task(espace, rights, person, task, state):
    """Put a task in another state. Refused ``tache.etat``."""
    rules.check_writes(rights)
    task.state = rules.moved(rules.TASK_MOVES, task.state, state)
    task.changed = clock.now()
    happened(espace, person, "tache", f"a mis « {task.title} » : {rules.TASK_STATES[state].lower()}", task_url(task))


def drop_task(espace, rights, person, task):
    """Delete a task: who made it, or a leader."""
    _check_own(rights, person, task)
    del espace.tasks[task.id]
    _index(espace, task, "tache", None)


def _check_own(rights, person, thing):
    rules.check_writes(rights)
    if thing.by != person.userid:
        rules.check_leads(rights)


# decisions


def decision_url(decision):
    return f"/@@decisions#d-{decision.rank}"


def find_decision(espace, text):
    """Return the decision of a rank written in a form; Refused ``decision.inconnu``."""
    rank = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    found = espace.decisions.get(rank)
    if found is None:
        raise Refused("decision.inconnu", "Cette décision n’existe pas dans cet espace.")
    return found


def propose(espace, rights, person, title, html, day):
    """Return a new decision, numbered after the last one: of two that come at once, one is taken up again."""
    rules.check_writes(rights)
    title = richtext.line(title, rules.TITLE, "decision.titre", "L’intitulé")
    made = content.Decision(title, person, html, day)
    made.rank = espace.decisions.maxKey() + 1 if espace.decisions else 1
    espace.decisions[made.rank] = made
    espace.index.note(lanes.key_of(made.at), ("decision", made.rank), f"{title} {richtext.plain(html)} {made.number}")
    happened(espace, person, "decision", f"a proposé la décision {made.number}, « {title} »", decision_url(made))
    return made


def settle(espace, rights, person, decision, state):
    """Adopt or reject a decision (leaders)."""
    rules.check_writes(rights)
    rules.check_leads(rights)
    decision.state = rules.moved(rules.DECISION_MOVES, decision.state, state, "decision")
    decision.settled = (clock.now(), person.fullname)
    what = "adopté" if state == rules.ADOPTED else "rejeté"
    happened(espace, person, "decision", f"a {what} la décision {decision.number}", decision_url(decision))


# dates


def day_url(day):
    return f"/@@evenement?id={day.id}"


def find_day(espace, key):
    return _find(espace.dates, key, "evenement")


def add_day(espace, rights, person, values):
    """Return a new entry of the calendar; ``values``: title, place, text, start, end, rhythm, dates (of Paris)."""
    rules.check_writes(rights)
    title = richtext.line(values["title"], rules.TITLE, "evenement.titre", "L’intitulé")
    day = content.Day(title, person, values["start"], values["end"])
    _set_day(day, values)
    espace.dates[day.id] = day
    _index(espace, day, "evenement", f"{title} {day.place} {day.text}")
    more = f", {len(day.dates)} dates" if day.dates else ""
    words = f"a inscrit « {title} » au calendrier, {clock.french(day.start)}{more}"
    happened(espace, person, "evenement", words, day_url(day))
    return day


def _set_day(day, values):
    for name in ("place", "text", "start", "end", "rhythm"):
        setattr(day, name, values[name])
    day.dates = tuple(values["dates"]) if values["rhythm"] != agenda.ONCE else ()
    day.cancelled = tuple(item for item in day.cancelled if item in day.dates)


def change_day(espace, rights, person, day, values):
    """Change an entry of the calendar, every time it takes place; dates that were cancelled and remain stay cancelled."""
    rules.check_writes(rights)
    day.title = richtext.line(values["title"], rules.TITLE, "evenement.titre", "L’intitulé")
    before = (day.start, day.end, day.dates)
    _set_day(day, values)
    day.changed = clock.now()
    _index(espace, day, "evenement", f"{day.title} {day.place} {day.text}")
    if before != (day.start, day.end, day.dates):
        words = f"a déplacé « {day.title} » au {clock.french(day.start)}"
        happened(espace, person, "evenement", words, day_url(day))


def set_cancelled(espace, rights, person, day, date, cancelled):
    """Cancel one date of an entry that comes back, or put it back. Refused ``evenement.date``, ``evenement.derniere``."""
    rules.check_writes(rights)
    if date not in day.dates:
        raise Refused("evenement.date", f"« {day.title} » ne revient pas ce jour-là : rechargez la page.")
    away = set(day.cancelled) | {date} if cancelled else set(day.cancelled) - {date}
    if away == set(day.cancelled):
        return
    if len(away) == len(day.dates):
        raise Refused("evenement.derniere", "C’est la dernière date qui reste : supprimez plutôt l’entrée entière.")
    day.cancelled, day.changed = tuple(sorted(away)), clock.now()
    what = "a annulé" if cancelled else "a rétabli"
    words = f"{what} « {day.title} » du {date:%d/%m/%Y}"
    happened(espace, person, "evenement", words, f"{day_url(day)}&jour={date:%Y-%m-%d}")


def drop_day(espace, rights, person, day):
    """Delete an entry of the calendar: who made it, or a leader."""
    _check_own(rights, person, day)
    del espace.dates[day.id]
    _index(espace, day, "evenement", None)
    happened(espace, person, "evenement", f"a annulé « {day.title} » ({clock.french(day.start)})", "/@@calendrier")


# pages


def page_url(page):
    return f"/@@page?titre={page.id}"


def write_page(espace, rights, person, title, html, note="", page=None, base=0):
    """Return a wiki page, new or with a new edition made from the ``base`` one.

    Refused: ``page.titre.*``, ``page.existe``, ``page.change`` when somebody wrote it meanwhile: nothing of his is lost.
    """
    rules.check_writes(rights)
    title = richtext.line(title, rules.TITLE, "page.titre", "Le titre")
    note = richtext.line(note, rules.NOTE, "page.note", "La note", required=False)
    if page is None:
        name = rules.slug(title)
        if not name:
            raise Refused("page.titre", "Ce titre n’a ni lettre ni chiffre : choisissez-en un autre.")
        if name in espace.pages:
            raise Refused("page.existe", f"Une page « {espace.pages[name].title} » existe déjà : complétez-la.")
        page = espace.pages[name] = content.Page(name, content.Edition(1, title, html, person, note))
        words = f"a écrit la page « {title} »"
    else:
        if page.last.number != base:
            raise Refused(
                "page.change",
                f"{page.last.name} a modifié cette page pendant que vous écriviez : votre texte est ci-dessous, reprenez-y ce "
                "qui a changé (l’historique le montre), puis enregistrez de nouveau.",
            )
        if page.last.html == html and page.last.title == title:
            return page
        page.editions = (*page.editions, content.Edition(base + 1, title, html, person, note))
        words = f"a modifié la page « {title} »"
    espace.index.note(lanes.key_of(page.key), ("page", page.id), f"{title} {richtext.plain(html)}")
    happened(espace, person, "page", words, page_url(page))
    return page
