"""Demonstration content, made through the same functions people's pages use: real communes, generated notices.

Consultations come from notices that our own generator writes and our own importer reads. The demonstration keys are
made here, which a real deployment never does: they are left, under a passphrase, in ``var/cles-demo``, so that a visitor
can open the bids of the closed consultation.
"""

from contextlib import contextmanager
from contextlib import suppress
from datetime import date
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.awards import analysis
from megalis.portal.awards import store as award_store
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import create as consultation_create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import importing
from megalis.portal.consultations import workflow
from megalis.portal.consultations.library import models
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.rules.thresholds import BOAMP
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.deposits.depositor import pseudonym
from megalis.portal.deposits.recipients import gate
from megalis.portal.distributions.megalis import accounts
from megalis.portal.distributions.megalis import beside
from megalis.portal.distributions.megalis import demo_actes
from megalis.portal.distributions.megalis import demo_contracts
from megalis.portal.distributions.megalis import demo_editorial
from megalis.portal.distributions.megalis import demo_flux
from megalis.portal.distributions.megalis import demo_forums
from megalis.portal.distributions.megalis import demo_groupings
from megalis.portal.distributions.megalis import demo_workspaces
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.eforms import generator
from megalis.portal.formats.eforms import write
from megalis.portal.formats.jal import CHARACTER
from megalis.portal.formats.jal import Rate
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from pathlib import Path
from plone import api
from plone.uuid.interfaces import IUUID
from tempfile import TemporaryDirectory

import random


SEED = 20261123
DRAWN = 900  # notices drawn, of which those of the chosen buyers are kept
TOWNS = 8
EACH = 6  # consultations a collectivité
DRAFTS = 1  # of which are left as drafts
SHARING = 3  # collectivités that keep a model; all but the first share theirs
NOTICES = 2  # sent to the simulated BOAMP
COMPANIES = (
    ("Charpentes du Léon", "29019"),
    ("Granit et Voirie d’Armor", "22113"),
    ("Atelier d’architecture des Abers", "29040"),
    ("Nettoyage de l’Ille", "35238"),
    ("Espaces verts du Golfe", "56260"),
)
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


@contextmanager
def at(instant):
    """Run the platform's clock from ``instant`` while the block lasts: the past of the demonstration."""
    clock.set_for_tests(instant)
    try:
        yield
    finally:
        clock.set_for_tests()


def fill(site, progress):
    """Fill an empty site; ``progress`` is called with a line of text at each step."""
    rng = random.Random(SEED)  # noqa: S311  repeatable content, no secret is drawn from it
    now = clock.now()
    with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "Administrateur", "PorteurDeCle"]):
        chosen = _chosen(now)
        towns = [_town(notices[0]) for notices in chosen]
        agents = [_people(town, first=rank == 0) for rank, town in enumerate(towns)]
        demo_actes.fill(towns, agents[0]["secretariat"])
        demo_editorial.fill(site)
        demo_flux.fill(towns, agents[0]["comptabilite"])
        progress(f"{len(towns)} collectivités, leurs agents et leurs clés")
        _operator()
        bidders = [_company(*row, first=rank == 0) for rank, row in enumerate(COMPANIES)]
        progress(f"{len(bidders)} entreprises")
        published = []
        for town, notices in zip(towns, chosen, strict=True):
            for rank, notice in enumerate(notices):
                found = _consultation(town, notice, rng, now, draft=rank < DRAFTS)
                if found is not None:
                    published.append(found)
            progress(f"{len(published)} consultations publiées")
            _drill(town)
        for rank, town in enumerate(towns[:SHARING]):
            _model(town, shared=rank > 0)
        _bids(towns[0], published, bidders, now, progress)
        _publicity(site, towns, published, progress)
        _judged(towns[0], bidders, now, progress)
        beside.furnish(towns[0], published, bidders, now, at)
        progress(f"{demo_contracts.fill(towns, bidders)} contrats publiés")
        demo_forums.fill(site, towns, at)
        demo_workspaces.fill(towns, bidders[0].userid)
        progress("un forum et un espace de travail")
        demo_groupings.fill(towns)
        while journal.merge(site):
            pass


def _chosen(now):
    """Return lists of notices, one list a buyer: buyers that have both open and closed consultations come first."""
    by_buyer = {}
    for notice in generator.generate(DRAWN, SEED, now):
        by_buyer.setdefault(notice.buyers[0].siret, []).append(notice)

    def mixed(notices):
        over = sum(notice.deadline is not None and notice.deadline < now for notice in notices[:EACH])
        return min(over, 2), len(notices)

    ranked = sorted(by_buyer.values(), key=mixed, reverse=True)
    return [_open_first(notices[:EACH], now) for notices in ranked[:TOWNS]]


def _open_first(notices, now):
    return sorted(notices, key=lambda notice: notice.deadline is None or notice.deadline < now)


