"""The two ends of the web server that are ours: what stands before Zope on every request, and how it listens.

Zope keeps sites in folders of a root that also holds its management screens. The front gives the outside one site, at
``/``, and nothing else; it also says to browsers what our pages may do, and turns a database that is too busy into an
answer a person can act on. Both are named in the ``wsgi.ini`` of an instance as Paste factories.
"""

from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel import pace
from transaction.interfaces import TransientError
from ZODB.POSException import StorageError

import json
import logging
import os
import re
import signal
import socket
import sys
import time


logger = logging.getLogger("megalis.front")

HOST = re.compile(r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", re.IGNORECASE)
REFUSED = re.compile(r"acl_users|manage|manage_.*|portal_.*|Control_Panel|temp_folder|virtual_hosting|_vh_.*")
SIGN_IN = re.compile(r"/?acl_users/credentials_cookie_auth/require_login")
REWRITING = {"VirtualHostBase", "VirtualHostRoot"}
# Plone's own administration screens carry inline scripts; no visitor, company or agent ever gets one.
ADMINISTRATION = re.compile(
    r"(@@)?([\w-]+-controlpanel|[\w-]*-prefs|prefs_[\w-]+|usergroup-[\w-]+|member-[\w-]+|manage-[\w-]+|modeleditor|"
    r"dexterity-types|resourceregistry-[\w-]+|plone-upgrade|plone-addsite|fields|actions|edit|sharing|content_status_history)"
)
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HIDDEN = {"x-powered-by", "server", "via"}
ADDRESS = "megalis.address"  # in environ: (scheme, name, port as digits) that the visitor asked
RETRY_AFTER = "2"  # seconds
SWITCH_INTERVAL = 0.001  # seconds

REFUSALS = {
    400: ("Bad Request", "adresse", "Adresse refusée", "Le nom de serveur de la demande n’est pas celui du portail. Vérifiez l’adresse saisie."),
    404: ("Not Found", "introuvable", "Page introuvable", "Aucune page publique ne se trouve à cette adresse. Repartez de l’accueil du portail."),
    500: (
        "Internal Server Error",
        "interne",
        "Une erreur est survenue",
        "La demande n’a pas abouti et rien n’en a été enregistré. L’incident est noté au journal technique ; "
        "réessayez, puis prévenez l’assistance si l’erreur demeure.",
    ),
    503: (
        "Service Unavailable",
        "occupe",
        "Le service est momentanément très sollicité",
        "La demande n’a pas abouti et rien n’en a été enregistré. Réessayez dans quelques secondes.",
    ),
}  # fmt: skip


def policy(administration=False):
    """Return the Content-Security-Policy of a page; ``administration`` allows the inline scripts of Plone's screens."""
    rules = dict(POLICY)
    if administration:
        rules["script-src"] = "'self' 'unsafe-inline' 'unsafe-eval'"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


STRICT = policy()
RELAXED = policy(administration=True)


def segments(path):
    """Return the non-empty segments of a URL path."""
    return [segment for segment in path.split("/") if segment]


def refused(path):
    """Return whether ``path`` (within the site) leads to Zope's management rather than to a page.

    The one address under the user folder that visitors need sends them to sign in, and comes from Zope itself.
    """
    return not SIGN_IN.fullmatch(path) and any(
        segment in REWRITING or REFUSED.fullmatch(segment) for segment in segments(path)
    )


def address(host, scheme):
    """Return ``name:port`` of a Host header, the port made explicit; None when it is no host name."""
    found = HOST.fullmatch(host)
    if found is None or int(found[2] or 1) > 65535:
        return None
    return f"{found[1].lower()}:{found[2] or {'https': '443'}.get(scheme, '80')}"


def is_text(path):
    """Return whether a path, as WSGI gives it, is UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def inside(path, site):
    """Return the path within the site of a path already rewritten by a proxy, or None when it leads elsewhere."""
    parts = path.split("/")  # ['', 'VirtualHostBase', scheme, host, site, 'VirtualHostRoot', ...]
    if len(parts) < 6 or parts[4] != site or parts[5] != "VirtualHostRoot":
        return None
    return "/" + "/".join(parts[6:])


def wants_json(environ):
    """Return whether the asker is a program rather than a person."""
    accepts = environ.get("HTTP_ACCEPT", "")
    return ("json" in accepts and "html" not in accepts) or environ["REQUEST_METHOD"] == "PUT"


class Front:
    """WSGI filter that publishes one site at ``/``.

    ``environ["megalis.received"]`` is the time the request arrived whole (aware UTC datetime): the web server calls us
    once the last byte of the body is there, and a wait for a database retry does not move it.
    """

    def __init__(self, app, site="megalis", zmi=False, hosts=()):
        self.app = app
        self.site = site
        self.zmi = zmi
        self.hosts = frozenset(hosts)

    def __call__(self, environ, start_response):
        environ["megalis.received"] = clock.now()
        started = time.perf_counter()
        path = environ.get("PATH_INFO") or "/"
        scheme = environ["wsgi.url_scheme"]
        last = (segments(path) or [""])[-1]
        answered = False

        def begin(status, headers, exc_info=None):
            nonlocal answered
            answered = True
            seconds = time.perf_counter() - started
            return start_response(status, dressed(headers, scheme, last, seconds), exc_info)

        status = self.rewrite(environ, path, scheme)
        if status:
            return refusal(environ, begin, status)
        # Zope knows no HEAD of a site, and it is what monitors ask for. Other pages answer HEAD themselves: a download counts.
        only_head = environ["REQUEST_METHOD"] == "HEAD" and path == "/"
        if only_head:
            environ["REQUEST_METHOD"] = "GET"
        try:
            with pace.answering(), pace.turn(last):
                body = self.app(environ, begin)
            return closed(body) if only_head else body
        except (TransientError, StorageError) as error:
            logger.warning("503 %s %s: %s", environ["REQUEST_METHOD"], path, error)
            if answered:
                raise
            return refusal(environ, begin, 503)
        except Exception:
            logger.exception("500 %s %s", environ["REQUEST_METHOD"], path)
            if answered:
                raise
            return refusal(environ, begin, 500)

    def rewrite(self, environ, path, scheme):
        """Point ``environ`` into the site; return the status to refuse the request with, or None."""
        if not is_text(path):
            return 404
        if path.startswith("/VirtualHostBase/"):
            within = inside(path, self.site)
            if self.zmi:
                return None
            return 404 if within is None or refused(within) else None
        host = address(environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}", scheme)
        if host is None or (self.hosts and host.rpartition(":")[0] not in self.hosts):
            return 400
        if not self.zmi and refused(path):
            return 404
        environ[ADDRESS] = (scheme, *host.rsplit(":", 1))
        environ["PATH_INFO"] = f"/{self.site}{path}"
        return None


def closed(body):
    """Return the body of an answer to HEAD, after letting go of the one that was made."""
    if hasattr(body, "close"):
        body.close()
    return []


def dressed(headers, scheme, last, seconds):
    """Return response ``headers`` with ours; one that a page has set itself is kept."""
    kept = [(name, value) for name, value in headers if name.lower() not in HIDDEN]
    present = {name.lower() for name, _value in kept}
    ours = dict(HEADERS)
    ours["Content-Security-Policy"] = RELAXED if ADMINISTRATION.fullmatch(last) else STRICT
    if scheme == "https":
        ours["Strict-Transport-Security"] = "max-age=31536000"
    kept.extend((name, value) for name, value in ours.items() if name.lower() not in present)
    kept.append(("Server-Timing", f"app;dur={seconds * 1000:.1f}"))
    return kept


def refusal(environ, start_response, status):
    """Answer with a short page, or JSON for programs; never with anything of the failed request but its status."""
    phrase, code, title, message = REFUSALS[status]
    headers, content = said(environ, code, title, message)
    if status == 503:
        headers.append(("Retry-After", RETRY_AFTER))
    start_response(f"{status} {phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


# These pages are said when the portal cannot be asked for anything, its style included: they bring their own.
PLAIN = (
    '<meta name="viewport" content="width=device-width"><style>body{font:1rem/1.5 system-ui,sans-serif;color:#14213d;margin:0}'
    "main{max-width:38rem;margin:12vh auto 0;padding:0 1.5rem}h1{font-size:1.75rem;line-height:1.2}a{color:#0b5c7a}</style>"
)


def said(environ, code, title, message):
    """Return ``(headers, body)`` of a short page, or of JSON for programs."""
    if wants_json(environ):
        kind = "application/json"
        body = json.dumps({"code": code, "message": f"{title}. {message}"}, ensure_ascii=False)
    else:
        kind = "text/html; charset=utf-8"
        body = (
            f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)} — e-mégalis</title>{PLAIN}</head>'
            f'<body><main><h1>{escape(title)}</h1><p>{escape(message)}</p><p><a href="/">Accueil du portail</a></p></main></body></html>'
        )
    content = body.encode()
    return [("Content-Type", kind), ("Content-Length", str(len(content))), ("Cache-Control", "no-store")], content


def front(app, global_conf, site="megalis", zmi="off", hosts=""):
    """Paste filter factory; ``hosts`` are the only names the site answers to (none: all), ``zmi = on`` for development."""
    return Front(app, site=site, zmi=zmi == "on", hosts=(hosts or os.environ.get("MEGALIS_HOSTS", "")).lower().split())


def listening(listen):
    """Return a socket bound to ``host:port``; SystemExit in plain words when another program has the port."""
    host, _colon, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), int(port)))
    except OSError as error:
        raise SystemExit(
            f"impossible d’écouter sur {listen} : {error.strerror}. Choisissez un autre port avec PORT=."
        ) from error
    bound.listen(1024)
    return bound


def server(global_conf, listen, **settings):
    """Paste server factory: waitress on ``listen``, or on the port in ``MEGALIS_PORT``.

    The socket is bound before Zope loads, so that the first visitors of a restart wait instead of being refused.
    ``MEGALIS_PROXY`` is the address of the proxy whose word is taken for the scheme and the visitor's address.
    """
    if port := os.environ.get("MEGALIS_PORT"):
        listen = f"{listen.rpartition(':')[0]}:{port}"
    bound = listening(listen)
    # A thread back from the disk holds the database's commit lock: it must not wait long for those that compute.
    sys.setswitchinterval(SWITCH_INTERVAL)

    # What is refused there is said by the front above: neither can be imported first.
    from megalis.portal.kernel.listening import serving

    def serve(app):
        # An init system stops us with SIGTERM: end as with Ctrl-C, so that the database is closed and its index written.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # Read here and not above: zope.conf sets its environment while the application loads.
        if proxy := os.environ.get("MEGALIS_PROXY"):
            settings.update(trusted_proxy=proxy, trusted_proxy_headers="x-forwarded-for x-forwarded-proto")
        found = serving(app, sockets=[bound], ident=None, **settings)
        found.print_listen("Serving on http://{}:{}")
        found.run()

    return serve
