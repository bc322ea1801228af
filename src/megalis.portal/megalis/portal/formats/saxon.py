"""XSLT 3 by Saxon, in a process of its own.

Saxon comes as native code that ends the whole process on some errors, holds the interpreter while it compiles, and
wants to be called from the thread that made it. A child that reads requests on its input has none of that reach ours:
it is started on the first request, serves any thread in turn, is replaced when it dies or is late, and ends with us.
It opens no address: stylesheets and documents are given as text, and every protocol is refused to them.
"""

from collections import OrderedDict
from contextlib import suppress
from megalis.portal.formats.refusal import Refused
from threading import Lock
from threading import Timer

import atexit
import importlib.util
import json
import struct
import subprocess
import sys


TIMEOUT = 120
MAX_STYLESHEETS = 60


class Engine:
    """Transforms documents by stylesheets kept compiled; safe to share between threads. ``timeout`` is in seconds."""

    def __init__(self, timeout=TIMEOUT):
        self.timeout = timeout
        self._lock = Lock()
        self._child = None
        atexit.register(self.close)

    @property
    def pid(self):
        """The process that works for this engine, or None before the first request."""
        return self._child.pid if self._child is not None else None

    def transform(self, stylesheets, document):
        """Return the text each stylesheet (a path) makes of a document (bytes of XML).

        Raises ``Refused``: ``xslt.absent`` when Saxon is not installed, ``xslt.refus`` when a stylesheet or document is
        refused, ``xslt.moteur`` when the child died or was late.
        """
        if importlib.util.find_spec("saxonche") is None:
            raise Refused("xslt.absent", "Saxon n’est pas installé : ajoutez le paquet Python « saxonche ».")
        with self._lock:
            answer = self._ask(json.dumps([str(path) for path in stylesheets]).encode(), bytes(document))
        if "error" in answer:
            raise Refused("xslt.refus", f"Le moteur de règles a refusé le fichier : {answer['error'][:300]}")
        return answer["results"]

    def _ask(self, stylesheets, document):
        if self._child is None or self._child.poll() is not None:
            command = [sys.executable, "-P", "-m", "megalis.portal.formats.saxon"]
            self._child = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        child = self._child
        timer = Timer(self.timeout, child.kill)
        timer.daemon = True
        timer.start()
        try:
            _send(child.stdin, stylesheets)
            _send(child.stdin, document)
            return json.loads(_receive(child.stdout))
        except (OSError, EOFError, ValueError) as error:
            self._end()
            message = (
                "Le moteur de règles s’est arrêté sur ce fichier. Recommencez ; s’il s’arrête encore, signalez-le."
            )
            raise Refused("xslt.moteur", message, error) from error
        finally:
            timer.cancel()

    def _end(self):
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                with suppress(OSError):
                    stream.close()

    def close(self):
        """End the child; the next request starts another."""
        with self._lock:
            self._end()


def _send(stream, data):
    stream.write(struct.pack(">I", len(data)) + data)
    stream.flush()


def _receive(stream):
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError
    (size,) = struct.unpack(">I", head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


class _Child:
    """What runs on the other side."""

    def __init__(self):
        from saxonche import PySaxonProcessor

        self._processor = PySaxonProcessor(license=False)
        self._processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "")
        self._compiled = OrderedDict()

    def _stylesheet(self, path):
        if path not in self._compiled:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
            compiler = self._processor.new_xslt30_processor()
            self._compiled[path] = compiler.compile_stylesheet(stylesheet_text=text)
            if len(self._compiled) > MAX_STYLESHEETS:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(path)
        return self._compiled[path]

    def serve(self, source, target):
        """Answer requests until the input ends."""
        while True:
            try:
                stylesheets, document = json.loads(_receive(source)), _receive(source)
            except EOFError:
                return
            try:
                answer = {"results": self._transform(stylesheets, document)}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            _send(target, json.dumps(answer).encode())

    def _transform(self, stylesheets, document):
        executables = [self._stylesheet(path) for path in stylesheets]
        if not document:
            return []
        node = self._processor.parse_xml(xml_text=document.decode("utf-8"))
        return [executable.transform_to_string(xdm_node=node) or "" for executable in executables]


if __name__ == "__main__":
    _Child().serve(sys.stdin.buffer, sys.stdout.buffer)
