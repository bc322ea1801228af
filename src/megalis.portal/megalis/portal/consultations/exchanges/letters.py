"""Letters: texts that each collectivité may word its own way, sent as messages with a PDF, with what follows from them.

The rejected are told why, lot by lot (R. 2181-1); once all of them are, the standstill runs from the last letter made
available. The letter to a holder notifies the contract.
"""

from dataclasses import dataclass
from importlib.resources import files
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import wording
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.tracking import indexers
from megalis.portal.formats import operators
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.theme import words
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.courriers"
REJECTION, INVITATION, REQUEST, NOTIFICATION = "rejet", "invitation", "demande", "notification"
LATE = "hors-delai"
POSTED = "rejet-poste"
APART = (LATE, POSTED)  # each is written from a page of its own
COMMON = {
    "entreprise": "nom de l’entreprise",
    "siret": "son SIRET",
    "acheteur": "nom de la collectivité",
    "reference": "référence de la consultation",
    "objet": "objet de la consultation",
    "procedure": "procédure",
    "date": "date du courrier",
    "complement": "texte ajouté au moment de l’envoi",
}


@dataclass(frozen=True)
class Kind:
    """A kind of letter; ``own`` are the places it has besides COMMON, ``publishes``: it needs the right to publish."""

    key: str
    title: str
    help: str
    own: dict
    publishes: bool = False
    replies: bool = True

    @property
    def places(self):
        return {**COMMON, **self.own}


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            REJECTION,
            "Information d’un candidat écarté",
            "Les motifs, lot par lot, le classement et le nom du titulaire (R.\xa02181-1, R.\xa02181-3).",
            {
                "motifs": "lot par lot : motif, rang, note, titulaire",
                "suspension": "date avant laquelle le marché ne sera pas signé",
            },
            publishes=True,
        ),
        Kind(
            POSTED,
            "Information d’un candidat écarté, à poster",
            "Le même, pour qui n’a répondu que sur papier : à imprimer, de la page Notifier, à signer et à poster.",
            {
                "motifs": "lot par lot : motif, rang, note, titulaire",
                "suspension": "date avant laquelle le marché ne sera pas signé",
            },
            publishes=True,
            replies=False,
        ),
        Kind(
            INVITATION,
            "Invitation",
            "À négocier, à remettre une offre, à un entretien.",
            {"echeance": "date limite de réponse"},
        ),
        Kind(
            REQUEST,
            "Demande de documents",
            "Pièces à compléter, attestations, précisions sur l’offre.",
            {"pieces": "documents demandés, un par ligne", "echeance": "date limite de réponse"},
        ),
        Kind(
            NOTIFICATION,
            "Notification du marché",
            "Au titulaire, avec le marché signé. Sa lecture date la notification (R.\xa02182-4).",
            {"lots": "lots attribués et montants"},
            publishes=True,
            replies=False,
        ),
        Kind(
            LATE,
            "Pli arrivé hors délai",
            "Le pli reste scellé et n’est pas examiné (R.\xa02143-2, R.\xa02151-5). S’envoie de la page des plis hors délai.",
            {"recu": "date et heure de réception du pli", "limite": "date limite", "motif": "précisions"},
            publishes=True,
        ),
    )
}


def shipped(kind):
    """Return ``(subject, text)`` of the wording that comes with the product."""
    source = files(__package__).joinpath(f"wordings/{kind}.txt").read_text("utf-8")
    subject, _blank, text = source.partition("\n\n")
    return subject.strip(), text.strip()


def own_wording(collectivite, kind):
    """Return the wording a collectivité keeps (dict ``subject, text, at, by``), or None."""
    return IAnnotations(collectivite).get(KEY, {}).get(kind)


def wording_of(collectivite, kind):
    """Return ``(subject, text)`` that a collectivité uses for a kind of letter."""
    own = own_wording(collectivite, kind)
    return (own["subject"], own["text"]) if own else shipped(kind)


