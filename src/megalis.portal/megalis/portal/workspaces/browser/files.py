"""Documents of a workspace: folders, many files at once, one document with its versions, its lock and what is said of it."""

from functools import cached_property
from megalis.portal.formats.joined import KINDS
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import attached
from megalis.portal.kernel.http import JSONView
from megalis.portal.kernel.http import read_json
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.kernel.interfaces import IDocumentUse
from megalis.portal.organisations import people
from megalis.portal.workspaces import documents
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from Products.Five.browser import BrowserView
from zExceptions import NotFound
from zope.component import getUtilitiesFor
from zope.component import getUtility


class Documents(Page):
    """``@@documents?dossier=``."""

    tab = "documents"
    limit = rules.FILE.size
    most = rules.FILE.most
    accept = ",".join(f".{name}" for name in KINDS)

    @property
    def page_title(self):
        return self.context.folders[self.folder].title if self.folder else "Documents"

    @property
    def url(self):
        return f"{self.space_url}{documents.folder_url(self.folder)}"

    @property
    def form_url(self):
        """Where forms are sent: they name the folder themselves."""
        return f"{self.space_url}/@@documents"

    @cached_property
    def folder(self):
        key = self.field("dossier")
        if key and key not in self.context.folders:
            raise NotFound("dossier")
        return key

    def __call__(self):
        _found = self.folder
        return super().__call__()

    @property
    def trail(self):
        """The folders above: (title, url)."""
        above = rules.path_of(self.context.parents, self.folder)
        top = [("Documents", f"{self.space_url}/@@documents")]
        titles = [(self.context.folders[key].title, f"{self.space_url}{documents.folder_url(key)}") for key in above]
        return [*top, *titles][:-1] if self.folder else []

    @cached_property
    def inside(self):
        return documents.inside(self.context, self.folder)

    @property
    def folders(self):
        return [
            {
                "title": item.title,
                "url": f"{self.space_url}{documents.folder_url(item.id)}",
                "count": sum(map(len, documents.inside(self.context, item.id))),
            }
            for item in self.inside[0]
        ]

    @property
    def rows(self):
        """The documents: dicts."""
        return [
            {
                "id": item.id,
                "title": item.title,
                "url": f"{self.space_url}{documents.url_of(item)}",
                "file": f"{self.space_url}/@@document-fichier?id={item.id}",
                "size": item.last.file.size,
                "version": item.last.number,
                "at": item.last.at,
                "name": item.last.name,
                "lock": rules.lock_of(item.lock, self.now),
                "said": len(item.comments),
            }
            for item in self.inside[1]
        ]

    @cached_property
    def places(self):
        """Every folder as a choice: (id, path in words); the top first."""
        titles = self.context.folders
        parents = self.context.parents
        rows = [(key, " / ".join(titles[k].title for k in rules.path_of(parents, key))) for key in parents]
        return [("", "Documents"), *sorted(rows, key=lambda row: row[1].casefold())]

    @property
    def room(self):
        used, quota = self.context.used(), self.context.quota
        return {"used": used, "quota": quota, "percent": min(100, round(100 * used / quota))}

    def do_deposer(self):
        sent = self.uploads("fichiers")
        if not sent:
            raise Refused("fichier.aucun", "Aucun fichier n’est choisi : prenez-en un ou plusieurs.")
        if len(sent) > self.most:
            raise Refused(
                "fichier.nombre", f"{len(sent)} fichiers, {self.most} au plus à la fois : faites-le en deux fois."
            )
        made, refused = 0, []
        for upload in sent:
            try:
                documents.add(self.context, self.rights, self.person, upload, self.folder)
                made += 1
            except Refused as error:
                refused.append(error.message)
        if not made:
            raise Refused("fichier.refuse", " ".join(refused))
        self.done(" ".join([f"{self.plural(made, 'document déposé', 'documents déposés')}.", *refused]))

    def do_dossier(self):
        made = documents.add_folder(self.context, self.rights, self.field("titre"), self.folder)
        self.done(f"Le dossier « {made.title} » est créé.", f"{self.space_url}{documents.folder_url(made.id)}")

    def do_ranger(self):
        documents.move_folder(self.context, self.rights, self.folder, self.field("vers"))
        self.done("Le dossier est déplacé.")

    def do_supprimer(self):
        parent = self.context.folders[self.folder].parent if self.folder else ""
        documents.drop_folder(self.context, self.rights, self.folder)
        self.done("Le dossier est supprimé.", f"{self.space_url}{documents.folder_url(parent)}")


class Receive(JSONView):
    """``@@deposer``: files one by one, each announced (``demande``: nom, taille) before its bytes are sent.

    Answers ``{"nom"}`` to an announcement, ``{"id", "url", "nom", "version"}`` to a file, else a code and what to do.
    """

    def reply(self):
        require_post(self.request)
        person = people.current(self.request)
        rights = membership.rights(self.context)
        upload = next(iter(attached.uploads(self.request.form, "fichier")), None)
        try:
            if upload is None:
                asked = read_json(self.request, 10_000)
                name, size = asked.get("nom"), asked.get("taille")
                if not isinstance(name, str) or not isinstance(size, int) or isinstance(size, bool):
                    raise Refusal("annonce", "Le nom et la taille du fichier sont attendus.")
                return {"nom": documents.check_announced(self.context, rights, name, size)}
            folder = self.request.form.get("dossier", "")
            made, _new = documents.add(self.context, rights, person, upload, folder if isinstance(folder, str) else "")
        except Refused as error:
            status = 413 if error.code in ("fichier.taille", "espace.quota") else 422
            raise Refusal(error.code, error.message, status) from error
        url = f"{self.context.absolute_url()}{documents.url_of(made)}"
        return {"id": made.id, "url": url, "nom": made.title, "version": made.last.number}


