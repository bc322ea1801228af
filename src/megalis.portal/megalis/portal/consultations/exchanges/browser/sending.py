"""Writing to companies: to groups or to some, and following who has read."""

from functools import cached_property
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.browser.pages import STATES
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.http import Refusal
from zExceptions import NotFound
from zope.component.hooks import getSite


SHOWN = 40  # companies listed one by one; beyond, they are searched by name


class Write(Exchange):
    """``@@nouveau-message``."""

    page_title = "Écrire aux entreprises"
    longest = rules.ANSWER
    longest_subject = rules.SUBJECT

    @property
    def crumbs(self):
        return [("Échanges avec les entreprises", f"{self.url}/@@echanges")]

    @cached_property
    def groups(self):
        """The groups with their counts: dicts key, title, count, hidden, chosen."""
        chosen = self.texts("groupe")
        found = []
        for group in recipients.groups(self.consultation):
            why = group.hidden(self.now)
            count = 0 if why else len(recipients.merged(group()))
            found.append(
                {
                    "key": group.group,
                    "title": group.title,
                    "count": count,
                    "hidden": why,
                    "chosen": group.group in chosen,
                }
            )
        return found

    @cached_property
    def everybody(self):
        return recipients.everybody(self.consultation, self.now)

    @property
    def words(self):
        return " ".join(self.text("q").split())[:100]

    @property
    def companies(self):
        """The companies that may be ticked one by one: dicts key, name, chosen."""
        chosen = set(self.texts("destinataire"))
        words = self.words.casefold()
        ticked = [item for item in self.everybody if item.key in chosen]
        found = [item for item in self.everybody if words in item.name.casefold() and item.key not in chosen]
        return [
            {"key": item.key, "name": item.name, "chosen": item.key in chosen}
            for item in (ticked + found)[: max(SHOWN, len(ticked))]
        ]

    @property
    def more(self):
        return max(0, len(self.everybody) - SHOWN)

    def chosen(self):
        """Return the Recipients that the form names; Refused ``destinataire.inconnu``, ``.cache``."""
        groups = self.texts("groupe")
        known = {group.group for group in recipients.groups(self.consultation)}
        unknown = [name for name in groups if name not in known]
        found = recipients.everybody(self.consultation, self.now, groups) if groups and not unknown else []
        by_key = {item.key: item for item in self.everybody}
        asked = [key for key in self.texts("destinataire") if key]
        unknown += [key for key in asked if key not in by_key]
        if unknown:
            raise Refused(
                "destinataire.inconnu",
                "Un destinataire choisi n’est plus dans la liste : rechargez la page.",
                unknown[0],
            )
        return recipients.merged([*found, *(by_key[key] for key in asked)])

    def post(self):
        if self.text("chercher"):
            return
        form = self.request.form
        message = messages.send(
            self.consultation,
            self.person,
            form.get("objet"),
            form.get("texte"),
            self.chosen(),
            attachments=self.received(),
            replies=bool(form.get("reponses")),
            reply_until=typing.moment(self.text("terme")),
            key=self.key,
        )
        self.redirect(f"{self.url}/@@envoi?message={message.id}", "Votre message est enregistré ; il part.")

    @property
    def value(self):
        return {name: self.text(name) for name in ("objet", "texte", "terme")}

    @property
    def replies(self):
        return bool(self.text("reponses")) if self.request.method == "POST" else True