def keep_wording(collectivite, kind, subject, text, by):
    """Keep a collectivité's own wording; Refused ``modele.*``. One equal to the shipped one is forgotten."""
    subject = rules.line(subject, rules.SUBJECT, "modele.objet", "L’objet")
    text = rules.text(text, rules.ANSWER, "modele", "Le texte")
    for part in (subject, text):
        wording.check(part, KINDS[kind].places)
    if (subject, text) == shipped(kind):
        return reset_wording(collectivite, kind, by)
    store = IAnnotations(collectivite).setdefault(KEY, PersistentMapping())
    store[kind] = {"subject": subject, "text": text, "at": clock.now(), "by": by}
    return _record_wording(collectivite, kind, "modification", by)


def reset_wording(collectivite, kind, by):
    """Come back to the wording that is shipped."""
    if IAnnotations(collectivite).get(KEY, {}).pop(kind, None) is not None:
        _record_wording(collectivite, kind, "retablissement", by)


def _record_wording(collectivite, kind, fact, by):
    event = {"type": "modele-courrier", "organisme": collectivite.identifier, "genre": kind, "fait": fact, "par": by}
    journal.record(collectivite, event)


def common_values(consultation, recipient, now, complement=""):
    """Return the values of COMMON for a recipient."""
    return {
        "entreprise": recipient.name,
        "siret": recipient.siret,
        "acheteur": api.buyer(consultation).title,
        "reference": consultation.reference,
        "objet": consultation.title,
        "procedure": PROCEDURES.get(consultation.procedure, consultation.procedure),
        "date": clock.french_date(now, weekday=False),
        "complement": complement,
    }


def until(moment):
    """Return the sentence of the place ``echeance``."""
    return f"Réponse attendue avant le {clock.french(moment, seconds=True)} (heure de Paris)." if moment else ""


def lot_name(consultation, number):
    """Return ``Lot 2, Enrobés``, or the object of a contract that is not divided."""
    titles = {lot.number: lot.title for lot in api.lots(consultation)}
    return f"Lot {number}, {titles.get(number, '')}".rstrip(", ") if number else consultation.title


def wins(decision, recipient):
    """Tell whether a decision awards its lot to a recipient, alone or with others."""
    return any(is_holder(holder, recipient) for holder in decisions.holders_of(decision))


def is_holder(holder, recipient):
    """Tell whether a holder of ``decisions.holders_of`` is a recipient: by SIREN when both have one, else by name."""
    if holder["siret"] and recipient.siret:
        return operators.company(holder["siret"]) == operators.company(recipient.siret)
    return holder["name"].casefold() == recipient.name.casefold()


def winners(consultation):
    """Return ``[(Recipient, [lot numbers])]`` of the depositors to whom a lot is awarded."""
    kept = api.decisions(consultation)
    found = []
    for item in recipients.depositors(consultation):
        lots = [lot for lot in item.lots if lot in kept and wins(kept[lot], item)]
        if lots:
            found.append((item, lots))
    return found


def rejected(consultation):
    """Return ``[(Recipient, [lot numbers])]`` of the depositors who did not win all they answered.

    Whom a letter told that the bid came too late is told already; a bid in time on the same lot is another matter.
    """
    kept = api.decisions(consultation)
    late = letters(consultation, LATE)
    in_time = {(row["company"], row["lot"]) for row in api.candidates(consultation)} if late else set()
    found = []
    for item in recipients.depositors(consultation):
        lots = [
            lot
            for lot in item.lots
            if lot in kept
            and not wins(kept[lot], item)
            and ((item.key, lot) not in late or (item.company, lot) in in_time)
        ]
        if lots:
            found.append((item, lots))
    return found


def rejected_on_paper(consultation):
    """Return the same of those who answered on paper alone: no letter reaches them here, an agent writes by post."""
    kept = api.decisions(consultation)
    found = {}
    for row in api.paper_candidates(consultation):
        who = recipients.Recipient(row["name"], (row["email"],) if row["email"] else (), row["company"], row["siret"])
        if row["lot"] in kept and not wins(kept[row["lot"]], who):
            found.setdefault(who, []).append(row["lot"])
    return list(found.items())


