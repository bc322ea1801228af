"""Letters of the préfecture at the addresses of S²LOW."""

from io import BytesIO
from megalis.portal.actes import letters
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.actes import transactions
from megalis.portal.actes.browser.uploads import Uploaded
from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import lifecycle
from megalis.portal.transports.s2low import answers
from megalis.portal.transports.s2low import commands
from megalis.portal.transports.s2low.fields import INVALID
from megalis.portal.transports.s2low.fields import Ko
from megalis.portal.transports.s2low.fields import UNKNOWN


class Correspondence:
    """Mixed into the addresses: what comes from the préfecture about an act, and our answers."""

    def letter(self, acte, rest):
        rank = rest - transactions.LETTERS
        if not 0 <= rank < len(acte.dossier.courriers):
            raise Ko(UNKNOWN, "Numéro de courrier inconnu.")
        return acte.dossier.courriers[rank]

    def do_letters(self, command):
        acte, rest = self.acte(command)
        if rest >= transactions.LETTERS:
            return self.envelope(letters.files_of(acte, self.letter(acte, rest)), acte.numero)
        return answers.letters(
            (letter.code[0], letter.public, transactions.of_letter(acte, rank))
            for rank, letter in enumerate(acte.dossier.courriers)
        )

    def envelope(self, files, numero):
        """Answer the files of a letter as one archive, which clients unpack: its message and its documents."""
        if not files or any(file is None for _name, file in files):
            raise Ko(UNKNOWN, "Les fichiers de l'acte ont été détruits.")
        out = BytesIO()
        archive.write(out, [(name, file.data) for name, file in files])
        response = self.request.response
        response.setHeader("Content-Type", "application/x-gzip")
        response.setHeader("Content-Disposition", f'attachment; filename="courrier-{numero}.tar.gz"')
        return out.getvalue()

    def do_answer(self, command):
        acte, rest = self.acte(commands.Transaction(command.id))
        letter = self.letter(acte, rest)
        known = lifecycle.LETTRES[letter.code].reponses
        chosen = [code for code in known if code.endswith("-3") == command.refuses] or list(known)
        if not chosen:
            raise Ko(INVALID, "Ce courrier n'attend pas de réponse.")
        uploads = [Uploaded(item.file.plain, item.file.handle) for item in command.documents]
        self.prove()
        service.answer(acte, letter.code, letter.date, chosen[0], uploads, self.userid)
        return answers.answered(command.id, command.in_url)

    def do_unread(self, command):
        registre = registres.of(self.collectivite)
        found = letters.unread(registre) if registre is not None else ()
        return answers.unread(
            (
                transactions.of_letter(acte, rank), letter.code[0], transactions.of_act(acte), acte.numero,
                acte.identifier, letter.public,
            )
            for acte, rank, letter in found
        )  # fmt: skip

    def do_mark_read(self, command):
        acte, rest = self.acte(command)
        letter = self.letter(acte, rest)
        letters.mark_read(acte, (letter.code, letter.date))
        return answers.marked()
