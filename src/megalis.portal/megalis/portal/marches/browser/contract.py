"""One contract for its agents: what it is, what it lacks, its acts, its history; and the forms that change it."""

from dataclasses import replace
from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.browser.base import OfContract
from megalis.portal.marches.browser.facts import facts_of
from megalis.portal.marches.publishing.browser import acts_of
from megalis.portal.marches.publishing.browser import history_of
from megalis.portal.marches.publishing.browser import holder_words
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import BLOCKING
from megalis.portal.marches.rules import checking
from megalis.portal.marches.rules import deadlines
from megalis.portal.marches.rules import entry
from megalis.portal.marches.rules import Finding
from megalis.portal.marches.rules import limits
from megalis.portal.marches.rules import PUBLISHED
from megalis.portal.marches.rules import TYPES
from megalis.portal.marches.rules.tabular import LATER
from megalis.portal.marches.rules.words import ACTS
from megalis.portal.marches.rules.words import SECTIONS
from megalis.portal.marches.rules.words import words_of
from megalis.portal.theme.words import plural
from plone import api
from zExceptions import NotFound


class Contract(OfContract):
    """``@@contrat?contrat=KEY``."""

    @property
    def page_title(self):
        return self.title

    @property
    def wrong(self):
        return checking.blocking(self.findings)

    @property
    def advice(self):
        return [item for item in self.findings if item.level != BLOCKING]

    @property
    def optional(self):
        """True when the law does not ask for the publication: the amount is below the threshold."""
        return not deadlines.is_due(self.record.kind, self.record.raw)

    @property
    def facts(self):
        raw = self.record.last.raw if self.record.versions else self.record.raw
        if not self.record.versions:
            return safe_facts(self.record.kind, raw)
        return facts_of(self.record.kind, raw, holder_words)

    @property
    def acts(self):
        return acts_of(self.record) if self.record.versions else []

    @property
    def history(self):
        return history_of(self.record)

    @property
    def modified(self):
        """True when what is entered differs from what is published."""
        return bool(self.record.versions) and self.record.draft is not None

    @property
    def new_acts(self):
        """The acts that may be added: (words, address)."""
        if not (self.record.published and self.may_prepare):
            return []
        url, key = self.url, self.record.key
        found = amending.acts_of(self.record.kind)
        known = amending.listed(self.record.kind, self.record.raw, amending.SUBCONTRACT) if len(found) > 2 else ()
        return [
            (words, f"{url}/@@contrat-acte?contrat={key}&acte={name}")
            for name, words in found
            if name != amending.SUBCONTRACT_CHANGE or known
        ]

    @property
    def act_url(self):
        """Where the contract becomes an act for the préfecture, "" for who prepares none."""
        may = api.user.has_permission("megalis: Prepare acts", obj=self.context)
        return f"{self.url}/@@contrat-prefecture?contrat={self.record.key}" if may else ""

    @property
    def raised(self):
        """By how many per cent the modifications raised the amount; None without any."""
        share = amending.raised(self.record.kind, self.record.raw)
        return f"{share * 100:+.1f}".replace(".", ",") if share else None

    @property
    def bases(self):
        """What each modification stands on: (number, ground in words, share or "", why it is beyond its limit or "")."""
        kind = self.record.kind
        return [
            (
                number,
                limits.words_of(kind, kept["ground"]),
                f"{float(kept['share']):+.1f}".replace(".", ",") if "share" in kept else "",
                f"{' ; '.join(kept['over'])}. Motif : {kept['reason']}" if "over" in kept else "",
            )
            for number, kept in sorted(self.record.bases.items(), key=lambda item: int(item[0]))
        ]

    @cached_property
    def siblings(self):
        """How many contracts of the same consultation lack answers that are given here."""
        return len(recording.siblings(self.record)) if self.record.published and self.may_prepare else 0

    def do_etendre(self):
        self._allowed()
        count = recording.spread(self.record)
        words = plural(count, "contrat complété", "contrats complétés") if count else "Aucun contrat à compléter"
        self.done(f"{self.url}/@@contrats", f"{words} : relisez, puis publiez.")

    def _allowed(self):
        if not self.may_prepare:
            raise Refusal("role", "Votre rôle ne permet pas de changer ce contrat.", 403)

    def do_retirer(self):
        self._allowed()
        recording.withdraw(self.record, self.text("motif"))
        self.done(self.here, "Contrat retiré des publications ; son historique reste.")

    def do_dispenser(self):
        self._allowed()
        recording.waive(self.record, self.text("motif"))
        self.done(self.here, "Contrat mis de côté : ses données ne seront pas publiées.")

    def do_reprendre(self):
        self._allowed()
        recording.resume(self.record)
        self.done(self.here, "Contrat repris : complétez-le, puis publiez.")

    def do_supprimer(self):
        self._allowed()
        modified = bool(self.record.versions)
        recording.discard(self.record)
        url = self.here if modified else f"{self.url}/@@contrats"
        self.done(url, "Saisie abandonnée." if modified else "Brouillon supprimé.")


