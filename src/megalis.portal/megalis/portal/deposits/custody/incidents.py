"""When a key is lost or stolen: the finding, what it changes, the minutes, and who is told. All of it is journalled.

The key leaves service at once, in every consultation. A bid that no other key opens is lost: its author is told by mail,
and asked to deposit anew when the deadline has not passed; the buyer learns how many, never whose, before the closing.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.deposits import keys
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules as deposit_rules
from megalis.portal.deposits import store
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.custody import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pdf
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.theme import mail
from megalis.portal.theme import words
from persistent import Persistent
from plone.uuid.interfaces import IUUID


INCIDENTS = "incidents-cles"
MAX_TEXT = 4000

AGAIN = """
Les clés qui devaient ouvrir votre pli déposé le {received} pour la consultation {reference}, « {title} », sont perdues : il ne
pourra être lu par personne. Aucun de vos documents n’a été vu.

Déposez de nouveau votre réponse avant le {deadline}, heure de Paris. Elle sera scellée pour de nouvelles clés, et remplacera la
précédente.

-> {url} Déposer de nouveau
"""

TOO_LATE = """
Les clés qui devaient ouvrir votre pli déposé le {received} pour la consultation {reference}, « {title} », sont perdues : il ne
peut être lu par personne. Aucun de vos documents n’a été vu.

La date limite est passée. Si vous avez remis une copie de sauvegarde, {buyer} peut l’ouvrir : un pli reçu à temps qui ne peut
être ouvert est l’un des cas prévus. Gardez vos fichiers et votre accusé de dépôt.

