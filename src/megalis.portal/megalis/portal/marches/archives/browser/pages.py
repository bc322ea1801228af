"""``@@conservation`` of a consultation; ``@@archives`` and ``@@elimination`` of a collectivité."""

from functools import cached_property
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.dce.sending import disposition
from megalis.portal.formats import tables
from megalis.portal.kernel import pdf
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches.archives import elimination
from megalis.portal.marches.archives import freezing
from megalis.portal.marches.archives import holdings
from megalis.portal.marches.archives import rules
from megalis.portal.marches.browser.base import Page
from megalis.portal.marches.rules.deadlines import day_of
from megalis.portal.organisations import people
from megalis.portal.theme import words
from megalis.portal.theme.export import Exported
from plone import api
from zExceptions import NotFound


FREEZE = "megalis: Prepare consultation"
ELIMINATE = "megalis: Eliminate archives"
BADGES = {rules.PROPOSED: "soon", rules.ENDORSED: "run", rules.DONE: "closed", rules.GIVEN_UP: "bad"}
SHOWN = 200  # files of a list on its page; its tables have them all


def day(value):
    return f"{value:%d/%m/%Y}" if value else ""


class Retention(Page):
    """What a consultation keeps, by which rule and until when; the freeze while a dispute runs."""

    page_title = "Conservation et archives"

    @cached_property
    def holdings(self):
        return [
            {
                "title": item.title,
                "files": len(item.items),
                "size": words.size(item.size) if item.size else "",
                "years": item.rule.years,
                "since": rules.SINCE[item.rule.since],
                "start": day(item.start),
                "until": day(item.until),
                "fate": rules.FATES[item.rule.fate],
                "source": item.rule.source,
                "ready": item.ready,
            }
            for item in holdings.of(self.context, self.today)
        ]

    @property
    def frozen(self):
        return freezing.of(self.context)

    @property
    def decisions(self):
        """The freezes and their ends, newest first."""
        return [
            {"words": "Gel" if item.on else "Levée du gel", "reason": item.reason, "at": item.at, "by": _name(item.by)}
            for item in reversed(freezing.history(self.context))
        ]

    @cached_property
    def may_freeze(self):
        return api.user.has_permission(FREEZE, obj=self.buyer) or api.user.has_permission(ELIMINATE, obj=self.buyer)

    @cached_property
    def buyer(self):
        return consultations.buyer(self.context)

    def _decide(self, on):
        if not self.may_freeze:
            raise Refusal("role", "Votre rôle ne permet pas de geler ces documents.", 403)
        freezing.decide(self.context, on, self.text("motif"))
        words_ = "Documents gelés : rien n’en sera éliminé." if on else "Gel levé."
        self.done(f"{self.url}/@@conservation", words_)

    def do_geler(self):
        self._decide(True)

    def do_lever(self):
        self._decide(False)


class Archives(Page):
    """What may be proposed for elimination, and the lists made so far."""

    page_title = "Archives et éliminations"

    @cached_property
    def may_eliminate(self):
        return api.user.has_permission(ELIMINATE, obj=self.context)

    @cached_property
    def ready(self):
        return [
            {
                "key": f"{consultations.uuid(consultation)}/{item.sort}",
                "url": f"{consultation.absolute_url()}/@@conservation",
                "reference": consultation.reference,
                "title": consultation.title,
                "label": item.title,
                "files": len(item.items),
                "size": words.size(item.size),
                "start": day(item.start),
                "until": day(item.until),
                "days": (item.start, item.until),
                "octets": item.size,
                "source": item.rule.source,
            }
            for consultation, item in elimination.ready(self.context, self.today)
        ]

    @property
    def lists(self):
        return [
            {
                "number": item.number,
                "url": f"{self.url}/@@elimination?numero={item.number}",
                "at": item.at,
                "badge": (BADGES[item.state], rules.STATES[item.state]),
                "lines": len(item.lines),
                "files": item.files,
                "size": words.size(item.size),
            }
            for item in elimination.every(self.context)
        ]

    @property
    def rules(self):
        """The table of the durations: dicts ``title, years, since, fate, first, last, source``."""
        return [
            {
                "title": rules.TITLES[item.sort],
                "years": item.years,
                "since": rules.SINCE[item.since],
                "fate": rules.FATES[item.fate],
                "first": day(item.first),
                "last": day(item.last),
                "source": item.source,
            }
            for item in rules.rules()
        ]

    def do_proposer(self):
        _allowed(self)
        asked = self.request.form.get("choix", ())
        asked = {asked} if isinstance(asked, str) else {item for item in asked if isinstance(item, str)}
        made = elimination.propose(self.context, asked)
        message = f"Liste {made.number} faite : faites-la viser, rien n’est détruit."
        self.done(f"{self.url}/@@elimination?numero={made.number}", message)


