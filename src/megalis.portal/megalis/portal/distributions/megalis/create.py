"""Creates the site in the database of an instance: ``bin/instance run`` of this file, or the server itself the first time
``make start`` serves it. Safe to run again.

``DEMO=0`` makes an empty site; otherwise it holds the demonstration content. Passwords go to ``comptes-demo.txt`` in the
instance's ``var`` before the transaction ends, so that no account exists whose password nobody knows.
"""

from AccessControl.SecurityManagement import noSecurityManager
from megalis.portal.distributions.megalis import accounts
from megalis.portal.distributions.megalis import demo_actes
from megalis.portal.distributions.megalis.progress import Progress
from megalis.portal.distributions.megalis.setup import Incomplete
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel import worker
from plone import api
from plone.distribution.api import site as sites
from zope.component.hooks import setSite
from zope.globalrequest import clearRequest
from zope.globalrequest import setRequest

import json
import os
import sys
import transaction
import Zope2


SITE = "megalis"
MARK = "site.json"


def answers(demo):
    """Return what plone.distribution asks before it makes a site."""
    return {
        "site_id": SITE,
        "title": "e-mégalis",
        "description": "Le portail des services numériques des collectivités de Bretagne",
        "default_language": "fr",
        "portal_timezone": "Europe/Paris",
        "setup_content": demo,
    }


def administrator(site):
    """Make the account of the technical administrator, with a random password."""
    login = "admin"
    secret = accounts.issue("Administrateur technique", login)
    site.acl_users.source_users.addUser(login, login, secret)
    site.acl_users.portal_role_manager.assignRoleToPrincipal("Manager", login)
    api.user.get(userid=login).setMemberProperties(
        {"fullname": "Administrateur technique", "email": settings.contact_address()}
    )


def mark(demo):
    """Note that the site is there: the next start need not open the database to know."""
    text = json.dumps({"site": SITE, "demo": demo, "created": clock.rfc3339(clock.now())})
    (settings.var() / MARK).write_text(text + "\n", "utf-8")


def main(app, demo):
    """Create the site unless it is there; commits."""
    progress = Progress()
    if SITE in app.objectIds():
        progress("Le site existe déjà.")
        mark(demo)
        return
    app = worker.site_request(app, f"/{SITE}")
    setRequest(app.REQUEST)
    accounts.begin()
    progress(
        "Création du site (langue française, heure de Paris)" + (" et de son contenu de démonstration" if demo else "")
    )
    site = sites.create(app, SITE, answers(demo))
    setSite(site)
    administrator(site)
    transaction.commit()
    if demo:
        with api.env.adopt_roles(["Manager"]):
            progress(f"{demo_actes.publish(site)} actes publiés après l’acquittement de la préfecture simulée")
    mark(demo)
    progress("Site créé")


def creation(app, global_conf):
    """Paste filter factory, the last before Zope: with ``MEGALIS_CREATE=1`` the server makes the site it will serve.

    Loading Plone is what takes longest on a first start: it is done once. The worker starts after it: it would send and
    file what is still being written.
    """
    if os.environ.get("MEGALIS_CREATE") == "1":
        root = Zope2.app()
        try:
            main(root, os.environ.get("DEMO", "1") != "0")
        except Incomplete as error:
            raise SystemExit(f"Le site n’a pas été créé : {error}") from error
        finally:
            transaction.abort()
            setSite(None)
            clearRequest()
            noSecurityManager()
            root._p_jar.close()
        worker.begin()
    return app


if __name__ == "__main__":
    try:
        main(app, os.environ.get("DEMO", "1") != "0")  # noqa: F821  given by `bin/instance run`
    except Incomplete as error:
        sys.exit(f"Le site n’a pas été créé : {error}")