-> {url} Voir mon accusé
"""


@dataclass(frozen=True)
class Effect:
    """What the incident changes for one consultation: margins before and after (-1: bids are lost), bids concerned."""

    consultation: str
    reference: str
    title: str
    deadline: datetime
    before: int | None
    after: int | None
    bids: int
    dead: int
    told: int


class Incident(Persistent):
    """A declared incident; nothing of it is rewritten but ``found``, when the key comes back."""

    def __init__(self, key, kind, noticed, text, agent, at):
        self.id = uuidhex()
        self.key = key.id
        self.fingerprint = key.fingerprint
        self.role = key.role
        self.holder = key.holder_name
        self.kind = kind
        self.noticed = noticed
        self.text = text
        self.agent = agent
        self.at = at
        self.effects = ()
        self.found = None  # (instant, by whom)


def incidents(collectivite):
    """Return the incidents of a collectivité, newest first."""
    kept = facts(collectivite, INCIDENTS)
    return sorted(kept.values() if kept is not None else (), key=lambda item: item.at, reverse=True)


def find(collectivite, incident_id):
    """Return the Incident; Refusal 404."""
    kept = facts(collectivite, INCIDENTS)
    found = kept.get(str(incident_id)) if kept is not None else None
    if found is None:
        raise Refusal("incident-inconnu", "Cet incident n’existe pas dans votre collectivité.", 404)
    return found


def declare(collectivite, key_id, kind, noticed, text, agent):
    """Declare an incident on a key; return the Incident. Raises Refusal.

    ``noticed``: aware datetime at which it was found out; ``text``: the circumstances, for the minutes.
    """
    key = keys.get_key(collectivite, key_id)
    now = clock.now()
    _check(key, kind, noticed, text, now)
    before = {held.consultation.getId(): held for held in coverage.alive(collectivite, now, everywhere=True)}
    touched = {name for name, held in before.items() if _concerns(key, held)}  # told before the key leaves them
    incident = Incident(key, kind, noticed, text.strip(), agent, now)
    key.lost = kind
    keys.revoke(collectivite, key, f"Incident : {rules.INCIDENTS[kind][0].lower()}.")
    after = coverage.alive(collectivite, now, everywhere=True)
    concerned = [held for held in after if held.consultation.getId() in touched]
    incident.effects = tuple(_effect(incident, before[held.consultation.getId()], held, now) for held in concerned)
    facts_for_write(collectivite, INCIDENTS)[incident.id] = incident
    event = {
        "type": "incident-cle",
        "collectivite": IUUID(collectivite),
        "incident": incident.id,
        "cle": key.id,
        "empreinte": key.fingerprint,
        "genre": kind,
        "consultations": [effect.consultation for effect in incident.effects],
    }
    journal.record(collectivite, event, public=True)
    return incident


def _check(key, kind, noticed, text, now):
    if kind not in rules.INCIDENTS:
        raise Refusal("genre", "Dites ce qui est arrivé à la clé : choisissez un des cas proposés.")
    if key.last_drill is None:
        raise Refusal(
            "cle", "Cette clé n’a jamais été en service : supprimez-la, il n’y a pas d’incident à déclarer.", 409
        )
    if key.lost:
        raise Refusal("deja-declare", "Un incident est déjà déclaré pour cette clé.", 409)
    if noticed is None or noticed > now + timedelta(minutes=1) or noticed < key.created - timedelta(days=1):
        raise Refusal("constat", "Date du constat : donnez un jour entre la création de la clé et aujourd’hui.")
    if not text or not text.strip():
        raise Refusal("circonstances", "Décrivez les circonstances en une phrase au moins : elles figurent au constat.")
    if len(text) > MAX_TEXT:
        raise Refusal("circonstances", f"Circonstances : {len(text)} signes, {MAX_TEXT} au plus.")


def _concerns(key, held):
    return key.fingerprint in {item["fingerprint"] for item in recipients.openers(held.gate)}


def _effect(incident, before, after, now):
    consultation = after.consultation
    told = tell(consultation, after.coverage, now) if after.coverage.dead else 0
    effect = Effect(
        api.uuid(consultation),
        consultation.reference,
        consultation.title,
        consultation.deadline,
        before.coverage.margin,
        after.coverage.margin,
        len(after.coverage.bids),
        after.coverage.dead,
        told,
    )
    event = {
        "type": "incident-cle",
        "consultation": effect.consultation,
        "incident": incident.id,
        "empreinte": incident.fingerprint,
        "genre": incident.kind,
        "marge": -1 if effect.after is None else effect.after,
        "plis_perdus": effect.dead,
        "deposants_avertis": told,
    }
    journal.record(consultation, event)
    return effect


def tell(consultation, known, now):
    """Mail the authors of the bids that no key opens any more, once each; return how many were told."""
    gate = recipients.gate(consultation)
    given = store.relays(consultation)
    dead = {
        deposit.id: deposit
        for deposit, pli in coverage.waiting(consultation)
        if not known.usable(coverage.keys_of(pli, given)) and deposit.id not in gate.warned
    }
    for deposit in dead.values():
        if deposit.email:
            _mail(consultation, deposit, now)
    gate.warned = (*gate.warned, *dead)
    return len(dead)


def _mail(consultation, deposit, now):
    again = rules.asked_again(consultation.deadline, now)
    buyer = api.buyer(consultation)
    url = consultation.absolute_url()
    text, html = mail.render(
        AGAIN if again else TOO_LATE,
        received=words.moment(deposit.received),
        reference=consultation.reference,
        title=consultation.title,
        deadline=clock.french(consultation.deadline, seconds=True),
        buyer=buyer.title,
        url=f"{url}/@@repondre" if again else f"{url}/@@accuse?depot={deposit.id}",
    )
    start = "À déposer de nouveau" if again else "Votre pli ne peut pas être ouvert"
    subject = mail.flat(f"{start} : {consultation.reference}, {consultation.title}")
    outbox.queue_mail(deposit.email, subject, text, html, sender_name=mail.flat(buyer.title), about=deposit.id)


def found_again(collectivite, incident, agent):
    """Note that the key came back: it opens again what was sealed to it, and stays out of service for what comes."""
    if incident.found is not None:
        raise Refusal("deja-retrouvee", "Cette clé est déjà notée comme retrouvée.", 409)
    key = keys.get_key(collectivite, incident.key)
    key.lost = ""
    incident.found = (clock.now(), agent)
    event = {
        "type": "cle-retrouvee",
        "collectivite": IUUID(collectivite),
        "incident": incident.id,
        "empreinte": incident.fingerprint,
    }
    journal.record(collectivite, event, public=True)


def minutes_pdf(collectivite, incident):
    """Return the bytes of the minutes of the incident."""
    label, meaning = rules.INCIDENTS[incident.kind]
    lost = sum(effect.dead for effect in incident.effects)
    rows = [
        ("Collectivité", f"{collectivite.title} (SIRET {collectivite.siret})"),
        ("Clé", f"{deposit_rules.ROLE_LABELS[incident.role]}, portée par {incident.holder}"),
        ("Empreinte", pdf.paragraph(incident.fingerprint, "mono")),
        ("Constat", f"{label}. {meaning}"),
        ("Constaté le", words.moment(incident.noticed)),
        ("Déclaré le", f"{words.second(incident.at)}, par {incident.agent}"),
        ("Mise hors service", "immédiate : aucun pli n’est plus scellé pour cette clé"),
    ]
    if incident.found:
        rows.append(("Retrouvée", f"{words.second(incident.found[0])}, dit par {incident.found[1]}"))
    story = [
        pdf.paragraph(f"Clé {deposit_rules.ROLE_LABELS[incident.role].lower()} : {label.lower()}", "big"),
        pdf.space(),
        pdf.facts(rows, width=250),
        pdf.paragraph("Circonstances", "h2"),
        *(pdf.paragraph(line) for line in incident.text.splitlines() if line.strip()),
        pdf.paragraph("Ce que cela change", "h2"),
    ]
    if incident.effects:
        story.append(
            pdf.table(
                [
                    "Consultation",
                    "Date limite",
                    "Marge avant",
                    "Marge après",
                    "Plis à ouvrir",
                    "Plis perdus",
                    "Avertis",
                ],
                [
                    (
                        f"{effect.reference}, {effect.title}",
                        words.moment(effect.deadline),
                        rules.margin_words(effect.before)[1],
                        rules.margin_words(effect.after)[1],
                        effect.bids,
                        effect.dead,
                        effect.told,
                    )
                    for effect in incident.effects
                ],
                [75, 40, 40, 40, 20, 20, 20],
                right={4, 5, 6},
            )
        )
    else:
        story.append(pdf.paragraph("Aucune consultation en cours n’était scellée pour cette clé."))
    story += [pdf.space(), *(pdf.paragraph(line) for line in measures(incident, lost)), pdf.space(8)]
    story += [pdf.paragraph("Fait à                              , le"), pdf.space(4)]
    story += [pdf.paragraph("Signatures du porteur et du représentant de la collectivité :"), pdf.space(25)]
    return pdf.build("Constat d’incident sur une clé", story, wide=True)


def measures(incident, lost):
    """Return the lines that say what was done and what is left to do."""
    found = ["La clé est révoquée et l’incident est inscrit au journal public, sans les circonstances."]
    if lost:
        some = words.plural(lost, "pli ne peut plus être ouvert", "plis ne peuvent plus être ouverts")
        found.append(
            f"{some} par aucune clé. Leurs auteurs sont avertis ; avant la date limite ils sont invités à déposer de nouveau."
        )
    if incident.kind in ("volee", "exposee"):
        found.append(
            "Les plis restent illisibles à qui n’a que la clé : la plateforme ne les remet qu’à un porteur connecté, une fois "
            "l’ouverture commencée."
        )
    found.append("Reste à faire : créer et prouver la clé qui la remplace, puis lui donner les plis déjà reçus.")
    return found
