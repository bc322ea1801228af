"""Forms of the portal: one column, label above, help below it, error beside the field and summed up at the top.

A form names its ``schema`` (or ``fields``), may cut it in ``sections``, and handles its buttons as z3c.form does.
Writing needs a POST with our CSRF token; a GET never runs a handler.
"""

from megalis.portal.theme.choices import Rows
from megalis.portal.theme.fields import FieldRefusal
from megalis.portal.theme.refusals import Refused
from megalis.portal.theme.widgets import IMegalisFormLayer
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from plone.supermodel.interfaces import FIELDSETS_KEY
from plone.supermodel.utils import mergedTaggedValueList
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from z3c.form.field import Fields
from z3c.form.form import applyChanges
from z3c.form.form import Form
from z3c.form.group import Group
from z3c.form.group import GroupForm
from z3c.form.interfaces import IEditForm
from z3c.form.interfaces import NOT_CHANGED
from zope.component import getMultiAdapter
from zope.event import notify
from zope.interface import alsoProvides
from zope.interface import directlyProvidedBy
from zope.interface import directlyProvides
from zope.interface import implementer
from zope.lifecycleevent import Attributes
from zope.lifecycleevent import ObjectModifiedEvent


TRAP = (
    '<div hidden="hidden" aria-hidden="true"><label>Laissez ce champ vide <input type="text" name="{}" tabindex="-1" '
    'autocomplete="off" value=""/></label></div>'
)
STALE = "Votre page a expiré : vérifiez vos réponses, puis envoyez de nouveau. Rien n’a été enregistré."


def named(label, message):
    """Return an error with the name of its field; a question needs no colon after its mark."""
    return f"{label} {message}" if label.rstrip().endswith("?") else f"{label} : {message}"


class Section(Group):
    """One titled part of a form."""

    label = ""
    description = ""


class MegalisForm(GroupForm, Form, BrowserView):
    """Ground of every form.

    ``schema``: interface whose fields are shown; ``fields`` wins when given.
    ``sections``: tuple of (title, field names); fields named nowhere come first, untitled.
    ``widget_factories``: name -> IFieldWidget factory; ``units``: name -> unit shown in the field.
    ``trap``: name of a field nobody sees, for forms anybody may send; see ``trapped``.
    ``scripts``: names of entries of the front end that the page needs.
    ``guard``: leaving with what is typed and not sent asks first, for what takes long to type.
    ``page_title``, ``page_intro``: heading and the sentence under it; ``cancel_url``: where "Annuler" leads.
    """

    schema = None
    sections = ()
    widget_factories = {}
    units = {}
    guard = False
    scripts = ()
    trap = ""
    ignoreContext = True
    page_title = ""
    page_intro = ""
    wide = False
    enctype = "multipart/form-data"
    formErrorsMessage = ""

    index = ViewPageTemplateFile("templates/form_page.pt")
    form_template = ViewPageTemplateFile("templates/form.pt")

    def __init__(self, context, request):
        super().__init__(context, request)
        directlyProvides(request, IMegalisFormLayer, directlyProvidedBy(request))
        if "fields" not in dir(type(self)) or not len(self.fields):
            self.fields = self.make_fields()
        self.errors = ()
        self.stale = False

    # what a subclass may override

    def make_fields(self):
        """Return the z3c.form Fields of the form."""
        return Fields(self.schema) if self.schema is not None else Fields()

    @property
    def cancel_url(self):
        """Where "Annuler" leads; "" for no such link."""
        return self.context.absolute_url()

    def section_list(self):
        """Return ``sections``, or those the schema itself declares (plone.supermodel fieldsets)."""
        if self.sections or self.schema is None:
            return self.sections
        return [
            (part.label or part.__name__, part.fields) for part in mergedTaggedValueList(self.schema, FIELDSETS_KEY)
        ]

    # the machinery

    def update_fields(self):
        for name, factory in self.widget_factories.items():
            if name in self.fields:
                self.fields[name].widgetFactory = factory
        groups = []
        known = list(self.fields)
        for number, (title, names) in enumerate(self.section_list()):
            names = [name for name in names if name in known]
            if names:
                kept = self.fields.select(*names)
                groups.append(type("Section", (Section,), {"label": title, "fields": kept, "number": number}))
                self.fields = self.fields.omit(*names)
        self.groups = tuple(groups)

    def update(self):
        self.update_fields()
        self.updateWidgets()
        groups = [kind(self.context, self.request, self) for kind in self.groups]
        for group in groups:
            group.update()
        self.groups = tuple(groups)
        for widget in self.controls():
            widget.unit = self.units.get(widget.__name__, getattr(widget, "unit", ""))
        self.updateActions()
        if self.request.method == "POST" and not any(isinstance(w, Rows) and w.pressed for w in self.controls()):
            self.run()

    def run(self):
        """Run the button that was pressed, once the page is known to be ours."""
        if not getMultiAdapter((self.context, self.request), name="authenticator").verify():
            if self.actions.executedActions:
                self.stale = True
                self.status = STALE
                self.request.response.setStatus(403)
            return
        alsoProvides(self.request, IDisableCSRFProtection)
        self.actions.execute()
        if self.refreshActions:
            self.updateActions()

    def extractData(self, setErrors=True):
        data, errors = super().extractData(setErrors=setErrors)
        self.errors = tuple(errors)
        return data, errors

    def controls(self):
        """Return every widget of the form, sections included, in order."""
        found = list(self.widgets.values()) if self.widgets else []
        for group in self.groups:
            if getattr(group, "widgets", None):
                found.extend(group.widgets.values())
        return found

    def refuse(self, message, field=None):
        """Show ``message`` as an error, beside ``field`` when named; for handlers that find a rule broken."""
        widget = next((w for w in self.controls() if w.__name__ == field), None)
        view = Refused(
            FieldRefusal(message), self.request, widget, widget.field if widget else None, self, self.getContent()
        )
        if widget is not None:
            widget.error = view
        self.errors = (*self.errors, view)

    @property
    def summary(self):
        """List of (text, link or None): every error, for the top of the form."""
        found = []
        if self.stale:
            found.append((STALE, None))
        for view in self.errors:
            widget = view.widget
            if widget is None:
                found.append((view.message, None))
            else:
                found.append((named(widget.label, view.message), f"#{widget.id}"))
        return found

    @property
    def summary_title(self):
        count = len(self.summary)
        return "Un point à corriger" if count == 1 else f"{count} points à corriger"

    @property
    def has_required(self):
        return any(widget.required for widget in self.controls() if widget.mode == "input")

    @property
    def parts(self):
        """List of sections as the template draws them: first the untitled fields, then each titled part."""
        found = [{"title": "", "intro": "", "widgets": list(self.widgets.values()), "number": 0}]
        for group in self.groups:
            found.append(
                {
                    "title": group.label,
                    "intro": group.description,
                    "widgets": list(group.widgets.values()),
                    "number": group.number + 1,
                }
            )
        return [part for part in found if part["widgets"]]

    def render_form(self):
        """Return the form alone, for pages that put more around it."""
        trap = TRAP.format(self.trap) if self.trap else ""
        return self.form_template().replace("</form>", f"{trap}</form>")

    @property
    def trapped(self):
        """True when the field nobody sees was filled: by a program, which is told nothing."""
        return bool(self.trap and self.request.form.get(self.trap))

    def render(self):
        return self.index()

    def redirect(self, url, message="", kind="info"):
        """Leave the form for ``url``, with a message on the next page."""
        if message:
            api.portal.show_message(message, self.request, kind)
        self.request.response.redirect(url, status=303)

    def __call__(self):
        self.update()
        status = self.request.response.getStatus()
        if status in (301, 302, 303, 307):
            return ""
        if self.summary and status == 200:
            self.request.response.setStatus(422)
        return self.render()


