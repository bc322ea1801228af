"""The schemas of the consultation room."""

from decimal import Decimal
from megalis.portal import _
from megalis.portal.consultations.purchase import IOptions
from megalis.portal.consultations.purchase import IPurchase
from megalis.portal.theme.fields import EmailAddress
from megalis.portal.theme.fields import Row
from plone.autoform import directives
from plone.namedfile.field import NamedBlobFile
from plone.supermodel import model
from zope import schema
from zope.interface import Attribute
from zope.interface import Interface


VOCABULARY = "megalis.consultations."


class ICriterion(Interface):
    """An award criterion. Weights are points that make a hundred together, or none has one (ranked criteria)."""

    name = schema.TextLine(title=_("Critère"), max_length=200)
    weight = schema.Decimal(title=_("Points"), required=False, min=Decimal(0), max=Decimal(100))


class IConsultation(IPurchase):
    """A consultation: a public buyer's call to companies. Contained in its collectivité.

    Moments are aware UTC datetimes, amounts whole euros excluding tax, codes those of ``formats.eforms.codes``,
    ``formats.cpv`` (eight digits) and ``formats.nuts``. Read ``consultations.api`` for what is computed from them.
    """

    reference = schema.TextLine(
        title=_("Référence"),
        description=_("La référence de votre collectivité ; elle n’y sert qu’une fois. Exemple : 2026-PLG-014."),
        max_length=60,
    )
    title = schema.TextLine(
        title=_("Objet"),
        description=_("En une phrase, ce que vous achetez et où."),
        max_length=400,
    )
    description = schema.Text(
        title=_("Description"),
        description=_("Ce qu’une entreprise doit savoir pour décider de lire le dossier."),
        required=False,
        default="",
        max_length=10000,
    )
    procedure = schema.Choice(
        title=_("Procédure"),
        vocabulary=VOCABULARY + "procedures",
        default="procedure-adaptee",
    )
    nature = schema.Choice(
        title=_("Nature du marché"),
        vocabulary=VOCABULARY + "natures",
        required=False,
    )
    cpv = schema.TextLine(
        title=_("Code CPV principal"),
        description=_(
            "Huit chiffres, comme 45233140 (travaux routiers). Sinon écrivez un mot : des codes seront proposés."
        ),
        required=False,
        max_length=80,
    )
    cpv_additional = schema.Tuple(
        title=_("Codes CPV supplémentaires"),
        description=_("Un par ligne."),
        value_type=schema.TextLine(max_length=10),
        required=False,
        default=(),
        max_length=40,
    )
    places = schema.Tuple(
        title=_("Lieux d’exécution"),
        description=_("Un par ligne : numéro de département (29) ou code NUTS (FRH02)."),
        value_type=schema.TextLine(max_length=5),
        required=False,
        default=(),
        max_length=40,
    )
    place_text = schema.TextLine(title=_("Adresse d’exécution"), required=False, default="", max_length=300)
    duration = schema.TextLine(
        title=_("Durée du marché"),
        description=_("Par exemple : 12 mois, reconductible trois fois."),
        required=False,
        default="",
        max_length=300,
    )
    directives.read_permission(estimated_value="megalis.FollowConsultation")
    estimated_value = schema.Int(
        title=_("Valeur estimée"),
        description=_("En euros hors taxes. Réservée aux agents : elle n’est jamais publiée."),
        required=False,
        min=0,
    )
    urgent = schema.Bool(
        title=_("Urgence"),
        description=_("Une urgence dûment justifiée permet un délai plus court en procédure formalisée."),
        required=False,
        default=False,
    )
    urgent_reason = schema.Text(title=_("Justification de l’urgence"), required=False, default="", max_length=2000)

    criteria = schema.Tuple(
        title=_("Critères d’attribution"),
        description=_("Du plus important au moins important ; les pondérations en points font 100."),
        value_type=Row(ICriterion, at_first=2),
        required=False,
        default=(),
        max_length=30,
    )
    conditions = schema.Text(
        title=_("Conditions de participation"),
        description=_("Capacités demandées, documents à fournir, marché réservé."),
        required=False,
        default="",
        max_length=10000,
    )
    variants = schema.Choice(
        title=_("Variantes"),
        vocabulary=VOCABULARY + "permissions",
        default="not-allowed",
    )
    visits = schema.Text(
        title=_("Visite du site"),
        description=_("Obligatoire ou non, dates, prise de rendez-vous. Laissez vide s’il n’y en a pas."),
        required=False,
        default="",
        max_length=2000,
    )
    samples = schema.Text(
        title=_("Échantillons"),
        description=_("Ce qui est demandé, où et quand le remettre. Laissez vide s’il n’y en a pas."),
        required=False,
        default="",
        max_length=2000,
    )
    contact_name = schema.TextLine(
        title=_("Service à joindre"),
        description=_("Un service plutôt qu’une personne."),
        required=False,
        default="",
        max_length=200,
    )
    contact_email = EmailAddress(title=_("Adresse électronique"), required=False, default="", max_length=200)
    contact_phone = schema.TextLine(title=_("Téléphone"), required=False, default="", max_length=40)

    questions_deadline = schema.Datetime(
        title=_("Fin des questions"),
        description=_("Heure de Paris. Les réponses partent au plus tard six jours avant la date limite."),
        required=False,
    )
    deadline = schema.Datetime(
        title=_("Date limite de remise des plis"),
        description=_("Heure de Paris, à la seconde : un pli reçu à cette seconde est hors délai."),
        required=False,
    )
    planned_opening = schema.Datetime(title=_("Ouverture prévue des plis"), required=False)
    published_at = schema.Datetime(title=_("Publiée le"), required=False, readonly=True)

    envelopes = schema.Tuple(
        title=_("Enveloppes demandées"),
        description=_("Pour chaque lot."),
        value_type=schema.Choice(vocabulary=VOCABULARY + "envelopes"),
        required=False,
        default=("candidature", "offre"),
    )
    accepted_formats = schema.Tuple(
        title=_("Formats de fichiers acceptés"),
        value_type=schema.Choice(vocabulary=VOCABULARY + "formats"),
        required=False,
        default=("pdf", "odt", "ods", "odp", "docx", "xlsx", "pptx", "zip", "xml", "jpg", "png", "dwg", "dxf", "txt"),
    )
    max_deposit_bytes = schema.Choice(
        title=_("Taille maximale d’un dépôt"),
        description=_("Toutes enveloppes ensemble. Elle est montrée aux entreprises et vérifiée avant l’envoi."),
        vocabulary=VOCABULARY + "sizes",
        default=2 * 10**9,
    )
    external_id = schema.TextLine(
        title=_("Identifiant externe"),
        description=_("Celui de votre logiciel de marchés ou de l’avis importé."),
        required=False,
        default="",
        max_length=120,
    )


