"""What is missing before a consultation may be published, each point with the page that mends it.

Source of the list: content of a notice and of the consultation documents (R. 2131-1 and following, R. 2132-1 to
R. 2132-6), and what the platform needs to seal bids.
"""

from dataclasses import dataclass
from datetime import datetime
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import allotment
from megalis.portal.consultations.rules import anonymity
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import calendar
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats import cpv
from megalis.portal.formats.refusal import Refused

import re


IDENTITY = "@@modifier?etape=objet"
PROCEDURE = "@@modifier?etape=procedure"
AWARD = "@@modifier?etape=criteres"
ANSWER = "@@modifier?etape=reponse"
CONTACT = "@@modifier?etape=contact"
DATES = "@@modifier?etape=dates"
LOTS = "@@lots"
DCE = "@@pieces"
NOTICE = "@@publicite"
MAX_LOTS = 200


@dataclass(frozen=True)
class LotValues:
    """A lot as the checklist sees it."""

    number: str
    title: str
    cpv: str = ""
    criteria: tuple = ()
    group: str = ""
    nature: str = ""


@dataclass(frozen=True)
class PieceValues:
    """A piece as the checklist sees it."""

    filename: str
    kind: str
    lots: tuple = ()
    size: int = 0
    virus: str = ""  # the one that the antivirus found, if any


@dataclass(frozen=True)
class Chapter:
    """The purchase as the law and the collectivité's levels see it; ``law`` is the table the times are read in."""

    purchase: thresholds.Purchase
    technique: techniques.Technique
    timing: procedures.Timing
    law: laws.Law
    threshold: laws.Threshold
    framework: laws.Procedure
    demanded: tuple = ()
    band: bands.Band | None = None
    row: laws.Procedure | None = None  # for what follows by invitation: its own row, else that of the procedure
    supports: tuple = ()  # those the agents chose, () for those that are demanded


@dataclass(frozen=True)
class Values:
    """A consultation as the checklist sees it; the fields are those of IConsultation."""

    reference: str
    title: str
    description: str
    procedure: str
    nature: str
    cpv: str
    places: tuple
    criteria: tuple
    contact_email: str
    questions_deadline: datetime | None
    deadline: datetime | None
    planned_opening: datetime | None
    envelopes: tuple
    accepted_formats: tuple
    max_deposit_bytes: int
    urgent: bool = False
    urgent_reason: str = ""
    lots: tuple = ()
    pieces: tuple = ()
    relation: str = ""  # of rules.suites, "" for a public consultation
    same_reference: tuple = ()  # titles of the buyer's other consultations with this reference
    max_lots_bid: int | None = None
    max_lots_won: int | None = None
    award_rule: str = ""
    chapter: Chapter | None = None


@dataclass(frozen=True)
class Point:
    """One line of the page: what was looked at, where it is mended, what was found (empty: it is right)."""

    title: str
    target: str
    findings: tuple

    @property
    def level(self):
        """``ok``, ``advice`` or ``blocking``."""
        if blocking(self.findings):
            return BLOCKING
        return ADVICE if self.findings else "ok"


def points(values, now, others=()):
    """Return the list of Point of a consultation at ``now``; ``others`` are findings of other rooms (keys, guests)."""
    guests = [finding for finding in others if finding.target == suites.INVITATIONS]
    notices = [finding for finding in others if finding.target == NOTICE]
    keys = [finding for finding in others if finding.target not in (suites.INVITATIONS, NOTICE)]
    found = [
        Point("Objet et référence", IDENTITY, tuple(_identity(values))),
        Point("Classement : nature, CPV, lieux", IDENTITY, tuple(_classing(values))),
        Point("Procédure, montant et publicité", PROCEDURE, tuple(_chapter(values))),
        Point("Lots", LOTS, tuple(_lots(values))),
        Point("Critères d’attribution", AWARD, tuple(_criteria(values))),
        Point("Réponse : enveloppes, formats, taille", ANSWER, tuple(_answer(values))),
        Point("Contact", CONTACT, tuple(_contact(values))),
        Point("Dates", DATES, tuple(_dates(values, now))),
        Point("Dossier de consultation (DCE)", DCE, tuple(_dce(values))),
        Point("Clés de chiffrement", next((f.target for f in keys if f.target), ""), tuple(keys)),
    ]
    if notices:
        found.append(Point("Avis au Journal officiel", NOTICE, tuple(notices)))
    if values.relation:
        found.append(Point("Entreprises invitées", suites.INVITATIONS, tuple(guests)))
    return found


def findings(values, now, others=()):
    """Return all findings of ``points`` in one list."""
    return [finding for point in points(values, now, others) for finding in point.findings]


def reference_findings(reference, same_reference):
    """Return what is wrong with a reference; ``same_reference`` names the other consultations that bear it."""
    if not (reference or "").strip():
        return [Missing("reference.absente", "La référence manque : donnez celle de votre collectivité.", IDENTITY)]
    if same_reference:
        return [
            Missing(
                "reference.double",
                f"La référence « {reference} » sert déjà à « {same_reference[0]} » : choisissez-en une autre.",
                IDENTITY,
            )
        ]
    return []