class MegalisAddForm(MegalisForm):
    """Makes one object of ``portal_type`` in the context.

    Subclasses give ``portal_type``, ``schema`` and ``make_id(data)``; ``create(data)`` may be overridden.
    """

    portal_type = ""
    button_label = "Créer"
    added_message = "C’est créé."

    def make_id(self, data):
        """Return the id of the new object; never derived behind anyone's back."""
        raise NotImplementedError  # each add form names its objects

    def create(self, data):
        values = {name: value for name, value in data.items() if value is not NOT_CHANGED}
        values.setdefault("title", "")
        return api.content.create(
            container=self.context, type=self.portal_type, id=self.make_id(data), safe_id=False, **values
        )

    def next_url(self, created):
        return created.absolute_url()

    @button.buttonAndHandler("Créer", name="add")
    def handle_add(self, action):
        data, errors = self.extractData()
        if errors:
            return
        created = self.create(data)
        if created is not None and not self.errors:
            self.redirect(self.next_url(created), self.added_message)

    def updateActions(self):
        super().updateActions()
        if "add" in self.actions:
            self.actions["add"].title = self.button_label


@implementer(IEditForm)
class MegalisEditForm(MegalisForm):
    """Changes the context (or what ``getContent()`` returns) field by field and says what happened."""

    ignoreContext = False
    saved_message = "Modifications enregistrées."
    unchanged_message = "Rien n’a changé."

    def apply(self, data):
        """Write what changed, tell subscribers once; return the changed names by interface."""
        content = self.getContent()
        changed = applyChanges(self, content, data)
        for group in self.groups:
            for interface, names in group.applyChanges(data).items():
                changed[interface] = changed.get(interface, []) + names
        if changed:
            notify(ObjectModifiedEvent(content, *(Attributes(face, *names) for face, names in changed.items())))
        return changed

    def next_url(self):
        return self.context.absolute_url()

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        changed = self.apply(data)
        if not self.errors:
            self.redirect(self.next_url(), self.saved_message if changed else self.unchanged_message)


class MegalisStepsForm(MegalisEditForm):
    """A long form, one step a page, each saved before the next: leaving never loses.

    ``steps``: tuple of (name, title, field names); the address carries ``?etape=name``.
    """

    steps = ()

    @property
    def step(self):
        """The current step; an unknown name is the first one."""
        asked = self.request.form.get("etape")
        return next((step for step in self.steps if step[0] == asked), self.steps[0])

    def make_fields(self):
        return super().make_fields().select(*self.step[2])

    def done(self, step):
        """Tell whether every required field of ``step`` is filled."""
        content = self.getContent()
        every = Fields(self.schema)
        for name in step[2]:
            field = every[name].field
            if field.required and getattr(content, name, None) in (None, "", (), []):
                return False
        return True

    def step_url(self, name):
        return f"{self.request.getURL()}?etape={name}"

    @property
    def action(self):
        return self.step_url(self.step[0])

    @property
    def map(self):
        """The map of steps: list of dicts ``title, url, current, done``."""
        here = self.step[0]
        return [
            {"title": s[1], "url": self.step_url(s[0]), "current": s[0] == here, "done": self.done(s)}
            for s in self.steps
        ]

    def next_url(self):
        names = [step[0] for step in self.steps]
        place = names.index(self.step[0])
        return self.step_url(names[place + 1]) if place + 1 < len(names) else self.context.absolute_url()

    def updateActions(self):
        super().updateActions()
        last = self.step[0] == self.steps[-1][0]
        self.actions["save"].title = "Enregistrer et finir" if last else "Enregistrer et continuer"
