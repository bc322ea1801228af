"""Making the catalogue, and the modules it begins with."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.richtext import line
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.trainings import seeds
from megalis.portal.trainings import service
from megalis.portal.trainings.rules import profiles
from plone.dexterity.utils import createContentInContainer
from plone.i18n.normalizer.interfaces import IURLNormalizer
from zope.component import getUtility


TITLE = 150
TEXT = 8_000
PLACES = ((service.PLACE, "Formations", "Formations"), ("partenaires", "Partenaires", "Partenaires"))


def install(site):
    """Make the places of the room and the five modules, once: modules that were removed do not come back."""
    for name, portal_type, title in PLACES:
        if name not in site:
            createContentInContainer(site, portal_type, checkConstraints=False, id=name, title=title)
            if name == service.PLACE:
                furnish(site[name])


def furnish(catalogue):
    """Make the first modules."""
    for seed in seeds.MODULES:
        label, path = seed["exercise"] or ("", "")
        values = {key: value for key, value in seed.items() if key not in ("id", "exercise")}
        module(catalogue, {**values, "exercise_label": label, "exercise_path": path}, seed["id"])


def module(catalogue, values, name=""):
    """Return a new module; Refused as ``checked``."""
    values = checked(values)
    name = name or free_id(catalogue, values["title"])
    return createContentInContainer(catalogue, "ModuleFormation", checkConstraints=False, id=name, **values)


def change_module(module_, values):
    """Change what a module says. Refused as ``checked``."""
    for key, value in checked(values).items():
        setattr(module_, key, value)
    for session in module_.objectValues():
        service.entitle(session)
        session.reindexObject(idxs=["Title", "sortable_title", "SearchableText"])
    module_.reindexObject()


def checked(values):
    """Return the values of a module, clean; Refused ``module.titre.…``, ``module.profil``, ``module.texte``, ``module.exercice``."""
    found = dict(values)
    found["title"] = line(found["title"], TITLE, "module.titre", "Le titre du module")
    profiles.check(found["profile"])
    for key, label in (("objectives", "Les objectifs"), ("programme", "Le programme")):
        found[key] = (found.get(key) or "").replace("\r\n", "\n").strip()
        if len(found[key]) > TEXT:
            raise Refused("module.texte", f"{label} : {len(found[key])} signes, {TEXT} au plus. Abrégez.", key)
    found["duration"] = line(found.get("duration") or "", 80, "module.duree", "La durée", False)
    found["exercise_label"] = line(found.get("exercise_label") or "", 120, "module.exercice", "L’exercice", False)
    path = found["exercise_path"] = (found.get("exercise_path") or "").strip()
    if path and not (path.startswith("/") and not path.startswith("//") and len(path) < 200 and path.isprintable()):
        raise Refused(
            "module.exercice", f"« {path[:60]} » : donnez une adresse du portail, qui commence par une barre.", path
        )
    found["guides"] = tuple(found.get("guides") or ())
    return found


def free_id(container, title):
    """Return an id made of a title, free in the container."""
    base = getUtility(IURLNormalizer).normalize(title, locale="fr", max_length=60).strip("-._") or "module"
    taken = base in container.objectIds() or hasattr(container, base)
    return f"{base}-{uuidhex()[:6]}" if taken else base
