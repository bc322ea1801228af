"""Questions of companies and the buyer's answers: never changed, only answered again, each act in the journal."""

from BTrees.OOBTree import OOBTree
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import parcels
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import rectification
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.theme import mail
from persistent import Persistent
from plone.uuid.interfaces import IUUID
from zope.annotation.interfaces import IAnnotations
from zope.component import adapter
from zope.interface import implementer


NAME = "questions"
OF_COMPANY = "megalis.questions"

ASKED = """
{company} a posé une question sur la consultation {reference}, « {title} ».

-> {url} Lire et répondre
"""

ANSWERED = """
{buyer} a répondu à votre question sur la consultation {reference}, « {title} ».

-> {url} Lire la réponse
"""

PUBLISHED = """
{buyer} {verb} une réponse à une question sur la consultation {reference}, « {title} ». Date limite de remise des plis :
{deadline} (heure de Paris).

{last}

-> {url} Lire les questions et les réponses
"""


class Answer:
    """One version of an answer; immutable. ``published`` is the question as others read it ("" for the asker alone)."""

    __slots__ = ("at", "attachments", "audience", "by", "published", "reason", "text")

    def __init__(self, audience, published, text, attachments, at, by, reason):
        self.audience = audience
        self.published = published
        self.text = text
        self.attachments = attachments
        self.at = at
        self.by = by
        self.reason = reason


class Question(Persistent):
    """A question, whole at once; ``answers`` is a tuple of Answer, assigned anew at each answer."""

    answers = ()

    def __init__(self, key, company, siret, person, lot, text, attachments, at):
        self.id = key
        self.company = IUUID(company)
        self.company_title = company.title
        self.siret = siret
        self.userid = person.userid
        self.fullname = person.fullname
        self.email = person.email
        self.lot = lot
        self.text = text
        self.attachments = attachments
        self.at = at

    @property
    def answer(self):
        """The answer that stands, or None."""
        return self.answers[-1] if self.answers else None

    @property
    def public(self):
        """The newest answer that is everybody's, or None."""
        return next((answer for answer in reversed(self.answers) if answer.audience == rules.ALL), None)


def questions(consultation):
    """Return the questions, oldest first."""
    kept = facts.facts(consultation, NAME)
    return sorted(kept.values(), key=lambda item: (item.at, item.id)) if kept is not None else []


def find(consultation, key):
    """Return a Question or None."""
    kept = facts.facts(consultation, NAME)
    return kept.get(key) if kept is not None and is_uuidhex(key) else None


def published(consultation):
    """Return the questions whose answer is everybody's, the last answered first."""
    return sorted((q for q in questions(consultation) if q.public), key=lambda item: item.public.at, reverse=True)


def limit(consultation):
    """Return the instant from which questions are refused, or None."""
    return rules.question_limit(consultation.questions_deadline, consultation.deadline)


def is_open(consultation, now=None):
    """Tell whether questions are received at ``now``."""
    now = now or clock.now()
    try:
        rules.check_asking(api.state(consultation, now), limit(consultation), now)
    except Refused:
        return False
    return True


def check_lot(consultation, lot):
    """Return a lot number of the consultation, or ""; Refused ``question.lot``."""
    lot = lot if isinstance(lot, str) else ""
    if lot and lot not in {item.number for item in api.lots(consultation)}:
        raise Refused("question.lot", f"Le lot « {lot[:20]} » n’existe pas dans cette consultation.", lot)
    return lot


def ask(consultation, person, text, lot="", attachments=(), key=None):
    """Return the Question of a company's user; sent twice (same ``key``), it is kept once.

    Refused: the codes of ``rules.check_asking`` and ``rules.text`` (``question.vide``, ``question.longueur``),
    ``question.lot``, ``question.entreprise``, ``question.nombre``.
    """
    now = clock.now()
    company = person.entreprise
    if company is None:
        raise Refused("question.entreprise", "Une question se pose au nom d’une entreprise : connectez-vous.")
    known = find(consultation, key)
    if known is not None and known.userid == person.userid:
        return known
    rules.check_asking(api.state(consultation, now), limit(consultation), now)
    text = rules.text(text, rules.QUESTION, "question", "Votre question")
    lot = check_lot(consultation, lot)
    if sum(1 for item in questions(consultation) if item.company == IUUID(company)) >= rules.ASKED:
        raise Refused("question.nombre", f"{rules.ASKED} questions sont déjà posées : réunissez les suivantes.")
    siret = getattr(person.etablissement, "siret", "") or company.identifier
    key = key if is_uuidhex(key) and known is None else uuidhex()
    item = Question(key, company, siret, person, lot, text, attachments, now)
    facts.facts_for_write(consultation, NAME)[item.id] = item
    _of_company(company, write=True)[item.id] = (api.uuid(consultation), now)
    waiting.add(consultation, item.id, waiting.QUESTION, now)
    event = {
        "type": "question",
        **workflow.identity(consultation),
        "question": item.id,
        "entreprise": item.company_title,
        "siret": siret,
        "texte": text,
        "pieces": [piece.told() for piece in attachments],
    }
    journal.record(consultation, event | ({"lot": lot} if lot else {}), instant=now)
    if consultation.contact_email:
        url = f"{consultation.absolute_url()}/@@question?id={item.id}"
        words = {"company": item.company_title, "reference": consultation.reference, "title": consultation.title}
        letter, html = mail.render(ASKED, url=url, **words)
        _queue(consultation, consultation.contact_email, "Question reçue", letter, html)
    return item


def _of_company(company, write=False):
    annotations = IAnnotations(company)
    kept = annotations.get(OF_COMPANY)
    if kept is None and write:
        kept = annotations[OF_COMPANY] = OOBTree()
    return kept if kept is not None else {}


