"""Plone's list of values for widgets, asked without saying which columns: of the catalog it knew no other answer than a failure."""

from plone.app.content.browser.vocabulary import VocabularyView


CATALOG = "plone.app.vocabularies.Catalog"


class Vocabulary(VocabularyView):
    """``@@getVocabulary``: entries of the catalog are told by their identifier and title unless other columns are asked."""

    def __call__(self):
        form = self.request.form
        if form.get("name") == CATALOG and not form.get("attributes"):
            form["attributes"] = "UID,Title"
        return super().__call__()
