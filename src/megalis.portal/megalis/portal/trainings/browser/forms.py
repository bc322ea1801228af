"""The forms of who organises: a module, a session."""

from megalis.portal.kernel import clock
from megalis.portal.theme.choices import RadioFieldWidget
from megalis.portal.theme.fields import Row
from megalis.portal.trainings import create
from megalis.portal.trainings import service
from megalis.portal.trainings.browser.saving import SaveForm
from megalis.portal.trainings.rules import profiles
from megalis.portal.trainings.rules import sessions
from plone import api
from zope import schema
from zope.interface import implementer
from zope.interface import Interface
from zope.schema.interfaces import IVocabularyFactory
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary


MARKS = "Une ligne vide sépare les paragraphes ; « - » en début de ligne fait une liste."
PROFILES = SimpleVocabulary([SimpleTerm(one.key, one.key, one.title) for one in profiles.PROFILES])


@implementer(IVocabularyFactory)
class Guides:
    """The published guides."""

    def __call__(self, context):
        brains = api.portal.get_tool("portal_catalog").unrestrictedSearchResults(
            portal_type="Guide", review_state="publie", sort_on="sortable_title"
        )
        return SimpleVocabulary([SimpleTerm(brain.getId, brain.getId, brain.Title) for brain in brains])


class IModuleForm(Interface):
    """What a module says."""

    title = schema.TextLine(title="Titre", max_length=create.TITLE)
    profile = schema.Choice(title="Pour qui", vocabulary=PROFILES)
    duration = schema.TextLine(
        title="Durée", description="Par exemple : une demi-journée (3 h).", required=False, max_length=80
    )
    objectives = schema.Text(
        title="Objectifs", description="Ce que l’on saura faire en sortant.", max_length=create.TEXT
    )
    programme = schema.Text(title="Programme", description=MARKS, max_length=create.TEXT)
    exercise_label = schema.TextLine(
        title="Exercice", description="Ce que l’on y fait.", required=False, max_length=120
    )
    exercise_path = schema.TextLine(
        title="Adresse de l’exercice",
        description="Sur ce portail, par exemple /simulation.",
        required=False,
        max_length=200,
    )
    guides = schema.Tuple(
        title="Guides d’aide en ligne",
        required=False,
        missing_value=(),
        value_type=schema.Choice(vocabulary="megalis.portal.Guides"),
    )
    offered = schema.Bool(title="Montrer au public", required=False, default=True)


class ISpan(Interface):
    """A date of a session."""

    day = schema.Date(title="Date")
    start = schema.TextLine(title="Début", description="Heure de Paris, par exemple 9:00.", max_length=5)
    end = schema.TextLine(title="Fin", description="Par exemple 12:30.", max_length=5)


class ISessionForm(Interface):
    """What a session says."""

    organiser = schema.TextLine(title="Organisateur", description="Par exemple : GRETA de Vannes.", max_length=150)
    place = schema.TextLine(title="Lieu", description="Salle, adresse et ville.", max_length=250)
    spans = schema.List(title="Dates", value_type=Row(schema=ISpan))
    seats = schema.Int(title="Places", default=12)
    trainer = schema.TextLine(title="Formateur", required=False, max_length=150)
    last_day = schema.Date(
        title="Dernier jour pour s’inscrire", description="Sans date : jusqu’au début de la session.", required=False
    )
    note = schema.TextLine(
        title="À savoir", description="Matériel à apporter, accès, repas.", required=False, max_length=300
    )


class ModuleForm(SaveForm):
    """Ground of both forms of a module."""

    schema = IModuleForm
    guard = True
    widget_factories = {"profile": RadioFieldWidget}
    blamed = {"module.titre": "title"}
    saved = "Le module est enregistré."


class NewModule(ModuleForm):
    """``/formations/@@nouveau-module``."""

    page_title = "Nouveau module"

    def getContent(self):
        return {"offered": True}

    def save(self, data):
        return create.module(self.context, data)


class EditModule(ModuleForm):
    """``@@module-modifier``."""

    page_title = "Modifier le module"

    def getContent(self):
        return {name: getattr(self.context, name) for name in IModuleForm}

    def save(self, data):
        create.change_module(self.context, data)
        return self.context


class SessionForm(SaveForm):
    """Ground of both forms of a session."""

    schema = ISessionForm
    guard = True
    saved = "La session est enregistrée."
    before = ()
    wrong = None

    def updateWidgets(self):
        super().updateWidgets()
        self.widgets["spans"].singular = "Date"

    closed_before = None
    taken = 0

    def checked(self, data):
        """Return the values of a session. Refused as ``rules.sessions``; the field is named in ``self.wrong``."""
        now = clock.now()
        values = {name: data.get(name) or "" for name in ("organiser", "place", "trainer", "note")}
        self.wrong = "spans"
        values["spans"] = sessions.spans(data["spans"] or (), now, self.before)
        self.wrong = "last_day"
        values["closes"] = sessions.closing(data.get("last_day"), values["spans"][0][0], now, self.closed_before)
        self.wrong = "seats"
        values["seats"] = sessions.seats(data["seats"], self.taken)
        self.wrong = None
        return values

    def blame(self, refused):
        return self.wrong


class NewSession(SessionForm):
    """``@@nouvelle-session`` of a module."""

    page_title = "Nouvelle session"

    @property
    def page_intro(self):
        return self.context.title

    def getContent(self):
        return {"seats": 12}

    def save(self, data):
        return service.new_session(self.context, self.checked(data))


class EditSession(SessionForm):
    """``@@session-modifier``."""

    page_title = "Modifier la session"

    @property
    def before(self):
        return self.context.spans

    @property
    def closed_before(self):
        return self.context.closes

    @property
    def taken(self):
        return self.context.taken

    def getContent(self):
        session = self.context
        values = {name: getattr(session, name) for name in ("organiser", "place", "seats", "trainer", "note")}
        rows = [
            {
                "day": clock.paris(begins).date(),
                "start": f"{clock.paris(begins):%H:%M}",
                "end": f"{clock.paris(ends):%H:%M}",
            }
            for begins, ends in session.spans
        ]
        return {**values, "spans": rows, "last_day": sessions.last_day(session.closes, session.start)}

    def save(self, data):
        service.change_session(self.context, self.checked(data), clock.now())
        return self.context