class Form(OfContract):
    """What the two forms share: items of a record, each with what is wrong beside it."""

    def beside(self, findings):
        """Return the findings with the errors of a refusal in their place when there are some."""
        refused = [Finding(code, message, field) for code, message, field in self.errors if field]
        return refused or findings

    @property
    def above(self):
        """The errors that stand beside no field."""
        return [(code, message) for code, message, field in self.errors if not field]


class Edit(Form):
    """``@@contrat-modifier?contrat=KEY``: the essential data, section by section."""

    @property
    def page_title(self):
        return "Données essentielles"

    @cached_property
    def type(self):
        return TYPES[self.record.kind]

    @cached_property
    def raw(self):
        """The data shown: those just sent, else those kept."""
        if self.request.method == "POST":
            kept = {name: self.record.raw[name] for name in (*LATER, PUBLISHED) if name in self.record.raw}
            return {**entry.record(self.type, self.request.form, skip=(*LATER, PUBLISHED)), **kept}
        return self.record.raw

    @property
    def reason(self):
        return self.text("motif")

    @cached_property
    def checked(self):
        return recording.findings(self.record, self.raw, self.context)

    @cached_property
    def items(self):
        return entry.items(self.type, self.raw, self.beside(self.checked), (*LATER, PUBLISHED))

    @property
    def sections(self):
        """The fields in their sections: list of dicts ``title, fields, wrong``."""
        known = {item.name: item for item in self.items}
        found = []
        for title, names in SECTIONS:
            items = [known[name] for name in names if name in known]
            wrong = sum(1 for item in items for finding in item.findings if finding.level == BLOCKING)
            found.append({"title": title, "fields": items, "wrong": wrong})
        return found

    @property
    def summary(self):
        """What is wrong, with the way to it: list of (code, label, message, anchor)."""
        wrong = self.beside(checking.blocking(self.checked))
        return [
            (
                item.code,
                words_of(item.field).label if item.field else "",
                item.message,
                f"#{item.field}" if item.field else "",
            )
            for item in wrong
        ]

    def do_garder(self):
        recording.save(self.record, self.raw)
        self.done(self.here, "Saisie gardée ; rien n’est encore publié.")

    def do_ligne(self):
        """Another row below the holders: what was typed is kept, and one more row shown."""
        recording.save(self.record, self.raw)

    def do_publier(self):
        if self.record.state == store.WAIVED:
            recording.resume(self.record)
        first = not self.record.versions
        version = recording.publish(self.record, self.raw, self.reason)
        words = "Données essentielles publiées." if first else f"Rectification publiée (version {version.number})."
        self.done(self.here, words)


