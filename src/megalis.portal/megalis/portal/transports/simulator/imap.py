"""A mailbox by IMAP4rev1 (RFC 3501, with UIDPLUS): what ``imaplib`` and mail readers ask of one, over TLS.

It serves one person’s letters, by a password; searches know flags, numbers and ALL.
"""

from contextlib import suppress
from email.utils import format_datetime
from socketserver import StreamRequestHandler
from socketserver import ThreadingTCPServer

import datetime
import hmac
import re


IDLE = 1800
MAX_LINE = 16384
CAPABILITIES = "IMAP4rev1 UIDPLUS"

_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|\(([^()]*)\)|([^\s()"]+(?:\[[^\]]*\])?)')
_LITERAL = re.compile(rb"\{(\d{1,6})\}$")


class Server(ThreadingTCPServer):
    """Serves a ``letterbox.Letterbox`` to one ``login`` and ``password``."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address, context, letterbox, login, password):
        super().__init__(address, _Session)
        self.context, self.letterbox = context, letterbox
        self.login, self.password = login, password

    def handle_error(self, request, client_address):
        """Say nothing: clients are killed in the middle of a session."""


class _Bad(Exception):
    """A command that is not understood."""


class _Session(StreamRequestHandler):
    # Lines are gathered into one packet an answer: sent one by one, each waits for the client’s acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self):
        self.request.settimeout(IDLE)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()
        self._known = False
        self._folder = None
        self._letters = []
        self._read_only = False

    def finish(self):
        with suppress(OSError):
            super().finish()

    def handle(self):
        self._say("* OK Simulateur")
        self.wfile.flush()
        while words := self._line():
            tag, *rest = words
            try:
                command, arguments, by_uid = self._command(rest)
                done = getattr(self, f"_do_{command}", None)
                if done is None:
                    raise _Bad(f"{command} inconnu")
                if not self._known and command not in ("capability", "login", "logout", "noop"):
                    raise _Bad("identifiez-vous")
                said = done(arguments, by_uid) if command in _BY_UID else done(arguments)
                self._say(f"{tag} {said or 'OK fait'}")
                if command == "logout":
                    return
            except _Bad as error:
                self._say(f"{tag} BAD {error}")
            self.wfile.flush()

    def _command(self, words):
        if not words:
            raise _Bad("commande vide")
        name = words[0].lower()
        if name == "uid":
            if len(words) < 2 or words[1].lower() not in _BY_UID:
                raise _Bad("UID de quoi ?")
            return words[1].lower(), words[2:], True
        return name, words[1:], False

    def _line(self):
        """Return the words of one command, its literals read; None at the end."""
        words = []
        while True:
            line = self.rfile.readline(MAX_LINE)
            if not line.endswith(b"\n"):
                return None
            line = line.rstrip(b"\r\n")
            literal = _LITERAL.search(line)
            if literal:
                line = line[: literal.start()]
            for match in _WORD.finditer(line):
                quoted, listed, plain = match.groups()
                text = plain if plain is not None else listed
                if quoted is not None:
                    text = re.sub(rb"\\(.)", rb"\1", quoted)
                words.append((b"(" + text + b")" if listed is not None else text).decode("utf-8", "replace"))
            if not literal:
                return words or [""]
            if int(literal[1]) > MAX_LINE:
                return None
            self._say("+ suite")
            self.wfile.flush()
            words.append(self.rfile.read(int(literal[1])).decode("utf-8", "replace"))

    def _say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    # --- any time

    def _do_capability(self, _arguments):
        self._say(f"* CAPABILITY {CAPABILITIES}")

    def _do_noop(self, _arguments):
        if self._folder:
            self._refresh()

    def _do_logout(self, _arguments):
        self._say("* BYE")

    def _do_login(self, arguments):
        login, password = [*arguments, "", ""][:2]
        same = hmac.compare_digest(login.encode(), self.server.login.encode())
        if not (hmac.compare_digest(password.encode(), self.server.password.encode()) and same):
            return "NO [AUTHENTICATIONFAILED] refusé"
        self._known = True
        return ""

    # --- folders

    def _do_list(self, _arguments):
        for name in self.server.letterbox.folders():
            self._say(f'* LIST () "/" "{name}"')

    def _do_create(self, arguments):
        return "" if self.server.letterbox.create(*arguments[:1] or [""]) else "NO nom refusé"

    def _do_select(self, arguments):
        return self._select(arguments, False)

    def _do_examine(self, arguments):
        return self._select(arguments, True)

    def _select(self, arguments, read_only):
        name = "INBOX" if arguments and arguments[0].upper() == "INBOX" else "".join(arguments[:1])
        letters = self.server.letterbox.letters(name)
        if letters is None:
            self._folder = None
            return "NO [NONEXISTENT] dossier inconnu"
        self._folder, self._letters, self._read_only = name, letters, read_only
        self._say(r"* FLAGS (\Seen \Answered \Flagged \Deleted \Draft)")
        self._say(f"* {len(letters)} EXISTS")
        self._say("* 0 RECENT")
        self._say(f"* OK [UIDVALIDITY {self.server.letterbox.era}]")
        self._say(f"* OK [UIDNEXT {letters[-1].uid + 1 if letters else 1}]")
        return f"OK [READ-{'ONLY' if read_only else 'WRITE'}] ouvert"

    def _do_status(self, arguments):
        letters = self.server.letterbox.letters("".join(arguments[:1])) if arguments else None
        if letters is None:
            return "NO dossier inconnu"
        unseen = sum("S" not in letter.letters for letter in letters)
        self._say(f'* STATUS "{arguments[0]}" (MESSAGES {len(letters)} UNSEEN {unseen})')
        return ""

    def _do_close(self, _arguments):
        self._remove(self._opened(), lambda letter: True, tell=False)
        self._folder = None

    def _do_expunge(self, arguments, by_uid):
        self._opened()
        if by_uid and not arguments:
            raise _Bad("EXPUNGE quoi ?")
        wanted = {letter.uid for _rank, letter in self._chosen(arguments[0], True)} if by_uid else None
        self._remove(self._letters, lambda letter: wanted is None or letter.uid in wanted)

    def _remove(self, letters, admitted, tell=True):
        if self._read_only:
            return
        rank = 1
        for letter in list(letters):
            if "T" in letter.letters and admitted(letter):
                self.server.letterbox.remove(letter)
                self._letters.remove(letter)
                if tell:
                    self._say(f"* {rank} EXPUNGE")
            else:
                rank += 1

    def _opened(self):
        if not self._folder:
            raise _Bad("aucun dossier ouvert")
        return self._letters

    def _refresh(self):
        """Take in the letters that came; those that others removed are told at the next opening only."""
        known = {letter.uid for letter in self._letters}
        fresh = self.server.letterbox.letters(self._folder) or ()
        added = [letter for letter in fresh if letter.uid not in known]
        if added:
            self._letters += added
            self._say(f"* {len(self._letters)} EXISTS")

    # --- letters

    def _chosen(self, text, by_uid):
        """Yield ``(rank, letter)`` of a set of numbers such as ``1:4,9,12:*``."""
        letters = self._opened()
        last = (letters[-1].uid if by_uid else len(letters)) if letters else 0
        wanted = []
        for part in text.split(","):
            first, _colon, end = part.partition(":")
            try:
                low, high = (last if item == "*" else int(item) for item in (first, end or first))
            except ValueError:
                raise _Bad(f"« {part[:20]} » n’est pas un numéro") from None
            wanted.append((min(low, high), max(low, high)))
        for rank, letter in enumerate(letters, 1):
            number = letter.uid if by_uid else rank
            if any(low <= number <= high for low, high in wanted):
                yield rank, letter

    def _do_search(self, arguments, by_uid):
        self._opened()
        self._refresh()
        criteria = [word.upper() for word in arguments]
        if criteria[:1] == ["CHARSET"]:
            criteria = criteria[2:]
        found = list(enumerate(self._letters, 1))
        while criteria:
            word = criteria.pop(0).strip("()")
            if word in _FLAGGED:
                letter, wanted = _FLAGGED[word]
                found = [item for item in found if (letter in item[1].letters) == wanted]
            elif word == "UID" and criteria:
                numbers = {rank for rank, _letter in self._chosen(criteria.pop(0), True)}
                found = [item for item in found if item[0] in numbers]
            elif word and (word[0].isdigit() or word[0] == "*"):
                numbers = {rank for rank, _letter in self._chosen(word, False)}
                found = [item for item in found if item[0] in numbers]
            elif word not in ("ALL", ""):
                raise _Bad(f"recherche « {word[:20]} » inconnue")
        self._say(" ".join(["* SEARCH", *(str(item.uid if by_uid else rank) for rank, item in found)]))

    def _do_fetch(self, arguments, by_uid):
        if len(arguments) < 2:
            raise _Bad("FETCH quoi ?")
        # « BODY.PEEK[] » was read as a word of its own; several come in parentheses.
        asked = " ".join(arguments[1:]).strip("()").upper().split()
        for rank, letter in self._chosen(arguments[0], by_uid):
            try:
                data = letter.path.read_bytes()
                when = letter.path.stat().st_mtime
            except FileNotFoundError:
                continue
            told, body = self._told(letter, data, when, asked, by_uid)
            self.wfile.write(f"* {rank} FETCH ({' '.join(told)}".encode())
            if body:
                self.wfile.write(f"{' ' if told else ''}{body} {{{len(data)}}}\r\n".encode() + data)
            self.wfile.write(b")\r\n")
            if body and not self._read_only and any(item in ("RFC822", "BODY[]") for item in asked):
                self.server.letterbox.flag(self._folder, letter, ["\\Seen"], "+")

    def _told(self, letter, data, when, asked, by_uid):
        told, body = ([f"UID {letter.uid}"] if by_uid or "UID" in asked else []), ""
        for item in asked:
            if item == "FLAGS":
                told.append(f"FLAGS ({' '.join(letter.flags)})")
            elif item == "RFC822.SIZE":
                told.append(f"RFC822.SIZE {len(data)}")
            elif item == "INTERNALDATE":
                moment = datetime.datetime.fromtimestamp(when, datetime.UTC)
                told.append(f'INTERNALDATE "{format_datetime(moment)[5:].replace(" ", "-", 2)}"')
            elif item in ("RFC822", "BODY[]", "BODY.PEEK[]"):
                body = "RFC822" if item == "RFC822" else "BODY[]"
            elif item != "UID":
                raise _Bad(f"« {item[:20]} » n’est pas servi")
        return told, body

    def _do_store(self, arguments, by_uid):
        if len(arguments) < 3 or self._read_only:
            raise _Bad("STORE quoi ?")
        how, silent = arguments[1].upper(), arguments[1].upper().endswith(".SILENT")
        flags = " ".join(arguments[2:]).strip("()").split()
        for rank, letter in self._chosen(arguments[0], by_uid):
            self.server.letterbox.flag(self._folder, letter, flags, how[0] if how[0] in "+-" else "")
            if not silent:
                self._say(f"* {rank} FETCH (UID {letter.uid} FLAGS ({' '.join(letter.flags)}))")

    def _do_copy(self, arguments, by_uid):
        if len(arguments) < 2 or arguments[1] not in self.server.letterbox.folders():
            return "NO [TRYCREATE] dossier inconnu"
        for _rank, letter in self._chosen(arguments[0], by_uid):
            self.server.letterbox.copy(letter, arguments[1])
        return ""


_BY_UID = ("search", "fetch", "store", "copy", "expunge")
_FLAGGED = {
    "SEEN": ("S", True),
    "UNSEEN": ("S", False),
    "DELETED": ("T", True),
    "UNDELETED": ("T", False),
    "ANSWERED": ("R", True),
    "UNANSWERED": ("R", False),
    "FLAGGED": ("F", True),
    "UNFLAGGED": ("F", False),
    "DRAFT": ("D", True),
    "UNDRAFT": ("D", False),
}
