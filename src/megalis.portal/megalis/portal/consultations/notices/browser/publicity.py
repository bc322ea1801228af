"""``@@publicite``: where the notice of a consultation goes, what it says, what the rules say of it, what became of it."""

from datetime import time
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations.browser import base
from megalis.portal.consultations.notices import embargo
from megalis.portal.consultations.notices import facts
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices import typed
from megalis.portal.consultations.notices.browser.asking import Asking
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import jal
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.theme import words
from zope.component.hooks import getSite


PUBLISH = "megalis: Publish consultation"
SHORT = {"profil": "Profil d’acheteur", "boamp": "BOAMP", "jal": "Annonces légales (JAL)", "joue": "JOUE"}
NEVER = ("draft", "Pas encore envoyé")
SHOWN = tuple(kind for kind in lifecycle.KINDS if kind != lifecycle.PRIOR)


class Notices(base.Page):
    """What the pages of publicity share."""

    def text(self, name):
        """Return one text of the form, "" when it is absent or something else."""
        value = self.request.form.get(name, "")
        value = value[0] if isinstance(value, list | tuple) and value else value
        return value if isinstance(value, str) else ""

    @cached_property
    def who(self):
        person = people.current(self.request)
        return person.fullname if person is not None else "Un gestionnaire"

    @property
    def may_send(self):
        return self.may(PUBLISH, self.consultation)

    def need_right(self):
        """Refuse who may not publish."""
        if not self.may_send:
            raise Refusal("avis.role", "Seul un valideur envoie, renvoie ou abandonne un avis. Rien n’a changé.", 403)

    @property
    def here(self):
        return f"{self.url}/@@publicite"


