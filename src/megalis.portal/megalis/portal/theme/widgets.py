"""Form controls drawn as the mock-ups have them: native inputs, one look, no script needed.

Each is a z3c.form widget that converts its own value (``to_text``, ``to_value``), so that a field is one class to
read. They serve the layer IMegalisFormLayer only, which our form classes put on the request; stock Plone forms
keep their own.
"""

from datetime import date
from datetime import datetime
from decimal import Decimal
from decimal import InvalidOperation
from html import escape
from megalis.portal.kernel import clock
from megalis.portal.theme.fields import FieldRefusal
from megalis.portal.theme.fields import IEmailAddress
from megalis.portal.theme.fields import IEuros
from plone.app.z3cform.interfaces import IPloneFormLayer
from z3c.form.browser.interfaces import IHTMLFormElement
from z3c.form.converter import BaseDataConverter
from z3c.form.interfaces import IDataConverter
from z3c.form.interfaces import IFieldWidget
from z3c.form.interfaces import IFormLayer
from z3c.form.interfaces import IWidget
from z3c.form.interfaces import NO_VALUE
from z3c.form.widget import FieldWidget
from z3c.form.widget import Widget
from zope.component import adapter
from zope.interface import implementer
from zope.interface import Interface
from zope.schema.interfaces import IASCIILine
from zope.schema.interfaces import IBool
from zope.schema.interfaces import ICollection
from zope.schema.interfaces import IDate
from zope.schema.interfaces import IDatetime
from zope.schema.interfaces import IDecimal
from zope.schema.interfaces import IField
from zope.schema.interfaces import IFloat
from zope.schema.interfaces import IInt
from zope.schema.interfaces import IPassword
from zope.schema.interfaces import IText
from zope.schema.interfaces import ITextLine
from zope.schema.interfaces import IURI


class IMegalisFormLayer(IPloneFormLayer):
    """The request is drawing one of our forms."""


class IControl(IWidget):
    """One of the controls of this module."""


