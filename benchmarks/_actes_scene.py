"""The ground of ``actes_register.py`` and ``actes_worker.py``: run inside an instance, it makes acts or tells where they stand.

``bin/instance run _actes_scene.py register|acts|kills FOLDER``; every work may be run again and goes on where it stopped.
"""

from AccessControl.SecurityManagement import newSecurityManager
from AccessControl.SecurityManagement import noSecurityManager
from AccessControl.SpecialUsers import system
from benchmarks._actes_journal import received
from collections import Counter
from DateTime import DateTime
from datetime import date
from datetime import timedelta
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.lifecycle import Dossier
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pdf
from megalis.portal.kernel import worker as workers
from megalis.portal.kernel.facts import facts
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from persistent.list import PersistentList
from plone import api
from plone.dexterity.utils import createContent
from tests import inside
from tests.actes.conftest import in_force
from tests.actes.conftest import Upload
from ZODB import DB
from ZODB.FileStorage import FileStorage
from zope.component.hooks import setSite
from zope.globalrequest import clearRequest
from zope.globalrequest import setRequest

import json
import os
import random
import signal
import threading
import time
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
    """Put ``count`` acts on one register: acknowledged, then published, without files (lists and searches open none).

    They are written as they end up, not brought there step by step: ten thousand exchanges are not what is measured here.
    """
    asked = json.loads((folder / "asked.json").read_text())
    place, rng = town(), random.Random(20261126)
    registre = registres.of(place)
    workflow = api.portal.get_tool("portal_workflow")
    (definition,) = workflow.getWorkflowsFor("Acte")
    for rank in range(1, asked["count"] + 1):
        wanted, name = values(rank, rng), f"{rank:032x}"
        if f"D{rank}" in registre.numbers:
            continue
        acte = createContent("Acte", id=name, **wanted)
        acte.dossier = Dossier(states.ACQUITTE, clock.now(), wanted["date_decision"])
        acte.pieces, acte.history = PersistentList(), PersistentList()
        acte.identifier = f"029-{SIRET[:9]}-{acte.date_decision:%Y%m%d}-D{rank}-DE"
        acte.published_at = clock.now() - timedelta(minutes=asked["count"] - rank)
        registre._setObject(name, acte)
        acte = registre[name]
        status = {"review_state": "publie", "action": "publier", "actor": "", "comments": "", "time": DateTime()}
        workflow.setStatusOf(definition.getId(), acte, status)
        definition.updateRoleMappingsFor(acte)
        acte.reindexObject()
        registre.numbers[acte.numero] = name
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


def settle(site, there):
    """Bring forward what a killed worker left to be looked at ten minutes later; a person sends again what nobody has.

    No worker runs meanwhile. Returns how many were sent again.
    """
    for message in facts(site, outbox.WAITING).values():
        message.next_try = clock.now()
    uncertain = [
        acte
        for acte in registres.of(town()).objectValues()
        if acte.etat == states.ENVOI_INCERTAIN and acte.identifier not in there
    ]
    for acte in uncertain:
        service.resend(acte, "")
    transaction.commit()
    return len(uncertain)


class Crew:
    """Processes that have the code but not the database: each opens it for itself, works, and may be killed at any point."""

    def __init__(self, site, folder):
        self.folder, self.path = folder, "/".join(site.getPhysicalPath())
        database = site._p_jar.db()
        self.factory = database.classFactory
        transaction.abort()
        setSite(None)
        clearRequest()
        noSecurityManager()
        database.close()

    def database(self):
        """Open the database as the instance does."""
        var = self.folder / "instance/var"
        found = DB(FileStorage(str(var / "filestorage/Data.fs"), blob_dir=str(var / "blobstorage")))
        found.classFactory = self.factory
        return found

    def start(self, work):
        """Start a process that does ``work(database)``; return its id."""
        child = os.fork()
        if not child:
            os.setsid()
            number = 1
            try:
                work(self.database())
                number = 0
            finally:
                os._exit(number)
        return child

    def worker(self):
        """Start the product's own worker: it goes on until it is killed, or told to end (SIGTERM)."""

        def work(database):
            stop = threading.Event()
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            workers.run(database, stop)
            database.close()

        return self.start(work)

    def ask(self, work):
        """Return what ``work(site)`` returns in a process of its own."""
        told = self.folder / "told.json"

        def done(database):
            connection = database.open()
            newSecurityManager(None, system)
            app = workers.site_request(connection.root()["Application"], self.path)
            setRequest(app.REQUEST)
            site = app.unrestrictedTraverse(self.path)
            setSite(site)
            with api.env.adopt_roles(["Manager"]):
                told.write_text(json.dumps(work(site)))
            database.close()

        _child, status = os.waitpid(self.start(done), 0)
        if status:
            raise SystemExit("a work of the scene failed: see what it said above")
        return json.loads(told.read_text())


def counted(_site):
    """Return how many acts stand in each state."""
    return Counter(acte.etat for acte in registres.of(town()).objectValues())


def kills(site, folder):
    """Let the worker send every act, killed ``kills`` times on the way; tell what became of them."""
    asked = json.loads((folder / "asked.json").read_text())
    count, path = asked["count"], folder / "kills.json"
    done = json.loads(path.read_text()) if path.exists() else []
    rng = random.Random(20261126 + len(done))
    crew = Crew(site, folder)
    crew.ask(lambda site: settle(site, received(folder)))  # a folder taken up again: what waits there leaves now
    while len(done) < asked["kills"] and len(received(folder)) < count:
        before, child = sum(received(folder).values()), crew.worker()
        share = max(1, (count - len(received(folder))) // (asked["kills"] - len(done) + 1))
        while sum(received(folder).values()) < before + share:
            time.sleep(0.05)
        time.sleep(rng.random() * 2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        done.append(sum(received(folder).values()))
        path.write_text(json.dumps(done))
        print(f"kill {len(done)}: {done[-1]} received", flush=True)
    again = json.loads((folder / "again.json").read_text()) if (folder / "again.json").exists() else 0
    found = {}
    while found.get(states.ACQUITTE, 0) < count:
        there = set(received(folder))
        again += crew.ask(lambda site, there=there: settle(site, there))
        (folder / "again.json").write_text(json.dumps(again))
        child = crew.worker()
        inbox = folder / "prefecture/courriers/INBOX/new"
        started = time.monotonic()
        while time.monotonic() - started < 20 or any(inbox.iterdir()):
            time.sleep(0.5)
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        found = crew.ask(counted)
        print(f"states: {found}", flush=True)
    (folder / "outcome.json").write_text(json.dumps({"kills": len(done), "states": found, "again": again}))
    os._exit(0)  # the database of this process is closed: nothing of it is left to put away


def as_manager(work):
    """Return the work of a script, done with all rights."""

    def done(site, folder):
        with api.env.adopt_roles(["Manager"]):
            work(site, folder)

    return done


if __name__ == "__main__":
    works = {"register": published, "acts": acts, "kills": kills}
    inside.do(app, {name: as_manager(work) for name, work in works.items()})  # noqa: F821  given by `bin/instance run`