def uninformed(consultation):
    """Return how many rejected bidders nobody told yet; those on paper count as told once the day is written."""
    on_paper = len(rejected_on_paper(consultation)) if consultation.informed_at is None else 0
    return len(to_inform(consultation)) + on_paper


def letters(consultation, kind):
    """Return ``{(recipient key, lot): Delivery}`` of the letters of a kind; the newest of each stands."""
    found = {}
    for message in reversed(messages.sent(consultation)):
        if message.kind == kind:
            for rank, delivery in message.deliveries.items():
                for lot in message.parts.get(rank, {}).get("lots", ()):
                    found[delivery.recipient.key, lot] = delivery
    return found


def to_inform(consultation):
    """Return what of ``rejected`` has no letter yet."""
    told = letters(consultation, REJECTION)
    found = [(item, [lot for lot in lots if (item.key, lot) not in told]) for item, lots in rejected(consultation)]
    return [(item, lots) for item, lots in found if lots]


def reasons(consultation, rows):
    """Return the place ``motifs``; ``rows``: ``[(lot, dict of rank, score, reason)]``; Refused ``courrier.motif``."""
    kept = api.decisions(consultation)
    found = []
    for lot, row in rows:
        name = lot_name(consultation, lot)
        reason = rules.text(row.get("reason"), rules.REASON, "courrier.motif", f"Le motif, {name}")
        facts = [
            f"rang : {rules.line(row.get('rank'), 60, 'courrier.rang', 'Le rang', False)}" if row.get("rank") else "",
            f"note : {rules.line(row.get('score'), 60, 'courrier.note', 'La note', False)}" if row.get("score") else "",
        ]
        ending = _ending(kept[lot])
        lines = [name, f"Motif : {reason}", ", ".join(filter(None, facts)).capitalize(), ending]
        found.append("\n".join(part for part in lines if part))
    return "\n\n".join(found)


def _ending(decision):
    if decision["decision"] != decisions.ATTRIBUE:
        return f"{decisions.DECISIONS[decision['decision']]}. {decision['reason']}".strip()
    amount = f", {words.euros(decision['amount'])} HT" if decision.get("amount") is not None else ""
    many = len(decisions.holders_of(decision)) > 1
    return f"Titulaire{'s' if many else ''} : {decisions.holder_names(decision)}{amount}"


def suspension(consultation, now, by_post=False):
    """Return the place ``suspension``: until when the contract is not signed, counted from now."""
    days = gathering.standstill_days(consultation, by_post)
    if not days:
        return ""
    end = decisions.standstill_end(now, days)
    return (
        f"Un délai de {days} jours court à compter de l’envoi de ce courrier : le marché ne sera pas signé avant le "
        f"{clock.french(end, weekday=False)} (R. 2182-1 du code de la commande publique)."
    )


def to_post(consultation, recipient, rows):
    """Return ``(subject, text)`` of the letter that tells one who answered on paper why he is rejected.

    ``rows``: as for ``reasons``; Refused ``courrier.etape``, ``courrier.motif``.
    """
    check_time(consultation, POSTED)
    now = clock.now()
    values = common_values(consultation, recipient, now) | {
        "motifs": reasons(consultation, rows),
        "suspension": suspension(consultation, now, by_post=True),
    }
    return tuple(wording.fill(part, values) for part in wording_of(api.buyer(consultation), POSTED))


