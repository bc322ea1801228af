"""The HTTP interface that Pastell, Web-delib and finance software know: the addresses of S²LOW, answered by our acts.

The addresses of another module are answered by the room that says so (``kernel.interfaces.ISoftwareRoom``).

Programs sign in as one agent of a collectivité, by HTTP Basic or by the certificate he registered; what he may do is what his roles
let him do. A session is nobody here, nor a certificate in a browser: no page of another site can act for an agent. The forms of
requests and answers are pure (``transports.s2low``).
"""

from datetime import datetime
from datetime import time
from functools import cached_property
from megalis.portal.actes import leaving
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.actes import transactions
from megalis.portal.actes.browser.base import FOLLOW
from megalis.portal.actes.browser.base import PREPARE
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.actes.browser.confirming import Identified
from megalis.portal.actes.browser.confirming import Kept
from megalis.portal.actes.browser.correspondence import Correspondence
from megalis.portal.actes.browser.uploads import size_of
from megalis.portal.actes.browser.uploads import Uploaded
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import trust
from megalis.portal.kernel.interfaces import ISoftwareRoom
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from megalis.portal.organisations.rules import email
from megalis.portal.transports.s2low import addresses
from megalis.portal.transports.s2low import answers
from megalis.portal.transports.s2low import commands
from megalis.portal.transports.s2low.fields import FORBIDDEN
from megalis.portal.transports.s2low.fields import INVALID
from megalis.portal.transports.s2low.fields import Ko
from megalis.portal.transports.s2low.fields import UNKNOWN
from megalis.portal.transports.s2low.fields import Upload
from plone import api
from Products.Five.browser import BrowserView
from urllib.parse import parse_qs
from zExceptions import NotFound
from zope.component import queryMultiAdapter
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import transaction


RIGHTS = {addresses.READ: FOLLOW, addresses.PREPARE: PREPARE, addresses.TRANSMIT: TRANSMIT}
REALM = 'Basic realm="e-megalis"'
LONGEST = 8
GONE = ("", None)