def _identity(values):
    yield from reference_findings(values.reference, values.same_reference)
    if not values.title.strip():
        yield Missing("objet.absent", "L’objet manque : dites en une phrase ce que vous achetez.", IDENTITY)
    if not values.description.strip():
        yield Missing("description.absente", "Une description aide les entreprises à se décider.", IDENTITY, ADVICE)


def _classing(values):
    if not values.nature:
        yield Missing("nature.absente", "Dites s’il s’agit de travaux, de fournitures ou de services.", IDENTITY)
    elif wrong := techniques.conceded(values.procedure, values.nature):
        yield Missing("concession.nature", wrong, IDENTITY, source=techniques.CONCEDED)
    if not values.cpv:
        yield Missing("cpv.absent", "Le code CPV principal manque : les entreprises vous trouvent par lui.", IDENTITY)
    else:
        yield from cpv_findings(values.cpv, IDENTITY)
    if not values.places:
        text = "Sans lieu d’exécution, la recherche par département prend celui de votre siège."
        yield Missing("lieu.absent", text, IDENTITY, ADVICE)


def cpv_findings(code, target):
    """Return what is wrong with a CPV code: a code unknown to the list in use is refused by ``formats.cpv``."""
    try:
        cpv.normalize(code)
    except Refused as refused:
        return [Missing(refused.code, refused.message, target)]
    return []


def _dates(values, now):
    yield from calendar.deadline_findings(values.deadline, now)
    if values.deadline is not None and values.deadline > now:
        chapter = values.chapter
        yield from procedures.time_findings(
            values.procedure,
            now,
            values.deadline,
            values.urgent,
            values.urgent_reason,
            chapter.timing if chapter is not None else procedures.NOTHING,
            chapter.law if chapter is not None else None,
            chapter.row if chapter is not None else None,
        )
    yield from order_findings(values.questions_deadline, values.deadline, values.planned_opening)


def order_findings(questions, deadline, opening):
    """Return what is wrong in the order of the dates: questions, then deadline, then opening."""
    if deadline is None:
        return
    if questions is not None and questions >= deadline:
        yield Missing("dates.questions", "La fin des questions doit précéder la date limite de remise.", DATES)
    if questions is None:
        yield Missing(
            "dates.questions.absente",
            "Sans fin des questions, une entreprise peut en poser jusqu’à la dernière minute.",
            DATES,
            ADVICE,
            "R. 2132-6",
        )
    if opening is not None and opening < deadline:
        yield Missing("dates.ouverture", "L’ouverture ne peut pas précéder la date limite de remise.", DATES)


def _chapter(values):
    chapter = values.chapter
    if chapter is None:
        return
    yield from thresholds.amount_findings(chapter.purchase, chapter.threshold)
    yield from techniques.findings(chapter.technique, chapter.framework)
    if chapter.purchase.procedure == thresholds.DIRECT and chapter.band is not None and chapter.band.supports:
        yield Missing(
            "publicite.niveau",
            f"Votre niveau « {chapter.band.label} » demande une publicité : choisissez la procédure adaptée, ou un autre "
            "fondement que le montant.",
            PROCEDURE,
            BLOCKING,
            "niveaux de la collectivité",
        )
        return
    if not chapter.supports:
        return
    for group in thresholds.satisfied(chapter.demanded, chapter.supports):
        yield Missing(
            "publicite.support",
            f"À ce montant, la loi demande {thresholds.words_of(group)} : cochez ce support.",
            PROCEDURE,
            BLOCKING,
            chapter.threshold.source,
        )
    if chapter.band is not None:
        for support in chapter.band.supports:
            if support not in chapter.supports:
                yield Missing(
                    "publicite.niveau",
                    f"Votre niveau « {chapter.band.label} » demande {thresholds.words_of((support,))} : cochez ce support.",
                    PROCEDURE,
                    BLOCKING,
                    "niveaux de la collectivité",
                )


