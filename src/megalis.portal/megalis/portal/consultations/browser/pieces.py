"""The dossier of a draft: many files at once, each checked, named and hashed; replaced or removed while a draft."""

from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations import create
from megalis.portal.consultations import vocabularies
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.dce.registers import Paged
from megalis.portal.consultations.rules import files
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import antivirus
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent

import re


GUESSES = (
    ("reglement", r"\b(rc|rdc|r[eè]glement)\b"),
    ("acte-engagement", r"\b(ae|attri|acte[ _-]?d?.?engagement)\b"),
    ("ccap", r"\b(ccap|ccp|clauses[ _-]administratives)\b"),
    ("cctp", r"\b(cctp|clauses[ _-]techniques)\b"),
    ("prix", r"\b(bpu|dpgf|dqe|bordereau|d[eé]composition|prix)\b"),
    ("plans", r"\b(plans?|dwg)\b"),
)


def guess_kind(name):
    """Return the kind a file name suggests, ``autre`` without a hint."""
    text = re.sub(r"[_\-.0-9]+", " ", name.casefold())
    return next((kind for kind, pattern in GUESSES if re.search(pattern, text)), "autre")


def uploads(form, field):
    """Return the uploaded files of a multiple file input (those with a name)."""
    sent = form.get(field, [])
    sent = sent if isinstance(sent, list | tuple) else [sent]
    return [upload for upload in sent if getattr(upload, "filename", "")]


def chosen_lots(form, field):
    """Return the lot numbers ticked in a form."""
    sent = form.get(field, ())
    return tuple([sent] if isinstance(sent, str) else sent)


class PiecePages(Paged):
    """The dossier by pages, however many pieces there are."""

    size = 50

    @property
    def total(self):
        return api.pieces_count(self.consultation)

    @property
    def shown(self):
        first, beyond = self.span
        return self.pieces[first:beyond]


class Pieces(PiecePages, Page):
    """``@@pieces``: the files of the dossier, for its agents."""

    page_title = "Dossier de consultation (DCE)"
    view = "pieces"

    @property
    def antivirus(self):
        return antivirus.is_on()

    def virus(self, piece):
        """Return the badge of what the antivirus found in a piece."""
        return antivirus.badge(piece.sha256)

    def post(self):
        form = self.request.form
        if "deposer" in form:
            self.receive(uploads(form, "fichiers"), chosen_lots(form, "lots"))
        elif "retirer" in form:
            piece = self.piece(form["retirer"])
            self.consultation._delObject(piece.id)
            self.redirect(f"{self.url}/@@pieces", f"« {piece.filename} » est retiré du dossier.")
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    def receive(self, sent, lots):
        """Keep every file that may enter, say why the others may not."""
        if not sent:
            raise Refused("fichier.aucun", "Aucun fichier n’est choisi : prenez-en un ou plusieurs.")
        create.check_lots(self.consultation, lots)
        kept, refused = [], []
        for upload in sent:
            name = files.clean_name(upload.filename)
            try:
                create.check_new(self.consultation, upload, upload.filename)
                piece = create.piece(self.consultation, upload, upload.filename, kind=guess_kind(name), lots=lots)
            except Refused as why:
                refused.append((why.code, why.message))
            else:
                kept.append(piece.filename)
        self.kept = kept
        self.__dict__.pop("pieces", None)
        if refused:
            self.fail(refused, 422)
        else:
            count = f"{len(kept)} fichiers ajoutés." if len(kept) > 1 else f"« {kept[0]} » est ajouté."
            self.redirect(f"{self.url}/@@pieces", count)

    kept = ()

    def piece(self, name):
        found = contents.of(self.consultation).get(name) if isinstance(name, str) else None
        if found is None:
            raise Refused("dce.inconnue", "Cette pièce n’est plus dans le dossier : rechargez la page.")
        return found

    @property
    def weight(self):
        return contents.of(self.consultation).size

    @property
    def fingerprint(self):
        return api.dce_version(self.consultation)

    @property
    def map(self):
        return self.steps("@@pieces") if self.is_draft else None


class EditPiece(Page):
    """``@@modifier`` on a piece: title, kind, lots, and a new file in its place."""

    @property
    def page_title(self):
        return f"Pièce « {self.context.filename} »"

    @property
    def kinds(self):
        return vocabularies.PIECES.items()

    def value(self, name):
        form = self.request.form
        return form[name] if self.errors and name in form else getattr(self.context, name)

    def post(self):
        form = self.request.form
        piece = self.context
        if piece.until is not None:
            raise Refused("dce.ancienne", "Cette pièce appartient à une version passée : elle ne change plus.")
        kind = form.get("kind", "autre")
        if kind not in vocabularies.PIECES:
            raise Refused("dce.nature", "Choisissez la nature de la pièce dans la liste.")
        lots = create.check_lots(self.consultation, chosen_lots(form, "lots"))
        piece.title = " ".join(str(form.get("title") or "").split())[:300] or piece.filename
        piece.kind = kind
        piece.lots = lots
        sent = uploads(form, "fichier")
        if sent:
            create.replace_piece(self.consultation, piece, sent[0], sent[0].filename)
        else:
            notify(ObjectModifiedEvent(piece))
        self.redirect(f"{self.url}/@@pieces", f"« {piece.filename} » est enregistré.")