def of_company(company):
    """Return ``[(question id, consultation uuid, instant)]`` of what the company asked, newest first."""
    found = [(key, uid, at) for key, (uid, at) in _of_company(company).items()]
    return sorted(found, key=lambda row: row[2], reverse=True)


def times(consultation):
    """Return ``(formal, urgent, deadline)``, what the rules of answers are about."""
    moment = consultation.published_at or clock.now()
    row = procedures.procedure(consultation.procedure, clock.paris(moment).date())
    return row.formal, bool(consultation.urgent), consultation.deadline


def findings(consultation, audience, now=None):
    """Return the advice about an answer given now to ``audience``."""
    return rules.answer_findings(*times(consultation), audience, now or clock.now())


def answer_limit(consultation):
    """Return ``(last instant for answers, source)``, or None where the law gives none."""
    return rules.answer_limit(*times(consultation))


def answer(consultation, item, person, audience, text, published="", attachments=(), reason="", named=False):
    """Answer a Question, or correct its answer (``reason`` is then needed); return the Answer.

    For ALL the question is published as ``published``, which must not name the asker (unless ``named``: the words
    happen to be those of his name). What was once everybody's stays so. Refused: ``reponse.*``, ``question.nom``.
    """
    now = clock.now()
    state = api.state(consultation, now)
    if not api.is_public(consultation) or state in rules.OVER:
        raise Refused("reponse.etape", "À cette étape, une question ne reçoit plus de réponse.")
    if audience not in rules.AUDIENCES:
        raise Refused("reponse.portee", "Choisissez à qui va la réponse : au demandeur seul, ou à tous.")
    if item.public is not None and audience != rules.ALL:
        raise Refused("reponse.publiee", "Cette réponse est déjà publiée : sa correction va à tous aussi.")
    text = rules.text(text, rules.ANSWER, "reponse", "Votre réponse")
    reason = rules.line(reason, rules.REASON, "reponse.motif", "Le motif de la correction", bool(item.answers))
    if audience == rules.ALL:
        published = rules.text(published, rules.QUESTION, "reponse.question", "Le texte publié de la question")
        for words in (published, text):
            if not named:
                rules.check_anonymous(words, item.company_title, item.siret, item.email, item.fullname)
    else:
        published = ""
    given = Answer(audience, published, text, attachments, now, person.userid, reason)
    first = item.public is None
    item.answers = (*item.answers, given)
    waiting.done(consultation, item.id)
    _record(consultation, item, given)
    if audience == rules.ALL:
        _tell_all(consultation, first)
    else:
        url = f"{consultation.absolute_url()}/@@questions?id={item.id}#q-{item.id}"
        letter, html = mail.render(ANSWERED, buyer=_buyer(consultation), url=url, **_named(consultation))
        _queue(consultation, item.email, "Réponse à votre question", letter, html)
    return given


def _record(consultation, item, given):
    """Write the answer into the journal; one that is everybody's is public there, and says nothing of the asker."""
    everybody = given.audience == rules.ALL
    event = {
        "type": "reponse",
        **workflow.identity(consultation),
        "question": item.id,
        "version": len(item.answers),
        "portee": given.audience,
        "texte": given.text,
        "pieces": [piece.told() for piece in given.attachments],
    }
    if everybody:
        event["question_publiee"] = given.published
    else:
        event["par"] = given.by
    if given.reason:
        event["motif"] = given.reason
    if item.lot:
        event["lot"] = item.lot
    journal.record(consultation, event, public=everybody, instant=given.at)


class ToAll(Persistent):
    """The letters about a published answer, one an address."""

    def __init__(self, people, subject, values):
        self.people = people
        self.subject = subject
        self.values = values
        self.sent = 0

    def step(self, consultation, size):
        for address, _name, last in self.people.list[self.sent : self.sent + size]:
            template = PUBLISHED if last else PUBLISHED.replace("{last}\n\n", "")
            letter, html = mail.render(template, last=last, **self.values)
            _queue(consultation, address, self.subject, letter, html)
        self.sent += size
        return self.sent >= len(self.people.list)


class People(Persistent):
    """A long list that is written once, beside the parcel that counts through it."""

    def __init__(self, found):
        self.list = tuple(found)


def _tell_all(consultation, first):
    people = People(api.audience(consultation))
    values = {
        "buyer": _buyer(consultation),
        "verb": "a publié" if first else "a corrigé",
        "deadline": clock.french(consultation.deadline, seconds=True),
        "url": f"{consultation.absolute_url()}/@@questions",
        **_named(consultation),
    }
    subject = "Réponse publiée" if first else "Réponse corrigée"
    parcels.hand_over(consultation, ToAll(people, subject, values), len(people.list))


def _named(consultation):
    return {"reference": consultation.reference, "title": consultation.title}


def _buyer(consultation):
    buyer = api.buyer(consultation)
    return buyer.title if buyer is not None else "L’acheteur"


def _queue(consultation, address, subject, letter, html):
    subject = mail.flat(f"{subject} : {consultation.reference}, {consultation.title}")
    sender = mail.flat(_buyer(consultation))
    return outbox.queue_mail(address, subject, letter, html, sender_name=sender, about=api.uuid(consultation))


@implementer(IAudience)
@adapter(IConsultation)
class Askers:
    """Those who asked something: they are told of changes of what they asked about and of the answers given to all."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, lots=()):
        return [
            (item.email, item.company_title)
            for item in questions(self.consultation)
            if item.email and rectification.concerns((item.lot,) if item.lot else (), lots)
        ]


def prepared(event):
    """Make the place of the questions at publication, ahead of the first two (IConsultationPublished)."""
    facts.prepare(event.object, NAME)
