"""What a préfecture answers to what it was sent: messages to messages, without network nor disk.

An answer is a group of files that travel together, an e-mail; answers of one behaviour come in the order of its words.
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from lxml import etree
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.assembly import Part
from megalis.portal.formats.actes.assembly import reply
from megalis.portal.formats.actes.classification import builtin
from megalis.portal.formats.actes.codec import build
from megalis.portal.formats.actes.mapping import ACTES
from megalis.portal.formats.refusal import Refused
from megalis.portal.transports.simulator import paper


TITLES = {
    "courrier": "Courrier simple",
    "pieces": "Demande de pièces complémentaires",
    "observations": "Lettre d’observations",
    "defere": "Déféré au tribunal administratif",
}
WORDS = {
    "courrier": "Votre acte a été reçu. Il appelle un échange avec vos services : répondez à ce courrier.",
    "pieces": "Le plan annexé à l’acte manque.",
    "observations": "La compétence de l’auteur de l’acte est à préciser.",
    "defere": "Incompétence de l’auteur de l’acte.",
}
ABBREVIATIONS = {code: nature.abrege for code, nature in builtin().natures.items()}
ENVELOPE_BROKEN, ENVELOPE_OTHER, SIREN_UNKNOWN = "001", "100", "005"
CLASSIFICATION_OLD, ACT_OTHER, ACT_TWICE = "002", "100", "003"


@dataclass(frozen=True, slots=True)
class Office:
    """Who answers: the place, the day its classification dates from, and the day it is."""

    prefecture: model.Prefecture
    classification: date
    today: date


@dataclass(frozen=True, slots=True)
class Answer:
    """One e-mail: its files as ``(name, bytes)``, and the word it comes from."""

    word: str
    files: tuple[tuple[str, bytes], ...]


def act_id(envelope, acte):
    """Return the identifier of an act of an envelope, '' when it cannot have one."""
    sender = envelope.emetteur
    try:
        identifier = names.act_id(
            sender.departement, sender.siren, acte.date, acte.numero, ABBREVIATIONS.get(acte.nature, "")
        )
    except (Refused, AttributeError):
        return ""
    return str(identifier)


class Desk:
    """Answers to one envelope. ``serie`` numbers the answers; ``known``: identifiers of the acts received before."""

    def __init__(self, office, envelope_name, envelope, serie, known=frozenset()):
        self.office, self.name, self.envelope = office, envelope_name, envelope
        self.known = known
        self._serie = serie
        said = names.parse_name(envelope_name)
        self._test = bool(getattr(said, "test", False))

    def refuse_envelope(self, nature, detail):
        """Return the ``Answer`` that refuses the envelope as a whole."""
        anomaly = model.AnomalieEnveloppe(self.office.today, nature, detail, self.envelope)
        return Answer("anomalie-enveloppe", ((names.anomaly_name(self.name), build(anomaly, strict=False)),))

    def answers(self, message, behaviour):
        """Return the ``Answer`` of one message of the envelope, in the order they are to come."""
        if isinstance(message, model.Acte):
            found = self._act(message, behaviour)
        else:
            found = self._dialogue(message) if "muet" not in behaviour.replies else []
        if behaviour.encoding:
            found = [_recoded(item, behaviour.encoding) for item in found]
        if behaviour.disorder:
            found.reverse()
        return [item for item in found for _time in range(2 if behaviour.twice else 1)]

    def _act(self, acte, behaviour):
        identifier = act_id(self.envelope, acte)
        if not identifier:
            return [self._anomaly(acte, "", ACT_OTHER, "L’identifiant de l’acte n’est pas correct.")]
        if acte.classification != self.office.classification:
            return [self._anomaly(acte, identifier, CLASSIFICATION_OLD, "La date de classification n’est pas à jour.")]
        if identifier in self.known:
            return [self._anomaly(acte, identifier, ACT_TWICE, "Cet acte a déjà été reçu.")]
        words = behaviour.replies
        if not set(words) & _OPENINGS:
            # A letter comes about an act that was acknowledged, whether the scenario says so or not.
            words = ("ar", *words)
        return [found for word in words for found in self._word(word, acte, identifier)]

    def _word(self, word, acte, identifier):
        if word == "muet":
            return []
        if word == "anomalie":
            return [self._anomaly(acte, identifier, ACT_OTHER, "Anomalie demandée au simulateur.")]
        if word == "anomalie-enveloppe":
            return [self.refuse_envelope(ENVELOPE_OTHER, "Anomalie demandée au simulateur.")]
        if word == "inconnu":
            return [self._unknown(identifier)]
        if word == "ar":
            receipt = model.ARActe(identifier, self.office.today, acte, self.office.classification)
            return [self._sent(word, receipt, identifier, "1-2")]
        return [self.letter(word, identifier)]

    def letter(self, word, identifier):
        """Return the ``Answer`` that brings a letter of ``scenario.LETTERS`` about an act."""
        today = self.office.today
        code, kind = _LETTERS[word]
        if word == "annule":
            return self._sent(word, model.ARAnnulation(identifier, today), identifier, code)
        file = model.Fichier(f"{identifier}-{code}_1.pdf")
        values = {
            "courrier": {"document": file},
            "pieces": {"description": WORDS[word], "document": file},
            "observations": {"motif": WORDS[word], "document": file},
            "defere": {"nature_illegalite": WORDS[word], "pieces": (file,)},
        }[word]
        day = {"date_depot": today} if word == "defere" else {"date_courrier": today}
        printed = paper.page(
            "PRÉFECTURE SIMULÉE", TITLES[word], f"Acte {identifier}, le {today:%d/%m/%Y}", WORDS[word],
            "Ce courrier vient d’un simulateur : il n’a aucune valeur.",
        )  # fmt: skip
        return self._sent(word, kind(id_acte=identifier, **day, **values), identifier, code, ((file.nom, printed),))

    def _dialogue(self, message):
        code = model.code_of(message)
        today = self.office.today
        if code == "6-1":
            return [self._sent("annule", model.ARAnnulation(message.id_acte, today), message.id_acte, "6-2")]
        if code in ("3-3", "3-4"):
            had = model.ARPieceComplementaire(message.id_acte, message.date_courrier, today)
            return [self._sent("ar", had, message.id_acte, "3-5")]
        if code in ("4-3", "4-4"):
            had = model.ARReponseRejetLettreObservations(message.id_acte, message.date_courrier, today)
            return [self._sent("ar", had, message.id_acte, "4-5")]
        return [self._classification(message)] if code == "7-1" else []

    def _classification(self, message):
        day, sender = self.office.classification, self.envelope.emetteur
        if message.date == day:
            known, code = model.ReponseClassificationSansChangement(day), "7-3"
        else:
            known, code = classification(day), "7-2"
        name = names.classification_name(sender.departement, sender.siren, code, 1)
        return Answer("classification", self._packed(Part(known, name)))

    def _sent(self, word, message, identifier, code, files=()):
        name = names.message_name(names.parse_act_id(identifier), code, 1)
        return Answer(word, self._packed(Part(message, name, files)))

    def _anomaly(self, acte, identifier, nature, detail):
        sender = self.envelope.emetteur
        stem = identifier or f"{sender.departement}-{sender.siren}---"
        refused = model.AnomalieActe(self.office.today, nature, detail, acte, self.office.classification)
        return Answer("anomalie", self._packed(Part(refused, f"{stem}-1-3_1.xml")))

    def _unknown(self, identifier):
        root = etree.Element(f"{{{ACTES}}}MessageDeDemain", nsmap={"actes": ACTES})
        root.set(f"{{{ACTES}}}IDActe", identifier)
        data = etree.tostring(root, encoding="ISO-8859-1", xml_declaration=True)
        return Answer("inconnu", ((f"{identifier}-9-9_1.xml", data),))

    def _packed(self, part):
        siren = self.envelope.emetteur.siren
        self._serie += 1
        return reply([part], self.office.prefecture, siren, self._serie, self.office.today, self._test, strict=False)


_OPENINGS = {"ar", "anomalie", "anomalie-enveloppe", "inconnu", "muet"}
_LETTERS = {
    "courrier": ("2-1", model.CourrierSimple),
    "pieces": ("3-1", model.DemandePieceComplementaire),
    "observations": ("4-1", model.LettreObservations),
    "defere": ("5-1", model.DefereTA),
    "annule": ("6-2", model.ARAnnulation),
}


def classification(day):
    """Return the message 7-2 of a classification dated ``day``: that of the package, with a third level."""
    base = builtin()
    matieres = []
    for top in base.below():
        below = [
            model.Matiere(
                int(item.code.rpartition(".")[2]), item.libelle, (model.Matiere(1, f"{item.libelle} : autres"),)
            )
            for item in base.below(top.code)
        ]
        matieres.append(model.Matiere(int(top.code), top.libelle, tuple(below)))
    return model.RetourClassification(day, tuple(base.natures.values()), tuple(matieres))


def _recoded(answer, encoding):
    """Return the answer with its XML in UTF-8, which it declares or not."""
    files = []
    for name, data in answer.files:
        if name.endswith(".xml"):
            text = data.decode("iso-8859-1")
            if encoding == "utf-8":
                text = text.replace("ISO-8859-1", "UTF-8", 1)
            data = text.encode("utf-8")
        files.append((name, data))
    return replace(answer, files=tuple(files))
