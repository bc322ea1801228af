"""What is inside a flow: the lines of a bordereau page by page with the answers beside them, an attachment opened in place."""

from functools import cached_property
from megalis.portal.formats.pes import attachments
from megalis.portal.formats.pes import labels
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import places
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.pes import tables
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import rules
from megalis.portal.helios.browser.base import rank
from megalis.portal.helios.browser.dossier import Answers
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from Products.Five.browser import BrowserView
from tempfile import NamedTemporaryFile
from urllib.parse import quote
from zExceptions import NotFound
from ZPublisher.Iterators import filestream_iterator


LARGEST = attachments.MAX_ONE  # bytes of an attachment opened from a page


class Rows:
    """The rows of a bordereau; subclasses say of what (``lecture``) and where their pages are (``address``)."""

    @cached_property
    def which(self):
        return rank(self.request.form.get("n")) or 0

    @cached_property
    def tete(self):
        tetes = self.lecture.tetes if self.lecture is not None else ()
        if self.which >= len(tetes):
            raise NotFound(self.__name__)
        return tetes[self.which]

    @cached_property
    def page(self):
        wanted = str(self.request.form.get("piece", ""))[:20]
        if wanted:
            with self.lecture.rows.open() as stream:
                return tables.page_of(stream, self.tete, wanted)
        return page_number(self.request.form.get("page"))

    @cached_property
    def pieces(self):
        with self.lecture.rows.open() as stream:
            return tables.grouped(tables.read(stream, self.tete, self.page))

    def piece_label(self, piece):
        return f"{labels.piece(self.tete.domaine, piece.type)} {piece.numero}"

    iban = staticmethod(labels.iban)

    @property
    def pages(self):
        return pages_near(self.page, len(self.tete.pages), self.address)

    @property
    def kind(self):
        return labels.DOMAINES[self.tete.domaine]


class Bordereau(Rows, Answers):
    """``@@bordereau?n=``: its lines, 50 a page."""

    @property
    def page_title(self):
        return f"Bordereau {self.tete.numero}/{self.tete.exercice}"

    def address(self, number):
        return f"{self.dossier_url}/@@bordereau?n={self.which}&page={number}"

    @cached_property
    def rows(self):
        """The rows of this page: dicts ``piece, first, line, tiers, answer, errors, references``."""
        found = []
        bordereau = self.tete.bordereau([piece for _rank, piece in self.pieces])
        pieces, lines = outcome.rows(bordereau, self.elements) if self.is_answered else ({}, {})
        for place, (_rank, piece) in enumerate(self.pieces):
            for spot, line in enumerate(piece.lignes or (None,)):
                of_piece, of_line = pieces.get(place), lines.get((place, spot))
                errors = [*(of_piece.erreurs if of_piece and not spot else ()), *(of_line.erreurs if of_line else ())]
                found.append(
                    {
                        "piece": piece,
                        "first": spot == 0,
                        "line": line,
                        "tiers": line.tiers if line is not None else (),
                        "answer": self.answer(of_line or of_piece) if self.is_answered else None,
                        "errors": errors,
                        "references": [self.reference(item) for item in piece.references] if spot == 0 else [],
                    }
                )
        return found

    @cached_property
    def _attachments(self):
        return {item.unique: (index, item) for index, item in enumerate(self.lecture.attachments)}

    def reference(self, item):
        """Return (name, address or "", where it is) of a mention of an attachment."""
        place, found = self._attachments.get(item.unique, (0, None))
        if found is None or found.code:
            return item.nom or item.unique, "", labels.SUPPORTS.get(item.support, "absente du flux")
        return found.nom or item.unique, f"{self.dossier_url}/@@piece-jointe?n={place}", ""

    @cached_property
    def head_answer(self):
        """The badge and the anomalies of the bordereau itself, or None."""
        if not self.is_answered:
            return None
        found = outcome.heads([self.tete.bordereau()], self.elements)[0]
        return self.answer(found, whole=True), found.erreurs


class Attachment(BrowserView):
    """``@@piece-jointe?n=``: an attachment, unpacked; shown in place when a browser shows it without running anything."""

    def __call__(self):
        lecture = self.context.lecture
        place = rank(self.request.form.get("n"))
        if lecture is None or place is None or place >= len(lecture.attachments):
            raise NotFound(self.__name__)
        item = lecture.attachments[place]
        try:
            return self.serve(item, place)
        except Refused as refusal:
            response = self.request.response
            response.setStatus(413 if refusal.code == "pes.pj-taille" else 422)
            response.setHeader("Content-Type", "text/plain; charset=utf-8")
            return refusal.message

    def serve(self, item, place):
        if item.taille > LARGEST:
            raise Refused(
                "pes.pj-taille",
                f"La pièce jointe pèse plus de {LARGEST // 1048576} Mo décompressée : téléchargez le flux pour l’ouvrir.",
            )
        with NamedTemporaryFile(prefix="megalis-pj-") as draft:
            self.unpack(item, place, draft)
            draft.flush()
            draft.seek(0)
            kind = rules.shown_as(draft.read(16))
            response = self.request.response
            response.setHeader("Content-Type", kind or "application/octet-stream")
            way = "inline" if kind else "attachment"
            response.setHeader("Content-Disposition", f"{way}; filename*=UTF-8''{quote(rules.plain(item.nom))}")
            response.setHeader("X-Content-Type-Options", "nosniff")
            response.setHeader(
                "Content-Security-Policy", "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
            )
            response.setHeader("Cache-Control", "private, no-store")
            response.setHeader("Content-Length", str(draft.seek(0, 2)))
            return filestream_iterator(draft.name, "rb")

    def unpack(self, item, place, draft):
        """Write the attachment: from its place in the file, from the flow read again when it is not there."""
        lecture = self.context.lecture
        with self.context.file.open() as stream:
            path = stream.name
        # A flow that was read before places were kept has none.
        found = lecture.places or places.find(path, len(lecture.attachments))
        if place < len(found) and places.take(path, found[place], item.sha256, draft.write):
            return
        draft.seek(0)
        draft.truncate()
        reading.extract(sources.look(path), item.unique, draft.write, LARGEST)
