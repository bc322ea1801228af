"""Sending a notice: judged, frozen, queued in the transaction of the click; what follows is the worker's (``delivery``)."""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import drawing
from megalis.portal.consultations.notices import facts
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices import telling
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules.checklist import NOTICE
from megalis.portal.consultations.tracking import indexers
from megalis.portal.formats import jal
from megalis.portal.formats.money import euros
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from zope.component.hooks import getSite


QUEUE, STOP = "avis", "avis-arret"
FRESH = timedelta(hours=20)  # beyond, the day of sending a notice bears is no longer true
MAX_REASON = 2000
CALLABLE = (phase.A_VALIDER, phase.PUBLIEE)
RESULTS = (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE)
SERVED = (thresholds.JOUE, thresholds.BOAMP)


def supports(consultation):
    """Return the supports of a consultation: those asked or chosen, and those something was already sent to."""
    asked = legal.supports(consultation)
    return tuple(
        name
        for name in thresholds.SUPPORTS
        if name in asked or any(record.support == name for record in store.every(consultation))
    )


def changed_since(record, call):
    """Return what the consultation says otherwise than a record said (``rubrics.changes``)."""
    return rubrics.changes(record.said, rubrics.kept(rubrics.of(call)))


def draft(consultation, support, kind, now=None, reason="", call=None, extra=special.NOTHING):
    """Return the drawing.Draft of a notice of a consultation as it stands."""
    call = call or facts.call_of(consultation)
    records = store.of_support(consultation, support)
    told, outcomes = (), ()
    if kind == lifecycle.CHANGE:
        before = store.last_standing(records)
        found = changed_since(before, call) if before is not None else []
        told = tuple((change["lot"], rubrics.sentence(change)) for change in found)
    if kind in telling.AFTER:
        outcomes = facts.outcomes_of(consultation)
    return drawing.draw(call, support, kind, records, now or clock.now(), reason, told, outcomes, extra)


def next_kinds(consultation, support, call=None):
    """Return the kinds of notice that may leave for a support now, the most useful first."""
    records = store.of_support(consultation, support)
    state = api.state(consultation)
    found = []
    if state in RESULTS and support in SERVED:
        found.append(lifecycle.AWARD)
    before = store.last_standing(records)
    if before is None:
        if state in CALLABLE and consultation.procedure != thresholds.DIRECT:
            found.append(lifecycle.CALL)
    elif before.kind != lifecycle.CANCEL and not before.running:
        if state == phase.ANNULEE:
            found.append(lifecycle.CANCEL)
        elif state in CALLABLE and changed_since(before, call or facts.call_of(consultation)):
            found.append(lifecycle.CHANGE)
    lives = [(item.kind, item.state) for item in records]
    return [kind for kind in found if may_follow(kind, lives)]


def may_follow(kind, lives):
    """True when a notice of a kind may follow those ``(kind, state)`` of its support."""
    try:
        lifecycle.check_send(kind, lives)
    except Refused:
        return False
    return True


def check(consultation, support, kind, reason=""):
    """Refuse (``avis.*``) a notice that may not leave now, whatever it says."""
    if support not in supports(consultation) or support == thresholds.PROFILE:
        raise Refused(
            "avis.support", "Ce support n’est pas de ceux de cette consultation : choisissez-le à l’étape Procédure."
        )
    if kind not in lifecycle.KINDS:
        raise Refused("avis.genre", "Cette sorte d’avis n’existe pas : rechargez la page.", kind)
    records = store.of_support(consultation, support)
    lifecycle.check_send(kind, [(item.kind, item.state) for item in records])
    state = api.state(consultation)
    if kind == lifecycle.CALL and state not in CALLABLE:
        text = "Demandez d’abord la validation." if state == phase.ELABORATION else "La consultation est close."
        raise Refused("avis.etape", f"L’avis de marché part d’une consultation à valider ou en ligne. {text}", state)
    if kind in telling.AFTER and (state not in RESULTS or support not in SERVED):
        raise Refused("avis.etape", "Cet avis part une fois les décisions arrêtées, vers le JOUE ou le BOAMP.", state)
    if kind == lifecycle.COMPLETION and state == phase.DECIDEE:
        raise Refused("avis.etape", "L’achèvement se dit d’un contrat notifié : il ne l’est pas encore.", state)
    if kind == lifecycle.PRIOR and (state not in phase.DRAFTS or support not in SERVED):
        raise Refused("avis.etape", "Une préinformation part avant la publication, vers le JOUE ou le BOAMP.", state)
    if kind == lifecycle.CANCEL and state != phase.ANNULEE:
        raise Refused("avis.etape", "L’annulation se dit une fois la consultation annulée : annulez-la d’abord.", state)
    if kind in (lifecycle.CHANGE, lifecycle.CANCEL) and not reason.strip():
        raise Refused("avis.motif", "Dites pourquoi : le motif paraît dans l’avis.")
    if len(reason) > MAX_REASON:
        raise Refused("avis.motif", f"Le motif fait {len(reason)} signes : {MAX_REASON} au plus.")
    if kind == lifecycle.CALL and state == phase.A_VALIDER:
        wrong = [item for item in blocking(gathering.checklist_findings(consultation)) if item.target != NOTICE]
        if wrong:
            raise Refused(
                "avis.incomplet", f"La consultation n’est pas prête à paraître : {wrong[0].message}", wrong[0].code
            )


