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

    def keep(self, found, message, name=None):
        """Write the blocks and come back to the one named: who works by keyboard stays where he was."""
        IAnnotations(self.site)[home.KEY] = blocks.dump(found)
        self.done(message, f"{self.site_url}/redaction-accueil" + (f"#bloc-{name}" if name else ""))

    def move(self, step):
        found = blocks.moved(self.blocks, self.name, step)
        place = [block.id for block in found].index(self.name)
        said = f"« {found[place].heading} » est maintenant en position {place + 1} sur {len(found)}."
        self.keep(found, said, self.name)

    def show(self, visible):
        found = blocks.shown(self.blocks, self.name, visible)
        heading = next(block.heading for block in found if block.id == self.name)
        said = f"« {heading} » est sur l’accueil." if visible else f"« {heading} » n’est plus sur l’accueil."
        self.keep(found, said, self.name)

    def do_monter(self):
        self.move(-1)

    def do_descendre(self):
        self.move(1)

    def do_masquer(self):
        self.show(False)

    def do_montrer(self):
        self.show(True)

    def do_changer(self):
        found = blocks.edited(
            self.blocks, self.name, self.field("titre"), self.field("nombre") or "3", self.field("texte")
        )
        self.keep(found, "Bloc changé.", self.name)

    def do_ajouter(self):
        found = blocks.added(self.blocks, uuidhex()[:8], self.field("titre"), self.field("texte"))
        self.keep(found, "Bloc ajouté en bas de l’accueil.")

    def do_retirer(self):
        self.keep(blocks.removed(self.blocks, self.name), "Bloc retiré.")