class Document(Documents):
    """``@@document?id=``."""

    @cached_property
    def document(self):
        found = documents.find(self.context, self.field("id"))
        if found is None:
            raise NotFound("document")
        return found

    @cached_property
    def folder(self):
        return self.document.folder

    @property
    def page_title(self):
        return self.document.title

    @property
    def url(self):
        return f"{self.space_url}{documents.url_of(self.document)}"

    @property
    def form_url(self):
        return f"{self.space_url}/@@document"

    @property
    def trail(self):
        top = [("Documents", f"{self.space_url}/@@documents")]
        above = rules.path_of(self.context.parents, self.folder)
        return top + [(self.context.folders[k].title, f"{self.space_url}{documents.folder_url(k)}") for k in above]

    @property
    def lock(self):
        return rules.lock_of(self.document.lock, self.now)

    @property
    def mine(self):
        return self.lock is not None and self.lock[0] == self.userid

    @property
    def free(self):
        """True when the person may change the document now."""
        return self.rights.writes and (self.lock is None or self.mine)

    @property
    def drops(self):
        return self.free and (self.document.by == self.userid or self.rights.leads)

    @property
    def versions(self):
        base = f"{self.space_url}/@@document-fichier?id={self.document.id}"
        return [
            {
                "number": v.number,
                "name": v.name,
                "at": v.at,
                "note": v.note,
                "size": v.file.size,
                "sha256": v.file.sha256,
                "url": f"{base}&version={v.number}",
                "last": v is self.document.last,
            }
            for v in reversed(self.document.versions)
        ]

    @cached_property
    def uses(self):
        """What other rooms can make of the last version: dicts ``name, title, words, places``."""
        found = []
        for name, use in sorted(getUtilitiesFor(IDocumentUse)):
            places = use.places(self.person) if use.accepts(self.document.last.file.name) else ()
            if places:
                found.append({"name": name, "title": use.title, "words": use.words, "places": places})
        return found

    def do_utiliser(self):
        if self.field("usage") not in {item["name"] for item in self.uses}:
            raise Refused("document.usage", "Ce document ne peut plus être utilisé ainsi : rechargez la page.")
        file = self.document.last.file
        with file.blob.open("r") as stream:
            data = stream.read()
        source = f"Proposé depuis l’espace de travail « {self.context.title} », document « {self.document.title} »"
        url = getUtility(IDocumentUse, self.field("usage")).make(
            self.person, self.field("lieu"), self.document.title, data, source
        )
        self.done("Le brouillon est prêt : complétez-le.", url)

    def do_version(self):
        upload = next(iter(self.uploads("fichiers")), None)
        if upload is None:
            raise Refused("fichier.aucun", "Aucun fichier n’est choisi : prenez la nouvelle version.")
        made = documents.add_version(self.context, self.rights, self.person, self.document, upload, self.field("note"))
        self.done(f"La version {made.number} est déposée.")

    def do_reprendre(self):
        documents.restore(self.context, self.rights, self.person, self.document, self.field("version"))
        self.done("Cette version est de nouveau la dernière.")

    def do_reserver(self):
        documents.lock(self.context, self.rights, self.person, self.document)
        self.done("Le document vous est réservé huit heures : les autres le lisent sans le changer.")

    def do_liberer(self):
        documents.unlock(self.context, self.rights, self.person, self.document)
        self.done("Le document est libre.")

    def do_renommer(self):
        documents.rename(self.context, self.rights, self.person, self.document, self.field("titre"))
        self.done("Le nom est changé.")

    def do_ranger(self):
        documents.move(self.context, self.rights, self.document, self.field("vers"))
        self.done("Le document est rangé.")

    def do_supprimer(self):
        folder = self.document.folder
        documents.drop(self.context, self.rights, self.person, self.document)
        self.done("Le document est supprimé.", f"{self.space_url}{documents.folder_url(folder)}")

    def do_commenter(self):
        html = self.rich(code="commentaire", name="Le commentaire")
        service.comment(self.context, self.rights, self.document, self.person, html, documents.url_of(self.document))
        self.done("Votre commentaire est publié.", f"{self.url}#commentaires")


class File(BrowserView):
    """``@@document-fichier?id=&version=``."""

    def __call__(self):
        form = self.request.form
        document = documents.find(self.context, form.get("id"))
        number = form.get("version")
        version = None
        if document is not None:
            version = documents.version_of(document, number) if number else document.last
        if version is None:
            raise NotFound("document-fichier")
        return attached.serve(self.request, version.file, inline=bool(form.get("lire")))
