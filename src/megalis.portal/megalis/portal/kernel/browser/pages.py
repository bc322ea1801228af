"""Pages of the journal for anyone, and of the machinery for the operator."""

from dataclasses import asdict
from functools import cached_property
from importlib.metadata import version
from megalis.portal.formats import jcs
from megalis.portal.kernel import antivirus
from megalis.portal.kernel import clock
from megalis.portal.kernel import export
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel import referentiels
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.kernel.http import require_post
from megalis.portal.kernel.worker import heartbeat
from megalis.portal.ledger.checkpoint import sign_note
from megalis.portal.ledger.receipts import verify_receipt
from plone import api
from Products.Five.browser import BrowserView
from tempfile import NamedTemporaryFile
from ZPublisher.Iterators import filestream_iterator


PAGE = 40
MAX_RECEIPT = 2_000_000
LABELS = {
    "cle": "Clé enregistrée et prouvée",
    "cle-revoquee": "Clé révoquée",
    "cle-retrouvee": "Clé retrouvée",
    "incident-cle": "Clé perdue ou volée",
    "cles-changees": "Clés des plis à venir changées",
    "exercice": "Exercice de clé réussi",
    "publication": "Publication d’une consultation",
    "rectification": "Rectification d’une consultation",
    "retrait": "Retrait d’un dossier",
    "transition": "Étape d’une consultation",
    "cloture": "Clôture d’une consultation",
    "ouverture": "Ouverture de plis",
    "reponse": "Réponse publiée à une question",
    "donnees-essentielles": "Données essentielles d’un contrat",
    "elimination": "Élimination d’archives, après visa",
}
STATES = {
    "a-envoyer": ("run", "À envoyer"),
    "en-cours": ("run", "En cours"),
    "a-retenter": ("soon", "À retenter"),
    "en-attente": ("run", "En attente"),
    "envoye": ("ok", "Envoyé"),
    "abandonne": ("bad", "Abandonné"),
}


def named(uid):
    """Return the reference under which people know the consultation ``uid``.

    The first signs of ``uid`` when it is gone, or not for who looks: the closing of a restricted consultation is public,
    its name is not.
    """
    brains = api.portal.get_tool("portal_catalog").searchResults(UID=uid) if uid else ()
    return next((brain.reference for brain in brains if getattr(brain, "reference", "")), uid[:8])