def _town(notice):
    """Return a new collectivité: the buyer of a notice."""
    buyer = notice.buyers[0]
    town = create.collectivite(
        buyer.name,
        buyer.siret,
        legal_category=_legal_category(buyer.name),
        department=(buyer.postcode or "35")[:2],
        street=buyer.street or "",
        postal_code=buyer.postcode or "",
        city=buyer.city or "",
        email=buyer.email or "",
        phone=buyer.phone or "",
        member_since=date(2009 + int(buyer.siret[3:9]) % 15, 1, 1),
    )
    for title, inner in SERVICES:
        service_ = create.service(town, title)
        for name in inner:
            create.service(service_, name)
    return town


def _legal_category(name):
    """Return the INSEE category of a public buyer, read from its name; None where the name does not tell."""
    kinds = (("Commune", "7210"), ("Département", "7220"), ("Région", "7230"), ("Communauté de communes", "7346"))
    for word, category in reversed(kinds):
        if name.startswith(word):
            return category
    return "7348" if "agglomération" in name.lower() else None


def _account(label, login, email, kind, fullname, issue=True, **values):
    """Make an account; the password of those that are not printed is random and known to nobody."""
    secret = accounts.issue(label, login) if issue else accounts.password()
    return people.create(kind, email, fullname, secret, login=login if issue else None, **values)


def _people(town, first):
    """Make the agents of a collectivité and its keys; the first one's accounts are printed. Return ``{name: userid}``."""
    domain = f"{town.getId()}.example"
    holders = {}
    for role, name, label in ROLES:
        userid = _account(label, name, f"{name}@{domain}", people.AGENT, label.partition(" (")[0], issue=first)
        membership.add(town, userid, [role, *filter(None, [MORE.get(role)])])
        holders[name] = userid
    for role in ("titulaire", "suppleant"):
        _key(town, role, holders[role], first)
    return holders


def _key(town, role, holder, keep):
    pair = sealing.generate()
    key, challenge = keys.register(town, pair.recipient, role, holder, people.get(holder).fullname)
    answer = sealing.open_challenge(challenge, sealing.parse_identities(pair.identity.encode()))
    keys.prove(town, key, answer, holder)
    if keep:
        folder = settings.var() / accounts.KEYS
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"cle-{role}-{pair.fingerprint[:8]}.age"
        path.write_bytes(sealing.wrap_identity(pair.identity + "\n", accounts.PASSPHRASE))
        path.chmod(0o600)


def _operator():
    address = "exploitation@megalis.example"
    _account("Exploitant de la plateforme", "exploitation", address, people.EXPLOITANT, "Exploitation")


def _company(name, insee, first):
    serial = sum(map(ord, name)) % 9000 + 1000
    identifier = next(text for text in (f"90{insee[:2]}{serial}{last}" for last in range(10)) if numbers.luhn(text))
    company = create.entreprise(name, identifier)
    siret = numbers.siret_of(identifier)
    create.etablissement(company, siret, head_office=True)
    email = f"marches@{company.getId()}.example"
    label = f"Entreprise {name} (répond)"
    userid = _account(label, "entreprise", email, people.ENTREPRISE, "Service des marchés", issue=first, siret=siret)
    membership.add(company, userid, ["e-administrateurs", "e-repondants"])
    return Depositor(userid, IUUID(company), siret, name, email)


def _consultation(town, notice, rng, now, draft):
    """Make a consultation of a notice through the importer; publish it, in its past when its deadline is over."""
    deadline = notice.deadline or now + timedelta(days=rng.randint(10, 40))
    published = min(now - timedelta(hours=rng.randint(3, 200)), deadline - timedelta(days=rng.randint(36, 50)))
    with at(published):
        found = importing.import_notice(
            write(notice), town, reference=f"{clock.paris(published).year}-{uuidhex()[:5].upper()}"
        )
        consultation = found.consultation
        consultation.setCreators(sorted(membership.holders(town, "acheteurs"))[:1])
        if consultation.deadline is None:
            consultation.deadline = deadline
        if not consultation.contact_email:
            consultation.contact_email = town.email or f"achats@{town.getId()}.example"
        _dossier(consultation)
        if draft:
            consultation.reindexObject()
            return None
        _drill(town)
        try:
            workflow.fire(consultation, "soumettre")
            workflow.fire(consultation, "publier")
        except workflow.Refused:
            return None
    return consultation


def _model(town, shared):
    """Keep the first draft of a town as a model, and offer it to the others."""
    draft = next(iter(consultations.find_everywhere(buyer_uid=IUUID(town), review_state="elaboration")), None)
    if draft is None:
        return
    consultation = draft._unrestrictedGetObject()
    title = consultation.title.partition(" – ")[0]
    model = models.save(consultation, title, "Achat qui revient.", by=consultation.Creator())
    if shared:
        models.share(town, model, True)