class IRestrictedConsultation(IConsultation):
    """A consultation that only invited companies may read and answer: it follows another one, its ``origin``.

    It stands in the collectivité, beside its origin when it has one, and lives the same life; ``relation`` is one of
    ``rules.suites.WORDS``.
    """

    origin = Attribute("uuid (32 hex digits) of the consultation it follows")
    relation = Attribute("phase-2, tour, complement, subsequent or specifique")
    rank = Attribute("int, from 1: which of the followings of this relation it is")


class ILot(IOptions):
    """A lot of a consultation. ``number`` is the text people say (1, 2, 2A); it is unique in the consultation."""

    number = schema.TextLine(title=_("Numéro"), max_length=12)
    title = schema.TextLine(title=_("Intitulé"), max_length=400)
    description = schema.Text(title=_("Description"), required=False, default="", max_length=10000)
    nature = schema.Choice(title=_("Nature"), vocabulary=VOCABULARY + "natures", required=False)
    cpv = schema.TextLine(title=_("Code CPV"), required=False, max_length=10)
    cpv_additional = schema.Tuple(
        title=_("Codes CPV supplémentaires"),
        description=_("Un par ligne."),
        value_type=schema.TextLine(max_length=10),
        required=False,
        default=(),
        max_length=40,
    )
    places = schema.Tuple(
        title=_("Lieux d’exécution"),
        value_type=schema.TextLine(max_length=5),
        required=False,
        default=(),
        max_length=40,
    )
    directives.read_permission(estimated_value="megalis.FollowConsultation")
    estimated_value = schema.Int(
        title=_("Valeur estimée"),
        description=_("En euros hors taxes. Réservée aux agents : elle n’est jamais publiée."),
        required=False,
        min=0,
    )
    duration = schema.TextLine(title=_("Durée"), required=False, default="", max_length=300)
    group = schema.TextLine(
        title=_("Groupe de lots"),
        description=_("Le nom d’un groupe que plusieurs lots partagent, comme « Clos et couvert ». Facultatif."),
        required=False,
        default="",
        max_length=120,
    )
    variants = schema.Choice(
        title=_("Variantes"),
        description=_("Vide : comme pour l’ensemble de la consultation."),
        vocabulary=VOCABULARY + "permissions",
        required=False,
    )
    criteria = schema.Tuple(
        title=_("Critères propres à ce lot"),
        value_type=Row(ICriterion),
        required=False,
        default=(),
        max_length=30,
    )


class IPieceDCE(model.Schema):
    """A file of the dossier de consultation des entreprises.

    ``lots`` holds lot numbers, empty when it concerns all. ``size`` (bytes) and ``sha256`` (hex) are computed when the
    file is saved. ``since`` is the version of the dossier that brought it, ``until`` the last one that had it (None
    while it stands): a piece that was once published is never deleted.
    """

    title = schema.TextLine(title=_("Titre"), max_length=300)
    kind = schema.Choice(title=_("Nature de la pièce"), vocabulary=VOCABULARY + "pieces", default="autre")
    lots = schema.Tuple(
        title=_("Lots concernés"),
        description=_("Aucun coché : tous les lots."),
        value_type=schema.TextLine(max_length=12),
        required=False,
        default=(),
    )
    file = NamedBlobFile(title=_("Fichier"))
    filename = Attribute("clean name, unique among the standing pieces of the consultation")
    size = Attribute("bytes")
    sha256 = Attribute("64 hex digits")
    since = Attribute("version number (int)")
    until = Attribute("version number (int) or None")


class IDossierOuvert(model.Schema):
    """The restricted folder where key holders put the files of opened bids (id ``plis-ouverts``)."""


class IFichierOuvert(model.Schema):
    """A file taken out of an opened bid: readable by the buyers and key holders of the collectivité only."""

    title = schema.TextLine(title=_("Nom du fichier"), max_length=300)
    file = NamedBlobFile(title=_("Fichier"))
    deposit = schema.TextLine(title=_("Dépôt"), max_length=32)
    pli = schema.TextLine(title=_("Pli"), max_length=32)
    lot = schema.TextLine(title=_("Lot"), required=False)
    envelope = schema.TextLine(title=_("Enveloppe"))
    sha256 = Attribute("64 hex digits")
    size = Attribute("bytes")
