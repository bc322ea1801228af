"""``@@contrat-prefecture?contrat=KEY``: a contract is an act; its draft is made here, with the documents its buyer picks."""

from AccessControl import Unauthorized
from datetime import date
from functools import cached_property
from megalis.portal.actes import proposing
from megalis.portal.consultations.dossier import preparing
from megalis.portal.formats.actes.sending import FORMATS
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.interfaces import IDossierPart
from megalis.portal.marches.browser.base import OfContract
from megalis.portal.marches.publishing.browser import holder_words
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import notified_name
from plone import api
from plone.app.uuid.utils import uuidToObject
from ZODB.blob import Blob
from zope.component import queryAdapter


FOLLOW = "megalis: Follow consultation"
CONTRACT = 4  # contrats, conventions et avenants
MATIERE = "1.1"  # marchés publics
REGISTERS = "megalis: View registers"
# The parts of the archive offered here; each is for who may see the same files on their own page.
PARTS = ("signes", "plis", "commissions", "dce")
MOST = 200


class Transmit(OfContract):
    """Choose the documents of the contract, then complete the act."""

    page_title = "Transmettre comme acte"

    def prepare(self):
        super().prepare()
        if not api.user.has_permission(FOLLOW, obj=self.context):
            raise Unauthorized("contrat-prefecture")

    @cached_property
    def source(self):
        """The consultation the contract comes from, or None."""
        uid = self.record.consultation
        return uuidToObject(uid, unrestricted=True) if uid else None

    @cached_property
    def files(self):
        """The files of its archive that may be sent: list of (key, DossierFile, title of the part), the signed ones first."""
        if self.source is None:
            return []
        found = []
        for name in PARTS:
            part = queryAdapter(self.source, IDossierPart, name=name)
            if part is None or not self._may_see(name):
                continue
            for item in part():
                if len(found) == MOST:
                    return found
                if isinstance(item.data, Blob) and item.path.rpartition(".")[2].lower() in FORMATS:
                    found.append((f"{name}/{item.path}", item, part.title))
        return found

    def _may_see(self, name):
        if name == "plis":
            return preparing.may_read_bids(self.source)
        return name == "dce" or api.user.has_permission(REGISTERS, obj=self.source)

    @property
    def rows(self):
        chosen = set(self.chosen)
        return [
            {"key": key, "title": item.title or item.path, "part": title, "chosen": key in chosen}
            for key, item, title in self.files
        ]

    @property
    def chosen(self):
        if self.request.method == "POST":
            value = self.request.form.get("documents", ())
            return [item for item in (value if isinstance(value, list | tuple) else (value,)) if isinstance(item, str)]
        return [key for key, _item, _title in self.files if key.startswith("signes/")]

    @cached_property
    def values(self):
        """What the contract says of its act."""
        record, raw = self.record, self.record.raw
        number = proposing.number_of(raw.get("id") or "") or "CONTRAT"
        holders = ", ".join(holder_words(str(item.get("id", ""))) for item in holders_of(record.kind, raw))
        said = f"{self.kind} : {self.title}" + (f", attribué à {holders}" if holders else "")
        return {
            "numero": proposing.free_number(number, proposing.numbers(self.context)),
            "date_decision": day_of(raw.get(notified_name(record.kind))),
            "nature": CONTRACT,
            "matiere": MATIERE,
            "objet": proposing.short(said),
            "papier": False,
        }

    def do_preparer(self):
        by_key = {key: item for key, item, _title in self.files}
        chosen = self.chosen
        gone = [key for key in chosen if key not in by_key]
        if gone:
            raise Refused("contrat.document", f"« {gone[0][:80]} » n’est plus au dossier : rechargez la page.", gone[0])
        offered = (proposing.Offered(by_key[key].path.rpartition("/")[2], read(by_key[key].data)) for key in chosen)
        user = api.user.get_current().getId() or ""
        source = f"Préparé depuis le contrat {self.record.raw.get('id') or 'sans identifiant'}"
        acte = proposing.propose(self.context, self.values, offered, user, source)
        self.done(
            f"{acte.absolute_url()}/@@modifier", "Le brouillon de l’acte est prêt : relisez-le, puis transmettez."
        )


def day_of(text):
    """Return the date of a text of the data, or None: the agent is asked for it then."""
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def read(blob):
    """Return the bytes of a blob."""
    with blob.open("r") as stream:
        return stream.read()
