"""What a script run by ``bin/instance run SCRIPT WORK FOLDER`` begins with: the site, and the work named on the line."""

from megalis.portal.kernel.worker import site_request
from pathlib import Path
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import sys


def do(app, works):
    """Call ``works[WORK](site, folder)`` in the site, under its public addresses."""
    app = site_request(app, "/megalis")
    setRequest(app.REQUEST)
    site = app["megalis"]
    setSite(site)
    works[sys.argv[-2]](site, Path(sys.argv[-1]))