def tag(element, content=None, /, **attributes):
    """Return ``<element …>content</element>``; None and False are left out, True is bare, ``_`` becomes ``-``."""
    parts = [f"<{element}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(f" {key}" if value is True else f' {key}="{escape(str(value))}"')
    if content is None:
        return "".join(parts) + "/>"
    return "".join(parts) + f">{content}</{element}>"


@implementer(IControl, IHTMLFormElement)
class Control(Widget):
    """Ground of all controls; ``unit``, ``css``, ``placeholder``, ``autocomplete`` may be set by the form."""

    klass = ""
    css = ""
    unit = ""
    placeholder = None
    autocomplete = None
    compound = False
    value = ""

    def addClass(self, klass):
        """Add a CSS class, as z3c.form's own widgets let one do."""
        self.css = f"{self.css} {klass}".strip()

    @property
    def hint(self):
        """Help under the label."""
        return self.field.description if self.field is not None else ""

    @property
    def described(self):
        """Ids of the help and of the error, for aria-describedby."""
        ids = [f"{self.id}-aide"] if self.hint else []
        if self.error:
            ids.append(f"{self.id}-erreur")
        return " ".join(ids) or None

    @property
    def message(self):
        """The error beside the field, or ""."""
        return self.error.message if self.error else ""

    def common(self, css="mg-input"):
        return {
            "id": self.id,
            "name": self.name,
            "class_": f"{css} {self.css}".strip(),
            "required": bool(self.required),
            "aria_invalid": "true" if self.error else None,
            "aria_describedby": self.described,
            "placeholder": self.placeholder,
            "autocomplete": self.autocomplete,
        }

    def with_unit(self, control):
        unit = self.unit or getattr(self.field, "unit", "")
        if not unit:
            return control
        return f'<div class="mg-unit">{control}<span>{escape(unit)}</span></div>'

    def render(self):
        if self.mode == "hidden":
            return tag("input", type="hidden", id=self.id, name=self.name, value=self.value or "")
        if self.mode == "display":
            return f'<p id="{escape(self.id)}">{escape(str(self.value or "—"))}</p>'
        return self.draw()

    def draw(self):
        raise NotImplementedError  # each control draws itself

    def extract(self, default=NO_VALUE):
        """Return the text that was sent, the first of several; our pages send one, a program may send anything."""
        sent = super().extract(default)
        if sent is default or isinstance(sent, str):
            return sent
        return next((item for item in sent if isinstance(item, str)), "") if isinstance(sent, list | tuple) else ""

    def to_text(self, value):
        """Return what the control shows for the field's value."""
        return "" if value is None or value == self.field.missing_value else str(value)

    def to_value(self, raw):
        """Return the field's value of what was sent; raises FieldRefusal."""
        raw = str(raw).replace("\r\n", "\n").strip()
        if not raw and not self.required and self.field.default == "":
            return ""  # an untouched field is no change from "" to None
        return raw or self.field.missing_value


@implementer(IDataConverter)
@adapter(IField, IControl)
class Converter(BaseDataConverter):
    """Hands conversion to the control itself."""

    def toWidgetValue(self, value):
        return self.widget.to_text(value)

    def toFieldValue(self, value):
        return self.widget.to_value(value)


class Line(Control):
    """One line of text."""

    type = "text"
    inputmode = None

    def draw(self):
        limit = getattr(self.field, "max_length", None)
        control = tag(
            "input", type=self.type, value=self.value or "", maxlength=limit, inputmode=self.inputmode, **self.common()
        )
        return self.with_unit(control)


class Email(Line):
    type = "email"
    autocomplete = "email"


class Address(Line):
    type = "url"
    placeholder = "https://"


class Secret(Line):
    """A password: never sent back to the browser."""

    type = "password"
    css = "mg-input--m"
    autocomplete = "current-password"

    def draw(self):
        return tag("input", type="password", **self.common())

    def to_value(self, raw):
        return str(raw) or self.field.missing_value


class Integer(Line):
    inputmode = "numeric"
    css = "mg-input--xs"

    def to_value(self, raw):
        digits = "".join(str(raw).split())
        if not digits:
            return self.field.missing_value
        try:
            if len(digits) > 30:
                raise ValueError
            return int(digits)
        except ValueError:
            raise FieldRefusal(f"« {raw} » n’est pas un nombre entier : écrivez par exemple 12.") from None


class Number(Line):
    """A decimal number, with a comma or a point."""

    inputmode = "decimal"
    css = "mg-input--xs"
    example = "12,5"

    def to_text(self, value):
        if value is None or value == self.field.missing_value:
            return ""
        return f"{value:f}".replace(".", ",")

    def to_value(self, raw):
        digits = "".join(str(raw).split()).replace(",", ".").removesuffix("€")
        if not digits:
            return self.field.missing_value
        try:
            number = Decimal(digits)
            if not number.is_finite() or len(digits) > 30:
                raise InvalidOperation
        except InvalidOperation:
            raise FieldRefusal(f"« {raw} » n’est pas un nombre : écrivez par exemple {self.example}.") from None
        return float(number) if IFloat.providedBy(self.field) else number


class Amount(Number):
    """Euros."""

    unit = "€"
    css = ""
    example = "12 500,00"


class Day(Control):
    """A date, picked or typed."""

    css = "mg-input--date"

    def draw(self):
        return tag("input", type="date", value=self.value or "", **self.common())

    def to_text(self, value):
        return value.isoformat() if value else ""

    def to_value(self, raw):
        raw = str(raw).strip()
        if not raw:
            return self.field.missing_value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                found = datetime.strptime(raw, form).date()
            except ValueError:
                continue
            if date(1900, 1, 1) <= found <= date(2999, 12, 31):
                return found
        raise FieldRefusal(f"« {raw} » n’est pas une date : écrivez-la comme 16/03/2026.")


class Moment(Control):
    """A date and a time on the clocks of Paris; the value is an aware UTC datetime."""

    css = "mg-input--date"

    def draw(self):
        value = self.value or ""
        control = tag("input", type="datetime-local", value=value, step=1 if len(value) > 16 else None, **self.common())
        return control

    def to_text(self, value):
        if not value:
            return ""
        local = clock.paris(value)
        return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"

    def to_value(self, raw):
        raw = str(raw).strip()
        if not raw:
            return self.field.missing_value
        for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"):
            try:
                found = datetime.strptime(raw, form)
            except ValueError:
                continue
            return self.instant(found, raw)
        raise FieldRefusal(f"« {raw} » n’est pas une date et une heure : écrivez-les comme 16/03/2026 12:00.")

    def instant(self, local, raw):
        """Return the UTC instant of a Paris wall-clock time; refuses the hour that the change to summer time skips."""
        if not 1900 <= local.year <= 2999:
            raise FieldRefusal(f"L’année {local.year} n’est pas possible : vérifiez la date.")
        instant = local.replace(tzinfo=clock.PARIS).astimezone(clock.UTC)
        if clock.paris(instant).replace(tzinfo=None) != local:
            raise FieldRefusal(
                f"« {raw} » n’existe pas : cette nuit-là, l’heure passe de 2 h à 3 h. Choisissez une autre heure."
            )
        return instant


class Area(Control):
    """Several lines of text."""

    rows = 6
    preview = None  # address that makes the HTML of what is typed

    def draw(self):
        limit = getattr(self.field, "max_length", None)
        more = {"rows": self.rows, "maxlength": limit, "data_rendu": self.preview}
        return tag("textarea", escape(self.value or ""), **more, **self.common())


class Lines(Area):
    """A list of short texts, one a line."""

    rows = 4

    def to_text(self, value):
        return "\n".join(str(item) for item in value or ())

    def to_value(self, raw):
        found = [line.strip() for line in str(raw).splitlines() if line.strip()]
        if not found:
            return self.field.missing_value
        kind = self.field._type
        return (kind[-1] if isinstance(kind, tuple) else kind)(found)


class Tick(Control):
    """Yes or no: one box with its label beside it."""

    def extract(self, default=NO_VALUE):
        form = self.request.form
        if self.name in form:
            return "1"
        return "" if f"{self.name}-empty-marker" in form else default

    def to_text(self, value):
        return "1" if value else ""

    def to_value(self, raw):
        return bool(raw)

    def render(self):
        if self.mode == "display":
            return f'<p id="{escape(self.id)}">{"oui" if self.value else "non"}</p>'
        return super().render()

    def draw(self):
        marker = tag("input", type="hidden", name=f"{self.name}-empty-marker", value="1")
        # a box that must be ticked is a constraint of the schema; HTML's required would forbid "no"
        attributes = self.common("mg-check") | {"required": None}
        box = tag("input", type="checkbox", value="1", checked=bool(self.value), **attributes)
        return f'{marker}<label class="mg-opt" for="{escape(self.id)}">{box}<span>{escape(self.label)}</span></label>'


def factory(kind, field_interface):
    """Return the IFieldWidget adapter of ``kind`` for fields of ``field_interface`` in our forms."""

    @implementer(IFieldWidget)
    @adapter(field_interface, IFormLayer)
    def make(field, request):
        return FieldWidget(field, kind(request))

    make.__name__ = f"{kind.__name__}FieldWidget"
    return make


LineFieldWidget = factory(Line, ITextLine)
AsciiFieldWidget = factory(Line, IASCIILine)
EmailFieldWidget = factory(Email, IEmailAddress)
AddressFieldWidget = factory(Address, IURI)
SecretFieldWidget = factory(Secret, IPassword)
IntegerFieldWidget = factory(Integer, IInt)
NumberFieldWidget = factory(Number, IDecimal)
FloatFieldWidget = factory(Number, IFloat)
AmountFieldWidget = factory(Amount, IEuros)
DayFieldWidget = factory(Day, IDate)
MomentFieldWidget = factory(Moment, IDatetime)
AreaFieldWidget = factory(Area, IText)
LinesFieldWidget = factory(Lines, ICollection)
TickFieldWidget = factory(Tick, IBool)
HiddenFieldWidget = factory(Line, Interface)
