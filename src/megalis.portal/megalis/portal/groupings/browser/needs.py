"""The survey: its lots and lines, its sending and who answered; the page on which a member answers."""

from functools import cached_property
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import surveying
from megalis.portal.groupings.browser.base import Page
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.rules import units


ASIDE = "Elle est mise de côté, entière : demandez au coordonnateur de la retenir."
UNREADABLE = "Elle n’est pas complète, rien n’en est gardé : écrivez au coordonnateur ce que vous vouliez répondre."


class Needs(Page):
    """``@@besoins``."""

    page_title = "Enquête de besoins"
    here = "@@besoins"
    wrong = ()
    units = tuple((unit.code, unit.title) for unit in units.UNITS.values())

    @property
    def prepared(self):
        return self.state == survey.PREPARED

    @property
    def lots(self):
        """Lots with their lines: list of (Lot, lines)."""
        return [(lot, [line for line in self.context.lines if line.lot == lot.number]) for lot in self.context.lots]

    @property
    def price(self):
        return units.shown

    def typed(self, name):
        """Return what was typed in a field that is shown again."""
        return self.field(name) if self.errors else ""

    @property
    def rows(self):
        """Who answered: dicts name, sent, draft."""
        found = []
        for member in self.context.joined:
            answer = self.context.answers.get(member.uid)
            found.append(
                {
                    "name": member.name,
                    "sent": answer.sent if answer is not None else None,
                    "draft": bool(answer is not None and answer.draft and not answer.sent),
                }
            )
        return found

    @property
    def waiting(self):
        return self.table.missing

    def do_lot(self):
        self.require(self.coordinates)
        surveying.add_lot(self.context, self.field("numero"), self.field("intitule"))
        self.done("Le lot est ajouté.")

    def do_retirer_lot(self):
        self.require(self.coordinates)
        surveying.remove_lot(self.context, self.field("lot"))
        self.done("Le lot et ses lignes sont retirés.")

    def do_ligne(self):
        self.require(self.coordinates)
        surveying.add_line(
            self.context, self.field("lot"), self.field("titre"), self.field("unite"), self.field("prix")
        )
        self.done("La ligne est ajoutée.")

    def do_coller(self):
        self.require(self.coordinates)
        try:
            count = surveying.paste(self.context, self.request.form.get("lignes", ""))
        except surveying.Wrong as wrong:
            self.wrong = wrong.refusals
            raise
        self.done(f"{self.plural(count, 'ligne')} en plus.")

    def do_retirer(self):
        self.require(self.coordinates)
        surveying.remove_line(self.context, self.field("ligne"))
        self.done("La ligne est retirée.")

    def do_envoyer(self):
        self.require(self.coordinates)
        surveying.send(self.context, typing.moment(self.field("fin")), self.userid)
        self.done(f"L’enquête est envoyée. Les besoins seront figés le {self.moment(self.context.closes)}.")

    def do_prolonger(self):
        self.require(self.coordinates)
        surveying.postpone(self.context, typing.moment(self.field("fin")), self.userid)
        self.done(f"L’enquête court jusqu’au {self.moment(self.context.closes)}.")

    def do_relancer(self):
        self.require(self.coordinates)
        if self.state != survey.OPEN or not self.waiting:
            raise Refused("enquete.relance", "Il n’y a personne à relancer : l’enquête est close, ou tous ont répondu.")
        count = surveying.remind(self.context, self.userid)
        self.done(f"Rappel envoyé à {self.plural(count, 'agent')}.")


class Reply(Page):
    """``@@reponse``: a member's needs."""

    page_title = "Les besoins de ma collectivité"
    here = "@@reponse"
    wrong = ()
    aside = False

    @cached_property
    def answer(self):
        """The Answer of the member, or None when it is not asked."""
        try:
            return surveying.answer_of(self.context, self.member.uid) if self.member is not None else None
        except Refused:
            return None

    @property
    def open(self):
        return self.state == survey.OPEN

    @property
    def late(self):
        """The late answers of this member."""
        return [late for late in self.context.late.values() if self.member is not None and late.uid == self.member.uid]

    def _typed(self, name):
        return {line.id: str(self.request.form.get(f"{name}-{line.id}", "")) for line in self.context.lines}

    @property
    def rows(self):
        """Lots with what each line shows: list of (Lot, rows)."""
        messages = dict(self.wrong)
        found = []
        for lot in self.context.lots:
            lines = [line for line in self.context.lines if line.lot == lot.number]
            found.append((lot, [self._row(line, messages.get(line.id)) for line in lines]))
        return found

    def _row(self, line, wrong):
        quantity, before = self._shown(line)
        return {
            "line": line,
            "quantity": quantity,
            "before": before,
            "wrong": wrong.message if wrong is not None else "",
        }

    def _shown(self, line):
        form = self.request.form
        if self.request.method == "POST" and f"q-{line.id}" in form:
            return str(form[f"q-{line.id}"])[:60], str(form.get(f"a-{line.id}", ""))[:60]
        if line.id in self.answer.draft:
            return self.answer.draft[line.id]
        need = self.answer.needs.get(line.id)
        return (units.shown(need.quantity), units.shown(need.before)) if need is not None else ("", "")

    def _work(self, act):
        self.require(self.member is not None and self.may_answer)
        return act(self.context, self.member.uid, self._typed("q"), self._typed("a"), self.userid)

    def do_enregistrer(self):
        self._work(surveying.keep_draft)
        self.done("Votre réponse est enregistrée. Elle ne compte qu’une fois envoyée.")

    def do_envoyer(self):
        try:
            self._work(surveying.send_answer)
        except surveying.Wrong as wrong:
            self.wrong = wrong.refusals
            raise
        except Refused as refused:
            self.aside = refused.code == "enquete.figee"
            raise
        self.done("Votre réponse est envoyée. Vous pouvez la corriger jusqu’à la date de gel.")

    def fail(self, message, status, mark):
        """Undo what the refused answer wrote; a late one that can be read is then kept apart, whole."""
        super().fail(message, status, mark)
        if self.aside:
            surveying.note_freezing(self.context, self.now)
            kept = surveying.keep_aside(self.context, self.member.uid, self._typed("q"), self._typed("a"), self.userid)
            self.errors = (*self.errors, ASIDE if kept is not None else UNREADABLE)
            self.request.response.setStatus(409)
