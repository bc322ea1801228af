"""What the editorial room lets an operator decide, kept in the registry."""

from megalis.portal.editorial.services import parse
from zope import schema
from zope.interface import Interface
from zope.interface import Invalid


def well_formed(line):
    """Tell whether a line of the services register can be read; Invalid says how to write it."""
    try:
        parse(line)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return True


class IEditorialSettings(Interface):
    """The state of the services, as the home page shows it."""

    services = schema.List(
        title="Services du portail",
        description="Une ligne par service : nom | ouvert, ralenti, arrêté ou annoncé | date AAAA-MM-JJ | explication. "
        "La date et l’explication peuvent rester vides.",
        value_type=schema.TextLine(constraint=well_formed, max_length=400),
        required=False,
        default=[],
    )
