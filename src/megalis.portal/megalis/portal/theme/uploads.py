"""The control of one file: its limit told beforehand, its emptiness refused, what is kept shown."""

from html import escape
from megalis.portal.theme import words
from megalis.portal.theme.fields import FieldRefusal
from megalis.portal.theme.widgets import Control
from megalis.portal.theme.widgets import factory
from megalis.portal.theme.widgets import tag
from plone.formwidget.namedfile.utils import is_file_upload
from plone.namedfile.interfaces import INamedField
from plone.namedfile.utils import safe_basename
from z3c.form.interfaces import NO_VALUE
from z3c.form.interfaces import NOT_CHANGED


class Upload(Control):
    """One file; ``accept`` is a list of extensions, ``limit`` a size in bytes told to people beforehand."""

    accept = None
    limit = None
    value = None
    sent = False

    def extract(self, default=NO_VALUE):
        upload = self.request.form.get(self.name)
        if is_file_upload(upload) and upload.filename:
            self.sent = True
            return upload
        if self.request.form.get(f"{self.name}.retirer"):
            return ""
        return NOT_CHANGED if f"{self.name}-present" in self.request.form else default

    def to_text(self, value):
        return value

    def to_value(self, raw):
        if raw is NOT_CHANGED:
            return raw
        if not raw:
            return self.field.missing_value
        raw.seek(0, 2)
        size = raw.tell()
        name = safe_basename(raw.filename)
        if size == 0:
            raise FieldRefusal(f"« {name} » est vide : vérifiez le fichier sur votre poste.")
        if self.limit and size > self.limit:
            raise FieldRefusal(
                f"« {name} » pèse {words.size(size)} ; la limite est {words.size(self.limit)}. Réduisez-le."
            )
        raw.seek(0)
        return self.field._type(data=raw.read(), filename=name)

    @property
    def present(self):
        """The file kept so far, or None."""
        if self.value is not None and getattr(self.value, "filename", None) and not is_file_upload(self.value):
            return self.value
        if self.ignoreContext or self.context is None:
            return None
        return getattr(self.context, self.field.__name__, None)

    def draw(self):
        kept = self.present
        parts = []
        if kept is not None:
            size = words.size(kept.getSize())
            parts.append(f'<p>Fichier gardé : <strong class="name">{escape(kept.filename or "")}</strong>, {size}</p>')
            parts.append(tag("input", type="hidden", name=f"{self.name}-present", value="1"))
            if not self.required:
                box = tag("input", type="checkbox", class_="mg-check", name=f"{self.name}.retirer", value="1")
                parts.append(f'<label class="mg-opt">{box}<span>Retirer ce fichier</span></label>')
        if self.sent:
            parts.append('<p class="mg-help">Choisissez de nouveau le fichier : le navigateur ne l’a pas gardé.</p>')
        accept = ",".join(f".{e.lstrip('.')}" for e in self.accept) if self.accept else None
        attributes = self.common() | {"required": bool(self.required) and kept is None}
        parts.append(tag("input", type="file", accept=accept, **attributes))
        return "".join(parts)


UploadFieldWidget = factory(Upload, INamedField)
