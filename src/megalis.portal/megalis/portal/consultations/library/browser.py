"""The pages of the library: the models, keeping one, starting from one, relaunching what failed."""

from functools import cached_property
from megalis.portal.consultations.browser import base
from megalis.portal.consultations.library import models
from megalis.portal.consultations.library import relaunching
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme.words import plural
from plone.app.uuid.utils import uuidToObject


class Models(Page):
    """``@@modeles`` of a collectivité: its own, those put away, those of the region."""

    door = "agents"
    page_title = "Modèles de consultations"
    plural = staticmethod(plural)

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@modeles"

    @cached_property
    def own(self):
        return [self.row(model) for model in models.of(self.context)]

    @property
    def archived(self):
        return [self.row(model) for model in models.of(self.context, archived=True)]

    @cached_property
    def regional(self):
        return [self.row(model, owner) for model, owner in models.regional(besides=self.context)]

    def row(self, model, owner=None):
        """Return what the page shows of a model."""
        procedure = model.values.get("procedure", "")
        account = people.door().accounts.get(model.by)
        return {
            "id": model.id,
            "title": model.title,
            "note": model.note,
            "procedure": PROCEDURES.get(procedure, procedure),
            "lots": plural(len(model.lots), "lot") if model.lots else "Lot unique",
            "pieces": plural(len(model.pieces), "pièce"),
            "at": model.at,
            "by": account.fullname if account is not None and owner is None else "",
            "owner": owner.title if owner is not None else "",
            "shared": model.shared,
            "start": f"{self.context.absolute_url()}/@@depuis-modele?modele={model.id}",
        }

    @property
    def may_share(self):
        return self.may("megalis: Publish consultation")

    def _act(self, done):
        try:
            model = models.own(self.context, self.field("modele"))
        except Refused as refused:
            raise Refusal(refused.code, refused.message, 404) from refused
        self.done(done(model))

    def do_partager(self):
        self._share(True, "Le modèle « {} » est offert à toutes les collectivités, sans vos contacts ni vos lieux.")

    def do_reprendre(self):
        self._share(False, "Le modèle « {} » n’est plus partagé.")

    def _share(self, shared, message):
        if not self.may_share:
            raise Refusal("modele.role", "Seul un valideur partage un modèle avec la région.", 403)

        def done(model):
            models.share(self.context, model, shared, self.person.userid)
            return message.format(model.title)

        self._act(done)

    def do_archiver(self):
        self._archive(True, "Le modèle « {} » est archivé.")

    def do_retablir(self):
        self._archive(False, "Le modèle « {} » est de nouveau proposé.")

    def _archive(self, archived, message):
        def done(model):
            models.archive(self.context, model, archived, self.person.userid)
            return message.format(model.title)

        self._act(done)


class Regional(Page):
    """``@@modeles-regionaux``: for who runs the platform, what collectivités share; he may put an end to a sharing."""

    door = "agents"
    page_title = "Modèles partagés dans la région"

    @property
    def url(self):
        return f"{self.site_url}/@@modeles-regionaux"

    @property
    def rows(self):
        return [
            {
                "id": model.id,
                "title": model.title,
                "note": model.note,
                "owner": owner.title,
                "url": owner.absolute_url(),
            }
            for model, owner in models.regional()
        ]

    def do_reprendre(self):
        found = next((pair for pair in models.regional() if pair[0].id == self.field("modele")), None)
        if found is None:
            raise Refusal("modele.inconnu", "Ce modèle n’est plus partagé : rechargez la page.", 404)
        model, owner = found
        models.share(owner, model, False, self.person.userid)
        self.done(f"Le modèle « {model.title} » n’est plus partagé ; {owner.title} le garde pour elle.")


class Start(base.Page):
    """``@@depuis-modele``: a new draft from a model."""

    page_title = "Commencer d’un modèle"

    def __call__(self):
        try:
            self.model  # noqa: B018
        except Refused as refused:
            self.request.response.setStatus(404)
            self.errors = [(refused.code, refused.message)]
            return self.index()
        return super().__call__()

    @cached_property
    def model(self):
        return models.find(self.context, self.request.form.get("modele"))

    @property
    def found(self):
        """The model, or None when it is no longer there."""
        try:
            return self.model
        except Refused:
            return None

    @property
    def owner(self):
        """Whose model it is, when it is another collectivité's."""
        owner = uuidToObject(self.model.owner, unrestricted=True)
        return owner.title if owner is not None and owner != self.context else ""

    @property
    def typed(self):
        form = self.request.form
        return {name: str(form.get(name, ""))[:400] if self.errors else "" for name in ("reference", "objet")}

    @property
    def base(self):
        return self.context.absolute_url()

    def post(self):
        form = self.request.form
        draft = models.start(self.context, self.model, form.get("reference", ""), form.get("objet", ""))
        self.redirect(
            f"{draft.absolute_url()}/@@modifier?etape=objet", "Brouillon créé d’après le modèle. Fixez-lui ses dates."
        )


class Keep(base.Page):
    """``@@enregistrer-modele``: a consultation becomes a model of its collectivité."""

    page_title = "Garder comme modèle"

    @property
    def typed(self):
        form = self.request.form
        if not self.errors:
            return {"titre": self.consultation.title[: models.MAX_TITLE], "note": ""}
        return {name: str(form.get(name, ""))[:1000] for name in ("titre", "note")}

    def post(self):
        form = self.request.form
        person = people.current(self.request)
        model = models.save(
            self.consultation, form.get("titre"), form.get("note"), bool(form.get("fichiers")), person.userid
        )
        self.redirect(f"{self.buyer.absolute_url()}/@@modeles", f"Le modèle « {model.title} » est gardé.")


class Relaunch(base.Page):
    """``@@relancer``: what was infructueux or sans suite starts again as a draft."""

    page_title = "Relancer"
    ways = tuple(relaunching.WAYS.items())

    @cached_property
    def lost(self):
        return relaunching.relaunchable(self.consultation)

    @property
    def rows(self):
        """The lots one may choose: dicts number, title, decision, checked."""
        titles = {lot.number: lot.title for lot in self.lots}
        chosen = self.chosen if self.errors else list(self.lost)
        return [
            {
                "number": number,
                "title": titles.get(number, self.consultation.title),
                "decision": decisions.DECISIONS[decision],
                "checked": number in chosen,
            }
            for number, decision in self.lost.items()
        ]

    @property
    def chosen(self):
        asked = self.request.form.get("lot", ())
        asked = asked if isinstance(asked, (list, tuple)) else (asked,)
        known = {lot.number for lot in self.lots}
        return ["" if number == "tout" else number for number in asked if number == "tout" or number in known]

    @property
    def way(self):
        asked = self.request.form.get("comment")
        return asked if asked in relaunching.WAYS else relaunching.SAME

    @property
    def reference(self):
        return str(self.request.form.get("reference", ""))[:60] if self.errors else ""

    def post(self):
        form = self.request.form
        if not self.lost:
            raise Refused(
                "relance.rien", "Rien ici n’a été déclaré infructueux ou sans suite : il n’y a rien à relancer."
            )
        way = form.get("comment", "")
        copy = relaunching.relaunch(
            self.consultation, form.get("reference", ""), self.chosen, way, bool(form.get("fichiers"))
        )
        self.redirect(f"{copy.absolute_url()}/@@modifier?etape=objet", "Brouillon créé. Fixez-lui ses dates.")
