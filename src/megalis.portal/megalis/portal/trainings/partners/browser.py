"""The pages of partners: who they are, for everybody; their programmes, for those who lead them and for the companies."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.formats import siren as numbers
from megalis.portal.formats import tables
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.theme import charts
from megalis.portal.theme.export import Exported
from megalis.portal.theme.words import plural
from megalis.portal.trainings.browser import base
from megalis.portal.trainings.browser.saving import SaveForm
from megalis.portal.trainings.partners import rules
from megalis.portal.trainings.partners import service
from zExceptions import NotFound
from zope import schema
from zope.interface import Interface


FOLLOW = "megalis: Follow programme"


class Page(base.Page):
    """A page of the room of partners."""

    @cached_property
    def follows(self):
        return self.may(FOLLOW)


class Partners(Page):
    """``/partenaires``."""

    page_title = "Partenaires et programmes"
    page_intro = "Chambres et organisations qui accompagnent les entreprises vers les marchés publics en ligne."
    hidden = False

    @property
    def rows(self):
        return [
            {"title": partner.title, "url": partner.absolute_url(), "text": richtext.excerpt(self.html(partner.description)),
             "programmes": service.programmes(partner)}
            for partner in service.partners(self.site)
        ]  # fmt: skip


class Partner(Itself, Page):
    """One partner and its programmes."""

    @property
    def rows(self):
        return [
            {"title": one.title, "url": one.absolute_url(), "count": len(one.agreed), "target": one.target}
            for one in service.programmes(self.context)
        ]


class Persons(Partner):
    """``@@partenaire-personnes``: who works for the partner."""

    page_title = "Personnes du partenaire"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@partenaire-personnes"

    @property
    def persons(self):
        return service.persons(self.context)

    def do_ajouter(self):
        service.add_person(self.context, self.field("courriel"), self.field("nom"))
        self.done("La personne est ajoutée. Un compte nouveau reçoit un lien pour choisir son mot de passe.")

    def do_retirer(self):
        service.remove_person(self.context, self.field("personne"))
        self.done("La personne est retirée.")


class Programme(Itself, Page):
    """One programme, as everybody may know it: the target and how many companies have come how far."""

    @property
    def partner(self):
        return service.partner_of(self.context)

    @cached_property
    def progress(self):
        return service.progress(self.context)

    @property
    def count(self):
        return len(self.progress)

    @cached_property
    def counts(self):
        return rules.counts([steps for _member, steps in self.progress])

    @property
    def chart(self):
        words = " ; ".join(f"{label} : {value}" for label, value in self.counts)
        bars = [charts.Bar(label, value) for label, value in self.counts]
        return charts.rows("parcours", f"Entreprises du programme. {words}.", bars)


class Follow(Programme):
    """``@@suivi-programme``: ask companies in, see how far each has come."""

    page_title = "Suivi du programme"
    steps = tuple(rules.STEPS.items())

    @property
    def root(self):
        return self.context.absolute_url()

    @property
    def url(self):
        return f"{self.root}/@@suivi-programme"

    @cached_property
    def rows(self):
        """All companies, those that agreed with how far they came."""
        known = {member.siren: steps for member, steps in self.progress}
        found = sorted(self.context.members.values(), key=lambda member: (member.state, member.name.casefold()))
        return [
            {"member": member, "siret": numbers.format_siret(member.siret), "badge": rules.STATES[member.state],
             "steps": known.get(member.siren)}
            for member in found
        ]  # fmt: skip

    def do_inscrire(self):
        made = service.enrol(
            self.context, self.field("siret"), self.field("nom"), self.field("courriel"), self.person.userid
        )
        if made.email:
            self.done(f"Demande envoyée à {made.name}. Rien n’est suivi avant son accord.")
        else:
            self.done(f"{made.name} n’a pas d’administrateur joignable : contactez-la, puis invitez-la de nouveau.")

    def do_retirer(self):
        service.remove(self.context, self.field("entreprise"))
        self.done("L’entreprise est retirée du programme, et ce qui en était gardé avec elle.")


class FollowFiles(Exported, Follow):
    """``programme-entreprises.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        tables.Column("Entreprise", width=34),
        tables.Column("SIRET"),
        tables.Column("Accord"),
        tables.Column("Depuis", tables.INSTANT),
        *(tables.Column(label) for label in rules.STEPS.values()),
    )

    @property
    def list_title(self):
        return self.context.title

    @property
    def list_note(self):
        return f"{self.partner.title} : {plural(self.count, 'entreprise')} sur {self.context.target} visées"

    def list_rows(self):
        for row in self.rows:
            member, steps = row["member"], row["steps"]
            done = ["" if steps is None else "oui" if steps[key] else "non" for key in rules.STEPS]
            yield (member.name, member.siret, row["badge"][1], member.since or member.at, *done)

    def __call__(self):
        return self.send()


class Agreement(Programme):
    """``@@accord?entreprise=&jeton=``: the company answers, and changes its mind when it wants."""

    page_title = "Votre accord"
    steps = tuple(rules.STEPS.values())

    def __call__(self):
        if self.member is None:
            raise NotFound("accord")
        return super().__call__()

    @cached_property
    def member(self):
        return service.asked(self.context, self.field("entreprise"), self.field("jeton"))

    @property
    def url(self):
        return service.answer_url(self.context, self.member.siren)

    @property
    def badge(self):
        return rules.STATES[self.member.state]

    @property
    def answered(self):
        return self.member.state if self.member.state != rules.ASKED else ""

    def do_accepter(self):
        service.answer(self.context, self.member.siren, True)
        self.done("Votre accord est enregistré. Gardez le courriel : son lien permet de le retirer.")

    def do_refuser(self):
        service.answer(self.context, self.member.siren, False)
        self.done("C’est noté : rien n’est suivi de votre entreprise dans ce programme.")


class IPartnerForm(Interface):
    """What a partner says."""

    title = schema.TextLine(title="Nom", max_length=service.TITLE)
    description = schema.Text(title="Présentation", required=False, max_length=service.TEXT)
    website = schema.TextLine(
        title="Site web", description="Par exemple https://www.exemple.fr.", required=False, max_length=300
    )
    contact = schema.TextLine(
        title="Courriel de contact", description="Montré au public.", required=False, max_length=254
    )


class IProgrammeForm(Interface):
    """What a programme says."""

    title = schema.TextLine(title="Nom du programme", max_length=service.TITLE)
    description = schema.Text(title="Présentation", required=False, max_length=service.TEXT)
    target = schema.Int(title="Entreprises visées", default=40)


class Form(SaveForm):
    """Ground of the four forms."""

    blamed = {"partenaire.titre": "title", "courriel": "contact", "programme": "target"}
    fresh = False

    def getContent(self):
        if self.fresh:
            return {}
        return {name: getattr(self.context, name) for name in self.schema}


class NewPartner(Form):
    schema, page_title, fresh = IPartnerForm, "Nouveau partenaire", True

    def save(self, data):
        return service.new_partner(self.context, data)


class EditPartner(Form):
    schema, page_title = IPartnerForm, "Modifier le partenaire"

    def save(self, data):
        return service.change_partner(self.context, data)


class NewProgramme(Form):
    schema, page_title, fresh = IProgrammeForm, "Nouveau programme", True

    def save(self, data):
        return service.new_programme(self.context, data)


class EditProgramme(Form):
    schema, page_title = IProgrammeForm, "Modifier le programme"

    def save(self, data):
        return service.change_programme(self.context, data)