class ArchivesFiles(Exported, Archives):
    """``@@archives.csv``, ``.xlsx``, ``.pdf``: what has passed its time, as it is discussed with the departmental archives."""

    list_columns = (
        tables.Column("Consultation"),
        tables.Column("Objet", width=50),
        tables.Column("Documents", width=40),
        tables.Column("Fichiers", tables.NUMBER),
        tables.Column("Octets", tables.NUMBER, paper=False),
        tables.Column("Délai compté du", tables.DATE),
        tables.Column("Gardés jusqu’au", tables.DATE),
        tables.Column("Règle", width=40),
    )

    @property
    def list_note(self):
        return f"{self.context.title} : délai passé"

    def list_rows(self):
        for row in self.ready:
            yield (
                row["reference"], row["title"], row["label"], row["files"], row["octets"], *row["days"], row["source"],
            )  # fmt: skip


def _allowed(page):
    if not api.user.has_permission(ELIMINATE, obj=page.context):
        raise Refusal("role", "Seul un administrateur de la collectivité mène une élimination.", 403)


def _name(userid):
    person = people.get(userid) if userid else None
    return person.fullname if person is not None else "Compte supprimé"


class OfList(Page):
    """A page about the list ``numero``."""

    def prepare(self):
        if self.list is None:
            raise NotFound(self.text("numero")[:40])

    @cached_property
    def list(self):
        return elimination.get(self.context, self.text("numero"))


class Elimination(OfList):
    """``@@elimination?numero=``: a list, its visa, its confirmation."""

    @property
    def page_title(self):
        return f"Liste d’élimination {self.list.number}"

    @property
    def crumbs(self):
        return [("Archives", f"{self.url}/@@archives")]

    @property
    def here(self):
        return f"{self.url}/@@elimination?numero={self.list.number}"

    @property
    def may_eliminate(self):
        return api.user.has_permission(ELIMINATE, obj=self.context)

    @property
    def badge(self):
        return BADGES[self.list.state], rules.STATES[self.list.state]

    @property
    def by(self):
        return _name(self.list.by)

    @property
    def lines(self):
        left, found = SHOWN, []
        for line in self.list.lines:
            found.append(
                {
                    "reference": line.reference,
                    "title": line.title,
                    "label": line.label,
                    "start": day(line.start),
                    "until": day(line.until),
                    "source": line.source,
                    "files": len(line.items),
                    "size": words.size(line.size),
                    "documents": line.items[:left],
                    "more": max(0, len(line.items) - left),
                }
            )
            left = max(0, left - len(line.items))
        return found

    @property
    def size(self):
        return words.size(self.list.size)

    @property
    def ended(self):
        """``(instant, name)`` of its end, or None."""
        return (self.list.ended[0], _name(self.list.ended[1])) if self.list.ended else None

    @cached_property
    def obstacles(self):
        return (
            elimination.obstacles(self.list, self.today) if self.list.state in (rules.PROPOSED, rules.ENDORSED) else []
        )

    def do_viser(self):
        _allowed(self)
        day_ = day_of(self.text("date"))
        elimination.endorse(self.list, self.text("nom"), self.text("qualite"), day_, self.text("reference"))
        self.done(self.here, "Visa enregistré. Il reste à confirmer la destruction.")

    def do_abandonner(self):
        _allowed(self)
        elimination.give_up(self.list, self.text("motif"))
        self.done(f"{self.url}/@@archives", f"Liste {self.list.number} abandonnée.")

    def do_detruire(self):
        _allowed(self)
        elimination.carry_out(self.context, self.list, self.text("confirmation"))
        self.done(self.here, f"Élimination faite : {words.plural(self.list.files, 'fichier')}. Les empreintes restent.")


