"""Import of many notices at once, for an operator or a migration.

``bin/instance run .../consultations/bulk_import.py --collectivite SLUG FILE...``, or ``python -m`` with a Zope
configuration (``--zope-conf``). One JSON line a file: ``{"fichier", "resultat": "importe"|"refuse", ...}``. Each file
is a transaction of its own. Exit code: 0 all imported, 1 at least one refused, 2 wrong usage
(``bin/instance run`` tells any failure as 1).
"""

from megalis.portal.consultations.importing import import_notice
from megalis.portal.consultations.importing import ImportRefused
from megalis.portal.interfaces import IMegalisLayer
from pathlib import Path
from plone import api
from zope.component.hooks import setSite
from zope.globalrequest import setRequest
from zope.interface import alsoProvides

import argparse
import json
import sys
import transaction


COLLECTIVITES = "collectivites"


def arguments(argv):
    """Return the parsed arguments; argparse exits with 2 on a wrong one."""
    parser = argparse.ArgumentParser(prog="bulk_import", description="Importe des avis eForms comme brouillons.")
    parser.add_argument("--site", default="megalis", help="identifiant du site (megalis)")
    parser.add_argument("--collectivite", help="qui reçoit les brouillons ; sinon la collectivité du SIRET de l’avis")
    parser.add_argument("--zope-conf", help="configuration de Zope, hors de bin/instance run")
    parser.add_argument("--essai", action="store_true", help="dit ce qui serait fait sans rien garder")
    parser.add_argument("files", nargs="+", metavar="FILE")
    return parser.parse_args(argv)


def run(site, options, out):
    """Import the files into ``site``; write a JSON line each to ``out``; return the exit code (0 or 1)."""
    collectivite = None
    if options.collectivite:
        collectivite = site[COLLECTIVITES].get(options.collectivite)
        if collectivite is None:
            print(f"collectivité inconnue : {options.collectivite}", file=sys.stderr)
            return 2
    refused = 0
    for name in options.files:
        line = {"fichier": name}
        try:
            done = import_notice(Path(name).read_bytes(), collectivite)
        except (ImportRefused, OSError) as error:
            transaction.abort()
            refused += 1
            reasons = getattr(error, "reasons", [{"code": "fichier.illisible", "message": str(error)}])
            line |= {"resultat": "refuse", "motifs": reasons}
        else:
            line |= {
                "resultat": "importe",
                "reference": done.consultation.reference,
                "adresse": "/".join(done.consultation.getPhysicalPath()),
                "remarques": [{"code": remark.code, "message": remark.message} for remark in done.remarks],
            }
            if options.essai:
                transaction.abort()
            else:
                transaction.commit()
        print(json.dumps(line, ensure_ascii=False), file=out, flush=True)
    return 1 if refused else 0


def enter(app, site_id):
    """Return the site, ready to work in as the system user."""
    from AccessControl.SecurityManagement import newSecurityManager
    from AccessControl.SpecialUsers import system
    from Testing.makerequest import makerequest

    app = makerequest(app)
    newSecurityManager(None, system.__of__(app.acl_users))
    site = app[site_id]
    setSite(site)
    setRequest(app.REQUEST)
    alsoProvides(app.REQUEST, IMegalisLayer)
    return api.portal.get()


def main(app=None, argv=None):
    """Entry point; ``app`` is given by ``bin/instance run``."""
    options = arguments(argv if argv is not None else sys.argv[1:])
    if app is None:
        from Zope2.Startup.run import configure_wsgi

        if not options.zope_conf:
            print("bulk_import : --zope-conf manque hors de bin/instance run", file=sys.stderr)
            return 2
        configure_wsgi(options.zope_conf)
        import Zope2

        app = Zope2.app()
    if options.site not in app.objectIds():
        print(f"site inconnu : {options.site}", file=sys.stderr)
        return 2
    return run(enter(app, options.site), options, sys.stdout)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["-c"]:  # what "bin/instance run" leaves before the arguments: -c and the script's own name
        given = given[2:]
    sys.exit(main(globals().get("app"), given))
