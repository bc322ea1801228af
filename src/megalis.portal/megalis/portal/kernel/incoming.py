"""What reaches a view is text: a request whose address or form is not is answered 400, not by whatever breaks first.

Zope converts ``name:int`` of any address or form, even where no view asks for it, and keeps bytes that are no UTF-8 as lone
surrogates, which no page can be encoded with. Both are told after traversal, when the site's own error page is there.
"""

from zExceptions import BadRequest


UNREADABLE = "megalis.unreadable"


def guard(event):
    """Have the inputs of a request that Zope fails on set aside instead (IPubStart)."""
    request = event.request
    read = request.processInputs

    def guarded():
        del request.processInputs  # the request holds itself no longer than needed
        try:
            read()
        except Exception:  # converters raise anything
            request.form.clear()
            request.environ[UNREADABLE] = True

    request.processInputs = guarded


def refuse_what_is_no_text(event):
    """Refuse what ``guard`` set aside and any value that is no Unicode text (IPubAfterTraversal).

    A view that speaks with programs of another age says ``reads_bytes`` and decodes its fields itself.
    """
    request = event.request
    if getattr(request.get("PUBLISHED"), "reads_bytes", False) and not request.environ.get(UNREADABLE):
        return
    if request.environ.get(UNREADABLE) or any(map(is_broken, request.form.values())):
        raise BadRequest("unreadable parameter")


def is_broken(value):
    """Tell whether a value of a form, or one of several, holds a lone surrogate."""
    if isinstance(value, str):
        return not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, (list, tuple)):
        return any(map(is_broken, value))
    return False