class Publicity(Asking, Notices):
    """The page; ``?support=`` chooses the notice that is shown."""

    page_title = "Publicité"

    def post(self):
        self.need_right()
        form = self.request.form
        support = self.text("support")
        kind = self.text("genre")
        if "envoyer" in form:
            record = sending.send(
                self.consultation,
                support,
                kind,
                self.who,
                self.text("motif"),
                newspaper=self.text("journal"),
                extra=self.extra(),
            )
            self.done(support, f"{sending.title_of(record)} : en route. Cette page dira ce qu’il devient.")
        elif "noter" in form:
            day = typed.planned_day(self.text("jour"))
            sending.declare(self.consultation, support, kind, self.who, self.text("reference"), day, self.text("lien"))
            self.done(support, "Parution notée.")
        elif "renvoyer" in form:
            record = sending.resend(self.consultation, self.text("renvoyer"), self.who)
            self.done(record.support, "L’avis repart, octets inchangés.")
        elif "abandonner" in form:
            record = sending.abandon(self.consultation, self.text("abandonner"), self.who)
            over = record.state == lifecycle.GIVEN_UP
            self.done(record.support, "Avis abandonné." if over else "Le retrait est demandé au service.")
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    def done(self, support, message):
        self.redirect(f"{self.here}?support={support}", message)

    @cached_property
    def call(self):
        return facts.call_of(self.consultation)

    @cached_property
    def applied(self):
        return legal.applied(self.consultation, self.now)

    @property
    def restricted(self):
        return suites.follows(self.consultation.relation)

    @property
    def excepted(self):
        """True of a contract without publicity for another reason than its amount."""
        return thresholds.is_excepted(legal.purchase_of(self.consultation, None))

    @cached_property
    def supports(self):
        return () if self.restricted else sending.supports(self.consultation)

    @cached_property
    def chosen(self):
        """The support that is shown: unless one is asked for, the first to which something can leave from here."""
        served = [name for name in self.supports if name != thresholds.PROFILE]
        first = [name for name in served if self.is_connected(name)] or served
        return typing.one_of(self.text("support"), self.supports, (first or self.supports or ("",))[0])

    def why(self, support):
        """Return who asks for a support, in words."""
        if any(support in group for group in self.applied.demanded):
            group = next(group for group in self.applied.demanded if support in group)
            return "Demandé par la loi" if len(group) == 1 else f"La loi demande : {thresholds.words_of(group)}"
        if self.applied.band is not None and support in self.applied.band.supports:
            return f"Demandé par votre niveau « {self.applied.band.label} »"
        if self.consultation.procedure == thresholds.DIRECT:
            return "Pour l’avis d’attribution (R. 2183-1)"
        return "Choisi pour cette consultation"

    @cached_property
    def rows(self):
        """The table of supports: dicts ``id, title, why, badge, detail, url, chosen, action``."""
        return [self._row(name) for name in self.supports]

    def _row(self, name):
        records = [item for item in store.of_support(self.consultation, name) if item.kind != lifecycle.PRIOR]
        last = records[-1] if records else None
        badge = (lifecycle.BADGES[last.state], lifecycle.STATES[last.state]) if last else NEVER
        detail = self._detail(last) if last else ""
        if name == thresholds.PROFILE:
            badge, detail = self._profile()
        kinds = [] if name == thresholds.PROFILE else self.kinds(name)
        return {
            "id": name,
            "title": SHORT[name],
            "why": self.why(name),
            "badge": badge,
            "detail": detail,
            "kind": lifecycle.KINDS[last.kind] if last else "",
            "url": f"{self.here}?support={name}#avis",
            "chosen": name == self.chosen,
            "proposed": lifecycle.KINDS[kinds[0]] if kinds else "",
            "simulated": services.mode(getSite(), name) == services.SIMULATED,
            "service": services.MODES.get(services.mode(getSite(), name), ""),
        }

    def _profile(self):
        if self.consultation.published_at:
            return ("ok", "En ligne"), f"depuis le {clock.french(self.consultation.published_at, seconds=True)}"
        found = [item for item in self.embargo if item.level == "blocking"]
        if found:
            return ("soon", "Sous embargo"), found[0].message
        return ("draft", "Hors ligne"), "Elle paraît ici à sa publication par un valideur."

    @cached_property
    def embargo(self):
        if self.consultation.published_at or api.is_restricted(self.consultation):
            return []
        lives = [record.life for record in store.of_support(self.consultation, thresholds.JOUE)]
        connected = services.mode(getSite(), thresholds.JOUE) != services.OFF
        return embargo.findings(self.supports, lives, connected, self.now)

    def _detail(self, record):
        if record.state == lifecycle.PUBLISHED:
            day = f"paru le {record.published_on:%d/%m/%Y}" if record.published_on else ""
            return ", ".join(filter(None, (f"n° {record.reference}" if record.reference else "", day)))
        if record.state == lifecycle.REFUSED and record.reasons:
            return record.reasons[0].message
        moment = record.received or record.sent
        return f"le {clock.french(moment, seconds=True)}" if moment else ""

    def kinds(self, support):
        return sending.next_kinds(self.consultation, support, self.call)

    # the notice that is shown

    @cached_property
    def kind(self):
        """The kind of the notice that is drawn: the next one, else the call for tenders."""
        found = self.kinds(self.chosen) if self.chosen and self.chosen != thresholds.PROFILE else []
        return typing.one_of(self.text("genre"), found, (found or [lifecycle.CALL])[0])

    @cached_property
    def may_leave(self):
        return self.kind in self.kinds(self.chosen) if self.chosen not in ("", thresholds.PROFILE) else False

    @cached_property
    def records(self):
        return list(reversed(store.of_support(self.consultation, self.chosen))) if self.chosen else []

    @cached_property
    def standing(self):
        """The last call, or its change, that stands on the chosen support, or None: what another change starts from."""
        return store.last_standing(list(reversed(self.records)))

    @cached_property
    def last(self):
        """The last notice that stands on the chosen support, whatever follows the call included, or None."""
        return store.last_standing(list(reversed(self.records)), SHOWN)

    @cached_property
    def as_sent(self):
        """True when what is shown is what was sent: nothing else may leave."""
        return self.last is not None and not self.may_leave and bool(self.last.said)

    @property
    def rubrics_title(self):
        if not self.as_sent:
            return "Ce que dit l’avis"
        noted = self.last.form == store.DECLARED
        return "Ce que disait la consultation à la parution" if noted else "Ce qui a été envoyé"

    @cached_property
    def day(self):
        """The midnight of today: a preview is the same, and judged once, all day."""
        return clock.paris(self.now).replace(
            **{name: getattr(time(), name) for name in ("hour", "minute", "second", "microsecond")}
        )

    @cached_property
    def draft(self):
        if not self.chosen:
            return None
        reason = (self.suggested_reason or "Motif à saisir") if self.asks_reason else ""
        return sending.draft(self.consultation, self.chosen, self.kind, self.day, reason, self.call)

    @property
    def waits_for_decision(self):
        """True of a contract without publicity that is not decided: its first notice is that of its award."""
        return self.consultation.procedure == thresholds.DIRECT and self.phase not in sending.RESULTS

    @property
    def kind_title(self):
        if self.waits_for_decision:
            return lifecycle.KINDS[lifecycle.AWARD]
        return lifecycle.KINDS[self.last.kind if self.as_sent else self.kind]

    @property
    def form_title(self):
        draft = self.draft
        title = store.FORMS.get(draft.form, "") if draft.form != store.DECLARED else "page de la consultation"
        return f"{title}, sous-type {draft.subtype}" if draft.subtype else title

    @cached_property
    def shown(self):
        """The rubrics: dicts ``title, words, url, errors, warnings``."""
        if self.as_sent:
            return [
                {"title": title, "words": text.split("\n"), "url": "", "errors": [], "warnings": []}
                for _key, _lot, title, text in self.last.said
            ]
        errors = () if self.waits_for_decision else set(map(id, self.draft.errors))
        found = []
        for item in self.draft.rubrics:
            page = rubrics.page_of(item, self.is_draft)
            root = self.buyer.absolute_url() if page.startswith("../") else self.url
            url = f"{root}/{page.removeprefix('../')}" if page else ""
            found.append(
                {
                    "title": item.title,
                    "words": item.words,
                    "url": url if self.editable(page) else "",
                    "errors": [one for one in item.findings if id(one) in errors],
                    "warnings": []
                    if self.waits_for_decision
                    else [one for one in item.findings if id(one) not in errors],
                }
            )
        return found

    def editable(self, page):
        if page == rubrics.BUYER:
            return self.may("megalis: Manage agents", self.buyer)
        if page == rubrics.RECTIFY:
            return self.may_send and self.phase == "publiee"
        return self.may_edit and self.is_draft

    @cached_property
    def differences(self):
        """What changed since the notice that stands: list of dicts ``title, before, after``."""
        if self.kind != lifecycle.CHANGE or self.standing is None:
            return []
        return sending.changed_since(self.standing, self.call)

    @property
    def asks_reason(self):
        return self.kind in (lifecycle.CHANGE, lifecycle.CANCEL)

    @property
    def suggested_reason(self):
        if self.text("motif"):
            return self.text("motif")
        if self.kind == lifecycle.CANCEL:
            return self.consultation.cancelled_reason or ""
        versions = api.history(self.consultation)
        return versions[-1]["reason"] if versions else ""

    @property
    def connected(self):
        return self.is_connected(self.chosen)

    def is_connected(self, support):
        return support == thresholds.JAL or services.mode(getSite(), support) in (services.SIMULATED, services.REAL)

    @property
    def simulated(self):
        return any(services.mode(getSite(), name) == services.SIMULATED for name in self.supports)

    @property
    def file_url(self):
        return f"{self.url}/@@avis-fichier?support={self.chosen}&genre={self.kind}"

    @cached_property
    def newspapers(self):
        """The newspapers to choose from: dicts ``id, title, quote``."""
        found = []
        for item in identity.newspapers(self.buyer):
            rate = identity.rate_on(item, clock.paris(self.now).date())
            quote = ""
            if rate is not None and self.draft.data:
                made = jal.quote(self.draft.text, rate)
                units = words.plural(made.units, "ligne" if rate.unit == jal.LINE else "caractère")
                quote = f"{units}, {words.euros(made.net)} HT, {words.euros(made.gross)} TTC"
            found.append({"id": item.id, "title": item.name, "quote": quote or "sans tarif"})
        return found

    @property
    def length(self):
        """The length of the announcement, in words, or ""."""
        if self.chosen != thresholds.JAL or not self.draft.data:
            return ""
        text = self.draft.text
        return f"{len(jal.lines(text))} lignes de {jal.WIDTH} signes, {jal.characters(text)} caractères"

    @property
    def notices(self):
        """The records of the chosen support, newest first: dicts for the list."""
        return [
            {
                "record": item,
                "title": lifecycle.KINDS[item.kind],
                "version": item.version if item.form != store.DECLARED else "",
                "badge": (lifecycle.BADGES[item.state], lifecycle.STATES[item.state]),
                "detail": self._detail(item),
                "url": f"{self.url}/@@avis?id={item.id}",
            }
            for item in self.records
        ]

    @property
    def declarable(self):
        """The kinds whose publication elsewhere may be noted: list of (key, words)."""
        lives = [(item.kind, item.state) for item in reversed(self.records)]
        return [(kind, lifecycle.KINDS[kind]) for kind in lifecycle.KINDS if sending.may_follow(kind, lives)]

    @property
    def annonces_url(self):
        return f"{self.buyer.absolute_url()}/@@annonces" if self.may("megalis: Manage agents", self.buyer) else ""
