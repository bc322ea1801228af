"""The Trésor: flows go by FTP over TLS, with the parameters its gateway wants said first; answers wait in a folder there.

Source: the open implementations of operators. ``SITE P_DEST`` names the server of the accountant, ``SITE P_APPLI`` the
application, ``SITE P_MSG`` the type of file, code of the collectivité, of the post and of the budget, parted by « # ». The
gateway takes a flow away as soon as it is whole, so that not finding it there proves nothing.
"""

from collections.abc import Callable
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from ftplib import error_perm
from ftplib import FTP_TLS
from megalis.portal.formats.actes.names import is_plain
from megalis.portal.transports.outcomes import Incoming
from megalis.portal.transports.outcomes import Receipt
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import spooled
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from pathlib import Path

import ftplib
import re
import ssl
import time


APPLI = "GHELPES2"
MAX_FLOW = 128 * 1024 * 1024
MAX_ANSWER = 150 * 1024 * 1024
CHUNK = 64 * 1024

_PARAMETERS = {
    "P_DEST": re.compile(r"[A-Za-z0-9_]{1,32}"),
    "P_APPLI": re.compile(r"[A-Za-z0-9_]{1,32}"),
    "P_MSG": re.compile(r"[A-Za-z0-9_]{1,32}#[0-9]{3}#[A-Za-z0-9]{6,7}#[0-9A-Z][0-9]"),
}
_NOT_THIS_FILE = ("552", "553")


def parameters(destination, entete):
    """Return the parameters of the flow whose header is ``entete`` (``pes.model.Entete``); raise ``Refusal``.

    ``destination`` is the server of its accountant.
    """
    told = {
        "P_DEST": destination,
        "P_APPLI": APPLI,
        "P_MSG": f"{entete.typfic}#{entete.cod_col}#{entete.poste}#{entete.cod_bud}",
    }
    for name, value in told.items():
        _checked(name, value)
    return told


def _checked(name, value):
    # What goes into a command is the caller's: a line break in it would be a second command.
    if name not in _PARAMETERS or not _PARAMETERS[name].fullmatch(value):
        message = (
            f"« {value[:80]!s} » n’est pas une valeur permise de {name} : corrigez l’en-tête du flux ou le réglage."
        )
        raise Refusal("transport.parametres", message)
    return f"SITE {name} {value}"


class _Secured(ssl.SSLSocket):
    """A connection whose other side may close it first: nothing was left to be said, and sizes are compared anyway."""

    def unwrap(self):
        """End the encryption, when there is still somebody to end it with."""
        with suppress(OSError):
            return super().unwrap()
        return self