def compose(consultation, kind, chosen, sheet, reply_until=None, pieces=""):
    """Return ``(subject, parts, sheet)`` of letters to ``chosen``, ``[(Recipient, [lots], {place: value})]``.

    ``sheet``: dict ``signataire, qualite, complement`` as typed. Refused: ``courrier.*``.
    """
    now = clock.now()
    check_time(consultation, kind)
    complement = rules.text(sheet.get("complement"), rules.ANSWER, "courrier.complement", "Le texte ajouté", False)
    signed = {
        name: rules.line(sheet.get(name), 120, f"courrier.{name}", title, required=name == "signataire")
        for name, title in (("signataire", "Le signataire"), ("qualite", "Sa qualité"))
    }
    if kind == REQUEST:
        pieces = rules.text(pieces, rules.ANSWER, "courrier.pieces", "Les documents demandés")
    subject, text = wording_of(api.buyer(consultation), kind)
    parts = {}
    for rank, (recipient, lots, own) in enumerate(chosen):
        values = common_values(consultation, recipient, now, complement) | {"echeance": until(reply_until)}
        values |= {"pieces": pieces, **own}
        parts[rank] = {"text": wording.fill(text, values), "lots": tuple(lots)}
    common = common_values(consultation, recipients.Recipient(""), now)
    return wording.fill(subject, common)[: rules.SUBJECT], parts, signed


def send(consultation, person, kind, chosen, sheet, attachments=(), reply_until=None, key=None, pieces=""):
    """Send the letters of ``compose``; return the Message. Then the dates follow.

    Refused besides: the codes of ``messages.send``, and for a notification what forbids it (standstill).
    """
    known = messages.find(consultation, key)
    if known is not None:
        return known
    if not chosen:
        raise Refused("message.destinataires", "Aucun destinataire n’est choisi : cochez une entreprise.")
    subject, parts, signed = compose(consultation, kind, chosen, sheet, reply_until, pieces)
    message = messages.send(
        consultation,
        person,
        subject,
        "",
        [recipient for recipient, _lots, _own in chosen],
        kind=kind,
        attachments=attachments,
        replies=KINDS[kind].replies,
        reply_until=reply_until,
        parts=parts,
        sheet=signed,
        key=key,
    )
    if kind == REJECTION:
        follow_information(consultation)
    if kind == NOTIFICATION and api.state(consultation) == phase.DECIDEE:
        workflow.fire(consultation, transitions.NOTIFIER)
    return message


def check_time(consultation, kind):
    """Refuse (``courrier.etape``) a letter that its step does not allow."""
    state = api.state(consultation)
    if kind in (REJECTION, POSTED, NOTIFICATION) and state not in (phase.DECIDEE, phase.NOTIFIEE):
        raise Refused("courrier.etape", "Ce courrier s’envoie une fois les décisions arrêtées.")
    if kind == LATE and state in (*phase.DRAFTS, phase.PUBLIEE, phase.ANNULEE):
        raise Refused("courrier.etape", "Ce courrier s’envoie après la clôture.")
    if kind in (INVITATION, REQUEST) and state not in (phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE):
        raise Refused("courrier.etape", "Ce courrier s’envoie entre l’ouverture des plis et la notification.")


def follow_information(consultation):
    """Set ``informed_at`` once every rejected bidder has his letter: the day of the last one counts.

    Where some answered on paper, an agent writes the day, once his own letters left.
    """
    if api.state(consultation) != phase.DECIDEE or to_inform(consultation) or rejected_on_paper(consultation):
        return
    told = letters(consultation, REJECTION)
    needed = [told[item.key, lot].available for item, lots in rejected(consultation) for lot in lots]
    if not needed or consultation.informed_at == max(needed):
        return
    consultation.informed_at = max(needed)
    indexers.refresh(consultation)
    event = {"type": "consultation", **workflow.identity(consultation), "fait": "information"}
    journal.record(consultation, event | {"date": clock.rfc3339(consultation.informed_at), "courriers": len(needed)})


def awarded(consultation, lots):
    """Return the place ``lots`` of a notification."""
    kept = api.decisions(consultation)
    rows = []
    for lot in lots:
        amount = kept[lot].get("amount")
        rows.append(lot_name(consultation, lot) + (f" : {words.euros(amount)} HT" if amount is not None else ""))
    return "\n".join(rows)
