"""A commune with agents and keys, a published consultation with two lots, and companies that seal bids for it."""

from datetime import timedelta
from hashlib import sha256
from html import unescape
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.deposits import keys
from megalis.portal.deposits import receipts
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.deposits.depositor import pseudonym
from megalis.portal.deposits.recipients import gate
from megalis.portal.distributions.megalis import structure
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from pathlib import Path
from plone import api
from plone.dexterity.utils import createContent
from plone.namedfile.file import NamedBlobFile
from plone.uuid.interfaces import IUUID
from tempfile import TemporaryDirectory

import transaction


PASSWORD = "phrase de passe longue 42 mer"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Scene:
    """Content made through the rooms' own functions; every person is an account."""

    def __init__(self, portal, lots=("1", "2"), envelopes=("candidature", "offre"), in_days=30):
        self.portal = portal
        structure.build(portal)
        self.town = create.collectivite("Commune de Plougastel-Daoulas", "21290189600010", department="29")
        self.buyer = self.agent("acheteurs", "valideurs")
        self.holder = self.agent("porteurs")
        self.deputy = self.agent("porteurs")
        self.pairs = {}
        for userid, role in ((self.holder, "titulaire"), (self.deputy, "suppleant")):
            self.pairs[userid] = self.add_key(userid, role)
        self.consultation = self.prepare(lots, envelopes, in_days)

    def agent(self, *roles):
        name = uuidhex()[:8]
        userid = people.create("agent", f"{name}@plougastel.example", f"Agent {name}", PASSWORD)
        membership.add(self.town, userid, roles)
        return userid

    def add_key(self, userid, role):
        pair = sealing.generate()
        key, sealed = keys.register(self.town, pair.recipient, role, userid, f"Agent {role}")
        keys.prove(
            self.town, key, sealing.open_challenge(sealed, sealing.parse_identities(pair.identity.encode())), userid
        )
        return pair

    def prepare(self, lots, envelopes, in_days):
        content = createContent(
            "Consultation",
            id=uuidhex(),
            title="Rénovation du groupe scolaire",
            reference=f"2026-{uuidhex()[:6]}",
            procedure="procedure-adaptee",
            nature="works",
            cpv="45214200",
            places=("FRH02",),
            criteria=({"name": "Prix", "weight": 60}, {"name": "Technique", "weight": 40}),
            envelopes=tuple(envelopes),
            contact_email="marches@plougastel.example",
            deadline=clock.now().replace(microsecond=0) + timedelta(days=in_days),
            max_deposit_bytes=64 * 1024 * 1024,
        )
        self.town._setObject(content.id, content)
        consultation = self.town[content.id]
        for number in lots:
            lot = createContent("Lot", id=f"lot-{number}", number=number, title=f"Lot {number}")
            consultation._setObject(lot.id, lot)
        piece = createContent(
            "PieceDCE", id="rc", title="Règlement", kind="reglement", file=NamedBlobFile(PDF, filename="RC.pdf")
        )
        consultation._setObject("rc", piece)
        return consultation

    def publish(self):
        with api.env.adopt_roles(["Manager", "Valideur"]):
            workflow.fire(self.consultation, "soumettre")
            workflow.fire(self.consultation, "publier")
        return self.consultation

    def company(self, siret="44306184100013", name="Charpentes du Léon"):
        company = create.entreprise(name, siret[:9])
        create.etablissement(company, siret, head_office=True)
        userid = people.create("entreprise", f"{uuidhex()[:8]}@leon.example", "Répondant", PASSWORD)
        membership.add(company, userid, ["e-repondants"])
        return Depositor(userid, IUUID(company), siret, name)


def seal(consultation, depositor, files, lot="1", envelope="offre", deposit=None, recipients=None, **changes):
    """Seal ``files`` ({name: bytes}) as the browser does; return ``(demand line, ciphertext, document lines)``."""
    recipients = recipients or [item["recipient"] for item in gate(consultation).recipients]
    context = {
        "v": 1,
        "profil": "megalis",
        "acheteur": consultations.buyer(consultation).siret,
        "consultation": consultations.uuid(consultation),
        "version_dce": consultations.dce_version(consultation),
        "lot": lot,
        "enveloppe": envelope,
        "deposant": pseudonym(consultations.uuid(consultation), depositor),
        "depot": deposit,
        "recipients": [sealing.fingerprint(recipient) for recipient in recipients],
        "echeance": clock.rfc3339(consultation.deadline),
        **changes,
    }
    with TemporaryDirectory() as folder:
        paths = []
        for name, data in files.items():
            path = Path(folder, name)
            path.write_bytes(data)
            paths.append(path)
        out = Path(folder, "pli.age")
        sealed = sealing.seal(paths, recipients, context, out)
        ciphertext = out.read_bytes()
    digests, size = sealing.hash_parts(BytesIO(ciphertext))
    pli = uuidhex()
    line = {"pli": pli, "contexte": context, "taille": size, "racine": sealing.parts_root(digests).hex()}
    documents = [
        {
            "pli": pli,
            "nom": name,
            "taille": len(data),
            "engagement": sealing.commitment(sealed.salt, sha256(data).hexdigest()),
        }
        for name, data in files.items()
    ]
    return line, ciphertext, documents


def bid(consultation, depositor, *plis, deposit=None, **more):
    """Return ``(demand, tails)`` of a deposit of ``plis``: (lot, envelope, {name: bytes}) each."""
    deposit = deposit or uuidhex()
    demand, tails = {"depot": deposit, "plis": [], "documents": [], **more}, {}
    for lot, envelope, files in plis:
        line, ciphertext, documents = seal(consultation, depositor, files, lot, envelope, deposit)
        demand["plis"].append(line)
        demand["documents"] += documents
        tails[line["pli"]] = ciphertext
    return demand, tails


def address(site, content):
    """Return the path of ``content`` within the site."""
    return "/".join(content.getPhysicalPath()[len(site.getPhysicalPath()) :])


def read_back(site, consultation):
    """Return what was kept of each deposit, its first pli read byte for byte, once the journal has merged; commits."""
    journal.merge(site, 10**6)
    transaction.commit()
    found = []
    for deposit in store.deposits(consultation):
        digest = sha256()
        for chunk in deposit.plis[0].read():
            digest.update(chunk)
        proof = receipts.receipt(deposit)["preuve"]
        found.append({"depot": deposit.id, "sha256": digest.hexdigest(), "preuve": proof is not None})
    return found


def read(browser):
    """Return the words of a page, spaces made one."""
    return " ".join(unescape(browser.contents).split())
