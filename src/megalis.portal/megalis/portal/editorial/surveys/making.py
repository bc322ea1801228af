"""A form made, set and taken away by staff: what it says, to whom it tells an answer, between which dates it takes them."""

from DateTime import DateTime
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import states
from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import past
from megalis.portal.editorial.surveys import seeds
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import rules
from plone import api
from plone.dexterity.utils import createContentInContainer
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent


SETTINGS = ("title", "description", "thanks", "addressee", "opens", "closes", "kept_days", "audiences")
BEFORE, OPEN, CLOSED = "avant", "ouvert", "ferme"
LONGEST_KEPT = 1095
COPY, START = "copie:", "genre:"


def moment(opens, closes, now):
    """Return BEFORE, OPEN or CLOSED for the instants of a form (aware or None); it is closed at its closing instant."""
    if closes is not None and now >= closes:
        return CLOSED
    return BEFORE if opens is not None and now < opens else OPEN


def said(opens, closes, now):
    """Return when a form takes answers, in words, "" for one without dates."""
    here = moment(opens, closes, now)
    if here == BEFORE:
        return f"Ouvre le {clock.french(opens)}"
    if here == CLOSED:
        return f"Fermé depuis le {clock.french(closes)}"
    return f"Ouvert jusqu’au {clock.french(closes)}" if closes is not None else ""


def listed(site, now):
    """Return what the public may fill, now or soon, by title: list of dicts title, url, text, when (words)."""
    forms = (brain._unrestrictedGetObject() for brain in items.published(site, (kinds.FORM.type,)))
    rows = [
        {"title": form.title, "url": form.absolute_url(), "text": form.description, "when": said(form.opens, form.closes, now)}
        for form in forms
        if form.getId() not in seeds.ELSEWHERE and moment(form.opens, form.closes, now) != CLOSED
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["title"].casefold())


def check(values, now, was=None):
    """Return settings fit to be kept; ``was``: the closing instant before.

    Refused ``formulaire.dates|fermeture|duree`` with the name of the field as its value, the code of ``rules.email``.
    """
    opens, closes, days = values.get("opens"), values.get("closes"), values.get("kept_days")
    if opens is not None and closes is not None and closes <= opens:
        raise Refused(
            "formulaire.dates", "La fermeture vient avant l’ouverture : corrigez l’une des deux dates.", "closes"
        )
    if closes is not None and closes != was and closes <= now:
        raise Refused(
            "formulaire.fermeture", "Cette date de fermeture est passée : choisissez-en une à venir.", "closes"
        )
    if days is not None and not 1 <= days <= LONGEST_KEPT:
        raise Refused("formulaire.duree", f"« {days} » : donnez un nombre de jours de 1 à 1 095.", "kept_days")
    found = dict(values)
    if values.get("addressee"):
        try:
            found["addressee"] = rules.email(values["addressee"])
        except Refused as refused:
            raise Refused(refused.code, refused.message, "addressee") from refused
    return found


def starts(site):
    """Return what a new form may start from: list of (key, label), the forms there are after the kinds."""
    kinds_ = [(f"{START}{key}", label) for key, (label, _model) in seeds.STARTS.items()]
    return kinds_ + [(f"{COPY}{form.getId()}", f"Copie de « {form.title} »") for form in answers.forms(site)]


def model_of(site, key):
    """Return the questions a new form starts with; Refused ``formulaire.depart``."""
    name = (key or "").partition(":")[2]
    if key and key.startswith(START) and name in seeds.STARTS:
        return seeds.STARTS[name][1]
    form = site["formulaires"].get(name) if key and key.startswith(COPY) else None
    if form is None or form.portal_type != kinds.FORM.type:
        raise Refused("formulaire.depart", "Ce formulaire n’est plus là : choisissez dans la liste.", "start")
    return form.fields_model


def create(site, key, values, userid):
    """Return a new draft; ``key`` of ``starts``, ``values`` of SETTINGS."""
    place = site["formulaires"]
    model = model_of(site, key)
    values = check(values, clock.now())
    form = createContentInContainer(
        place, kinds.FORM.type, checkConstraints=False, id=items.free_id(place, values["title"]),
        title=values["title"], fields_model=model,
    )  # fmt: skip
    form.creators = (userid,)
    _set(form, values, userid)
    past.keep(form, userid, past.FIRST)
    return form


def change(form, values, userid):
    """Write settings; return the names of what changed. Answers that are now kept too long are forgotten at once."""
    values = check(values, clock.now(), getattr(form, "closes", None))
    changed = [name for name, value in values.items() if (getattr(form, name, None) or None) != (value or None)]
    if changed:
        past.begin(form)
        _set(form, {name: values[name] for name in changed}, userid)
        past.keep(form, userid, "Réglages changés")
        if "kept_days" in changed:
            answers.purge(form, clock.now())
    return changed


def ask(form, model, userid, note):
    """Write the questions of a form, and keep the version that makes."""
    past.begin(form)
    form.fields_model = model
    _set(form, {}, userid)
    past.keep(form, userid, note)


def restore(form, number, userid):
    """Write a former version over what a form says; return what was done, in words. KeyError when there is none."""
    values = past.values_of(form, number)
    model = values.pop("fields_model")
    check({**values, "closes": None}, clock.now())  # a closing that is over comes back as it was: closed
    note = f"Version {number + 1} rétablie"
    _set(form, values, userid)
    form.fields_model = model
    answers.purge(form, clock.now())
    past.keep(form, userid, note)
    return f"{note}."


def _set(form, values, userid):
    for name, value in values.items():
        if name == "audiences":
            value = tuple(value or ())
        setattr(form, name, value if name in ("opens", "closes", "kept_days", "audiences") else value or "")
    form.author = userid
    # what is changed of a published form is news to whoever keeps a copy of it
    form.setModificationDate(DateTime())
    notify(ObjectModifiedEvent(form))
    form.reindexObject()


def removable(form, now=None):
    """Refuse to take away what people still need: ``formulaire.attache|publie|reponses``."""
    if form.getId() in seeds.NAMES:
        raise Refused(
            "formulaire.attache",
            "Des pages du portail mènent à ce formulaire : il ne se supprime pas. Changez ses questions, ou fermez-le à une date.",
        )
    if items.state(form) in (states.PUBLISHED, states.SCHEDULED):
        raise Refused("formulaire.publie", "Un formulaire publié ne se supprime pas : retirez-le d’abord.")
    count = len(answers.everything(form))
    if count:
        words = "1 réponse y est encore" if count == 1 else f"{count} réponses y sont encore"
        raise Refused(
            "formulaire.reponses",
            f"{words} : le webmestre les emporte (CSV, tableur ou PDF), puis les efface ; supprimez le formulaire ensuite.",
        )


def remove(form):
    """Take a form away; return its title. Refused: the codes of ``removable``."""
    removable(form)
    title = form.title
    api.content.delete(form, check_linkintegrity=False)
    return title