class Sent(Exchange):
    """``@@envoi?message=``: one message, and for each recipient when it was available, sent and read."""

    def __call__(self):
        if self.message is None:
            raise NotFound(self.text("message"))
        return super().__call__()

    @cached_property
    def message(self):
        return messages.find(self.consultation, self.text("message"))

    @property
    def page_title(self):
        return self.message.subject

    crumb_title = "Envoi"

    @property
    def crumbs(self):
        return [("Échanges avec les entreprises", f"{self.url}/@@echanges")]

    @property
    def kind(self):
        return letters.KINDS[self.message.kind].title if self.message.kind in letters.KINDS else "Message"

    @property
    def is_letter(self):
        return self.message.sheet is not None

    @property
    def is_of_award(self):
        """True for the letters by which a procedure ends: another step waits after them."""
        return self.message.kind in (letters.REJECTION, letters.NOTIFICATION) and self.may_write

    def post(self):
        if not self.may_write:
            raise Refusal("role", "Votre rôle permet de lire les envois, pas d’écrire.", 403)
        here = f"{self.url}/@@envoi?message={self.message.id}"
        if self.text("relancer"):
            count = messages.remind(self.consultation, self.message, self.person)
            self.redirect(here, f"Rappel envoyé à {self.plural(count, 'destinataire')}.")
        elif self.text("lues"):
            count = messages.seen(self.consultation, self.message)
            self.redirect(here, f"{self.plural(count, 'réponse lue', 'réponses lues')}.")
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    @property
    def counts(self):
        message = self.message
        return {
            "all": message.count,
            "prepared": message.prepared,
            "read": message.read(),
            "unread": message.prepared - message.read(),
            "answered": message.answered(),
        }

    @cached_property
    def _page(self):
        ranks = list(range(self.message.count))
        return self.paged(ranks, f"{self.url}/@@envoi?message={self.message.id}&")

    @property
    def pages(self):
        return self._page[1]

    @property
    def rows(self):
        """The recipients of this page: dicts name, emails, available, badge, read, by, notified, letter, text."""
        waiting, done = (facts(getSite(), name) for name in (outbox.WAITING, outbox.DONE))
        found = []
        for rank in self._page[0]:
            recipient = self.message.people.list[rank]
            delivery = self.message.deliveries.get(rank)
            row = {"name": recipient.name, "emails": ", ".join(recipient.emails), "delivery": delivery}
            if delivery is None:
                row |= {"badge": ("run", "En préparation"), "notified": "", "letter": "", "how": ""}
            else:
                row |= {
                    "badge": self._badge(delivery, waiting, done),
                    "notified": self._notified(delivery),
                    "letter": self._letter(delivery),
                    "how": "par le lien personnel" if delivery.read_by == messages.BY_LINK else "dans son espace",
                }
            found.append(row)
        return found

    def _badge(self, delivery, waiting, done):
        if delivery.first_read is not None:
            return "ok", "Lu"
        mails = [(waiting and waiting.get(key)) or (done and done.get(key)) for key in delivery.mails]
        states = [mail.state for mail in mails if mail is not None]
        if not states:
            return "", "Dans son espace, sans courriel"
        worst = next((state for state in ("abandonne", "a-retenter", "a-envoyer", "en-cours") if state in states), "")
        if not worst:
            return "", "Envoyé, non lu"
        return ("bad", "Courriel refusé") if worst == "abandonne" else STATES[worst]

    def _letter(self, delivery):
        if delivery.letter is None:
            return ""
        return self.piece_url(delivery.letter, envoi=self.message.id, remise=delivery.rank)

    def _notified(self, delivery):
        if self.message.kind != letters.NOTIFICATION:
            return ""
        found = delivery.notified(self.now)
        if found is None:
            end, _source = rules.presumed_from(delivery.available)
            return f"pas encore ; sans lecture, réputée faite après le {self.day(end)}"
        how = "première lecture" if found[1] == rules.READING else "présomption : non lue en quinze jours"
        return f"notifiée le {self.day(found[0])} ({how})"

    def day(self, instant):
        return clock.french(instant, seconds=True, weekday=False)

    @cached_property
    def replies(self):
        """The replies, newest first: dicts company, at, by, text, pieces, fresh."""
        found = []
        for delivery in self.message.deliveries.values() if self.message.answered() else ():
            for number, given in enumerate(delivery.replies):
                found.append(
                    {
                        "company": delivery.recipient.name,
                        "at": given.at,
                        "by": given.fullname,
                        "text": given.text,
                        "fresh": number >= delivery.seen,
                        "pieces": self.joined(
                            given.attachments, envoi=self.message.id, remise=delivery.rank, reponse=given.id
                        ),
                    }
                )
        return sorted(found, key=lambda row: row["at"], reverse=True)

    @property
    def fresh(self):
        return sum(1 for row in self.replies if row["fresh"])

    @property
    def pieces(self):
        return self.joined(self.message.attachments, envoi=self.message.id)