class Act(Form):
    """``@@contrat-acte?contrat=KEY&acte=NAME&rang=N``: one more act, or the correction of the one at ``rang``."""

    def prepare(self):
        super().prepare()
        if (self.record.kind, self.act) not in amending.SHAPES or not self.record.versions or self.before is None:
            raise NotFound(self.text("acte")[:40])

    @property
    def act(self):
        return self.text("acte")

    @property
    def page_title(self):
        return ACTS[self.act] if self.rank is None else f"Corriger : {ACTS[self.act].lower()} n° {self.number}"

    @cached_property
    def rank(self):
        text = self.text("rang")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None

    @cached_property
    def number(self):
        if self.rank is not None:
            return self.before.get("id", self.rank + 1)
        return amending.next_number(self.record.kind, self.record.last.raw, self.act)

    @cached_property
    def before(self):
        """The act being corrected; {} for a new one; None when there is none at this rank."""
        if self.rank is None:
            return {}
        rows = amending.listed(self.record.kind, self.record.last.raw, self.act)
        return rows[self.rank] if self.rank < len(rows) else None

    @property
    def shape(self):
        return amending.SHAPES[self.record.kind, self.act]

    @cached_property
    def values(self):
        if self.request.method == "POST":
            return entry.record(self.shape[2], self.request.form, skip=amending.skipped(self.record.kind, self.act))
        return self.before

    @property
    def items(self):
        skip = amending.skipped(self.record.kind, self.act)
        found = entry.items(self.shape[2], self.values, self.beside(()), skip)
        return [self.of_subcontract(item) if item.name == "id" else item for item in found]

    def of_subcontract(self, item):
        """Return the field that names the act being modified, as a choice among those of the contract."""
        acts = amending.listed(self.record.kind, self.record.last.raw, amending.SUBCONTRACT)
        options = tuple((str(act["id"]), f"N° {act['id']}, {holder_words(act['sousTraitant']['id'])}") for act in acts)
        control = replace(item.rows[0][0], label="Acte modifié", widget="select", options=options)
        return replace(item, label=control.label, help="", rows=((control,),))

    @property
    def in_force(self):
        amount, months, holders = amending.in_force(self.record.kind, self.record.last.raw)
        return {"amount": amount, "months": months, "holders": [holder_words(item["id"]) for item in holders]}

    @property
    def reason(self):
        return self.text("motif")

    @property
    def grounded(self):
        """True of a modification: it says on what ground, and is held to the limit of that ground."""
        return self.act == amending.MODIFICATION

    @cached_property
    def basis(self):
        if self.request.method == "POST":
            return limits.Basis(self.text("fondement"), bool(self.text("depassement")), self.text("depassement-motif"))
        return recording.basis_of(self.record, self.number)

    @property
    def grounds(self):
        """The grounds: (code, words, selected)."""
        return [
            (code, words, "selected" if code == self.basis.ground else None)
            for code, words in limits.choices(self.record.kind)
        ]

    @property
    def limits(self):
        """How far the limited grounds reach: (words, sentence, source)."""
        return limits.told(self.record.kind, self.record.last.raw, recording.today())

    @property
    def beyond(self):
        """True when the limit is passed: what confirms it is shown."""
        codes = {code for code, _message, _field in self.errors}
        return self.basis.confirmed or bool(codes & {"marches.limite", "marches.limite-motif"})

    def do_publier(self):
        number = self.number
        recording.amend(self.record, self.act, self.values, self.rank, self.reason, self.basis)
        self.done(self.here, f"{ACTS[self.act]} n° {number} : publication faite.")

    def do_ligne(self):
        """Another row: what was typed is shown again with one row more."""


def safe_facts(kind, raw):
    """Return the facts of data that may be wrong: what cannot be read is shown as typed."""
    found = []
    for name, value in raw.items():
        try:
            found += facts_of(kind, {name: value}, holder_words)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, Refused):
            found.append((words_of(name).label, str(value)))
    return found
