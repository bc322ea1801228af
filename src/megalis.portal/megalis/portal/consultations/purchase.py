"""The fields of a consultation that its procedure, its technique and its lots call for; IConsultation has them all."""

from megalis.portal import _
from plone.supermodel import model
from zope import schema


VOCABULARY = "megalis.consultations."
EUROS = _("En euros hors taxes.")


class IOptions(model.Schema):
    """What may be added to a contract, whole or lot by lot."""

    tranches = schema.Tuple(
        title=_("Tranches optionnelles"),
        description=_("Une par ligne. Laissez vide s’il n’y en a pas."),
        value_type=schema.TextLine(max_length=300),
        required=False,
        default=(),
        max_length=30,
    )
    renewals = schema.Int(
        title=_("Reconductions"),
        description=_("Combien de fois le marché peut être reconduit."),
        required=False,
        min=0,
        max=20,
    )


class IProcedureFields(model.Schema):
    """What the procedure wants told: ground, supports, reductions of the time."""

    ground = schema.Choice(
        title=_("Fondement"),
        description=_("Ce qui permet cette procédure, si ce n’est pas le montant."),
        vocabulary=VOCABULARY + "grounds",
        required=False,
        default="montant",
    )
    supports = schema.Tuple(
        title=_("Supports de publicité"),
        description=_("Où l’avis paraîtra. Aucun coché : ceux que demandent la loi et votre niveau."),
        value_type=schema.Choice(vocabulary=VOCABULARY + "supports"),
        required=False,
        default=(),
    )
    prior_notice = schema.Date(
        title=_("Avis de préinformation envoyé le"),
        description=_("Il réduit le délai d’une procédure formalisée. Laissez vide s’il n’y en a pas eu."),
        required=False,
    )


class ITechniqueFields(model.Schema):
    """What an accord-cadre, a dynamic system and a concession want told."""

    framework = schema.Choice(
        title=_("Accord-cadre"),
        description=_("Laissez vide pour un marché ordinaire."),
        vocabulary=VOCABULARY + "frameworks",
        required=False,
    )
    framework_minimum = schema.Int(title=_("Montant minimum"), description=EUROS, required=False, min=0)
    framework_maximum = schema.Int(
        title=_("Montant maximum"),
        description=_("Sur toute la durée, reconductions comprises. Il est publié, et compte pour les seuils."),
        required=False,
        min=0,
    )
    framework_holders = schema.Int(title=_("Nombre de titulaires"), required=False, min=1, max=200)
    months = schema.Int(
        title=_("Durée en mois"),
        description=_("De l’accord-cadre, du système ou de la concession, reconductions comprises."),
        required=False,
        min=1,
        max=1200,
    )
    months_reason = schema.Text(
        title=_("Justification de la durée"),
        description=_("Au-delà de quatre ans pour un accord-cadre, de cinq ans pour une concession."),
        required=False,
        default="",
        max_length=2000,
    )
    categories = schema.Tuple(
        title=_("Catégories du système"),
        description=_("Une par ligne : une entreprise s’inscrit dans celles qui la concernent."),
        value_type=schema.TextLine(max_length=300),
        required=False,
        default=(),
        max_length=200,
    )


class IContestFields(model.Schema):
    """What a concours says of its jury and of its prizes."""

    jury = schema.Tuple(
        title=_("Membres du jury"),
        description=_("Un par ligne, avec sa qualité. Ils sont publiés."),
        value_type=schema.TextLine(max_length=300),
        required=False,
        default=(),
        max_length=100,
    )
    jury_binding = schema.Bool(title=_("L’avis du jury lie l’acheteur"), required=False, default=False)
    contract_follows = schema.Bool(title=_("Un marché est attribué à un lauréat"), required=False, default=True)
    prizes = schema.Tuple(
        title=_("Primes"),
        description=_("Une par ligne, de la première à la dernière : « 20 000 € Prime du lauréat »."),
        value_type=schema.TextLine(max_length=300),
        required=False,
        default=(),
        max_length=30,
    )


class ILotLimits(model.Schema):
    """How many lots one company may bid for, and win."""

    max_lots_bid = schema.Int(
        title=_("Lots auxquels une entreprise peut répondre"),
        description=_("Laissez vide s’il n’y a pas de limite."),
        required=False,
        min=1,
        max=200,
    )
    max_lots_won = schema.Int(
        title=_("Lots qu’une entreprise peut obtenir"),
        description=_("Laissez vide s’il n’y a pas de limite."),
        required=False,
        min=1,
        max=200,
    )
    award_rule = schema.Text(
        title=_("Règle de répartition"),
        description=_("Quels lots garde une entreprise arrivée première sur plus de lots qu’elle ne peut en obtenir."),
        required=False,
        default="",
        max_length=2000,
    )


class IPurchase(IProcedureFields, ITechniqueFields, IContestFields, ILotLimits, IOptions):
    """All of them."""
