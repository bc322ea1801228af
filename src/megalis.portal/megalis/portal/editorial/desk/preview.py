"""``/redaction-rendu``: what a text will look like, as the page itself will make it; asked while it is typed, keeps nothing."""

from megalis.portal.editorial import wording
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from Products.Five.browser import BrowserView

import json


def check(text):
    """Return the text to show; Refused ``texte.longueur``."""
    text = text if isinstance(text, str) else ""
    if len(text) > wording.LONGEST:
        raise Refused("texte.longueur", f"Le texte a {len(text)} signes, {wording.LONGEST} au plus : abrégez-le.")
    return text


class Preview(BrowserView):
    """Answers JSON: ``html``, or ``code`` and ``message``."""

    def __call__(self):
        response = self.request.response
        response.setHeader("Content-Type", "application/json; charset=utf-8")
        response.setHeader("Cache-Control", "no-store")
        response.setHeader("X-Content-Type-Options", "nosniff")
        try:
            require_post(self.request)
            return json.dumps({"html": wording.shown(check(self.request.form.get("texte")))})
        except (Refusal, Refused) as refused:
            response.setStatus(getattr(refused, "status", 422))
            return json.dumps({"code": refused.code, "message": refused.message})