def send(consultation, support, kind, by, reason="", newspaper="", extra=special.NOTHING):
    """Freeze a notice and queue it; return its Record. Refused ``avis.*``, ``jal.*``.

    ``newspaper``: id of the one that prints it, for the support of newspapers; ``extra``: see ``special``.
    """
    site, now = getSite(), clock.now()
    check(consultation, support, kind, reason)
    if support in SERVED and services.mode(site, support) == services.OFF:
        text = f"La plateforme n’est pas reliée à {services.TITLES[support]} : notez ici sa parution, faite ailleurs."
        raise Refused("avis.service", text)
    if kind == lifecycle.COMPLETION and completed(consultation, support, extra.lot, extra.holder) is not None:
        where = f" du lot {extra.lot}" if extra.lot else ""
        raise Refused("avis.deja-publie", f"L’avis d’achèvement{where} est déjà parti vers ce support.", kind)
    call = facts.call_of(consultation)
    made = draft(consultation, support, kind, now, reason, call, extra)
    if kind == lifecycle.CHANGE:
        before = store.last_standing(store.of_support(consultation, support))
        if not changed_since(before, call):
            raise Refused("avis.rien", "Rien ne diffère de ce qui a paru : il n’y a rien à rectifier.")
    if not made.sendable:
        first = made.errors[0]
        more = f" Et {len(made.errors) - 1} autre(s) point(s)." if len(made.errors) > 1 else ""
        raise Refused("avis.regles", f"L’avis ne peut pas partir : {first.message} ({first.code}).{more}", first.code)
    store.take_turn(consultation, support)
    record = store.Record(
        support,
        kind,
        made.form,
        made.data,
        by,
        subtype=made.subtype,
        notice=made.notice,
        version=made.version,
        previous=made.previous,
        reason=reason.strip(),
        email=call.buyer.email,
        said=made.said,
        dossier=consultation.version,
        simulated=services.mode(site, support) == services.SIMULATED,
        **(_for_newspaper(consultation, newspaper, made.text, now) if support == thresholds.JAL else {}),
    )
    record.companies = extra.companies
    record.lot, record.holder = (extra.lot, extra.holder) if kind == lifecycle.COMPLETION else ("", 0)
    store.add(consultation, record)
    warnings = f" {len(made.warnings)} remarque(s) des règles." if made.warnings else ""
    store.note(record, "Mis en route", f"Empreinte SHA-256 {record.sha256}, {record.size} octets.{warnings}", by)
    queue(consultation, record)
    tell(consultation, record, "envoi", by)
    if kind == lifecycle.PRIOR and consultation.prior_notice is None and extra.sort == special.SHORTER:
        consultation.prior_notice = clock.paris(now).date()  # it shortens the times of the call
    return record


def completed(consultation, support, lot, holder=0):
    """Return the Record that told, on a support, the end of the contract of a holder of a lot (its place, from 0); None when nothing did."""
    return next(
        (
            item
            for item in store.of_support(consultation, support)
            if item.kind == lifecycle.COMPLETION
            and (getattr(item, "lot", ""), getattr(item, "holder", 0)) == (lot, holder)
            and item.state not in (lifecycle.REFUSED, lifecycle.GIVEN_UP)
        ),
        None,
    )


def _for_newspaper(consultation, key, text, now):
    if not key:
        raise Refused("jal.choix", "Choisissez le journal qui publiera l’annonce.")
    item = identity.newspaper(api.buyer(consultation), key)
    rate = identity.rate_on(item, clock.paris(now).date())
    quote = jal.quote(text, rate) if rate is not None else None
    return {
        "newspaper": {"id": item.id, "name": item.name, "email": item.email},
        "quote": {"expected": quote} if quote is not None else {},
    }


def queue(consultation, record):
    """Put a record in the outbox."""
    outbox.queue(QUEUE, {"subject": title_of(record), "record": record.id}, about=api.uuid(consultation))


def title_of(record):
    """Return ``Avis de marché, BOAMP``."""
    name = record.newspaper["name"] if record.newspaper else services.TITLES.get(record.support, record.support)
    return f"{lifecycle.KINDS[record.kind]}, {name}"


def tell(consultation, record, fact, by=""):
    """Write in the journal what became of a notice."""
    event = {
        "type": "avis",
        **workflow.identity(consultation),
        "fait": fact,
        "support": record.support,
        "genre": record.kind,
        "sha256": record.sha256,
    }
    event |= {name: value for name, value in (("avis", record.reference), ("par", by)) if value}
    journal.record(consultation, event)
    if record.kind == lifecycle.AWARD:
        indexers.refresh(consultation)  # boards no longer wait for it, or wait again


