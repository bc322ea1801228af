"""What demonstration content is made of, through the functions people's pages use: places, people, keys, consultations."""

from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import create as consultation_create
from megalis.portal.consultations import importing
from megalis.portal.consultations import workflow
from megalis.portal.deposits import keys
from megalis.portal.deposits import service
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.deposits.depositor import pseudonym
from megalis.portal.deposits.recipients import gate
from megalis.portal.distributions.megalis import accounts
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.eforms import write
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.signin import passwords
from pathlib import Path
from plone.uuid.interfaces import IUUID
from tempfile import TemporaryDirectory


SERVICES = (
    ("Direction générale", ()),
    ("Finances et commande publique", ("Commande publique", "Comptabilité")),
    ("Services techniques", ("Bâtiments", "Voirie et réseaux")),
)
SECRETARY = "redacteurs-actes"
ACCOUNTANT = "redacteurs-pes"
MORE = {SECRETARY: "transmetteurs-actes", ACCOUNTANT: "transmetteurs-pes"}
ROLES = (
    ("administrateurs", "administration", "Administrateur de collectivité"),
    ("acheteurs", "achats", "Acheteur (prépare)"),
    ("valideurs", "direction", "Valideur (publie)"),
    ("porteurs", "titulaire", "Porteur de la clé titulaire (ouvre)"),
    ("porteurs", "suppleant", "Porteur de la clé suppléante (ouvre)"),
    ("lecteurs", "lecture", "Lecteur"),
    (SECRETARY, "secretariat", "Secrétariat (prépare et transmet les actes)"),
    (ACCOUNTANT, "comptabilite", "Comptabilité (dépose et transmet les flux PES)"),
)
TOWNS = {
    "Commune du ": "Le ",
    "Commune des ": "Les ",
    "Commune de ": "",
    "Commune d’": "",
}  # how names begin, and go on
PIECES = (
    ("reglement", "Règlement de la consultation", "RC.pdf"),
    ("ccap", "Cahier des clauses administratives particulières", "CCAP.pdf"),
    ("cctp", "Cahier des clauses techniques particulières", "CCTP.pdf"),
)

_nobody = []  # the hash of a password that nobody knows: those who sign in have one of their own


@contextmanager
def at(instant):
    """Run the platform's clock from ``instant`` while the block lasts: the past of the demonstration."""
    clock.set_for_tests(instant)
    try:
        yield
    finally:
        clock.set_for_tests()


def luhn(stem):
    """Return the SIREN that begins with these eight digits."""
    return next(text for text in (f"{stem}{last}" for last in range(10)) if numbers.luhn(text))


def town(buyer, **fields):
    """Return a new collectivité; ``buyer`` is an organisation as notices name it."""
    found = create.collectivite(
        buyer.name,
        buyer.siret,
        legal_category=legal_category(buyer.name),
        department=(buyer.postcode or "35")[:2],
        street=buyer.street or "",
        postal_code=buyer.postcode or "",
        city=buyer.city or "",
        email=buyer.email or "",
        phone=buyer.phone or "",
        member_since=date(2009 + int(buyer.siret[3:9]) % 15, 1, 1),
        **fields,
    )
    for title, inner in SERVICES:
        parent = create.service(found, title)
        for name in inner:
            create.service(parent, name)
    return found


def legal_category(name):
    """Return the INSEE category of a public buyer, read from its name; None where the name does not tell."""
    kinds = (("Commune", "7210"), ("Département", "7220"), ("Région", "7230"), ("Communauté de communes", "7346"))
    for word, category in reversed(kinds):
        if name.startswith(word):
            return category
    return "7348" if "agglomération" in name.lower() else None


def account(label, login, email, kind, fullname, issue=True, **values):
    """Make an account, return its userid; only those that are printed (``issue``) have a password that somebody knows."""
    if issue:
        secret = accounts.issue(label, login)
        return people.create(kind, email, fullname, secret, login=login, **values)
    if not _nobody:
        _nobody.append(passwords.hash_password(uuidhex() + uuidhex()))
    return people.create(kind, email, fullname, password_hash=_nobody[0], **values)


def agent_name(label, place):
    """Return what an agent of the demonstration is called: his work and where, for nobody here is a person who exists."""
    work = label.partition(" (")[0]
    for start, article in TOWNS.items():
        if place.startswith(start):
            place = article + place.removeprefix(start)
            break
    return f"{'Agent acheteur' if work == 'Acheteur' else work} \N{EM DASH} {place}"


def agents(place, printed, count=len(ROLES)):  # noqa: B008  a constant
    """Make ``count`` agents of a collectivité and the keys of its holders; return ``{name of a role: userid}``.

    Where there are fewer agents than roles, the first ones have several, as in a small commune.
    """
    domain = f"{place.getId()}.example"
    holders = {}
    for rank, (role, name, label) in enumerate(ROLES):
        if rank < count:
            userid = account(
                label, name, f"{name}@{domain}", people.AGENT, agent_name(label, place.title), issue=printed
            )
        else:
            userid = holders[ROLES[rank % count][1]]
        membership.add(place, userid, [role, *filter(None, [MORE.get(role)])])
        holders[name] = userid
    for role in ("titulaire", "suppleant"):
        key(place, role, holders[role], printed)
    return holders


