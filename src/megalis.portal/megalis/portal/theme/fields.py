"""Schema fields the portal's forms know how to draw: amounts with a unit, e-mail addresses, rows of a small table."""

from decimal import Decimal as Number
from zope.interface import implementer
from zope.interface import Interface
from zope.interface import Invalid
from zope.schema import Decimal
from zope.schema import Field
from zope.schema import getFieldsInOrder
from zope.schema import TextLine

import re


ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class FieldRefusal(Invalid):
    """A value refused, in words a person understands: what is wrong, the rule, the remedy."""


class IEuros(Interface):
    """An amount in euros."""


class IEmailAddress(Interface):
    """An e-mail address."""


class IRow(Interface):
    """A dict whose keys are the fields of a schema."""


@implementer(IEuros)
class Euros(Decimal):
    """An amount in euros, to the centime."""

    def __init__(self, min=Number(0), **kw):
        super().__init__(min=min, **kw)

    def _validate(self, value):
        super()._validate(value)
        if value != value.quantize(Number("0.01")):
            raise FieldRefusal(f"{value} a plus de deux décimales : arrondissez au centime.")


@implementer(IEmailAddress)
class EmailAddress(TextLine):
    """One e-mail address (RFC 5321 form, ASCII, at most 254 characters)."""

    def _validate(self, value):
        super()._validate(value)
        if not value and not self.required:
            return
        if len(value) > 254 or not ADDRESS.fullmatch(value):
            raise FieldRefusal(f"« {value} » n’est pas une adresse électronique : écrivez-la comme nom@exemple.fr.")


@implementer(IRow)
class Row(Field):
    """A dict with the fields of ``schema``; the value type of a list drawn as repeated rows, ``at_first`` empty ones."""

    def __init__(self, schema, at_first=1, **kw):
        self.schema = schema
        self.at_first = at_first
        super().__init__(**kw)

    def _validate(self, value):
        super()._validate(value)
        if not isinstance(value, dict):
            raise FieldRefusal("Ligne illisible : rechargez la page et recommencez.")
        for name, field in getFieldsInOrder(self.schema):
            field.validate(value.get(name, field.missing_value))
