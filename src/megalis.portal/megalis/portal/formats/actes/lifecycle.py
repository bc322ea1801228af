"""The life of an act from draft to archive, as one table: (state, event) -> (state, what has to be done).

Pure: a ``Dossier`` goes in with an event, another comes out with the effects to carry out in the same transaction. What
people ask for that the table does not know is refused. What arrives from the préfecture is never refused, since it has
happened: out of turn, twice or late, it changes nothing and is remarked.

```mermaid
stateDiagram-v2
    brouillon --> poste
    poste --> a-transmettre
    poste --> refuse-controle
    a-transmettre --> en-envoi
    en-envoi --> transmis
    en-envoi --> envoi-incertain : stopped before its end
    transmis --> acquitte : 1-2
    transmis --> anomalie : 1-3, ANO
    transmis --> sans-reponse : 4 h
    acquitte --> annulation-demandee : 6-1
    annulation-demandee --> annule : 6-2
    acquitte --> a-archiver
    controle-echu --> archive : taken charge of
    a-archiver --> envoye-sae
    envoye-sae --> archive
```
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from datetime import datetime
from megalis.portal.formats.actes import states as s
from megalis.portal.formats.actes.model import AnomalieEnveloppe
from megalis.portal.formats.actes.model import code_of
from megalis.portal.formats.refusal import Refused


# Effects, to be carried out by whoever owns the dossier.
TELL_DEPOSITOR = "prevenir-deposant"
TELL_OPERATOR = "prevenir-operateur"
CHECK = "controler"
SEND = "envoyer"
RETRY = "reessayer"
STAMP = "tamponner"
SLIP = "bordereau"
UNPUBLISH = "depublier"
ARCHIVE = "archiver"

# Remarks on what changes nothing.
TWICE = "doublon"
LATE = "tardif"
UNEXPECTED = "inattendu"

AR, ANO_ACTE, ANO_ENVELOPPE = "1-2", "1-3", "ANO"
CANCEL, AR_CANCEL = "6-1", "6-2"

_DONE = (STAMP, SLIP, TELL_DEPOSITOR)
_ANSWERS = {
    AR: (s.ACQUITTE, _DONE),
    ANO_ACTE: (s.ANOMALIE, (TELL_DEPOSITOR,)),
    ANO_ENVELOPPE: (s.ANOMALIE, (TELL_DEPOSITOR, TELL_OPERATOR)),
}

TRANSITIONS = {
    s.BROUILLON: {
        "a-signer": (s.A_SIGNER, ()),
        "poste": (s.POSTE, (CHECK,)),
        "refus": (s.ABANDONNE, ()),
    },
    s.A_SIGNER: {"signe": (s.BROUILLON, (TELL_DEPOSITOR,)), "refus": (s.ABANDONNE, (TELL_DEPOSITOR,))},
    s.POSTE: {
        "controle": (s.A_TRANSMETTRE, (SEND,)),
        "controle-refuse": (s.REFUSE_CONTROLE, (TELL_DEPOSITOR,)),
        "refus": (s.ABANDONNE, (TELL_DEPOSITOR,)),
    },
    s.REFUSE_CONTROLE: {"correction": (s.BROUILLON, ()), "refus": (s.ABANDONNE, ())},
    s.A_TRANSMETTRE: {"envoi": (s.EN_ENVOI, ()), "refus": (s.ABANDONNE, (TELL_DEPOSITOR,))},
    s.EN_ENVOI: {
        "transmis": (s.TRANSMIS, ()),
        "envoi-echoue": (s.A_TRANSMETTRE, (RETRY,)),
        "envoi-refuse": (s.ENVOI_REFUSE, (TELL_DEPOSITOR, TELL_OPERATOR)),
        "arret": (s.ENVOI_INCERTAIN, (TELL_OPERATOR,)),
        **_ANSWERS,
    },
    s.ENVOI_INCERTAIN: {"transmis": (s.TRANSMIS, ()), "renvoi": (s.A_TRANSMETTRE, (SEND,)), **_ANSWERS},
    s.ENVOI_REFUSE: {"renvoi": (s.A_TRANSMETTRE, (SEND,)), "correction": (s.BROUILLON, ()), **_ANSWERS},
    s.TRANSMIS: {"4h": (s.SANS_REPONSE, (TELL_DEPOSITOR, TELL_OPERATOR)), **_ANSWERS},
    s.SANS_REPONSE: {"renvoi": (s.A_TRANSMETTRE, (SEND,)), **_ANSWERS},
    # The préfecture sometimes acknowledges after all what it had refused: the acknowledgement is what counts in law.
    s.ANOMALIE: {"correction": (s.BROUILLON, ()), "renvoi": (s.A_TRANSMETTRE, (SEND,)), AR: (s.ACQUITTE, _DONE)},
    s.ACQUITTE: {
        CANCEL: (s.ANNULATION_DEMANDEE, (SEND,)),
        "delai-controle": (s.CONTROLE_ECHU, ()),
        "a-archiver": (s.A_ARCHIVER, (ARCHIVE,)),
    },
    s.CONTROLE_ECHU: {
        CANCEL: (s.ANNULATION_DEMANDEE, (SEND,)),
        "a-archiver": (s.A_ARCHIVER, (ARCHIVE,)),
        # The archive was carried there by a person: what it answered is noted.
        "archive": (s.ARCHIVE, ()),
    },
    s.ANNULATION_DEMANDEE: {
        AR_CANCEL: (s.ANNULE, (TELL_DEPOSITOR, UNPUBLISH)),
        "annulation-abandonnee": (s.ACQUITTE, (TELL_DEPOSITOR,)),
    },
    s.ANNULE: {"detruit": (s.DETRUIT, ())},
    s.ABANDONNE: {"detruit": (s.DETRUIT, ())},
    s.A_ARCHIVER: {
        "envoye-sae": (s.ENVOYE_SAE, ()),
        "erreur-envoi-sae": (s.ERREUR_ENVOI_SAE, (TELL_OPERATOR,)),
        "sae-impossible": (s.SAE_IMPOSSIBLE, (TELL_OPERATOR,)),
    },
    s.ENVOYE_SAE: {
        "recu-sae": (s.RECU_SAE, ()),
        "archive": (s.ARCHIVE, ()),
        "erreur-sae": (s.ERREUR_SAE, (TELL_OPERATOR,)),
    },
    s.RECU_SAE: {"archive": (s.ARCHIVE, ()), "erreur-sae": (s.ERREUR_SAE, (TELL_OPERATOR,))},
    s.ERREUR_SAE: {"a-archiver": (s.A_ARCHIVER, (ARCHIVE,))},
    s.ERREUR_ENVOI_SAE: {"a-archiver": (s.A_ARCHIVER, (ARCHIVE,))},
    s.SAE_IMPOSSIBLE: {"a-archiver": (s.A_ARCHIVER, (ARCHIVE,))},
    s.ARCHIVE: {"detruit": (s.DETRUIT, ())},
    s.DETRUIT: {},
}
RECEIVED = (AR, ANO_ACTE, ANO_ENVELOPPE, AR_CANCEL)
EVENTS = tuple(dict.fromkeys(event for known in TRANSITIONS.values() for event in known))

_SAE = (s.A_ARCHIVER, s.ENVOYE_SAE, s.RECU_SAE, s.ARCHIVE, s.ERREUR_SAE, s.ERREUR_ENVOI_SAE, s.SAE_IMPOSSIBLE)
_AFTER_AR = (s.ACQUITTE, s.CONTROLE_ECHU, s.ANNULATION_DEMANDEE, *_SAE)


@dataclass(frozen=True, slots=True)
class Courrier:
    """A letter of the préfecture about the act: its number (``3-1``), its date, and where the exchange stands.

    ``recu`` is the day it came; ``reponse`` the number of our answer, ``repondu`` the day it left, ``acquitte`` the day the
    préfecture had it.
    """

    code: str
    date: date
    recu: date
    etat: str = s.COURRIER_RECU
    reponse: str = ""
    repondu: date | None = None
    acquitte: date | None = None

    @property
    def public(self):
        """The public code of the letter."""
        if self.etat == s.COURRIER_RECU and not LETTRES[self.code].ar:
            return s.SANS_ACQUITTEMENT
        return s.ETATS_COURRIER[self.etat].code


@dataclass(frozen=True, slots=True)
class Lettre:
    """What a letter calls for: our automatic acknowledgement, our possible answers, and its acknowledgement of them."""

    ar: str = ""
    reponses: tuple[str, ...] = ()
    ar_reponse: str = ""


LETTRES = {
    "2-1": Lettre("", ("2-2",), ""),
    "3-1": Lettre("3-2", ("3-3", "3-4"), "3-5"),
    "4-1": Lettre("4-2", ("4-3", "4-4"), "4-5"),
    "5-1": Lettre(),
}
_OF_ANSWER = {answer: code for code, lettre in LETTRES.items() for answer in lettre.reponses}
_OF_AR = {lettre.ar: code for code, lettre in LETTRES.items() if lettre.ar}
_OF_AR_ANSWER = {lettre.ar_reponse: code for code, lettre in LETTRES.items() if lettre.ar_reponse}


@dataclass(frozen=True, slots=True)
class Dossier:
    """An act and its exchange: state, since when, day of reception by the préfecture (None before), letters."""

    etat: str
    depuis: datetime
    reception: date | None = None
    courriers: tuple[Courrier, ...] = ()

    @property
    def public(self):
        """The public code of the act, -1 to 22."""
        return s.ETATS[self.etat].code


@dataclass(frozen=True, slots=True)
class Evenement:
    """What happens: a name of ``EVENTS`` or the number of a message, when, and the dates the message bears."""

    nom: str
    quand: datetime
    reception: date | None = None
    date_courrier: date | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """The dossier after an event, the effects to carry out, and a remark when the event changed nothing."""

    dossier: Dossier
    effets: tuple[str, ...] = ()
    remarque: str = ""


def event_of(message, when):
    """Return the ``Evenement`` that a message of the exchange is, received or sent at ``when`` (aware datetime)."""
    name = ANO_ENVELOPPE if isinstance(message, AnomalieEnveloppe) else code_of(message)
    received, letter = getattr(message, "date_reception", None), getattr(message, "date_courrier", None)
    return Evenement(name, when, received, letter)


def advance(dossier, event):
    """Return the ``Suite`` of an event; raise ``Refused`` (``actes.transition``) when a person may not ask for it."""
    if event.nom in LETTRES:
        return _letter(dossier, event)
    if event.nom in _OF_AR:
        return _turn(dossier, event, _OF_AR[event.nom], (s.COURRIER_RECU,), etat=s.COURRIER_ACQUITTE)
    if event.nom in _OF_ANSWER:
        return _answer(dossier, event)
    if event.nom in _OF_AR_ANSWER:
        return _answer_received(dossier, event)
    found = TRANSITIONS[dossier.etat].get(event.nom)
    if found is None:
        return _aside(dossier, event)
    etat, effets = found
    reception = dossier.reception
    if etat == s.ACQUITTE and event.nom == AR:
        reception = event.reception or event.quand.date()
    return Suite(replace(dossier, etat=etat, depuis=event.quand, reception=reception), effets)


def _aside(dossier, event):
    """What the table does not know: a remark when the préfecture did it, a refusal when a person asks for it."""
    if event.nom not in RECEIVED:
        raise _refused(dossier, event)
    if event.nom == AR and dossier.etat in _AFTER_AR:
        return Suite(dossier, (), TWICE)
    if event.nom in (ANO_ACTE, ANO_ENVELOPPE) and dossier.etat == s.ANOMALIE:
        return Suite(dossier, (), TWICE)
    if event.nom == AR_CANCEL and dossier.etat == s.ANNULE:
        return Suite(dossier, (), TWICE)
    late = dossier.etat in (s.ANNULE, s.ABANDONNE, s.DETRUIT) or (event.nom != AR_CANCEL and dossier.etat in _AFTER_AR)
    return Suite(dossier, (TELL_OPERATOR,), LATE if late else UNEXPECTED)


def _refused(dossier, event):
    label = s.ETATS[dossier.etat].libelle
    return Refused(
        "actes.transition",
        f"« {event.nom} » n’est pas possible : l’acte est « {label} ». Rechargez la page pour voir où il en est.",
        event.nom,
    )


def _letter(dossier, event):
    day = event.date_courrier or event.quand.date()
    known = any((item.code, item.date) == (event.nom, day) for item in dossier.courriers)
    if known:
        # The préfecture repeats a letter when it has not seen our acknowledgement: that one is sent again.
        ar = LETTRES[event.nom].ar
        return Suite(dossier, (f"{SEND}:{ar}",) if ar else (), TWICE)
    letter = Courrier(event.nom, day, event.quand.date())
    ar = LETTRES[event.nom].ar
    effets = (*((f"{SEND}:{ar}",) if ar else ()), TELL_DEPOSITOR)
    remark = "" if dossier.etat in _AFTER_AR else LATE if s.ETATS[dossier.etat].fini else UNEXPECTED
    return Suite(replace(dossier, courriers=(*dossier.courriers, letter)), effets, remark)


def _find(dossier, code, day):
    """Return the rank of the letter of that number: the one of that date, else the latest when no date is told."""
    ranks = [rank for rank, item in enumerate(dossier.courriers) if item.code == code and day in (None, item.date)]
    return ranks[-1] if ranks else None


def letter_of(dossier, event):
    """Return (code, date) of the letter an event is about: the letter itself, our answer, what acknowledges either; or None."""
    if event.nom in LETTRES:
        return event.nom, event.date_courrier or event.quand.date()
    code = (_OF_ANSWER | _OF_AR | _OF_AR_ANSWER).get(event.nom)
    rank = _find(dossier, code, event.date_courrier) if code else None
    return (code, dossier.courriers[rank].date) if rank is not None else None


def _turn(dossier, event, code, allowed, effets=(), **changes):
    """Change one letter; raise ``Refused`` when there is none or it does not stand there."""
    rank = _find(dossier, code, event.date_courrier)
    if rank is None or dossier.courriers[rank].etat not in allowed:
        raise Refused(
            "actes.courrier",
            f"Aucun courrier {code} n’attend « {event.nom} » : il manque, ou il a déjà reçu sa réponse.",
            event.nom,
        )
    courriers = list(dossier.courriers)
    courriers[rank] = replace(courriers[rank], **changes)
    return Suite(replace(dossier, courriers=tuple(courriers)), effets)


def _answer(dossier, event):
    code = _OF_ANSWER[event.nom]
    changes = {"etat": s.REPONSE_ENVOYEE, "reponse": event.nom, "repondu": event.quand.date()}
    return _turn(dossier, event, code, (s.COURRIER_RECU, s.COURRIER_ACQUITTE), (f"{SEND}:{event.nom}",), **changes)


def _answer_received(dossier, event):
    code = _OF_AR_ANSWER[event.nom]
    rank = _find(dossier, code, event.date_courrier)
    if rank is None:
        return Suite(dossier, (TELL_OPERATOR,), UNEXPECTED)
    if dossier.courriers[rank].etat == s.REPONSE_ACQUITTEE:
        return Suite(dossier, (), TWICE)
    if dossier.courriers[rank].etat != s.REPONSE_ENVOYEE:
        return Suite(dossier, (TELL_OPERATOR,), UNEXPECTED)
    day = event.reception or event.quand.date()
    allowed = (s.REPONSE_ENVOYEE,)
    return _turn(dossier, event, code, allowed, (TELL_DEPOSITOR,), etat=s.REPONSE_ACQUITTEE, acquitte=day)
