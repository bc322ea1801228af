"""The pages members write together: read, written, compared, taken back."""

from difflib import ndiff
from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from zExceptions import NotFound


class Pages(Page):
    """``@@pages``: the wiki."""

    tab = "pages"
    page_title = "Pages"

    @property
    def rows(self):
        found = [
            {
                "title": page.title,
                "url": f"{self.space_url}{service.page_url(page)}",
                "name": page.last.name,
                "at": page.last.at,
                "editions": len(page.editions),
            }
            for page in self.context.pages.values()
        ]
        return sorted(found, key=lambda row: row["title"].casefold())

    def do_creer(self):
        made = service.write_page(
            self.context, self.rights, self.person, self.field("nom"), self.rich(code="page.texte")
        )
        self.done("La page est écrite.", f"{self.space_url}{service.page_url(made)}")


class WikiPage(Pages):
    """``@@page?titre=``: read, write (``modifier=1``), history (``historique=1``), compare (``version=``)."""

    @cached_property
    def page(self):
        found = self.context.pages.get(self.field("titre"))
        if found is None:
            raise NotFound("page")
        return found

    def __call__(self):
        if self.request.method == "GET" and self.field("titre") not in self.context.pages and self.rights.writes:
            name = self.field("titre")
            if name and name == rules.slug(name):
                self.request.response.redirect(f"{self.space_url}/@@pages?nom={name}#ecrire")
                return ""
        _found = self.page
        return super().__call__()

    @property
    def page_title(self):
        return self.page.title

    @property
    def url(self):
        return f"{self.space_url}{service.page_url(self.page)}"

    @property
    def form_url(self):
        return f"{self.space_url}/@@page"

    @property
    def editing(self):
        return self.rights.writes and (bool(self.field("modifier")) or bool(self.errors))

    @property
    def html(self):
        def address(name):
            return f"{self.space_url}/@@page?titre={name}", name in self.context.pages

        return rules.linked(self.edition.html, address)

    @cached_property
    def edition(self):
        """The edition shown: that of ``version``, else the last."""
        number = self.field("version")
        return next((item for item in self.page.editions if str(item.number) == number), self.page.last)

    @property
    def history(self):
        return [
            {
                "number": item.number,
                "name": item.name,
                "at": item.at,
                "note": item.note,
                "url": f"{self.url}&version={item.number}&historique=1",
                "shown": item is self.edition,
            }
            for item in reversed(self.page.editions)
        ]

    @property
    def changes(self):
        """What the edition shown changed to the one before: (« + », « - » or « », line)."""
        before = next((item for item in self.page.editions if item.number == self.edition.number - 1), None)
        old = richtext.plain(before.html).split("\n") if before else []
        new = richtext.plain(self.edition.html).split("\n")
        return [(line[0], line[2:]) for line in ndiff(old, new) if line[0] in "+- "]

    def do_ecrire(self):
        text = self.field("base")
        base = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        html = self.rich(code="page.texte", name="La page")
        service.write_page(
            self.context, self.rights, self.person, self.field("nom"), html, self.field("note"), self.page, base
        )
        self.done("La page est enregistrée.")

    def do_reprendre(self):
        former = next((item for item in self.page.editions if str(item.number) == self.field("version")), None)
        if former is None:
            raise Refused("page.version", "Cette version n’existe pas : rechargez la page.")
        note = f"reprise de la version {former.number}"
        base = self.page.last.number
        service.write_page(self.context, self.rights, self.person, former.title, former.html, note, self.page, base)
        self.done("Cette version est de nouveau la page.")
