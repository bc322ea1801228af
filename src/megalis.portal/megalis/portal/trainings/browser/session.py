"""One session: enrol, give up, who comes, who came, certificates and what people thought."""

from functools import cached_property
from megalis.portal.formats import siren as numbers
from megalis.portal.formats import tables
from megalis.portal.kernel import clock
from megalis.portal.kernel import ics
from megalis.portal.kernel import pace
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import directory
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.organisations.browser.base import to_sign_in
from megalis.portal.theme.export import Exported
from megalis.portal.trainings import calendars
from megalis.portal.trainings import documents
from megalis.portal.trainings import links
from megalis.portal.trainings import service
from megalis.portal.trainings.browser.base import DOORS
from megalis.portal.trainings.browser.base import Page
from megalis.portal.trainings.browser.guests import form_of
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import profiles
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions
from Products.Five.browser import BrowserView
from zExceptions import NotFound


pace.in_turn("inscription-session", "confirmer-inscription")


class Session(Itself, Page):
    """The page of a session: when, where, and the one button a person needs."""

    @property
    def url(self):
        return self.own("")

    def own(self, view):
        """Return the address of a page of the session, with what lets somebody without an account act there."""
        address = self.context.absolute_url() + (f"/@@{view}" if view else "")
        return f"{address}?{self.proof}" if self.proof else address

    @cached_property
    def held(self):
        """The entry of who has no account and came by the link of his mail, or None."""
        return links.held(self.context, self.field("inscription"), self.field("jeton"))

    @property
    def proof(self):
        return links.query(self.context, self.held) if self.held is not None else ""

    @property
    def door(self):
        return DOORS[self.context.module.kind]

    @cached_property
    def state(self):
        return self.context.state(self.now)

    @property
    def badge(self):
        return sessions.STATES[self.state]

    @property
    def words(self):
        return self.places(self.context, self.state)

    @property
    def dates(self):
        return sessions.days(self.context.spans)

    @property
    def duration(self):
        return sessions.french_hours(sessions.hours(self.context.spans))

    @cached_property
    def mine(self):
        """The person's enrolment, or None."""
        if self.held is not None:
            return self.held if self.held.state != roster.CANCELLED else None
        return roster.of(self.context.entries, self.userid) if self.userid else None

    @property
    def rank(self):
        return roster.place_of(self.context.entries, self.mine) if self.mine else 0

    @property
    def may_enrol(self):
        return (
            self.mine is None
            and self.state in (sessions.OPEN, sessions.FULL)
            and self.person is not None
            and self.person.kind == self.context.module.kind
        )

    @property
    def may_give_up(self):
        return self.mine is not None and self.context.start > self.now and not self.context.cancelled

    @property
    def invites(self):
        """What to say to who cannot enrol with this account: (words, label, address), or None."""
        if self.state not in (sessions.OPEN, sessions.FULL) or self.mine is not None or self.may_enrol:
            return None
        who = profiles.WHO[self.context.module.kind].lower()
        if self.person is None:
            address = f"{self.site_url}/login?came_from={self.url}"
            return f"Avec un compte ({who}), tout se fait d’un clic.", "Se connecter pour s’inscrire", address
        return f"Cette session est pour : {who}.", "Voir les autres modules", self.catalogue_url

    @property
    def guest_url(self):
        """Where one enrols without an account, or ""."""
        open_ = self.state in (sessions.OPEN, sessions.FULL) and self.person is None and self.mine is None
        return f"{self.context.absolute_url()}/@@inscription-sans-compte" if open_ and form_of(self.site) else ""


class Enrolment(Session):
    """``@@inscription-session``: where the buttons of the session lead; one demand at a time."""

    def __call__(self):
        if self.request.method != "POST":
            self.request.response.redirect(self.url)
            return ""
        return super().__call__()

    def require_person(self):
        if self.person is None:
            raise Refusal("connexion", "Connectez-vous, puis inscrivez-vous de nouveau.", 403)

    def do_inscrire(self):
        self.require_person()
        made = service.enrol(self.context, self.person, self.now)
        if made.state == roster.SEATED:
            self.done("Vous êtes inscrit. Un courriel le confirme.")
        else:
            rank = roster.place_of(self.context.entries, made)
            self.done(f"La session est complète : vous êtes en liste d’attente, en position {rank}.")

    def do_annuler(self):
        if self.held is None:
            self.require_person()
        if self.mine is None:
            raise Refusal("inscription", "Vous n’êtes plus inscrit à cette session : rechargez la page.", 409)
        service.give_up(self.context, self.mine.id, self.now)
        self.done("Votre inscription est annulée. Merci d’avoir laissé la place.")


class SessionCalendar(BrowserView):
    """``@@session.ics``."""

    def __call__(self):
        self.request.response.setHeader("Content-Type", "text/calendar; charset=utf-8")
        self.request.response.setHeader("Content-Disposition", f'attachment; filename="{self.context.getId()}.ics"')
        return ics.calendar(list(calendars.entries(self.context)), clock.now())


