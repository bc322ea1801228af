"""The forms that make and change a draft: short for a low MAPA, in steps for formal procedures."""

from megalis.portal.consultations import create
from megalis.portal.consultations import vocabularies
from megalis.portal.consultations.browser import applied
from megalis.portal.consultations.browser import base
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import calendar
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import contests
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.theme.forms import MegalisAddForm
from megalis.portal.theme.forms import MegalisStepsForm
from plone.uuid.interfaces import IUUID
from z3c.form import button
from z3c.form.field import Fields
from z3c.form.interfaces import NOT_CHANGED


CODED = {
    "cpv": lambda value: typing.cpv_codes([value])[0] if value else value,
    "cpv_additional": typing.cpv_codes,
    "places": typing.places,
}
FRAMEWORK = ("framework", "framework_minimum", "framework_maximum", "framework_holders")
CONTEST = ("jury", "jury_binding", "contract_follows", "prizes")
DATE_FIELDS = {"dates.questions": "questions_deadline", "dates.ouverture": "planned_opening"}
UNITS = {
    "estimated_value": "€ HT",
    "framework_minimum": "€ HT",
    "framework_maximum": "€ HT",
    "months": "mois",
    "renewals": "fois",
}


class Checked:
    """What every form on a consultation checks before it keeps anything: codes, reference, criteria, order of dates."""

    units = UNITS
    guard = True
    door = "agents"

    def checked(self, data, collectivite, consultation=None):
        """Return the values to keep, or None once ``refuse`` has told what is wrong."""
        kept = {name: value for name, value in data.items() if value is not NOT_CHANGED}
        for name, clean in CODED.items():
            if name in kept:
                self.clean(kept, name, clean)
        if "reference" in kept:
            uid = IUUID(consultation) if consultation is not None else None
            self.clean(kept, "reference", lambda value: create.check_reference(collectivite, value, uid))
        self.check_framework(kept)
        if "nature" in data:
            self.check_nature(kept, consultation)
        if consultation is not None and "procedure" in kept:
            for finding in suites.kind_findings(consultation.relation, kept["procedure"]):
                self.refuse(finding.message, "procedure")
        if kept.get("prizes"):
            self.clean(kept, "prizes", contests.kept)
        for finding in checklist.criteria_findings(kept.get("criteria") or ()):
            if finding.level == BLOCKING:
                self.refuse(finding.message, "criteria")
        self.check_dates(kept)
        return None if self.errors else kept

    def check_framework(self, kept):
        """A minimum never exceeds a maximum; whatever else is missing waits for the checklist."""
        least, most = kept.get("framework_minimum"), kept.get("framework_maximum")
        if least is not None and most is not None and least > most:
            self.refuse("Le montant minimum dépasse le montant maximum : corrigez l’un des deux.", "framework_minimum")

    def check_nature(self, kept, consultation):
        """What cannot be conceded is told beside the nature, before any notice is drawn."""
        nature = kept.get("nature", getattr(consultation, "nature", ""))
        if wrong := techniques.conceded(self.procedure_of(kept, consultation), nature):
            self.refuse(wrong, "nature")

    def procedure_of(self, kept, consultation):
        return kept.get("procedure", getattr(consultation, "procedure", ""))

    def clean(self, kept, name, function):
        try:
            kept[name] = function(kept[name])
        except Refused as refused:
            self.refuse(refused.message + typing.cpv_hint(refused.value, refused.code), name)

    def check_dates(self, kept):
        deadline = kept.get("deadline")
        if deadline is None:
            return
        for finding in calendar.deadline_findings(deadline, clock.now()):
            if finding.level == BLOCKING:
                self.refuse(finding.message, "deadline")
        found = checklist.order_findings(kept.get("questions_deadline"), deadline, kept.get("planned_opening"))
        for finding in found:
            if finding.code in DATE_FIELDS:
                self.refuse(finding.message, DATE_FIELDS[finding.code])


class AddForm(Checked, MegalisAddForm):
    """Makes a draft in a collectivité."""

    portal_type = "Consultation"
    button_label = "Créer le brouillon"
    added_message = "Brouillon créé : il n’est vu que des agents de votre collectivité."
    guided = False
    names = ()
    extra = {}

    def make_fields(self):
        return Fields(IConsultation).select(*self.names)

    def values(self):
        """The values a new form begins with: those of the address, as the page of choice sends them."""
        form = self.request.form
        amount = form.get("montant")
        found = {"nature": (typing.one_of(form.get("nature"), vocabularies.NATURES),)}
        if isinstance(amount, str) and amount.isdecimal() and len(amount) <= 12:
            found["estimated_value"] = amount
        return {name: value for name, value in found.items() if value != ("",)}

    def update(self):
        super().update()
        if self.request.method == "POST":
            return
        begun = self.values()
        for widget in self.controls():
            if begun.get(widget.__name__):
                widget.value = begun[widget.__name__]

    def create(self, data):
        kept = self.checked(data, self.context)
        if kept is None:
            return None
        kept = {name: value for name, value in kept.items() if value is not None}
        draft = create.draft(self.context, kept.pop("reference"), kept.pop("title"), **{**self.extra, **kept})
        draft.guided = self.guided
        return draft

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/@@nouvelle-consultation"


