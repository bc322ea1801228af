"""``@@groupement``: the joint bids a company leads or is asked to join; ``@@groupement-accord``: the answer by mail."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.deposits.grouping import letters
from megalis.portal.deposits.grouping import rules
from megalis.portal.deposits.grouping import store
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import JSONView
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme.export import send_pdf
from plone import api as plone_api
from plone.protect.interfaces import IDisableCSRFProtection
from plone.uuid.interfaces import IUUID
from urllib.parse import urlencode
from zExceptions import NotFound
from zExceptions import Redirect
from zope.interface import alsoProvides


BADGES = {rules.ASKED: "soon", rules.AGREED: "ok", rules.DECLINED: "bad"}


def company_of(request, consultation):
    """Return ``(Person, company)`` of who may answer here, ``(None, None)`` otherwise."""
    person = people.current(request)
    company = person.entreprise if person is not None and person.kind == people.ENTREPRISE else None
    if company is None or not plone_api.user.has_permission("megalis: Deposit", obj=consultation):
        return None, None
    return person, company


class Groupings(Page):
    """``@@groupement``."""

    door = "entreprises"
    page_title = "Répondre en groupement"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        if self.company is None and plone_api.user.is_anonymous():
            here = urlencode({"came_from": f"{self.context.absolute_url()}/@@groupement"})
            raise Redirect(f"{self.site_url}/login?{here}")
        return super().__call__()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@groupement"

    @cached_property
    def _who(self):
        return company_of(self.request, self.context)

    @property
    def company(self):
        return self._who[1]

    @cached_property
    def uid(self):
        return IUUID(self.company) if self.company is not None else ""

    @property
    def is_open(self):
        return api.state(self.context) == "publiee"

    @property
    def forms(self):
        chosen = self.field("forme")
        return [(k, f"{v} : {rules.FORM_HELP[k]}", "checked" if k == chosen else None) for k, v in rules.FORMS.items()]

    @property
    def lots(self):
        chosen = self.fields("lot")
        return [(lot.number, lot.title, "checked" if lot.number in chosen else None) for lot in api.lots(self.context)]

    @property
    def led(self):
        """The groupings the company leads, as rows."""
        return [self._row(item) for item in store.led_by(self.context, self.uid)]

    def _row(self, item):
        return {
            "id": item.id,
            "form": rules.FORMS[item.form],
            "lots": ", ".join(item.lots),
            "settled": item.settled.at if item.settled is not None else None,
            "pdf": f"{self.context.absolute_url()}/@@groupement.pdf?id={item.id}",
            "kept": bool(item.compositions),
            "members": [
                {
                    "id": member.id,
                    "name": member.name,
                    "siret": operators.worded(member.siret),
                    "part": member.part,
                    "badge": (BADGES[member.answer], rules.ANSWERS[member.answer]),
                    "answered": member.answered,
                    "how": "" if member.company else f"demandé à {member.email}",
                }
                for member in item.members
            ],
        }

    @property
    def asked(self):
        """The requests the company received, as rows."""
        return [
            {
                "grouping": item.id,
                "member": member.id,
                "leader": item.name,
                "siret": operators.worded(item.siret),
                "form": rules.FORMS[item.form],
                "help": rules.FORM_HELP[item.form],
                "lots": ", ".join(item.lots),
                "part": member.part,
                "badge": (BADGES[member.answer], rules.ANSWERS[member.answer]),
                "open": self.is_open and item.settled is None,
                "answer": member.answer,
            }
            for item, member in store.asked_of(self.context, self.uid)
        ]

    def _require(self):
        if self.company is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’entreprise pour composer un groupement.", 403)

    def _mine(self):
        self._require()
        return store.find(self.context, self.field("groupement"), self.uid)

    def do_creer(self):
        self._require()
        place = self.person.etablissement
        siret = getattr(place, "siret", None) or operators.known(self.company.identifier)
        if operators.country(siret) is None or (len(siret) == 9 and siret.isdigit()):
            raise Refusal("siret", "Décrivez d’abord le siège de votre entreprise, avec son SIRET, sur sa fiche.", 422)
        store.make(self.context, self.company, siret, self.person, self.field("forme"), self.fields("lot"))
        self.done("Le groupement est créé : ajoutez ses membres.")

    def do_demander(self):
        made, member = store.ask(
            self.context,
            self.company,
            self._mine(),
            self.person,
            self.field("siret"),
            self.field("nom"),
            self.field("courriel"),
            self.field("part"),
        )
        letters.send_asked(self.context, made, member)
        self.done(f"La demande est envoyée à {member.name}.")

    def do_retirer(self):
        store.take_out(self.context, self.company, self._mine(), self.person, self.field("membre"))
        self.done("L’entreprise n’est plus dans le groupement.")

    def do_arreter(self):
        store.settle(self.context, self.company, self._mine(), self.person, letters.draw)
        self.done("La composition est arrêtée : ajoutez-la à votre réponse, elle sera scellée avec elle.")

    def do_rouvrir(self):
        store.reopen(self.context, self.company, self._mine(), self.person)
        self.done("La composition peut changer : arrêtez-la de nouveau avant de déposer.")

    def do_dissoudre(self):
        store.dissolve(self.context, self.company, self._mine(), self.person)
        self.done("Le groupement est dissous.")

    def do_accepter(self):
        self._answer(True)

    def do_refuser(self):
        self._answer(False)

    def _answer(self, agreed):
        self._require()
        asked = {(item.id, member.id) for item, member in store.asked_of(self.context, self.uid)}
        pair = (self.field("groupement"), self.field("membre"))
        if pair not in asked:
            raise Refusal("groupement.membre", "Cette demande n’existe plus : le mandataire l’a retirée.", 404)
        grouping, member = store.answer(self.context, *pair, agreed, self.person.userid)
        letters.send_answered(self.context, grouping, member)
        self.done("Votre accord est donné." if agreed else "Votre refus est transmis.")


class Agreement(Page):
    """``@@groupement-accord``: a company without account answers by the link of its mail, after a button."""

    door = "entreprises"
    page_title = "Proposition de groupement"
    answered = ""

    def worded(self, number):
        return operators.worded(number)

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        self.request.response.setHeader("Referrer-Policy", "no-referrer")
        pair = (self.field("groupement"), self.field("membre"))
        if not store.is_signed(self.context, *pair, self.field("jeton")) or self.item is None:
            self.request.response.setStatus(404)
            return self.index()
        if self.request.method == "POST":
            alsoProvides(self.request, IDisableCSRFProtection)  # the signed link is the proof
            try:
                grouping, member = store.answer(self.context, *pair, self.field("faire") == "accepter", "lien")
            except Refused as refused:
                self.errors = (refused.message,)
                self.request.response.setStatus(422)
            else:
                letters.send_answered(self.context, grouping, member)
                self.answered = rules.ANSWERS[member.answer]
        return self.index()

    @cached_property
    def item(self):
        """``(Grouping, Member)`` of the link, or None."""
        if not store.is_signed(self.context, self.field("groupement"), self.field("membre"), self.field("jeton")):
            return None
        for grouping in store.groupings(self.context):
            for member in grouping.members:
                if (grouping.id, member.id) == (self.field("groupement"), self.field("membre")):
                    return grouping, member
        return None

    @property
    def words(self):
        return rules.FORMS[self.item[0].form], rules.FORM_HELP[self.item[0].form]

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@groupement-accord"

    @property
    def proof(self):
        return [(name, self.field(name)) for name in ("groupement", "membre", "jeton")]


class CompositionPDF(Groupings):
    """``@@groupement.pdf?id=``: the settled document, for the company that leads."""

    def __call__(self):
        try:
            item = store.find(self.context, self.field("id"), self.uid) if self.company is not None else None
        except Refused:
            item = None
        if item is None or item.settled is None:
            raise NotFound("groupement")
        return send_pdf(self.request, "composition-du-groupement.pdf", item.settled.pdf)


class CompositionsJSON(JSONView):
    """``@@groupement.json``: the settled documents of the company, for the page that seals."""

    def reply(self):
        _person, company = company_of(self.request, self.context)
        if company is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’entreprise.", 403)
        base = self.context.absolute_url()
        return {
            "documents": [
                {
                    "id": item.id,
                    "titre": ", lots ".join(filter(None, ("Composition du groupement", ", ".join(item.lots)))),
                    "genre": rules.FORMS[item.form],
                    "nom": "composition-du-groupement.pdf",
                    "taille": len(item.settled.pdf),
                    "sha256": item.settled.sha256,
                    "etat": "ok",
                    "etat_libelle": "Arrêtée",
                    "adresse": f"{base}/@@groupement.pdf?id={item.id}",
                }
                for item in store.led_by(self.context, IUUID(company))
                if item.settled is not None
            ]
        }
