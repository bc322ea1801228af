"""The FTPS side of a Trésor, on pyftpdlib: ``SITE P_DEST``, ``P_APPLI`` and ``P_MSG``, flows taken away as soon as they are whole.

pyftpdlib and pyopenssl are the extra ``simulate``: nothing else imports this module.
"""

from contextlib import suppress
from OpenSSL import SSL
from pathlib import Path
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

import logging


PARAMETERS = ("P_DEST", "P_APPLI", "P_MSG")
PARTIAL = ".part"
TICK = 0.05
RIGHTS = "elrdfw"
CUT = object()


class _Data(TLS_DTPHandler):
    def close(self):
        """What is answered depends on the flow, once it is whole."""
        whole = not self._closed and self.receive and bool(self._resp) and self._resp[0].startswith("226")
        if whole and self.file_obj is not None and not self.file_obj.name.endswith(PARTIAL):
            self.file_obj.close()
            said = self.cmd_channel.taken(self.file_obj.name)
            if said is CUT:
                self._resp = ()
                channel = self.cmd_channel
                super().close()
                channel.close()
                return
            if said:
                self._resp = (said, self._resp[1])
        super().close()


class _Commands(TLS_FTPHandler):
    dtp_handler = _Data
    banner = "Simulateur du Trésor"
    proto_cmds = TLS_FTPHandler.proto_cmds | {
        f"SITE {name}": {"perm": None, "auth": True, "arg": True, "help": f"Syntax: SITE {name} <SP> value."}
        for name in PARAMETERS
    }
    auth_failed_timeout = 0
    tls_control_required = True
    tls_data_required = True
    ssl_options = TLS_FTPHandler.ssl_options | SSL.OP_NO_TLSv1 | SSL.OP_NO_TLSv1_1
    take = None

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._said = {}

    def _keep(self, name, value):
        self._said[name] = value
        self.respond(f"200 {name} noté.")

    def ftp_SITE_P_DEST(self, line):
        self._keep("P_DEST", line)

    def ftp_SITE_P_APPLI(self, line):
        self._keep("P_APPLI", line)

    def ftp_SITE_P_MSG(self, line):
        self._keep("P_MSG", line)

    def ftp_STOR(self, file, mode="w"):
        missing = [name for name in PARAMETERS if not self._said.get(name)]
        if missing:
            self.respond(f"503 {missing[0]} manque.")
            return None
        return super().ftp_STOR(file, mode)

    def ftp_RNTO(self, path):
        done = super().ftp_RNTO(path)
        if done and not path.endswith(PARTIAL) and Path(path).is_file() and self.taken(path) is CUT:
            self.close()
        return done

    def taken(self, path):
        """Give a whole flow to its owner; return what to answer, None for the usual, ``CUT`` to cut the line."""
        said, self._said = self._said, {}
        return type(self).take(Path(path), said)


class Gateway:
    """An FTPS server of one account in ``home``; ``take(path, parameters)`` is called with each flow, in its thread."""

    def __init__(self, address, papers, home, login, password, take):
        quiet = logging.getLogger("pyftpdlib")
        # Where nobody set up logging it does so itself, and says at each tick that it has started.
        quiet.addHandler(logging.NullHandler())
        quiet.setLevel(logging.CRITICAL)
        authorizer = DummyAuthorizer()
        authorizer.add_user(login, password, str(home), perm=RIGHTS)
        options = {
            "authorizer": authorizer,
            "certfile": str(papers.server),
            "keyfile": str(papers.server_key),
            "ssl_context": None,
            "take": staticmethod(take),
        }
        handler = type("Handler", (_Commands,), options)
        try:
            self._server = FTPServer(address, handler, ioloop=IOLoop())
        except OSError as error:
            # pyftpdlib wraps the error of the system in one that has no number.
            inner = error.args[0] if error.args else error
            raise (inner if isinstance(inner, OSError) else error) from None
        self.port = self._server.address[1]
        self._over = False

    def serve(self):
        """Serve until ``stop``."""
        while not self._over:
            with suppress(OSError, SSL.Error):
                self._server.serve_forever(timeout=TICK, blocking=False, handle_exit=False)
        self._server.close_all()

    def stop(self):
        """End ``serve``."""
        self._over = True
