"""``@@publication``: what goes on the public register, what is hidden in it, and when it may come off."""

from megalis.portal.actes import archiving
from megalis.portal.actes import looking
from megalis.portal.actes import outcome
from megalis.portal.actes import posting
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.content import digest_of
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from plone.namedfile.file import NamedBlobFile
from plone.namedfile.utils import safe_basename


class Publication(OfActe):
    """Choose the files, replace those that name people, publish; take off after two months."""

    page_title = "Publication"

    @property
    def findings(self):
        acte = self.context
        shape = [(piece.type_pj, piece.published, piece.anonymised is not None) for piece in acte.pieces]
        return rules.publication_findings(acte.nature, acte.etat, acte.published_at, shape)

    @property
    def published(self):
        return self.context.published_at is not None

    @property
    def withdrawn(self):
        return self.context.unpublished_reason

    @property
    def until(self):
        """The last day on which it may not yet be taken off."""
        return rules.online_until(clock.paris(self.context.published_at).date())

    @property
    def may_withdraw(self):
        return self.published and not self.withdrawn and service.today() > self.until

    @property
    def on_paper(self):
        return posting.on_paper(self.context)

    def do_afficher(self):
        start, end = posting.day_of(self.field("du")), posting.day_of(self.field("au"))
        posting.note(self.context, start, end, service.today(), self.userid)
        self.done("L’affichage est noté.", self.dossier_url)

    def do_publier(self):
        outcome.publish(self.context, self.userid, set(self.fields("pieces")))
        self.done("L’acte est publié sur le registre.", self.context.absolute_url())

    def do_anonymiser(self):
        if self.published:
            raise Refused("publication.faite", "Cet acte est déjà publié : un acte publié ne se modifie plus.")
        piece = service.piece(self.context, self.field("piece"))
        uploads = self.uploads("fichier")
        if not uploads:
            raise Refused("actes.fichier", "Aucun fichier n’est choisi : prenez la version sans les noms.")
        name = safe_basename(uploads[0].filename)[:180]
        made = looking.piece(self.context, name, _read(uploads[0]), piece.type_pj)
        piece.anonymised = NamedBlobFile(data=made.file.data, filename=name, contentType=made.file.contentType)
        piece.anonymised_sha256 = digest_of(piece.anonymised)
        self.done(f"« {name} » sera publié à la place de « {piece.name} ».")

    def do_original(self):
        if self.published:
            raise Refused("publication.faite", "Cet acte est déjà publié : un acte publié ne se modifie plus.")
        piece = service.piece(self.context, self.field("piece"))
        piece.anonymised = None
        piece.anonymised_sha256 = ""
        self.done(f"« {piece.name} » sera publié tel quel.")

    def do_retirer(self):
        outcome.check_withdrawable(self.context, service.today())
        reason = self.field("motif")
        if len(reason) < 10:
            raise Refused("publication.motif", "Écrivez pourquoi l’acte est retiré : le motif est public.")
        outcome.withdraw(self.context, reason[:500], self.userid)
        archiving.drop_withdrawn(self.context)
        self.done("L’acte est retiré du registre ; sa page dit pourquoi.", self.dossier_url)


def _read(upload):
    upload.seek(0, 2)
    if not upload.tell():
        raise Refused("actes.fichier-vide", f"« {safe_basename(upload.filename)} » est vide : vérifiez le fichier.")
    upload.seek(0)
    return upload.read()