@implementer(IPublishTraverse)
class Software(Identified, Correspondence, BrowserView):
    """``/modules/…``, ``/api/…`` and ``/admin/…``: one address of the interface."""

    reads_bytes = True  # clients write ISO-8859-1 as well as UTF-8

    def __init__(self, context, request):
        super().__init__(context, request)
        self.path = []

    def publishTraverse(self, request, name):
        if len(self.path) > LONGEST:
            raise NotFound(name)
        self.path.append(name)
        return self

    def __call__(self):
        self.address = addresses.find("/".join(("", self.__name__, *self.path)))
        if self.address is None:
            raise NotFound(self.request["ACTUAL_URL"])
        response = self.request.response
        response.setHeader("Content-Type", self.address.content_type)
        response.setHeader("Cache-Control", "no-store")
        response.setHeader("X-Content-Type-Options", "nosniff")
        if self.request.method not in self.address.methods:
            response.setStatus(405)
            return self.refuse(
                Ko(INVALID, f"Méthode {self.request.method} refusée : {', '.join(self.address.methods)}.")
            )
        if self.address.right != addresses.NOBODY and not self.identify():
            response.setStatus(401)
            response.setHeader("WWW-Authenticate", REALM)
            return self.refuse(
                Ko(FORBIDDEN, "Identifiez-vous par HTTP Basic ou par votre certificat, avec le compte d'un agent.")
            )
        trust(self.request)
        try:
            room = None
            if self.address.right != addresses.NOBODY:
                room = queryMultiAdapter((self.person, self.request), ISoftwareRoom, name=self.address.module)
            if room is not None:
                room.check(self.address)
                return room.answer(self.address, self.command())
            self.check_right()
            return getattr(self, f"do_{self.address.command}")(self.command())
        except Kept as failure:
            return self.refuse(failure)
        except Ko as failure:
            transaction.abort()
            return self.refuse(failure)
        except Refused as refusal:
            transaction.abort()
            return self.refuse(Ko(refusal.code, refusal.message))

    def refuse(self, failure):
        number = str(self.request.form.get("transaction") or self.request.form.get("id") or "")
        number = number if number.isascii() and number.isdigit() else None
        return answers.refused(self.address, failure, number, in_url=b"api" in self.query)

    @property
    def query(self):
        return (self.request.environ.get("QUERY_STRING") or "").encode("latin-1", "replace")

    def command(self):
        values, files = {}, {}
        for name, value in self.request.form.items():
            for item in value if isinstance(value, list | tuple) else (value,):
                if hasattr(item, "filename"):
                    if item.filename:
                        upload = Upload(item.filename, size_of(item), item)
                        files.setdefault(name, []).append(upload)
                else:
                    values.setdefault(name, []).append(str(item).encode("utf-8", "surrogateescape"))
        query = parse_qs(self.query.decode("latin-1"), keep_blank_values=True)
        return commands.parse(self.address, values, files, query, service.today())

    # who asks

    @cached_property
    def person(self):
        return people.current(self.request)

    @cached_property
    def collectivite(self):
        """The collectivité the agent works on acts for: the first of his where the address is open to him."""
        wanted = RIGHTS.get(self.address.right)
        for collectivite in self.person.collectivites:
            if wanted and api.user.has_permission(wanted, obj=collectivite):
                return collectivite
        return None

    def check_right(self):
        open_to_all = self.address.module == addresses.ACCOUNT or self.address.right == addresses.NOBODY
        if not open_to_all and self.collectivite is None:
            raise Ko(FORBIDDEN, "Votre compte n'a pas ce droit sur les actes de sa collectivité.")

    @property
    def userid(self):
        return api.user.get_current().getId()

    def acte(self, command):
        """Return the act a command names, when the agent may see it; Ko otherwise, without saying whether it exists."""
        found, rest = transactions.find(command.id) if command.id else (self.by_identifier(command.unique_id), 0)
        if found is None or not api.user.has_permission(RIGHTS[self.address.right], obj=found):
            raise Ko(UNKNOWN, "Numéro de transaction inconnu.")
        return found, rest

    def prove(self):
        """Refuse under the level of assurance of the collectivité."""
        assurance.check(registres.reglages(registres.of(self.collectivite))["assurance"], self.request)

    @property
    def is_assured(self):
        """Tell whether this program may transmit what it prepared; else what it sends waits for a person, as S²LOW does."""
        kept = registres.reglages(registres.of(self.collectivite))
        return not kept["deux_personnes"] and assurance.is_reached(kept["assurance"], self.request)

    def by_identifier(self, identifier):
        registre = registres.of(self.collectivite)
        name = registre.identifiers.get(identifier) if registre is not None else None
        return registre[name] if name else None

    # account

    def do_test(self, command):
        return answers.connected()

    # acts

    def do_create(self, command):
        values = {"numero": command.numero, "date_decision": command.date, "nature": command.nature}
        values |= {"matiere": command.matiere, "objet": command.objet, "papier": command.papier}
        acte = service.draft(self.collectivite, values, self.userid)
        acte.copies = tuple(dict.fromkeys(email(item) for item in command.copies))
        for document in command.documents:
            service.add_piece(acte, Uploaded(document.file.plain, document.file.handle), document.type_pj)
            if document.signature is not None:
                service.add_piece(acte, Uploaded(document.signature.plain, document.signature.handle), "99_SE")
        may = api.user.has_permission(TRANSMIT, obj=self.collectivite) and self.is_assured
        if command.wait or command.to_sign or not may:
            service.submit(acte, self.userid)
        else:
            service.transmit(acte, self.userid)
        return answers.created(transactions.of_act(acte))

    def do_status(self, command):
        acte, rest = self.acte(command)
        if rest >= transactions.LETTERS:
            return answers.status(self.letter(acte, rest).public)
        brought = next((m for m in reversed(acte.history) if m.code in ("1-2", "1-3", "ANO", "6-2") and m.files), None)
        text = brought.files[0][1].data if brought is not None else b""
        return answers.status(acte.dossier.public, text, acte.history[-1].words)

    def do_acknowledgement(self, command):
        acte, _rest = self.acte(command)
        found = next((moment for moment in acte.history if moment.code == "1-2"), None)
        if found is None:
            raise Ko(UNKNOWN, "L'acte n'est pas encore acquitté.")
        return self.file(*(found.files or [GONE])[0], "text/xml")

    def do_slip(self, command):
        acte, _rest = self.acte(command)
        if acte.slip is None:
            raise Ko(UNKNOWN, "L'acte n'est pas encore acquitté : il n'a pas de bordereau.")
        return self.file(acte.slip.filename, acte.slip, "application/pdf")

    def do_files(self, command):
        acte, _rest = self.acte(command)
        rows = []
        message = self.message(acte)
        if message is not None:
            name, file = message
            rows.append((transactions.of_file(acte, 1), name, name, "text/xml", file.getSize()))
        for rank, piece in enumerate(acte.pieces, 2):
            if piece.file is not None:
                kind = piece.file.contentType
                rows.append((transactions.of_file(acte, rank), piece.name, piece.sent_as, kind, piece.size))
        return answers.files(rows)

    def message(self, acte):
        """Return (name, file) of the 1-1 that left, or None."""
        for moment in acte.history:
            if moment.state == states.TRANSMIS:
                return next(((name, file) for name, file in moment.files if "-1-1_" in name), None)
        return None

    def do_download(self, command):
        acte, rest = self.acte(commands.Transaction(command.file))
        if rest == 1:
            found = self.message(acte) or (GONE if acte.destroyed_at else None)
            if found is None:
                raise Ko(UNKNOWN, "L'acte n'est pas encore parti.")
            return self.file(*found, "text/xml")
        if not 2 <= rest < 2 + len(acte.pieces):
            raise Ko(UNKNOWN, "Numéro de fichier inconnu.")
        piece = acte.pieces[rest - 2]
        stamped = piece.stamped if command.stamped else None
        if stamped is not None and command.published and piece.file is not None:
            stamped = outcome.stamped_elsewhere(acte, piece, command.published) or stamped
        return self.file(piece.name, stamped or piece.file, "" if piece.file is None else piece.file.contentType)

    def do_cancel(self, command):
        acte, _rest = self.acte(command)
        self.prove()
        service.cancel(acte, self.userid)
        return answers.created(transactions.of_act(acte))

    def do_classification(self, command):
        registre = registres.of(self.collectivite)
        if registre is None or registre.classification is None:
            raise Ko(UNKNOWN, "La classification de la préfecture n'a pas encore été reçue.")
        self.request.response.setHeader("Content-Type", "text/xml")
        return registre.classification

    def do_ask_classification(self, command):
        leaving.ask_classification(registres.of(self.collectivite, make=True))
        return answers.ok()

    def brains(self, state, **more):
        names = tuple(name for name, etat in states.ETATS.items() if etat.code == state)
        registre = registres.of(self.collectivite)
        if registre is None or not names:
            return []
        catalog = api.portal.get_tool("portal_catalog")
        path = "/".join(registre.getPhysicalPath())
        return catalog(portal_type="Acte", path=path, acte_etat=names, sort_on="rang", sort_order="reverse", **more)

    def do_list_acts(self, command):
        more = {"acte_nature": command.nature} if command.nature else {}
        rows, dated = [], command.since or command.until
        first, last = command.offset, command.offset + command.limit
        for brain in self.brains(command.state, **more)[slice(None) if dated else slice(first, last)]:
            acte = brain.getObject()
            sent = clock.paris(acte.sent_at).date() if acte.sent_at else None
            if (command.since and (sent is None or sent < command.since)) or (
                command.until and (sent is None or sent > command.until)
            ):
                continue
            nature = registres.classification_of(registres.around(acte)).natures.get(acte.nature)
            label = nature.libelle if nature else ""
            rows.append((transactions.of_act(acte), acte.objet, acte.numero, acte.date_decision, label, acte.matiere))
            if len(rows) == (last if dated else command.limit):
                break
        return answers.acts(command, self.collectivite.siren, rows[first:] if dated else rows)

    def do_count_acts(self, command):
        return answers.count(command, self.collectivite.siren, len(self.brains(command.state)))

    def do_states(self, command):
        return answers.act_states()

    def do_monthly(self, command):
        """What each collectivité of the agent sent in a month: groups of S²LOW are not known here."""
        rows = []
        catalog = api.portal.get_tool("portal_catalog")
        for collectivite in self.person.collectivites:
            registre = registres.of(collectivite)
            if registre is None or not api.user.has_permission(FOLLOW, obj=collectivite):
                continue
            # What was sent in a month was changed then or since.
            since = {"query": datetime.combine(command.first, time(), clock.PARIS), "range": "min"}
            path = "/".join(registre.getPhysicalPath())
            found = catalog(portal_type="Acte", path=path, modified=since)
            sent = sum(self._sent_between(brain.getObject(), command.first, command.last) for brain in found)
            rows.append(
                {
                    "authority_id": collectivite.siren,
                    "name": collectivite.title,
                    "siren": collectivite.siren,
                    "nb_transactions": sent,
                }
            )
        return answers.monthly(command, command.group, [row for row in rows if row["nb_transactions"]])

    @staticmethod
    def _sent_between(acte, first, last):
        return acte.sent_at is not None and first <= clock.paris(acte.sent_at).date() <= last

    def file(self, name, file, kind):
        """Answer a stored file under its name; Ko once it is destroyed."""
        if file is None:
            raise Ko(UNKNOWN, "Les fichiers de l'acte ont été détruits.")
        response = self.request.response
        response.setHeader("Content-Type", kind)
        plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
        response.setHeader("Content-Disposition", f'attachment; filename="{plain}"')
        return file.data
