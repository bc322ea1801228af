"""``/redaction-accueil``: the webmaster orders, hides and edits the blocks of the home page."""

from functools import cached_property
from megalis.portal.editorial import blocks
from megalis.portal.editorial import home
from megalis.portal.editorial.desk.base import DeskPage
from megalis.portal.kernel.ids import uuidhex
from zope.annotation.interfaces import IAnnotations


class Composer(DeskPage):
    """Each button writes at once; the home page shows it at the next look."""

    page_title = "Composer l’accueil"
    page_intro = "Dans l’ordre où le public les voit. Les deux portes restent toujours."

    @cached_property
    def blocks(self):
        return home.kept(self.site)

    @property
    def name(self):
        return self.field("bloc")

    def keep(self, found, message):
        IAnnotations(self.site)[home.KEY] = blocks.dump(found)
        self.done(message, f"{self.site_url}/redaction-accueil")

    def do_monter(self):
        self.keep(blocks.moved(self.blocks, self.name, -1), "Bloc monté.")

    def do_descendre(self):
        self.keep(blocks.moved(self.blocks, self.name, 1), "Bloc descendu.")

    def do_masquer(self):
        self.keep(blocks.shown(self.blocks, self.name, False), "Bloc masqué.")

    def do_montrer(self):
        self.keep(blocks.shown(self.blocks, self.name, True), "Bloc montré.")

    def do_changer(self):
        found = blocks.edited(
            self.blocks, self.name, self.field("titre"), self.field("nombre") or "3", self.field("texte")
        )
        self.keep(found, "Bloc changé.")

    def do_ajouter(self):
        found = blocks.added(self.blocks, uuidhex()[:8], self.field("titre"), self.field("texte"))
        self.keep(found, "Bloc ajouté en bas de l’accueil.")

    def do_retirer(self):
        self.keep(blocks.removed(self.blocks, self.name), "Bloc retiré.")