class Paged(BrowserView):
    """A list by pages of 40, newest first; ``?page=`` counts from 1."""

    @property
    def page(self):
        text = self.request.form.get("page", "1")
        return max(1, int(text)) if isinstance(text, str) and text.isdecimal() and len(text) < 7 else 1

    @property
    def pages(self):
        return max(1, -(-self.total // PAGE))

    @property
    def window(self):
        return (self.page - 1) * PAGE, self.page * PAGE


class Journal(Paged):
    """``/journal``: what the journal is, its head, its key, the last public events."""

    page_title = "Journal public"

    @cached_property
    def journal(self):
        return journal.journal_of(self.context)

    @property
    def size(self):
        return self.journal.size

    @property
    def checkpoint(self):
        return journal.checkpoint(self.context)

    @property
    def vkey(self):
        return journal.signer().verifier.text

    @cached_property
    def public(self):
        """Return the places of the revealed leaves, newest first."""
        leaves = self.journal.leaves
        return [index for index, (_leaf, reveal) in reversed(leaves.items()) if reveal is not None]

    @property
    def total(self):
        return len(self.public)

    @property
    def rows(self):
        low, high = self.window
        found = []
        for index in self.public[low:high]:
            event = jcs.loads(self.journal.leaves[index][1][0])
            instant = clock.paris(clock.from_rfc3339(event["instant"]))
            found.append(
                {
                    "index": index,
                    "instant": f"{instant:%d/%m/%Y à %H:%M:%S}",
                    "label": LABELS.get(event["type"], event["type"]),
                    "detail": event.get("reference")
                    or event.get("empreinte", "")[:16]
                    or named(event.get("consultation", "")),
                }
            )
        return found


class Export(BrowserView):
    """``/journal-export``: the whole journal, for ``megalis journal verify``; written to disk first, memory stays flat."""

    def __call__(self):
        response = self.request.response
        if journal.checkpoint(self.context) is None:
            response.setStatus(404)
            return "Le journal est vide : rien à exporter pour l’instant."
        name = f"journal-{journal.journal_of(self.context).size}.jsonl"
        response.setHeader("Content-Type", "application/jsonl")
        response.setHeader("Content-Disposition", f'attachment; filename="{name}"')
        response.setHeader("Cache-Control", "no-store")
        with NamedTemporaryFile(prefix="megalis-journal-") as draft:
            export.write(self.context, draft)
            draft.flush()
            response.setHeader("Content-Length", str(draft.tell()))
            return filestream_iterator(draft.name, "rb")


class Verify(BrowserView):
    """``/verifier``: checks a receipt, in the browser when it runs scripts, here when it does not."""

    page_title = "Vérifier un accusé de dépôt"

    checks = ()
    problem = ""

    def __call__(self):
        if self.request.method == "POST":
            try:
                require_post(self.request)
                self.verify()
            except Refusal as refusal:
                self.request.response.setStatus(refusal.status)
                self.problem = refusal.message
        return self.index()

    def verify(self):
        field = self.request.form.get("accuse")
        if not hasattr(field, "read") or not getattr(field, "filename", ""):
            raise Refusal("fichier", "Choisissez un accusé : le fichier JSON reçu au moment du dépôt.")
        data = field.read(MAX_RECEIPT + 1)
        if len(data) > MAX_RECEIPT:
            raise Refusal("taille", "Fichier de plus de 2 Mo : ce n’est pas un accusé de dépôt.", 413)
        self.checks = [asdict(check) for check in verify_receipt(data, journal.signer().verifier)]

    @property
    def holds(self):
        return bool(self.checks) and all(check["state"] != "refused" for check in self.checks)

    @property
    def vkey(self):
        return journal.signer().verifier.text


class Mails(Paged):
    """``/courriels``: the outbox; POST ``message`` puts one back in the queue."""

    page_title = "Courriels et messages sortants"

    def __call__(self):
        if self.request.method == "POST":
            return self.replay()
        return self.index()

    def replay(self):
        require_own_page(self.request)
        try:
            outbox.retry(self.context, self.request.form.get("message", ""))
        except KeyError:
            api.portal.show_message("Ce message n’existe plus.", self.request, "error")
        else:
            api.portal.show_message("Le message repart dans quelques secondes.", self.request)
        self.request.response.redirect(f"{self.context.absolute_url()}/courriels")
        return ""

    @cached_property
    def state(self):
        wanted = self.request.form.get("etat", "")
        return wanted if wanted in STATES else ""

    @cached_property
    def every(self):
        return outbox.messages(self.context)

    @cached_property
    def chosen(self):
        return [message for message in self.every if not self.state or message.state == self.state]

    @property
    def total(self):
        return len(self.chosen)

    @property
    def counts(self):
        found = [
            (key, label, sum(message.state == key for message in self.every)) for key, (_kind, label) in STATES.items()
        ]
        return [row for row in found if row[2]]

    @property
    def rows(self):
        low, high = self.window
        return [
            {
                "message": message,
                "to": message.payload.get("to", ""),
                "subject": message.payload.get("subject", message.kind),
                "text": message.payload.get("text", ""),
                "badge": STATES[message.state],
                "again": message.state in ("a-retenter", "abandonne"),
            }
            for message in self.chosen[low:high]
        ]


class Statement(BrowserView):
    """``/homologation``: what the platform is not, said by its operator and signed with the key of the journal."""

    page_title = "Homologation"
    door = ""

    @property
    def text(self):
        """The statement, as it is signed."""
        return (
            f"{settings.operator_name()} déclare :\n"
            f"la plateforme {settings.public_url()} n’est homologuée ni par la DGCL pour la transmission des actes au\n"
            "contrôle de légalité, ni par la DGFiP pour la transmission des flux PES au Trésor public.\n"
            "Ce qui y est transmis sans raccordement à ces services n’a aucune valeur.\n"
        )

    @cached_property
    def note(self):
        """The statement as a signed note (C2SP), which any client of the journal verifies."""
        return sign_note(self.text, journal.signer())

    @property
    def vkey(self):
        return journal.signer().verifier.text


class StatementNote(Statement):
    """``/homologation.txt``: the signed note."""

    def __call__(self):
        response = self.request.response
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        response.setHeader("Content-Disposition", 'attachment; filename="homologation.txt"')
        response.setHeader("X-Content-Type-Options", "nosniff")
        return self.note


class Operation(BrowserView):
    """``/exploitation``: is the worker alive, what waits, which référentiels are installed."""

    page_title = "Exploitation"

    def __call__(self):
        if self.request.method == "POST":
            return self.act()
        return self.index()

    def act(self):
        """Pause a queue, let it go on, or have all its messages tried now."""
        require_own_page(self.request)
        kind = self.request.form.get("file", "")
        known = {queue.kind for queue in self.queues}
        work = {"suspendre": self._pause, "reprendre": self._resume, "relancer": self._hurry}
        chosen = work.get(self.request.form.get("faire", ""))
        if chosen is None or kind not in known:
            api.portal.show_message("Cette file est vide, ou cette action n’existe pas.", self.request, "error")
        else:
            api.portal.show_message(chosen(kind), self.request)
        self.request.response.redirect(f"{self.context.absolute_url()}/exploitation")
        return ""

    def _pause(self, kind):
        outbox.pause(self.context, kind)
        return "La file est suspendue : ce qui s’y ajoute attend."

    def _resume(self, kind):
        return f"La file reprend ; messages qui repartent : {outbox.resume(self.context, kind)}."

    def _hurry(self, kind):
        return f"Messages retentés sans attendre : {outbox.hurry(self.context, kind)}."

    @property
    def queues(self):
        return outbox.queues(self.context)

    @property
    def heartbeat(self):
        return heartbeat(self.context)

    @property
    def alive(self):
        beat = self.heartbeat
        return beat is not None and (clock.now() - beat).total_seconds() < 120

    @property
    def facts(self):
        kept = journal.journal_of(self.context)
        return [
            ("Feuilles au journal", str(kept.size)),
            ("Feuilles en attente", str(len(kept.pending))),
            ("Messages en attente", str(outbox.waiting(self.context))),
            ("Antivirus", self.antivirus),
            ("Version", version("megalis.portal")),
            ("Plone", version("Products.CMFPlone")),
        ]

    @property
    def antivirus(self):
        if not antivirus.is_on():
            return "aucun (MEGALIS_CLAMD)"
        counts = antivirus.counts(self.context)
        told = [
            f"{antivirus.BADGES[state][1].lower()} : {counts[state]}" for state in antivirus.BADGES if state in counts
        ]
        return f"{settings.clamd_address()} ; " + (", ".join(told) or "rien d’analysé encore")

    @property
    def referentiels(self):
        return referentiels.installed()
