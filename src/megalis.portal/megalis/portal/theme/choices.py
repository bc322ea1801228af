"""Controls that pick among known values, and rows of a small table: lists, radio buttons, boxes, repeated lines."""

from html import escape
from megalis.portal.theme.fields import FieldRefusal
from megalis.portal.theme.fields import IRow
from megalis.portal.theme.refusals import Refused
from megalis.portal.theme.widgets import Control
from megalis.portal.theme.widgets import factory
from megalis.portal.theme.widgets import Lines
from megalis.portal.theme.widgets import tag
from z3c.form.interfaces import IContextAware
from z3c.form.interfaces import IDataConverter
from z3c.form.interfaces import IFieldWidget
from z3c.form.interfaces import IFormAware
from z3c.form.interfaces import ITerms
from z3c.form.interfaces import NO_VALUE
from z3c.form.widget import FieldWidget
from zope.component import getMultiAdapter
from zope.i18n import translate
from zope.interface import alsoProvides
from zope.interface import Invalid
from zope.schema import getFieldsInOrder
from zope.schema.interfaces import IChoice


NONE = "--NOVALUE--"
MOST_ROWS = 200


class Choice(Control):
    """A drop-down list; ``prompt`` is its first, empty line."""

    many = False
    value = ()
    prompt = "Choisissez"
    _terms = None

    @property
    def terms(self):
        if self._terms is None:
            self._terms = getMultiAdapter((self.context, self.request, self.form, self.field, self), ITerms)
        return self._terms

    def title(self, term):
        return translate(term.title, context=self.request) if getattr(term, "title", None) else str(term.value)

    def items(self):
        """List of (token, title, chosen, id)."""
        return [
            (term.token, self.title(term), term.token in self.value, f"{self.id}-{number}")
            for number, term in enumerate(self.terms)
        ]

    def extract(self, default=NO_VALUE):
        sent = self.request.form.get(self.name, default)
        if sent is default:
            return () if f"{self.name}-empty-marker" in self.request.form else default
        sent = sent if isinstance(sent, (list, tuple)) else (sent,)
        return tuple(str(token) for token in sent if token not in ("", NONE))

    def to_text(self, value):
        if value is None or value == self.field.missing_value:
            return ()
        try:
            return (self.terms.getTerm(value).token,)
        except LookupError:
            return ()

    def picked(self, raw):
        try:
            return [self.terms.getTermByToken(token).value for token in raw]
        except LookupError:
            shown = ", ".join(raw)[:60]
            raise FieldRefusal(f"« {shown} » n’est pas un des choix proposés : choisissez dans la liste.") from None

    def to_value(self, raw):
        found = self.picked(raw[:1])
        return found[0] if found else self.field.missing_value

    def render(self):
        if self.mode == "display":
            shown = ", ".join(title for _, title, chosen, _ in self.items() if chosen)
            return f'<p id="{escape(self.id)}">{escape(shown or "—")}</p>'
        if self.mode == "hidden":
            return "".join(tag("input", type="hidden", name=self.name, value=token) for token in self.value)
        return super().render()

    def draw(self):
        lines = [tag("option", escape(self.prompt), value="")] if self.prompt else []
        lines += [
            tag("option", escape(title), value=token, selected=chosen) for token, title, chosen, _ in self.items()
        ]
        return tag("select", "".join(lines), **self.common("mg-input mg-input--m"))


class Radio(Choice):
    """All values in view, one of them chosen."""

    compound = True
    kind = "radio"
    css = "mg-choices"

    def draw(self):
        marker = tag("input", type="hidden", name=f"{self.name}-empty-marker", value="1")
        lines = []
        for token, title, chosen, ident in self.items():
            box = tag(
                "input", type=self.kind, id=ident, name=self.name, value=token, checked=chosen,
                aria_invalid="true" if self.error and self.kind == "checkbox" else None,
            )  # fmt: skip
            lines.append(
                f'<li><label class="mg-opt" for="{escape(ident)}">{box}<span>{escape(title)}</span></label></li>'
            )
        return marker + tag("ul", "".join(lines), class_=self.css, id=self.id, tabindex="-1")


class Boxes(Radio):
    """All values in view, any number of them chosen."""

    kind = "checkbox"
    many = True

    def to_text(self, value):
        found = []
        for item in value or ():
            try:
                found.append(self.terms.getTerm(item).token)
            except LookupError:
                continue
        return tuple(found)

    def to_value(self, raw):
        found = self.picked(raw)
        if not found:
            return self.field.missing_value
        kind = self.field._type
        return (kind[-1] if isinstance(kind, tuple) else kind)(found)