class Roll(Session):
    """``@@inscrits``: who comes, who waits, who came, for who organises."""

    @property
    def page_title(self):
        return "Inscrits et présence"

    crumb_title = "Inscrits"

    @property
    def root(self):
        return self.context.absolute_url()

    @property
    def url(self):
        return f"{self.root}/@@inscrits"

    @cached_property
    def seated(self):
        return roster.seated(self.context.entries)

    @cached_property
    def waiting(self):
        return roster.waiting(self.context.entries)

    def number(self, entry):
        """Return what is known of an enrolment's number: dict words, declared, title and url of who bears it here; None without one.

        ``url`` is "" for who may not see that page.
        """
        if not entry.identifier:
            return None
        french = entry.identifier.isdigit() and len(entry.identifier) == 9
        known = directory.organisation(entry.identifier)
        seen = known is not None and self.may("View", known)
        return {
            "words": f"SIREN {numbers.format_siren(entry.identifier)}" if french else entry.identifier,
            "declared": entry.guest,
            "title": known.title if known is not None else "",
            "url": known.absolute_url() if seen else "",
        }

    @property
    def given_up(self):
        return [entry for entry in self.context.entries if entry.state == roster.CANCELLED]

    @property
    def heads(self):
        """The dates one marks: (rank, words, begun)."""
        return [
            (rank, f"{clock.paris(begins):%d/%m, %H:%M}", begins <= self.now)
            for rank, (begins, _ends) in enumerate(self.context.spans)
        ]

    @property
    def begun(self):
        return self.context.start <= self.now and not self.context.cancelled

    @property
    def may_cancel(self):
        return self.state not in (sessions.OVER, sessions.CANCELLED)

    @property
    def totals(self):
        return evaluation.totals(self.context.evaluations.values())

    @property
    def least(self):
        return evaluation.LEAST

    @property
    def marks(self):
        return list(evaluation.MARKS.values())

    def post(self):
        # one form for the whole table: the button that gives an enrolment up names it
        if self.field("retirer"):
            self.request.form["faire"] = "retirer"
        super().post()

    def do_emarger(self):
        presence = {}
        for rank, _words, _begun in self.heads:
            for key in self.fields(f"present-{rank}"):
                presence.setdefault(key, set()).add(rank)
        for key in presence:
            roster.find(self.seated, key)
        count = service.attend(self.context, presence, self.now)
        self.done(
            f"Présence enregistrée : {self.plural(count, 'personne')}. Chacune a reçu le lien de son attestation."
        )

    def do_retirer(self):
        gone, promoted = service.give_up(self.context, self.field("retirer"), self.now, by_staff=True)
        more = f" {promoted[0].name} a la place." if promoted else ""
        self.done(f"L’inscription de {gone.name} est annulée.{more}")

    def do_annuler_session(self):
        service.call_off(self.context, self.field("motif"), self.now)
        self.done("La session est annulée ; chaque inscrit est prévenu.")


def source(entry):
    """Return where the number of an enrolment comes from, in words."""
    return ("déclaré" if entry.guest else "compte") if entry.identifier else ""


class RollFiles(Exported, Roll):
    """``inscrits.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        tables.Column("Nom", width=30),
        tables.Column("Courriel", width=34),
        tables.Column("Organisme", width=34),
        tables.Column("SIREN"),
        tables.Column("Source du SIREN"),
        tables.Column("État"),
        tables.Column("Inscrit le", tables.INSTANT),
        tables.Column("Séances suivies", tables.NUMBER),
        tables.Column("Séances", tables.NUMBER),
        tables.Column("Réponses", width=40),
    )

    @property
    def list_title(self):
        return f"Inscrits : {self.context.module.title}"

    @property
    def list_note(self):
        return f"{self.dates[0]}, {self.context.place}"

    def list_rows(self):
        for entry in self.context.entries:
            yield (
                entry.name, entry.email, entry.where, entry.identifier, source(entry), roster.STATES[entry.state][1], entry.at,
                len(entry.present), len(self.context.spans), " ; ".join(f"{name} : {words}" for name, words in entry.more),
            )  # fmt: skip

    def __call__(self):
        return self.send()


def send_pdf(view, data, name):
    """Answer a PDF nobody else's cache keeps."""
    response = view.request.response
    response.setHeader("Content-Type", "application/pdf")
    response.setHeader("Content-Disposition", f'inline; filename="{name}"')
    response.setHeader("Cache-Control", "private, no-store")
    return data


class Sheet(BrowserView):
    """``@@emargement.pdf``: the sheet people sign."""

    def __call__(self):
        return send_pdf(self, documents.sheet(self.context), "emargement.pdf")


class Certificate(Page):
    """``@@attestation.pdf``: one's own, or anybody's for who organises (``?inscription=``)."""

    def __call__(self):
        key = self.field("inscription")
        entry = links.held(self.context, key, self.field("jeton")) or (
            next((one for one in self.context.entries if one.id == key), None)
            if key and self.manages
            else roster.of(self.context.entries, self.userid)
        )
        if entry is None and self.person is None:
            to_sign_in(self.request)
        if entry is None or not entry.present:
            raise NotFound("attestation")
        return send_pdf(self, documents.certificate(self.context, entry), "attestation.pdf")


class Evaluate(Session):
    """``@@evaluer``: four questions and a comment, kept without a name."""

    page_title = "Votre avis sur la formation"
    crumb_title = "Votre avis"
    questions = tuple(evaluation.QUESTIONS.items())
    marks = tuple(evaluation.MARKS.items())
    longest = evaluation.COMMENT

    def __call__(self):
        if self.person is None and self.held is None:
            to_sign_in(self.request)
        return super().__call__()

    @property
    def url(self):
        return self.own("evaluer")

    @property
    def asked(self):
        return self.mine is not None and bool(self.mine.present) and not self.mine.evaluated

    @property
    def thanked(self):
        return self.mine is not None and self.mine.evaluated

    def do_envoyer(self):
        values = {key: self.field(key) for key in evaluation.QUESTIONS}
        service.evaluate(self.context, self.mine, values, self.field("commentaire"))
        after = self.own("") if self.held is not None else f"{self.site_url}/mes-formations"
        self.done("Merci : votre avis est enregistré sans votre nom.", after)
