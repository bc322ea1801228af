"""What was written between the buyer and the companies: documents of questions, messages, letters, replies."""

from functools import cached_property
from megalis.portal.consultations.dossier import tables
from megalis.portal.consultations.dossier.parts import Part
from megalis.portal.consultations.dossier.parts import step
from megalis.portal.consultations.exchanges import deliveries
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import questions
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import DossierFile


class Exchanges(Part):
    """Questions with documents, messages and letters with what came of them."""

    title = "Échanges avec les entreprises"
    folder = "echanges"
    order = 40

    @cached_property
    def messages(self):
        return list(reversed(messages.sent(self.consultation)))

    @cached_property
    def asked(self):
        return [(rank, item) for rank, item in enumerate(questions.questions(self.consultation), 1)]

    def _documents(self):
        """Yield ``(path, title, Attachment)``."""
        for rank, item in self.asked:
            for document in item.attachments:
                yield f"questions/{rank:03}/{document.name}", f"Question {rank} : {document.name}", document
            for version, answer in enumerate(item.answers, 1):
                for document in answer.attachments:
                    path = f"questions/{rank:03}/reponse-{version}/{document.name}"
                    yield path, f"Réponse à la question {rank} : {document.name}", document
        for rank, message in enumerate(self.messages, 1):
            for document in message.attachments:
                yield f"messages/{rank:03}/{document.name}", f"Joint à « {message.subject} »", document
            for place, delivery in sorted(message.deliveries.items()):
                if delivery.letter is not None:
                    name = f"messages/{rank:03}/courriers/{place + 1:04}-{step(delivery.recipient.name)}.pdf"
                    yield name, f"{message.subject} : {delivery.recipient.name}", delivery.letter
                for answered, reply in enumerate(delivery.replies, 1):
                    for document in reply.attachments:
                        path = f"messages/{rank:03}/reponses/{place + 1:04}-{answered}/{document.name}"
                        yield path, f"Réponse de {delivery.recipient.name}", document

    def weigh(self):
        sizes = [document.size for _path, _title, document in self._documents()]
        return len(sizes) + len(self.messages) + 1, sum(sizes)

    def __call__(self):
        yield DossierFile("envois.csv", self._table, "Messages, remises et premières lectures")
        for rank, message in enumerate(self.messages, 1):
            yield DossierFile(f"messages/{rank:03}/message.txt", self._text(message), message.subject, message.at)
        for path, title, document in self._documents():
            yield DossierFile(path, document.blob, title)

    def _table(self, stream):
        tables.written(deliveries.COLUMNS, deliveries.rows(self.consultation), stream)

    def _text(self, message):
        lines = [
            f"Objet : {message.subject}",
            f"Écrit le : {clock.french(message.at, seconds=True)} (heure de Paris)",
            f"Destinataires : {message.count}",
            "",
            message.text or "Un texte par destinataire : voyez les courriers.",
        ]
        for _place, delivery in sorted(message.deliveries.items()):
            for reply in delivery.replies:
                when = clock.french(reply.at, seconds=True)
                lines += ["", "-" * 40, f"Réponse de {delivery.recipient.name}, {when} :", "", reply.text]
        return "\n".join(lines).encode("utf-8", "replace")