COLUMNS = (
    tables.Column("Consultation"),
    tables.Column("Objet", width=40),
    tables.Column("Documents", width=40),
    tables.Column("Début du délai", tables.DATE),
    tables.Column("À garder jusqu’au", tables.DATE),
    tables.Column("Fondement", width=40),
    tables.Column("Fichier", width=40),
    tables.Column("Entreprise", width=30),
    tables.Column("Lot"),
    tables.Column("Octets", tables.NUMBER),
    tables.Column("SHA-256", width=66),
)


class Table(OfList):
    """``@@elimination.csv``, ``.xlsx``, ``.pdf``: the whole list, file by file, to be endorsed or kept."""

    KINDS = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pdf": "application/pdf",
    }

    def __call__(self):
        self.prepare()
        extension = self.__name__.rpartition(".")[2]
        response = self.request.response
        response.setHeader("Content-Type", self.KINDS[extension])
        response.setHeader("Content-Disposition", disposition(f"{self.list.number}.{extension}"))
        response.setHeader("Cache-Control", "no-store")
        return getattr(self, f"as_{extension}")()

    def rows(self):
        for line in self.list.lines:
            for item in line.items:
                yield (
                    line.reference, line.title, line.label, line.start, line.until, line.source, item.name, item.owner, item.lot,
                    item.size, item.sha256,
                )  # fmt: skip

    def as_csv(self):
        return b"".join(tables.csv_chunks(COLUMNS, self.rows()))

    def as_xlsx(self):
        return b"".join(tables.xlsx_chunks(self.list.number, COLUMNS, self.rows()))

    def as_pdf(self):
        """Return the list as the archives endorse it: a line a sort, then every file."""
        item = self.list
        visa = item.visa
        head = [
            ("Collectivité", f"{self.context.title}, SIRET {self.context.siret}"),
            ("Liste", f"{item.number}, {rules.STATES[item.state].lower()}"),
            ("Établie le", words.second(item.at)),
            ("Étendue", f"{words.plural(item.files, 'fichier')}, {words.size(item.size)}"),
            ("Empreinte de la liste", item.sha256),
            (
                "Visa",
                f"{visa['name']}, {visa['quality']}, {visa['reference']}, {day(visa['day'])}" if visa else "À donner",
            ),
        ]
        lines = [
            (line.reference, line.label, f"{day(line.start)} – {day(line.until)}", str(len(line.items)), line.source)
            for line in item.lines
        ]
        files_ = [(name, owner, sha) for *_skip, name, owner, _lot, _size, sha in self.rows()]
        story = [
            pdf.paragraph("Bordereau d’élimination d’archives publiques", "h1"),
            pdf.paragraph(
                "Articles L. 212-2 et R. 212-14 du code du patrimoine : aucune élimination sans visa.", "soft"
            ),
            pdf.space(),
            pdf.facts(head),
            pdf.paragraph("Documents", "h2"),
            pdf.table(("Consultation", "Documents", "Gardés", "Fichiers", "Fondement"), lines, (30, 55, 35, 16, 34)),
            pdf.paragraph("Fichiers", "h2"),
            pdf.table(("Fichier", "Entreprise", "SHA-256"), files_, (60, 45, 65), mono=(2,)),
            pdf.space(10),
            pdf.paragraph("Visa du directeur des archives (date, nom, signature) :"),
        ]
        return pdf.build(f"Bordereau d’élimination {item.number}", story)
