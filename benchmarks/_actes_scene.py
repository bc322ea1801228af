"""The ground of ``actes_register.py`` and ``actes_worker.py``: run inside an instance, it makes acts or tells where they stand.

``bin/instance run _actes_scene.py register|acts|settle|count FOLDER``; every work may be run again and goes on where it stopped.
"""

from collections import Counter
from dataclasses import replace
from datetime import date
from datetime import timedelta
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pdf
from megalis.portal.kernel.facts import facts
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from plone import api
from tests import inside
from tests.actes.conftest import in_force
from tests.actes.conftest import Upload

import json
import random
import transaction


SIRET = "21290189600010"
WORDS = [
    "voirie",
    "cantine",
    "école",
    "budget",
    "subvention",
    "piscine",
    "marché",
    "bibliothèque",
    "assainissement",
    "éclairage",
    "convention",
    "tarif",
    "personnel",
    "cimetière",
    "lotissement",
    "forêt",
    "port",
    "crèche",
    "stade",
    "chemin",
    "association",
    "emprunt",
    "cession",
    "parking",
    "mairie",
    "salle",
]
TOGETHER = 100


def town():
    """Return the commune, made the first time, ready to send."""
    found = directory.collectivite(SIRET[:9])
    if found is None:
        found = create.collectivite("Commune de Plougastel-Daoulas", SIRET, department="29")
        registre = registres.of(found, make=True)
        settings = {**registres.DEFAULTS, "arrondissement": "1", "nature": "31"}
        registres.set_reglages(registre, settings)
        registres.keep_classification(registre, in_force())
        transaction.commit()
    return found


def values(rank, rng):
    day = date(2020, 1, 1) + timedelta(days=rng.randrange(2200))
    said = " ".join(rng.sample(WORDS, 6)).capitalize()
    nature = rng.choice((1, 1, 1, 2, 4))
    return {
        "numero": f"D{rank}", "date_decision": day, "nature": nature, "matiere": rng.choice(("8.4", "7.1", "5.7", "1.1")),
        "objet": f"{said}, acte {rank}", "papier": False,
    }  # fmt: skip


def published(site, folder):
    """Put ``count`` acts on one register: acknowledged, then published, without files (lists and searches open none)."""
    asked = json.loads((folder / "asked.json").read_text())
    place, rng = town(), random.Random(20261126)
    registre = registres.of(place)
    workflow = api.portal.get_tool("portal_workflow")
    for rank in range(1, asked["count"] + 1):
        wanted = values(rank, rng)
        if f"D{rank}" in registre.numbers:
            continue
        acte = service.draft(place, wanted)
        acte.dossier = replace(acte.dossier, etat=states.ACQUITTE, reception=acte.date_decision)
        acte.identifier = f"029-{SIRET[:9]}-{acte.date_decision:%Y%m%d}-D{rank}-DE"
        acte.published_at = clock.now() - timedelta(minutes=asked["count"] - rank)
        workflow.doActionFor(acte, "publier")
        acte.reindexObject()
        if not rank % TOGETHER:
            transaction.commit()
            site._p_jar.cacheMinimize()
    transaction.commit()
    path = "/" + "/".join(registre.getPhysicalPath()[2:])
    (folder / "scene.json").write_text(json.dumps({"register": path, "words": WORDS, "count": len(registre.numbers)}))


def acts(site, folder):
    """Make ``count`` acts of one file each, transmitted: they wait for the worker."""
    asked = json.loads((folder / "asked.json").read_text())
    place, rng = town(), random.Random(20261127)
    registre = registres.of(place)
    data = pdf.build("Délibération", [pdf.paragraph("Le conseil municipal décide.")])
    for rank in range(1, asked["count"] + 1):
        wanted = {**values(rank, rng), "nature": 1}
        if f"D{rank}" in registre.numbers:
            continue
        acte = service.draft(place, wanted)
        service.add_piece(acte, Upload("deliberation.pdf", data))
        service.transmit(acte, "")
        if not rank % TOGETHER:
            transaction.commit()
            site._p_jar.cacheMinimize()
    transaction.commit()


def settle(site, folder):
    """Bring forward what a killed worker left to be looked at ten minutes later; a person sends again what nobody has.

    No worker runs meanwhile. ``received.json``: the identifiers of the acts that the préfecture has.
    """
    there = set(json.loads((folder / "received.json").read_text()))
    for message in facts(site, outbox.WAITING).values():
        message.next_try = clock.now()
    again = 0
    for acte in registres.of(town()).objectValues():
        if acte.etat == states.ENVOI_INCERTAIN and acte.identifier not in there:
            service.resend(acte, "")
            again += 1
    transaction.commit()
    (folder / "settled.json").write_text(json.dumps({"again": again}))


def count(site, folder):
    """Tell where the acts stand, and what waits."""
    found = Counter(acte.etat for acte in registres.of(town()).objectValues())
    waits = Counter(message.state for message in (facts(site, outbox.WAITING) or {}).values() if message.kind == "acte")
    (folder / "count.json").write_text(json.dumps({"states": found, "waiting": waits}))


def as_manager(work):
    """Return the work of a script, done with all rights."""

    def done(site, folder):
        with api.env.adopt_roles(["Manager"]):
            work(site, folder)

    return done


if __name__ == "__main__":
    works = {"register": published, "acts": acts, "settle": settle, "count": count}
    inside.do(app, {name: as_manager(work) for name, work in works.items()})  # noqa: F821  given by `bin/instance run`