def key(place, role, holder, keep):
    """Make a key and prove it; ``keep``: leave it under a passphrase in ``var``."""
    pair = sealing.generate()
    made, challenge = keys.register(place, pair.recipient, role, holder, people.get(holder).fullname)
    answer = sealing.open_challenge(challenge, sealing.parse_identities(pair.identity.encode()))
    keys.prove(place, made, answer, holder)
    if keep:
        path = _kept(role, pair.fingerprint)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(sealing.wrap_identity(pair.identity + "\n", accounts.PASSPHRASE))
        path.chmod(0o600)


def _kept(role, fingerprint):
    return settings.var() / accounts.KEYS / f"cle-{role}-{fingerprint[:8]}.age"


def drill(place):
    """Date the proof of every key of a collectivité by the platform's clock, as the monthly drill would have done.

    One whose time is over is replaced, as its holder would have been told to.
    """
    now = clock.now()
    for made in keys.all_keys(place):
        if not made.active:
            continue
        if now < made.expires:
            made.last_drill = now
        else:
            key(place, made.role, made.holder, _kept(made.role, made.fingerprint).exists())
            keys.revoke(place, made, "Remplacée à la fin de sa validité.")


def company(name, siren, printed, **fields):
    """Make a company, its head office and the account that answers; return its Depositor."""
    content = create.entreprise(name, siren, **fields)
    siret = numbers.siret_of(siren)
    create.etablissement(content, siret, head_office=True)
    email = f"marches@{content.getId()}.example"
    label = f"Entreprise {name} (répond)"
    userid = account(label, "entreprise", email, people.ENTREPRISE, "Service des marchés", issue=printed, siret=siret)
    membership.add(content, userid, ["e-administrateurs", "e-repondants"])
    return Depositor(userid, IUUID(content), siret, name, email)


def draft(place, notice, deadline, pieces=PIECES):
    """Return a draft with its dossier, made of a notice through the importer."""
    reference = f"{clock.paris(clock.now()).year}-{uuidhex()[:5].upper()}"
    consultation = importing.import_notice(write(notice), place, reference=reference).consultation
    consultation.setCreators(sorted(membership.holders(place, "acheteurs"))[:1])
    if consultation.deadline is None:
        consultation.deadline = deadline
    if not consultation.contact_email:
        consultation.contact_email = place.email or f"achats@{place.getId()}.example"
    dossier(consultation, pieces)
    return consultation


def publish(place, consultation):
    """Submit a draft and publish it; return whether its rules let it."""
    drill(place)
    try:
        workflow.fire(consultation, "soumettre")
        workflow.fire(consultation, "publier")
    except workflow.Refused:
        return False
    return True


def dossier(consultation, pieces=PIECES):
    """Put demonstration documents into a dossier."""
    for kind, title, name in pieces:
        story = [
            pdf.paragraph(f"{consultation.reference} — {consultation.title}", "big"),
            pdf.space(),
            pdf.paragraph(consultation.description or consultation.title),
            pdf.space(),
            pdf.paragraph("Pièce de démonstration, sans valeur contractuelle.", "soft"),
        ]
        consultation_create.piece(consultation, BytesIO(pdf.build(title, story)), name, title, kind)


def bid(consultation, bidder, documents=None):
    """Seal and deposit a demonstration bid on the first lot, as the bidder's own browser would.

    ``documents`` takes, by pli, what an opening would find in it.
    """
    lots = [lot.number for lot in consultations.lots(consultation)] or [None]
    deposit = uuidhex()
    demand, tails = {"depot": deposit, "plis": [], "documents": []}, {}
    recipients = [item["recipient"] for item in gate(consultation).recipients]
    for envelope in consultation.envelopes:
        data = pdf.build(f"{envelope} de {bidder.name}", [pdf.paragraph(consultation.title)])
        name = f"{envelope}.pdf"
        context = {
            "v": 1,
            "profil": "megalis",
            "acheteur": consultations.buyer(consultation).siret,
            "consultation": consultations.uuid(consultation),
            "version_dce": consultations.dce_version(consultation),
            "lot": lots[0],
            "enveloppe": envelope,
            "deposant": pseudonym(consultations.uuid(consultation), bidder),
            "depot": deposit,
            "recipients": [sealing.fingerprint(recipient) for recipient in recipients],
            "echeance": clock.rfc3339(consultation.deadline),
        }
        with TemporaryDirectory() as folder:
            source, out = Path(folder, name), Path(folder, "pli.age")
            source.write_bytes(data)
            sealed = sealing.seal([source], recipients, context, out)
            ciphertext = out.read_bytes()
        pli = uuidhex()
        digests, size = sealing.hash_parts(BytesIO(ciphertext))
        demand["plis"].append(
            {"pli": pli, "contexte": context, "taille": size, "racine": sealing.parts_root(digests).hex()}
        )
        engagement = sealing.commitment(sealed.salt, sha256(data).hexdigest())
        demand["documents"].append({"pli": pli, "nom": name, "taille": len(data), "engagement": engagement})
        tails[pli] = ciphertext
        if documents is not None:
            documents[pli] = {"nom": name, "taille": len(data), "sha256": sha256(data).hexdigest()}
    return service.finish(consultation, bidder, demand, tails, clock.now())[0]