class _Client(FTP_TLS):
    """Its data connections resume the session of the control connection, which many servers ask for."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321, it is wrapped in TLS on the next lines
        if self._prot_p:
            session = self.sock.session
            connection = self.context.wrap_socket(connection, server_hostname=self.host, session=session)
        return connection, size


@dataclass(frozen=True, slots=True)
class Helios:
    """The gateway of the Trésor. ``context``: a function that returns the ``ssl.SSLContext`` of the day.

    ``partial``: the suffix a flow has until it is whole, where the gateway takes files by their name; '' sends it under its
    own name. ``answers``: the folder of the answers there. ``whole``: seconds for one file.
    """

    title = "passerelle du Trésor, par FTP sur TLS"

    host: str
    login: str
    password: str
    context: Callable[[], ssl.SSLContext]
    port: int = 21
    partial: str = ""
    outbox: str = ""
    answers: str = "/sortie"
    idle: float = 60
    whole: float = 600
    largest: int = MAX_ANSWER

    def send(self, sending):
        """Send a flow, its parameters said first; return its ``Receipt``."""
        if not is_plain(sending.name):
            raise Refusal("transport.nom", f"« {sending.name[:80]} » n’est pas un nom de fichier permis.")
        commands = [_checked(name, sending.parameters.get(name, "")) for name in _PARAMETERS]
        with sending.opened() as (stream, size):
            if size > MAX_FLOW:
                raise Refusal("transport.taille", f"Le flux pèse plus de {MAX_FLOW // 1048576} Mo : répartissez-le.")
            with self._connected() as ftp:
                for command in commands:
                    self._said(ftp, command)
                return self._stored(ftp, sending, stream, size)

    def fetch(self, folder, limit=100):
        """Yield the ``Incoming`` answers, in the order of their names, their files written under ``folder``."""
        with self._connected() as ftp:
            for rank, name in enumerate(self._listed(ftp)[:limit]):
                size = self._size(ftp, name)
                if size is None:
                    continue
                place = name, size
                if size > self.largest:
                    problem = f"Le fichier pèse plus de {self.largest // 1048576} Mo."
                    yield Incoming(f"{name}.{size}", (), name, problem, place)
                    continue
                room = Path(folder, f"{rank:05d}")
                room.mkdir()
                file = spooled(room, 0, name, self._read(ftp, name))
                # What is still being written has grown meanwhile: it is for the next time.
                if file.path.stat().st_size == size == self._size(ftp, name):
                    yield Incoming(f"{name}.{size}", (file,), name, "", place)

    def acknowledge(self, *incoming):
        """Remove answers that are recorded here; those no longer there, or replaced by others, are left."""
        if not incoming:
            return
        with self._connected() as ftp:
            for name, size in (item.place for item in incoming):
                if self._size(ftp, name) == size:
                    with suppress(error_perm):
                        ftp.delete(self._path(name))

    def seen(self, sending):
        """True when the gateway still has the whole flow, None when it does not: it may have taken it away."""
        with sending.opened() as (_stream, size), self._connected() as ftp:
            found = self._number(ftp, f"{self.outbox}/{sending.name}" if self.outbox else sending.name)
            return True if found == size else None

    def _path(self, name):
        return f"{self.answers.rstrip('/')}/{name}"

    @contextmanager
    def _connected(self):
        try:
            context = self.context()
        except (OSError, ValueError) as error:
            message = "Le certificat du transport ne se lit pas. Vérifiez le réglage du transport."
            raise TryLater("transport.certificat", message, error) from None
        context.sslsocket_class = _Secured
        ftp = _Client(context=context, timeout=self.idle, encoding="latin-1")
        try:
            self._open(ftp)
            yield ftp
        except (OSError, EOFError, ftplib.Error) as error:
            raise TryLater("transport.passerelle", "La passerelle du Trésor s’est interrompue.", error) from None
        finally:
            if ftp.sock is not None:
                with suppress(OSError, EOFError, ftplib.Error):
                    ftp.sock.settimeout(2)
                    ftp.quit()
            ftp.close()

    def _open(self, ftp):
        try:
            ftp.connect(self.host, self.port)
            ftp.auth()
            ftp.login(self.login, self.password, secure=False)
            ftp.prot_p()
        except ssl.SSLCertVerificationError as error:
            message = "Le certificat de la passerelle n’est pas reconnu. Vérifiez le réglage du transport."
            raise TryLater("transport.serveur", message, error.verify_message) from None
        except error_perm as error:
            message = "La passerelle du Trésor nous refuse l’accès. Vérifiez le réglage du transport."
            raise TryLater("transport.droits", message, error) from None
        except (OSError, EOFError, ftplib.Error) as error:
            raise TryLater("transport.injoignable", "La passerelle du Trésor ne répond pas.", error) from None

    def _said(self, ftp, command):
        try:
            ftp.sendcmd(command)
        except error_perm as error:
            message = f"La passerelle refuse « {command} » : vérifiez le serveur du comptable et l’en-tête du flux."
            raise Refusal("transport.parametres", message, error) from None

    def _stored(self, ftp, sending, stream, size):
        final = f"{self.outbox}/{sending.name}" if self.outbox else sending.name
        name = final + self.partial
        if self.partial:
            with suppress(error_perm):
                ftp.delete(name)
        ftp.voidcmd("TYPE I")
        try:
            data = ftp.transfercmd(f"STOR {name}")
        except error_perm as error:
            raise self._not_taken(sending, error) from None
        limit = time.monotonic() + self.whole
        self._poured(data, stream, size, limit)
        said = self._ended(ftp, sending, data)
        if not self.partial:
            return Receipt(sending.name, said)
        try:
            ftp.sendcmd(f"RNFR {name}")
        except error_perm as error:
            raise TryLater(
                "transport.passerelle", "La passerelle a perdu le flux avant de le prendre.", error
            ) from None
        try:
            return Receipt(sending.name, ftp.voidcmd(f"RNTO {final}"))
        except (OSError, EOFError, ftplib.Error) as error:
            raise self._uncertain(error) from None

    def _poured(self, data, stream, size, limit):
        left = size
        try:
            while left:
                chunk = stream.read(min(CHUNK, left))
                left -= len(chunk)
                if not chunk:
                    raise Refusal("transport.altere", "Le flux a changé pendant son envoi : redéposez-le.")
                if time.monotonic() > limit:
                    raise TryLater("transport.delai", "L’envoi a dépassé le temps permis.")
                if not left:
                    break
                data.sendall(chunk)
        except BaseException:
            # Cut short it is no XML: what a gateway keeps of it is refused, and the next try has the same name.
            data.close()
            raise
        try:
            data.sendall(chunk if size else b"")
        except OSError as error:
            data.close()
            raise self._uncertain(error) from None

    def _ended(self, ftp, sending, data):
        try:
            if isinstance(data, ssl.SSLSocket):
                with suppress(OSError, ValueError):
                    data.unwrap()
            data.close()
            return ftp.voidresp()
        except error_perm as error:
            raise self._not_taken(sending, error) from None
        except ftplib.error_temp as error:
            raise TryLater("transport.passerelle", "La passerelle n’a pas gardé le flux.", error) from None
        except (OSError, EOFError, ftplib.Error) as error:
            raise self._uncertain(error) from None

    @staticmethod
    def _uncertain(error):
        message = "La liaison s’est coupée après l’envoi : reçu ou non par le Trésor, on ne sait pas."
        return Unknown("transport.incertain", message, error)

    @staticmethod
    def _not_taken(sending, error):
        if str(error).startswith(_NOT_THIS_FILE):
            return Refusal("transport.refuse", f"La passerelle a refusé « {sending.name} ».", error)
        message = "La passerelle nous refuse le dépôt. Vérifiez le réglage du transport."
        return TryLater("transport.droits", message, error)

    def _listed(self, ftp):
        try:
            lines = ftp.nlst(self.answers)
        except error_perm as error:
            if str(error).startswith("550"):
                return []
            raise
        names = (line.replace("\\", "/").rpartition("/")[2] for line in lines)
        return sorted(name for name in names if is_plain(name) and not name.endswith((".part", ".tmp")))

    def _size(self, ftp, name):
        return self._number(ftp, self._path(name))

    @staticmethod
    def _number(ftp, path):
        ftp.voidcmd("TYPE I")
        try:
            return ftp.size(path)
        except error_perm:
            return None

    def _read(self, ftp, name):
        limit = time.monotonic() + self.whole
        taken = 0
        connection = ftp.transfercmd(f"RETR {self._path(name)}")
        try:
            while data := connection.recv(CHUNK):
                taken += len(data)
                if taken > self.largest or time.monotonic() > limit:
                    raise TryLater("transport.passerelle", f"« {name} » ne finit pas : taille ou délai dépassés.")
                yield data
            if isinstance(connection, ssl.SSLSocket):
                with suppress(OSError, ValueError):
                    connection.unwrap()
        finally:
            connection.close()
        ftp.voidresp()