class Rows(Control):
    """A list of dicts, one line of controls each; lines are added and removed by plain buttons, script or not.

    An untouched line counts for nothing. Pressing "add" or "remove" shows the form again and saves nothing:
    ``pressed`` tells the form so.
    """

    compound = True
    value = ()
    singular = "Ligne"
    most = MOST_ROWS

    def __init__(self, request):
        super().__init__(request)
        self.pressed = False
        self.lines = []

    @property
    def schema(self):
        return self.field.value_type.schema

    def line(self, number):
        """Return the controls of line ``number``, filled from the request or from the value."""
        controls = []
        stored = self.value[number] if number < len(self.value) and isinstance(self.value[number], dict) else {}
        for name, field in getFieldsInOrder(self.schema):
            control = getMultiAdapter((field, self.request), IFieldWidget)
            control.name = f"{self.name}.{number}.{name}"
            control.id = control.name.replace(".", "-")
            control.context, control.form, control.ignoreContext = self.context, self.form, True
            control.mode = self.mode
            alsoProvides(control, IContextAware, IFormAware)
            control.ignoreRequest = not self.asked
            control.update()
            if not self.asked and name in stored:
                control.value = IDataConverter(control).toWidgetValue(stored[name])
            controls.append((name, control))
        return controls

    @property
    def asked(self):
        return not self.ignoreRequest and f"{self.name}.count" in self.request.form

    def update(self):
        super().update()
        form = self.request.form
        if self.asked:
            try:
                count = min(max(int(form[f"{self.name}.count"]), 0), self.most)
            except (TypeError, ValueError):
                count = 0
            numbers = [n for n in range(count) if f"{self.name}.{n}.remove" not in form]
            self.pressed = len(numbers) < count or f"{self.name}.add" in form
            self.lines = [self.line(n) for n in numbers]
            if f"{self.name}.add" in form and count < self.most:
                self.lines.append(self.line(count))
            self.renumber()
        else:
            self.lines = [self.line(n) for n in range(len(self.value))]
        if not self.lines and self.mode == "input":
            self.lines = [self.line(n) for n in range(getattr(self.field.value_type, "at_first", 1))]

    def renumber(self):
        for number, controls in enumerate(self.lines):
            for name, control in controls:
                control.name = f"{self.name}.{number}.{name}"
                control.id = control.name.replace(".", "-")

    def extract(self, default=NO_VALUE):
        return "rows" if self.asked else default

    def to_text(self, value):
        return list(value or ())

    def touched(self, controls):
        return any(control.value not in ("", (), None) for _, control in controls)

    def to_value(self, raw):
        found, wrong = [], 0
        for controls in self.lines:
            if not self.touched(controls):
                continue
            line = {}
            for name, control in controls:
                try:
                    value = IDataConverter(control).toFieldValue(control.value)
                    control.field.bind(self.context).validate(value)
                    line[name] = value
                except (Invalid, ValueError) as error:
                    wrong += 1
                    control.error = Refused(error, self.request, control, control.field, self.form, self.context)
            found.append(line)
        if wrong:
            raise FieldRefusal("Une ligne est à corriger." if wrong == 1 else f"{wrong} cases sont à corriger.")
        if not found:
            return self.field.missing_value
        kind = self.field._type
        return (kind[-1] if isinstance(kind, tuple) else kind)(found)

    def draw(self):
        items = []
        for number, controls in enumerate(self.lines):
            head = f'<div class="mg-rows__head"><span>{escape(self.singular)} {number + 1}</span>'
            head += tag(
                "button", f'Retirer<span class="vh"> la ligne {number + 1}</span>', class_="mg-btn mg-btn--quiet",
                type="submit", name=f"{self.name}.{number}.remove", value="1", formnovalidate=True,
            )  # fmt: skip
            items.append(f"<li>{head}</div>{''.join(self.cell(control) for _, control in controls)}</li>")
        add = tag(
            "button", "Ajouter une ligne", class_="mg-btn", type="submit", name=f"{self.name}.add", value="1",
            formnovalidate=True,
        )  # fmt: skip
        count = tag("input", type="hidden", name=f"{self.name}.count", value=len(self.lines))
        shown = tag("ol", "".join(items), class_="mg-rows", id=self.id, tabindex="-1")
        return f"{count}{shown}<div>{add if len(self.lines) < self.most else ''}</div>"

    def cell(self, control):
        # an empty last line must not stop the browser from sending the form: the server checks what was begun
        control.required = False
        bad = " mg-field--bad" if control.error else ""
        error = f'<p class="mg-error" id="{control.id}-erreur">{escape(control.message)}</p>' if control.error else ""
        help_ = f'<span class="mg-help" id="{control.id}-aide">{escape(control.hint)}</span>' if control.hint else ""
        label = (
            "" if control.__class__.__name__ == "Tick" else f'<label for="{control.id}">{escape(control.label)}</label>'
        )
        return f'<div class="mg-field{bad}">{label}{help_}{control.render()}{error}</div>'


def CollectionFieldWidget(field, request):
    """Return the control of a list, tuple or set by what it holds: boxes, rows, or lines of text."""
    held = field.value_type
    if IChoice.providedBy(held):
        return FieldWidget(field, Boxes(request))
    if IRow.providedBy(held):
        return FieldWidget(field, Rows(request))
    return FieldWidget(field, Lines(request))


ChoiceFieldWidget = factory(Choice, IChoice)
RadioFieldWidget = factory(Radio, IChoice)
BoxesFieldWidget = factory(Boxes, IChoice)
