"""``@@classement``: a key holder records the ranking that the jury of a concours signed; names appear from then on."""

from functools import cached_property
from megalis.portal.consultations import ranking
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import anonymity
from megalis.portal.deposits import naming
from megalis.portal.deposits import opening
from megalis.portal.deposits.browser.pages import ConsultationPage
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.organisations import people

import transaction


MOST_JURORS = 40


class Ranking(ConsultationPage):
    """The form, then the ranking as it is kept."""

    page_title = "Classement du jury"
    errors = ()

    def __call__(self):
        if self.request.method == "POST":
            mark = transaction.savepoint(optimistic=True)
            try:
                require_post(self.request)
                self.record()
            except Refusal as refused:
                self.fail([(refused.code, refused.message)], refused.status, mark)
            except workflow.Refused as refused:
                self.fail([(finding.code, finding.message) for finding in refused.findings], 422, mark)
            else:
                self.say("Le classement est enregistré : les candidats sont nommés et leurs candidatures s’ouvrent.")
                return self.back(f"{self.url}/@@classement")
        return self.index()

    def fail(self, errors, status, mark):
        mark.rollback()
        self.errors = errors
        self.request.response.setStatus(status)

    def record(self):
        person = people.current(self.request)
        if person is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’agent.", 403)
        key = opening.holder_key(self.context, person.userid)[0]["fingerprint"]
        unread = self.unread
        if unread:
            text = f"{unread} : ce projet n’est pas encore ouvert. Le jury classe des projets qu’il a lus."
            raise Refusal("classement.ouverture", text, 422)
        ranks, remarks = {}, {}
        for place, number in enumerate(self.projects):
            rank = self.text(f"rang.{place}")
            if rank == anonymity.EXCLUDED or (rank.isdecimal() and len(rank) < 5):
                ranks[number] = rank if rank == anonymity.EXCLUDED else int(rank)
            remarks[number] = self.text(f"avis.{place}")[:2000]
        ranking.record(self.context, self.projects, ranks, remarks, self.jurors, self.certified, person.fullname, key)

    def text(self, name):
        value = self.request.form.get(name, "")
        return " ".join(value.split()) if isinstance(value, str) else ""

    @property
    def certified(self):
        return bool(self.request.form.get("signe"))

    @property
    def jurors(self):
        value = self.request.form.get("jury", "")
        lines = value.splitlines() if isinstance(value, str) else []
        return tuple(dict.fromkeys(" ".join(line.split())[:120] for line in lines if line.strip()))[:MOST_JURORS]

    @property
    def jury_text(self):
        value = self.request.form.get("jury", "")
        return value if isinstance(value, str) else ""

    @cached_property
    def opened_rows(self):
        return opening.rows(self.context) if self.is_closed else []

    @cached_property
    def projects(self):
        """``{number: deposit id}`` of the projects to rank."""
        return naming.judged(self.context, self.opened_rows)

    @property
    def unread(self):
        """The number of the first project that nobody opened yet, or ""."""
        wanted = set(self.projects.values())
        for row in self.opened_rows:
            readable = row["enveloppe"] != anonymity.IDENTITY and row["etat"] in ("a-ouvrir", "attente")
            if readable and row["depot"] in wanted and row["verdict"] is None:
                return ranking.label(self.context, row["depot"])
        return ""

    @property
    def rows(self):
        """The projects of the form: dicts ``place, number, rank, remark``."""
        return [
            {"place": place, "number": number, "rank": self.text(f"rang.{place}"), "remark": self.text(f"avis.{place}")}
            for place, number in enumerate(self.projects)
        ]

    @property
    def ranks(self):
        """The choices of a project: list of (value, words)."""
        return [
            *((str(rank), "1er" if rank == 1 else f"{rank}e") for rank in range(1, len(self.projects) + 1)),
            (anonymity.EXCLUDED, "Écarté"),
        ]

    @property
    def kept(self):
        return self.context.ranking

    @property
    def kept_rows(self):
        """The ranking as it was recorded: dicts ``rank, project, name, remark``."""
        found = []
        for row in self.kept["rows"]:
            name, siret = naming.bidder_of(self.context, row["deposit"])
            rank = "Écarté" if row["rank"] == anonymity.EXCLUDED else str(row["rank"])
            found.append(
                {"rank": rank, "project": row["project"], "name": name, "siret": siret, "remark": row["remark"]}
            )
        return found

    @property
    def concerned(self):
        return ranking.is_anonymous(self.context)
