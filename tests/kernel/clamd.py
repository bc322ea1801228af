"""A clamd of the tests on loopback: speaks INSTREAM and VERSION, knows one virus, and can be out of sorts."""

import contextlib
import socketserver
import struct
import threading


VIRUS = b"X5O!P%@AP-canari-EICAR"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.4.3/27000/essai\0")
            return
        assert command == b"zINSTREAM\0", command
        data = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
            if len(data) > self.server.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(data)
        if self.server.answer is not None:
            self.wfile.write(self.server.answer)
        elif VIRUS in data:
            self.wfile.write(b"stream: Canari.EICAR FOUND\0")
        else:
            self.wfile.write(b"stream: OK\0")


@contextlib.contextmanager
def fake(answer=None, limit=10_000_000):
    """Serve until the block ends; yields the server: ``address``, ``seen`` (contents), ``answer`` to say always."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.answer, server.limit, server.seen = answer, limit, []
        server.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
