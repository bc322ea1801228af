"""What a form says when a value is refused: the value, the rule, the remedy, in French."""

from html import escape
from megalis.portal.theme import words
from z3c.form.error import ErrorViewSnippet
from z3c.form.interfaces import IErrorViewSnippet
from zope.i18n import translate
from zope.interface import implementer
from zope.schema import interfaces as schema


def bound(value):
    """Return a limit as people write it."""
    if hasattr(value, "hour"):
        return words.moment(value)
    if hasattr(value, "isoformat"):
        return f"{value:%d/%m/%Y}"
    return words.number(value) if isinstance(value, int) else str(value).replace(".", ",")


def missing(error, field):
    return "À remplir : ce champ est obligatoire."


def too_long(error, field):
    most = field.max_length
    if schema.ICollection.providedBy(field):
        return f"{most} au plus : retirez-en."
    return f"Texte trop long : {most} caractères au plus, il y en a {len(error.value or '')}. Raccourcissez-le."


def too_short(error, field):
    least = field.min_length
    if schema.ICollection.providedBy(field):
        return f"Il en faut au moins {least} : ajoutez-en."
    return f"Texte trop court : {least} caractères au moins."


def too_big(error, field):
    return f"{bound(error.value)} dépasse la limite : {bound(field.max)} au plus."


def too_small(error, field):
    return f"{bound(error.value)} est trop peu : {bound(field.min)} au moins."


def constraint(error, field):
    shown = str(getattr(error, "value", "") or "")[:60]
    return f"« {shown} » n’est pas accepté : suivez l’indication donnée sous le nom du champ." if shown else (
        "Cette réponse n’est pas acceptée : suivez l’indication donnée sous le nom du champ."
    )  # fmt: skip


def choice(error, field):
    return "Ce n’est pas un des choix proposés : choisissez dans la liste."


RULES = (
    (schema.RequiredMissing, missing),
    (schema.TooLong, too_long),
    (schema.TooShort, too_short),
    (schema.TooBig, too_big),
    (schema.TooSmall, too_small),
    (schema.InvalidURI, lambda error, field: "Ce n’est pas une adresse de page : elle commence par https://."),
    (schema.NotUnique, lambda error, field: "La même valeur est donnée deux fois : retirez-en une."),
    (schema.WrongContainedType, lambda error, field: "Un des éléments n’est pas accepté : vérifiez-les un à un."),
    (schema.ConstraintNotSatisfied, constraint),
)


def explain(error, field, request):
    """Return the French message of ``error`` on ``field`` (None for the whole form)."""
    if isinstance(error, schema.ConstraintNotSatisfied) and schema.IChoice.providedBy(field):
        return choice(error, field)
    for kind, words_of in RULES:
        if isinstance(error, kind) and field is not None:
            return words_of(error, getattr(error, "field", None) or field)
    if isinstance(error, schema.ValidationError):
        text = getattr(error, "message", None) or error.doc()
        return translate(text, context=request) or "Cette valeur n’est pas acceptée : vérifiez-la."
    if error.args and isinstance(error.args[0], str) and not isinstance(error, ValueError):
        return translate(error.args[0], context=request)
    return "Cette valeur n’est pas acceptée : vérifiez-la."


@implementer(IErrorViewSnippet)
class Refused(ErrorViewSnippet):
    """The error of one field, or of the form when it has no field."""

    message = ""

    def __init__(self, error, request, widget, field, form, content):
        super().__init__(error, request, widget, field, form, content)
        self.message = explain(error, field, request)

    def createMessage(self):
        return self.message

    def update(self):
        self.message = self.createMessage()

    def render(self):
        return escape(self.message)