def _publicity(site, towns, published, progress):
    """Connect the simulated bulletins, give each collectivité a newspaper, and have two short notices on their way."""
    for support in services.CLIENTS:
        services.tell(site, support, services.SIMULATED, "", "Démonstration")
    rate = Rate(date(2026, 1, 1), CHARACTER, Decimal("0.193"), "Tarif de démonstration")
    for town in towns:
        identity.add_newspaper(town, "Le Journal de démonstration", "annonces@journal.example", rate, "Démonstration")
    sent = 0
    for consultation in published:
        mine = consultations.buyer(consultation).getId() == towns[0].getId()
        if not mine or sent == NOTICES or lifecycle.CALL not in sending.next_kinds(consultation, BOAMP):
            continue
        if BOAMP in sending.supports(consultation):
            with suppress(Refused):  # what a formal notice lacks is for its agents to see
                sending.send(consultation, BOAMP, lifecycle.CALL, "Direction")
                sent += 1
    progress(f"{sent} avis en route vers le BOAMP simulé")


def _drill(town):
    """Date the proof of every key of the town by the platform's clock, as the monthly drill would have done."""
    for key in keys.all_keys(town):
        key.last_drill = clock.now()


PIECES = (
    ("reglement", "Règlement de la consultation", "RC.pdf"),
    ("ccap", "Cahier des clauses administratives particulières", "CCAP.pdf"),
    ("cctp", "Cahier des clauses techniques particulières", "CCTP.pdf"),
)


def _dossier(consultation):
    for kind, title, name in PIECES:
        story = [
            pdf.paragraph(f"{consultation.reference} — {consultation.title}", "big"),
            pdf.space(),
            pdf.paragraph(consultation.description or consultation.title),
            pdf.space(),
            pdf.paragraph("Pièce de démonstration, sans valeur contractuelle.", "soft"),
        ]
        consultation_create.piece(consultation, BytesIO(pdf.build(title, story)), name, title, kind)


def _bids(town, published, bidders, now, progress):
    """Have bids wait for their opening in the first collectivité: four in time, one late."""
    mine = [found for found in published if consultations.buyer(found).getId() == town.getId() and found.deadline < now]
    for consultation in mine[:2]:
        moment = consultation.deadline - timedelta(hours=5)
        for rank, bidder in enumerate(bidders[:4]):
            with at(moment + timedelta(minutes=17 * rank)):
                bid(consultation, bidder)
        with at(consultation.deadline + timedelta(minutes=3)):
            bid(consultation, bidders[4])
        progress(f"5 plis scellés pour {consultation.reference}, dont un hors délai")


PRICES = (184_500, 201_300, 172_750)
MARKS = (16, 18, 11)  # out of 20


def _judged(town, bidders, now, progress):
    """Have a small contract whose bids are opened and analysed, its decision waiting: the award can be walked from there."""
    documents = {}
    deadline = (now - timedelta(days=2)).replace(hour=11, minute=0, second=0, microsecond=0)
    with at(deadline - timedelta(days=25)):
        consultation = consultation_create.draft(
            town,
            f"{clock.paris(deadline).year}-VOIRIE-01",
            "Réfection de la rue du Port et de ses trottoirs",
            description="Terrassement, bordures, enrobés et reprise des réseaux d’eaux pluviales sur 320 mètres.",
            procedure="procedure-adaptee",
            nature="travaux",
            cpv="45233140",
            places=("FRH01",),
            criteria=({"name": "Prix", "weight": 60}, {"name": "Valeur technique", "weight": 40}),
            contact_email=town.email or f"achats@{town.getId()}.example",
            deadline=deadline,
            estimated_value=190_000,
            envelopes=("offre",),
        )
        _dossier(consultation)
        _drill(town)
        workflow.fire(consultation, "soumettre")
        workflow.fire(consultation, "publier")
    with at(deadline - timedelta(hours=5)):
        for bidder in bidders[: len(PRICES)]:
            bid(consultation, bidder, documents)
    _drill(town)
    holder = next(item for item in gate(consultation).recipients if item["role"] == "titulaire")
    agent = people.get(holder["porteur"])
    for kind in consultation.envelopes:
        opening.start(consultation, kind, agent.userid)
    for row in opening.rows(consultation):
        if row["etat"] == "a-ouvrir":
            verdict = {
                "pli": row["pli"],
                "verdict": "intact",
                "documents": [documents[row["pli"]]],
                "fingerprint": holder["fingerprint"],
            }
            opening.record_verdict(consultation, verdict, agent.userid, agent.fullname)
    workflow.fire(consultation, "analyser")
    analysis.set_method(consultation, {**award_store.METHOD, "scale": "20"}, "Acheteur")
    lot = gathering.decision_numbers(consultation)[0]
    edits = []
    for line, price, mark in zip(analysis.lines(consultation, lot), PRICES, MARKS, strict=True):
        criteria = analysis.criteria(consultation, lot)
        marks = tuple(None if item.price else Decimal(mark) for item in criteria)
        edits.append((line.key, line.seen, {"admissible": True, "amount": Decimal(price), "marks": marks}))
    analysis.keep(consultation, lot, edits, "Acheteur")
    progress(f"{len(edits)} offres ouvertes et analysées pour {consultation.reference}")


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
