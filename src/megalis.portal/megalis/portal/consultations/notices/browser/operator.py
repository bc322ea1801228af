"""``/services-de-publication``: to whom the platform is connected, whether the rules are ready, what does not leave."""

from functools import cached_property
from heapq import nlargest
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import preparing
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import outbox
from megalis.portal.organisations import people


SHOWN = 40


class Operator(Page):
    """The page."""

    page_title = "Services de publication"

    def text(self, name):
        value = self.request.form.get(name, "")
        return value if isinstance(value, str) else ""

    @cached_property
    def who(self):
        person = people.current(self.request)
        return person.fullname if person is not None else "Un gestionnaire"

    @property
    def here(self):
        return f"{self.context.absolute_url()}/services-de-publication"

    def post(self):
        form = self.request.form
        if "relier" in form:
            support = self.text("relier")
            services.tell(self.context, support, self.text("mode"), self.text("adresse"), self.who)
            self.redirect(self.here, f"{services.TITLES[support]} : {services.MODES[self.text('mode')].lower()}.")
        elif "relancer" in form:
            try:
                outbox.retry(self.context, self.text("relancer"))
            except (KeyError, ValueError):
                raise Refused("message.absent", "Ce message n’existe plus : rechargez la page.") from None
            self.redirect(self.here, "Le message repart dans quelques secondes.")
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    @property
    def services(self):
        """The services: dicts ``id, title, kept, modes, key, variables``."""
        found = []
        for support, title in services.TITLES.items():
            kept = services.told(self.context, support)
            url, variable, name = services.OUTSIDE[support]
            found.append(
                {
                    "id": support,
                    "title": title,
                    "kept": kept,
                    "modes": [(key, words, key == kept["mode"]) for key, words in services.MODES.items()],
                    "badge": {"reel": ("ok", "Relié"), "simulation": ("soon", "Simulation")}.get(
                        kept["mode"], ("", "Non relié")
                    ),
                    "key": bool(services.key(support)),
                    "variable": variable,
                    "file": name,
                    "url_variable": url,
                }
            )
        return found

    @property
    def rules(self):
        """What is known of the compiled rules: list of (term, words)."""
        kept = preparing.state()
        rows = [
            ("SDK installés", ", ".join(sdks.installed()) or "aucun : les avis formalisés ne partent pas"),
            ("Règles", preparing.WORDS[kept["state"]]),
            ("Sous-types", ", ".join(preparing.SUBTYPES)),
            ("Version", kept["version"]),
            ("Durée", f"{kept['seconds']:.1f} s".replace(".", ",") if kept["seconds"] is not None else ""),
            ("Erreur", kept["error"]),
        ]
        return [row for row in rows if row[1]]

    @cached_property
    def waiting(self):
        """The messages of notices that wait or were given up: dicts."""
        found = []
        for message in outbox.messages(self.context):
            if message.kind in (sending.QUEUE, sending.STOP) and message.state != "envoye":
                found.append(message)
            if len(found) == SHOWN:
                break
        return [{"message": item, "again": item.state in ("a-retenter", "abandonne")} for item in found]

    @cached_property
    def notices(self):
        """The last notices of the platform, newest first: dicts ``record, title, url, badge``."""
        found = []
        rows = store.of_site(self.context).items()
        for key, (uid, _buyer, _made) in nlargest(SHOWN, rows, key=lambda row: row[1][2]):
            consultation = store.consultation_of(uid)
            if consultation is None:
                continue
            try:
                record = store.find(consultation, key)
            except Refused:
                continue
            found.append((record, consultation))
        return [
            {
                "record": record,
                "title": sending.title_of(record),
                "reference": consultation.reference,
                "badge": (lifecycle.BADGES[record.state], lifecycle.STATES[record.state]),
            }
            for record, consultation in found
        ]