class ShortForm(AddForm):
    """A low MAPA on one page."""

    page_title = "Nouvelle consultation simple (MAPA)"
    page_intro = (
        "Une page suffit. Ce qui est facultatif peut attendre : avant la publication, la vérification dira ce qui manque. "
        "Les fichiers du dossier viennent juste après."
    )
    extra = {"procedure": "procedure-adaptee"}
    sections = (
        ("L’achat", ("reference", "title", "description", "nature", "cpv", "places", "duration", "estimated_value")),
        ("Le choix de l’offre", ("criteria",)),
        ("Le calendrier", ("questions_deadline", "deadline")),
        ("Le contact", ("contact_name", "contact_email")),
    )
    names = tuple(name for _title, names in sections for name in names)

    def values(self):
        person = people.current(self.request)
        return {**super().values(), "contact_email": self.context.email or (person.email if person else "")}

    def next_url(self, created):
        return f"{created.absolute_url()}/@@pieces"


class GuidedForm(AddForm):
    """The first facts of a formal procedure; the steps follow."""

    page_title = "Nouvelle consultation guidée"
    page_intro = (
        "Quelques réponses pour commencer. Les étapes suivantes s’enregistrent une à une : partir ne perd rien."
    )
    guided = True
    names = ("reference", "title", "procedure", "nature", "estimated_value")
    procedure = "appel-offres-ouvert"

    def values(self):
        asked = typing.one_of(self.request.form.get("procedure"), PROCEDURES, self.procedure)
        return {**super().values(), "procedure": (asked,)}

    def next_url(self, created):
        return f"{created.absolute_url()}/{base.STEPS[0][0]}"


class Modify(Checked, MegalisStepsForm):
    """The steps of a draft; each is saved before the next."""

    schema = IConsultation
    steps = (
        (
            "objet",
            "Objet",
            (
                *("reference", "title", "description", "procedure", "nature", "cpv", "cpv_additional", "places"),
                *("place_text", "duration", "estimated_value", "external_id"),
            ),
        ),
        (
            "procedure",
            "Procédure et publicité",
            (
                *("ground", "supports", "framework", "framework_minimum", "framework_maximum", "framework_holders"),
                *("months", "months_reason", "categories", "tranches", "renewals"),
                *CONTEST,
            ),
        ),
        ("criteres", "Critères", ("criteria", "conditions", "variants")),
        (
            "reponse",
            "Réponse",
            ("envelopes", "accepted_formats", "max_deposit_bytes", "visits", "samples"),
        ),
        ("contact", "Contact", ("contact_name", "contact_email", "contact_phone")),
        (
            "dates",
            "Dates",
            ("questions_deadline", "deadline", "planned_opening", "prior_notice", "urgent", "urgent_reason"),
        ),
    )
    parts_of = {
        "procedure": (
            ("Publicité", ("ground", "supports")),
            ("Accord-cadre, système ou concession", (*FRAMEWORK, "months", "months_reason", "categories")),
            ("Options", ("tranches", "renewals")),
            ("Concours", CONTEST),
        ),
    }
    # what a procedure has no use for is not asked
    unused = {
        "procedure-adaptee": ("months_reason", "categories"),
        "sans-publicite": ("supports", "months_reason", "categories"),
        "systeme-acquisition-dynamique": ("ground", *FRAMEWORK, "tranches", "renewals"),
        "concession": ("ground", *FRAMEWORK, "categories", "tranches", "renewals"),
        "concours": ("ground", *FRAMEWORK, "months", "months_reason", "categories"),
        "marche-subsequent": ("ground", "supports", *FRAMEWORK, "months", "months_reason", "categories"),
    }
    intros = {
        "objet": "Ce que vous achetez, et ce par quoi les entreprises vous trouveront.",
        "criteres": "Comment vous choisirez, et ce que vous demandez aux candidats.",
        "reponse": "Ce que les entreprises déposent. Tout est scellé sur leur poste jusqu’à l’ouverture.",
        "contact": "À qui écrire. Les questions passent par la plateforme.",
        "dates": "Heure de Paris. La clôture se fait à la seconde, sans intervention.",
    }

    def section_list(self):
        return self.parts_of.get(self.step[0], ())

    def make_fields(self):
        unused = self.unused.get(self.context.procedure, ("ground", "categories"))
        return super().make_fields().omit(*unused, *(() if self.context.procedure == "concours" else CONTEST))

    @property
    def page_title(self):
        return self.step[1]

    @property
    def page_intro(self):
        if self.step[0] != "procedure":
            return self.intros[self.step[0]]
        told = applied.facts(self.context, clock.now())
        return " ".join(f"{term} : {words}." for term, words, _source in told[:4])

    @property
    def over_title(self):
        return f"{self.context.aq_parent.title}, référence {self.context.reference}"

    @property
    def target(self):
        return f"@@modifier?etape={self.step[0]}"

    @property
    def map(self):
        return base.steps_map(self.context, self.target)

    def next_url(self):
        return f"{self.context.absolute_url()}/{base.after(self.target)}"

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/@@gestion"

    def apply(self, data):
        kept = self.checked(data, self.context.aq_parent, self.context)
        if kept is None:
            return {}
        return super().apply(kept)

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        changed = self.apply(data)
        if not self.errors:
            moment = clock.paris(clock.now())
            message = f"Enregistré à {moment:%H:%M:%S}." if changed else self.unchanged_message
            self.redirect(self.next_url(), message)

    def updateActions(self):
        super().updateActions()
        self.actions["save"].title = "Enregistrer et continuer"
