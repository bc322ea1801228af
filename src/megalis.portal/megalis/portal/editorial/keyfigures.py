"""``@@chiffres-cles``: the platform in figures, for everybody; only what anybody may know."""

from megalis.portal.theme.figures import FiguresFiles
from megalis.portal.theme.figures import FiguresPage


class KeyFigures(FiguresPage):
    """The page."""

    view_name = "chiffres-cles"
    page_intro = "La plateforme régionale en direct : qui l’utilise, ce qui s’y publie, ce qu’on y télécharge."


class KeyFiguresJSON(KeyFigures):
    """``@@chiffres-cles.json``."""

    def __call__(self):
        return self.as_json()


class KeyFiguresFiles(FiguresFiles, KeyFigures):
    """``@@chiffres-cles.csv``, ``.xlsx``, ``.pdf``."""
