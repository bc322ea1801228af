"""The ground of ``deposits.py``: run inside an instance, it makes the scene before and counts what was kept after.

``bin/instance run _deposits_scene.py prepare|count FOLDER``; everything goes through the functions of the rooms.
"""

from hashlib import sha256
from megalis.portal.consultations import api as consultations
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.formats import siren
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from plone.uuid.interfaces import IUUID
from tests import inside
from tests.deposits import scene

import json
import os
import transaction


PASSWORD = "phrase de passe longue 42 mer"
BID = 100_000  # bytes of the document of a bid


def numbers():
    """Yield valid SIREN numbers, whoever they belong to."""
    for stem in range(50000000, 60000000, 7919):
        yield next(f"{stem}{digit}" for digit in range(10) if siren.is_siren(f"{stem}{digit}"))


def bidder(index, number):
    """Make a company and its user; return the Depositor."""
    name = f"Entreprise d’essai {index}"
    company = create.entreprise(name, number)
    siret = siren.siret_of(number)
    create.etablissement(company, siret, head_office=True)
    email = f"repondant{index}@essai.example"
    userid = people.create("entreprise", email, f"Répondant {index}", PASSWORD)
    membership.add(company, userid, ["e-repondants"])
    return Depositor(userid, IUUID(company), siret, name, email)


def bids(consultation, depositor, count, folder, index):
    """Seal ``count`` bids into ``folder``; return their demands, each with the name of its ciphertext."""
    made = []
    for rank in range(count):
        demand, tails = scene.bid(consultation, depositor, ("1", "offre", {"offre.pdf": os.urandom(BID)}))
        ((pli, ciphertext),) = tails.items()
        name = f"{index}-{rank}.age"
        (folder / name).write_bytes(ciphertext)
        made.append({"demand": demand, "pli": pli, "file": name})
    return made


def prepare(site, folder):
    asked = json.loads((folder / "asked.json").read_text())
    with api.env.adopt_roles(["Manager"]):
        made = scene.Scene(site, lots=("1",), envelopes=("candidature", "offre"))
        made.publish()
        consultation = made.consultation
        found = []
        for index, number in zip(range(asked["clients"]), numbers(), strict=False):
            depositor = bidder(index, number)
            found.append({"login": depositor.email, "depositor": depositor})
        site.acl_users.source_users.addUser("redaction", "redaction", PASSWORD)
        site.acl_users.portal_role_manager.assignRoleToPrincipal("Manager", "redaction")
        api.content.create(site, "Folder", id="mesure", title="Mesure")
    transaction.commit()
    for index, row in enumerate(found):
        row["bids"] = bids(consultation, row.pop("depositor"), asked["each"], folder, index)
    made = {"consultation": scene.address(site, consultation), "clients": found}
    (folder / "scene.json").write_text(json.dumps(made))


def count(site, folder):
    """Read every deposit back: what was kept, byte for byte, what the journal says of it, and the mails it made."""
    told = json.loads((folder / "scene.json").read_text())
    consultation = site.unrestrictedTraverse(told["consultation"])
    sent = {bid["demand"]["depot"]: folder / bid["file"] for row in told["clients"] for bid in row["bids"]}
    kept = scene.read_back(site, consultation)
    whole = [
        row["depot"]
        for row in kept
        if row["preuve"]
        and row["depot"] in sent
        and row["sha256"] == sha256(sent[row["depot"]].read_bytes()).hexdigest()
    ]
    mails = [message for message in outbox.messages(site) if message.about in sent]
    answer = {
        "whole": whole,
        "events": len(journal.events(consultation, "depot")),
        "register": consultations.deposits_count(consultation),
        "mails": len(mails),
        "sent": sum(message.sent is not None for message in mails),
    }
    (folder / "count.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    inside.do(app, {"prepare": prepare, "count": count})  # noqa: F821  given by `bin/instance run`
