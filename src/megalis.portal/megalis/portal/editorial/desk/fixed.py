"""``/redaction-pages``: the pages every site has, rewritten by staff through the same review as the rest."""

from lxml import html
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import pages
from megalis.portal.editorial import states
from megalis.portal.editorial import workflow
from megalis.portal.editorial.desk.base import DeskPage
from megalis.portal.formats.refusal import Refused
from zope.component import getMultiAdapter


class Fixed(DeskPage):
    """The list; « Réécrire » starts from the words in place."""

    page_title = "Pages du site"
    page_intro = "Mentions légales, accessibilité, données personnelles, aide : votre texte remplace celui d’origine une fois publié."

    @property
    def rows(self):
        found = []
        for name, title in pages.FIXED.items():
            item = self.site["pages"].get(name)
            found.append({
                "name": name, "title": title, "url": f"{self.site_url}/{name}",
                "badge": states.STATES[items.state(item)] if item is not None else None,
                "sheet": f"{item.absolute_url()}/@@redaction-fiche" if item is not None else "",
            })  # fmt: skip
        return found

    def do_reprendre(self):
        name = self.field("page")
        if name not in pages.FIXED or name in self.site["pages"]:
            raise Refused("page.inconnue", "Cette page n’est pas de celles-là : rechargez la liste.", name)
        view = getMultiAdapter((self.site, self.request), name=name)
        prose = html.fromstring(view.index()).xpath(
            "//*[contains(@class, 'mg-prose') or contains(@class, 'mg-tablebox')]"
        )
        words = "\n\n".join(
            html.tostring(child, encoding="unicode").strip() for part in prose[:1] for child in part.iterchildren()
        )
        values = {"title": pages.FIXED[name], "text": words}
        item = items.create(self.site, kinds.BY_TYPE["PageEditoriale"], values, workflow.actor(), name)
        self.done("Le texte d’origine est repris en brouillon.", f"{item.absolute_url()}/@@redaction-modifier")