def _lots(values):
    numbers = [lot.number for lot in values.lots]
    if len(numbers) > MAX_LOTS:
        yield Missing("lots.trop", f"{len(numbers)} lots : {MAX_LOTS} au plus.", LOTS)
    doubles = sorted({number for number in numbers if numbers.count(number) > 1})
    if doubles:
        yield Missing("lots.double", f"Numéro de lot en double : {', '.join(doubles)}.", LOTS)
    for lot in values.lots:
        if not lot.title.strip():
            yield Missing("lots.titre", f"Le lot {lot.number} n’a pas d’intitulé.", LOTS)
        if lot.cpv and cpv_findings(lot.cpv, LOTS):
            yield Missing("lots.cpv", f"Lot {lot.number} : le code CPV « {lot.cpv} » n’existe pas.", LOTS)
        if wrong := techniques.conceded(values.procedure, lot.nature):
            yield Missing("concession.nature", f"Lot {lot.number}, {wrong}", LOTS, source=techniques.CONCEDED)
    groups = tuple((lot.number, lot.group) for lot in values.lots)
    yield from allotment.limit_findings(
        len(values.lots), values.max_lots_bid, values.max_lots_won, values.award_rule, groups
    )
    if values.procedure == "concours" and values.lots:
        yield Missing(
            "lots.concours",
            "Un concours choisit un projet : retirez les lots, ou ouvrez un concours pour chacun.",
            LOTS,
            BLOCKING,
            anonymity.SOURCE,
        )
    if len(values.lots) == 1:
        yield Missing("lots.un", "Un seul lot : un marché non alloti n’en a pas besoin.", LOTS, ADVICE, "L. 2113-10")


def criteria_findings(criteria, target=AWARD):
    """Return what is wrong with award criteria (dicts ``name``, ``weight`` int or None): R. 2152-11 and R. 2152-12."""
    for rank, criterion in enumerate(criteria, 1):
        if not str(criterion.get("name") or "").strip():
            yield Missing("criteres.nom", f"Le critère {rank} n’a pas de nom.", target)
    weights = [criterion.get("weight") for criterion in criteria]
    given = [weight for weight in weights if weight is not None]
    if given and len(given) < len(weights):
        unweighted = next(c["name"] for c in criteria if c.get("weight") is None)
        yield Missing("criteres.poids", f"Le critère « {unweighted} » n’a pas de pondération.", target)
    elif given and sum(given) != 100:
        yield Missing(
            "criteres.somme",
            f"Les pondérations font {sum(given)} : elles devraient faire 100.",
            target,
            ADVICE,
            "R. 2152-12",
        )


def _criteria(values):
    if values.relation == suites.COMPLEMENT:
        return
    groups = [values.criteria] if values.criteria else [lot.criteria for lot in values.lots]
    if not any(groups):
        text = "Aucun critère d’attribution : il en faut un au moins."
        yield Missing("criteres.absents", text, AWARD, source="R. 2152-7")
    for group in groups:
        yield from criteria_findings(group)


def _answer(values):
    if not values.envelopes:
        yield Missing("enveloppes.absentes", "Aucune enveloppe n’est demandée : cochez-en une au moins.", ANSWER)
    elif "offre" in values.envelopes and {"technique", "financiere"} & set(values.envelopes):
        yield Missing(
            "enveloppes.offre",
            "L’offre est soit une seule enveloppe, soit deux (technique et financière), pas les deux.",
            ANSWER,
        )
    elif ("technique" in values.envelopes) != ("financiere" in values.envelopes):
        yield Missing("enveloppes.paire", "Technique et financière vont ensemble.", ANSWER)
    if not values.accepted_formats:
        yield Missing("formats.absents", "Aucun format de fichier n’est accepté.", ANSWER)
    if values.max_deposit_bytes < 10**8:
        yield Missing(
            "taille.petite",
            "Moins de 100 Mo par dépôt : une entreprise peut être empêchée de répondre.",
            ANSWER,
            ADVICE,
        )


def _dce(values):
    if not values.pieces and values.relation == suites.COMPLEMENT:
        return  # what is asked of each company stands in its invitation
    if not values.pieces:
        yield Missing("dce.vide", "Le dossier est vide : ajoutez au moins le règlement de la consultation.", DCE)
        return
    if not any(piece.kind == "reglement" for piece in values.pieces):
        yield Missing(
            "dce.reglement", "Aucune pièce n’est marquée « règlement de la consultation ».", DCE, ADVICE, "R. 2132-1"
        )
    for piece in values.pieces:
        if not piece.size:
            yield Missing("dce.fichier-vide", f"Le fichier « {piece.filename} » est vide.", DCE)
        if piece.virus:
            text = (
                f"L’antivirus trouve « {piece.virus} » dans « {piece.filename} » : les entreprises recevraient ce fichier "
                "tel quel. Retirez-le, ou remplacez-le par une copie saine."
            )
            yield Missing("dce.virus", text, DCE, ADVICE)
    numbers = {lot.number for lot in values.lots}
    for piece in values.pieces:
        unknown = sorted(set(piece.lots) - numbers)
        if unknown:
            yield Missing("dce.lot", f"« {piece.filename} » concerne un lot qui n’existe pas : {unknown[0]}.", DCE)


def _contact(values):
    if not values.contact_email:
        yield Missing("contact.absent", "Une adresse électronique de contact manque.", CONTACT)
    elif not is_email(values.contact_email):
        yield Missing("contact.adresse", f"« {values.contact_email} » n’est pas une adresse électronique.", CONTACT)


def is_email(text):
    """True when ``text`` has the form of an e-mail address: enough to catch a slip, no more."""
    return bool(re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}", text or ""))