def declare(consultation, support, kind, by, reference, day, link=""):
    """Note a publication that was not sent from here; return its Record. Refused ``avis.reference|jour|lien|double``."""
    if support not in supports(consultation) or support == thresholds.PROFILE or kind not in lifecycle.KINDS:
        raise Refused("avis.support", "Ce support n’est pas de ceux de cette consultation.")
    reference = " ".join(str(reference or "").split())
    if not reference or len(reference) > 60:
        raise Refused("avis.reference", "Donnez la référence de la parution, en 60 signes au plus.")
    today = clock.paris(clock.now()).date()
    if day is None or day > today:
        raise Refused("avis.jour", "Donnez le jour de la parution : il n’est pas à venir.")
    link = str(link or "").strip()
    if link and (not link.startswith("https://") or len(link) > 300 or any(char.isspace() for char in link)):
        raise Refused("avis.lien", f"« {link[:60]} » n’est pas une adresse : elle commence par https://.")
    records = store.of_support(consultation, support)
    lifecycle.check_send(kind, [(item.kind, item.state) for item in records])
    store.take_turn(consultation, support)
    outcomes = facts.outcomes_of(consultation) if kind in telling.AFTER else ()
    said = rubrics.kept(telling.rows(facts.call_of(consultation), kind, outcomes))
    record = store.Record(support, kind, store.DECLARED, b"", by, said=said, dossier=consultation.version)
    record.reference, record.published_on, record.link = reference, day, link
    record.published = clock.now()
    store.note(record, "Parution notée", f"Référence {reference}, parue le {day:%d/%m/%Y}.", by, lifecycle.PUBLISHED)
    store.add(consultation, record)
    tell(consultation, record, "parution-notee", by)
    return record


def resend(consultation, key, by):
    """Send again, as they are, the bytes of a notice that never left; Refused ``avis.renvoi|ancien``."""
    record = store.find(consultation, key)
    if record.state != lifecycle.GIVEN_UP or record.form == store.DECLARED:
        raise Refused("avis.renvoi", "Seul un avis abandonné se renvoie tel quel ; un avis refusé se corrige d’abord.")
    if clock.now() - record.made > FRESH:
        text = "Cet avis porte un jour d’envoi passé : envoyez-en un nouveau, composé maintenant."
        raise Refused("avis.ancien", text)
    others = [item for item in store.of_support(consultation, record.support) if item is not record]
    lifecycle.check_send(record.kind, [(item.kind, item.state) for item in others])
    store.take_turn(consultation, record.support)
    store.note(record, "Renvoyé, octets inchangés", f"Empreinte SHA-256 {record.sha256}.", by, lifecycle.TO_SEND)
    queue(consultation, record)
    return record


def abandon(consultation, key, by):
    """Take back a notice that has not been published; Refused ``avis.abandon``. A service that has it is asked first."""
    record = store.find(consultation, key)
    if not record.running:
        raise Refused("avis.abandon", "Cet avis n’est plus en route : il ne se reprend pas.")
    if record.state == lifecycle.TO_SEND or record.support == thresholds.JAL:
        store.note(record, "Abandonné", "", by, lifecycle.GIVEN_UP)
        tell(consultation, record, "abandon", by)
        return record
    store.note(record, "Retrait demandé au service", "", by)
    outbox.queue(STOP, {"subject": f"Retrait : {title_of(record)}", "record": record.id}, about=api.uuid(consultation))
    return record


def acknowledge(consultation, key, by, values, proof=None):
    """Keep what a newspaper answered; Refused ``jal.*``.

    ``values``: dict ``reference, net, gross`` (Decimal or None), ``day`` of publication (date or None), ``link``; ``proof`` an
    attachment of ``exchanges.attachments`` or None.
    """
    record = store.find(consultation, key)
    if record.support != thresholds.JAL or record.state in (lifecycle.REFUSED, lifecycle.GIVEN_UP):
        raise Refused("jal.reponse", "Cette annonce n’attend pas de réponse d’un journal.")
    if record.state == lifecycle.TO_SEND:
        raise Refused("jal.reponse", "L’annonce n’est pas encore partie : la réponse viendra après.")
    record.quote = {**(record.quote or {}), **{name: values[name] for name in ("net", "gross") if values.get(name)}}
    record.reference = values.get("reference") or record.reference
    record.link = values.get("link") or record.link
    record.received = record.received or clock.now()
    detail = [f"Référence {values['reference']}" if values.get("reference") else ""]
    detail += [f"Devis {euros(values['gross'])} TTC" if values.get("gross") else ""]
    state = lifecycle.after(record.state, lifecycle.RECEIVED)
    if values.get("day") is not None:
        state = lifecycle.after(state, lifecycle.PUBLISHED)
        record.published_on, record.published = values["day"], clock.now()
        detail.append(f"Paru le {values['day']:%d/%m/%Y}")
    if proof is not None:
        record.proof = proof
        detail.append(f"Justificatif {proof.name}, empreinte {proof.sha256}")
    store.note(record, "Réponse du journal notée", ", ".join(filter(None, detail)), by, state)
    tell(consultation, record, "reponse-journal", by)
    return record
