"""The functional layer's database behind our own front and a web server with threads."""

from contextlib import contextmanager
from functools import partial
from megalis.portal.kernel import listening
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pace
from megalis.portal.kernel import worker
from megalis.portal.kernel.wsgi import Front
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from unittest.mock import patch
from zope.component.hooks import setSite
from ZPublisher.httpexceptions import HTTPExceptionHandler
from ZPublisher.WSGIPublisher import publish_module

import re
import socket
import threading
import transaction


THREADS = 4
PATIENCE = 60  # seconds
LARGEST = 1 << 30


class Server:
    """``url`` is the address of the portal; ``site`` is the test's own view of it."""

    def __init__(self, site):
        self.site = site
        root = site.getPhysicalRoot()
        if "virtual_hosting" not in root.objectIds():  # an instance has one, the test layer's bare root has not
            manage_addVirtualHostMonster(root, "virtual_hosting")
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    @contextmanager
    def running(self):
        """Serve while the block lasts."""
        app = Front(HTTPExceptionHandler(publish_module), site=self.site.getId())
        served = listening.serving(
            app, sockets=[self.socket], threads=THREADS, max_request_body_size=LARGEST, ident=None
        )
        thread = threading.Thread(target=served.run, name="journey-server", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            served.close()
            served.task_dispatcher.shutdown()
            thread.join(10)

    def look(self):
        """See what requests have committed since."""
        transaction.abort()
        setSite(self.site)
        return self.site

    def work(self):
        """Give the worker one round, as every few seconds in a deployment; it waits until nobody is being answered."""
        with patch.object(pace, "leisure", partial(pace.leisure, PATIENCE)):
            assert pace.leisure(), "a request has no end"
            worker.step(self.look())

    def mail_to(self, address, subject=""):
        """Return the text of the newest mail to ``address`` whose subject holds ``subject``."""
        for message in outbox.messages(self.look()):
            payload = message.payload
            if message.kind == "mail" and payload["to"] == address and subject in payload["subject"]:
                return payload["text"]
        raise LookupError(f"no mail to {address} about « {subject} »")

    def link_to(self, address, subject=""):
        """Return the one link of that mail."""
        (found,) = set(re.findall(re.escape(self.url) + r"/\S+", self.mail_to(address, subject)))
        return found
