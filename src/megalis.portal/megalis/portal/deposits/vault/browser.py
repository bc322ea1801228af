"""``@@coffre``: the vault of a company, for its own users; its list and documents for the page that seals an answer."""

from functools import cached_property
from megalis.portal.consultations.browser.pieces import uploads
from megalis.portal.consultations.dce import sending
from megalis.portal.deposits.vault import rules
from megalis.portal.deposits.vault import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import JSONView
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme import words
from Products.Five.browser import BrowserView
from zExceptions import NotFound


class Vault(Page):
    """``@@coffre``."""

    door = "entreprises"
    page_title = "Coffre-fort"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@coffre"

    @property
    def hint(self):
        return f"{', '.join(rules.ACCEPTED)} ; {words.size(rules.FILE_LIMIT)} au plus."

    @property
    def kinds(self):
        chosen = self.field("genre")
        return [(key, label, "selected" if key == chosen else None) for key, label in rules.KINDS.items()]

    @cached_property
    def rows(self):
        day = store.today()
        return [self._row(document, day) for document in store.documents(self.context)]

    def _row(self, document, day):
        return {
            "id": document.id,
            "title": document.title,
            "kind": rules.KINDS[document.kind],
            "dated": document.kind in rules.DATED,
            "badge": rules.state(document.last.expires, day),
            "expires": f"{document.last.expires:%d/%m/%Y}" if document.last.expires else "",
            "versions": [self._version(document, item) for item in reversed(document.versions)],
        }

    def _version(self, document, version):
        person = people.get(version.by)
        return {
            "name": version.name,
            "url": f"{self.context.absolute_url()}/@@coffre-document?document={document.id}&version={version.id}",
            "size": version.size,
            "sha256": version.sha256,
            "added": version.added,
            "by": person.fullname if person is not None else "",
            "expires": f"{version.expires:%d/%m/%Y}" if version.expires else "",
        }

    @cached_property
    def room(self):
        """Dict used, quota (bytes) and percent."""
        used = store.used(self.context)
        return {"used": used, "quota": rules.QUOTA, "percent": 100 * used // rules.QUOTA}

    def _file(self):
        sent = uploads(self.request.form, "fichier")
        if not sent:
            raise Refusal("coffre.fichier", "Aucun fichier n’est choisi : choisissez le document sur votre poste.", 422)
        sent[0].seek(0)
        return sent[0].filename, sent[0].read(rules.FILE_LIMIT + 1)

    def _document(self):
        return store.find(self.context, self.field("document"))

    def do_ajouter(self):
        name, data = self._file()
        made = store.add(
            self.context, self.person.userid, self.field("genre"), self.field("titre"), self.field("expire"), name, data
        )
        self.done(f"« {made.title} » est au coffre-fort.")

    def do_renouveler(self):
        document = self._document()
        name, data = self._file()
        store.renew(self.context, self.person.userid, document, self.field("expire"), name, data)
        self.done(f"« {document.title} » a une nouvelle version : vos prochaines réponses la prendront.")

    def do_anciennes(self):
        document = self._document()
        gone = store.drop_old(self.context, self.person.userid, document)
        self.done(f"{words.plural(gone, 'ancienne version retirée', 'anciennes versions retirées')}.")

    def do_retirer(self):
        document = self._document()
        store.remove(self.context, self.person.userid, document)
        self.done(f"« {document.title} » et toutes ses versions sont retirés du coffre-fort.")


class VaultList(JSONView):
    """``@@coffre.json``: the newest version of each document, for the page that seals."""

    def reply(self):
        day = store.today()
        base = self.context.absolute_url()
        return {
            "documents": [
                {
                    "id": document.id,
                    "titre": document.title,
                    "genre": rules.KINDS[document.kind],
                    "nom": document.last.name,
                    "taille": document.last.size,
                    "sha256": document.last.sha256,
                    "etat": rules.state(document.last.expires, day)[0],
                    "etat_libelle": rules.state(document.last.expires, day)[1],
                    "adresse": f"{base}/@@coffre-document?document={document.id}&version={document.last.id}",
                }
                for document in store.documents(self.context)
            ]
        }


class VaultDocument(BrowserView):
    """``@@coffre-document?document=&version=``: one version, to the company's users alone."""

    def __call__(self):
        form = self.request.form
        try:
            document = store.find(self.context, form.get("document"))
            version = store.find_version(document, form.get("version"))
        except Refused as refused:
            raise NotFound("document") from refused
        with version.blob.open("r") as stream:
            data = stream.read()
        response = self.request.response
        response.setHeader("Content-Type", "application/octet-stream")
        response.setHeader("Content-Disposition", sending.disposition(version.name))
        response.setHeader("Content-Security-Policy", "sandbox; default-src 'none'")
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Cache-Control", "private, no-store")
        return data
