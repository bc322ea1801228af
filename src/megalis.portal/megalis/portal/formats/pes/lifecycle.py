"""The life of a flow from its deposit to its answer, as one table: (state, event) -> (state, what has to be done).

What people ask for that the table does not know is refused. What comes from the Trésor is never refused, since it has
happened: where it can change nothing, it is remarked.

```mermaid
stateDiagram-v2
    a-controler --> depose : controle
    depose --> a-transmettre : transmission
    depose --> abandonne : abandon
    a-transmettre --> en-envoi : envoi
    en-envoi --> transmis : transmis
    en-envoi --> a-transmettre : envoi-echoue
    en-envoi --> envoi-refuse : envoi-refuse
    en-envoi --> envoi-incertain : arret
    envoi-incertain --> a-transmettre : renvoi
    transmis --> sans-reponse : 48h
    transmis --> acquitte : acquit
    transmis --> acquitte-en-partie : acquit
    transmis --> refuse : acquit
```
"""

from dataclasses import dataclass
from megalis.portal.formats.pes import states as s
from megalis.portal.formats.refusal import Refused


TELL_DEPOSITOR = "prevenir-deposant"
TELL_OPERATOR = "prevenir-operateur"
SEND = "envoyer"

TWICE = "doublon"
LATE = "tardif"
GONE = "detruit"

ACQUIT = "acquit"

TRANSITIONS = {
    s.A_CONTROLER: {"controle": (s.DEPOSE, ()), "abandon": (s.ABANDONNE, ())},
    s.DEPOSE: {"transmission": (s.A_TRANSMETTRE, (SEND,)), "abandon": (s.ABANDONNE, ())},
    s.ABANDONNE: {},
    s.A_TRANSMETTRE: {"envoi": (s.EN_ENVOI, ())},
    s.EN_ENVOI: {
        "transmis": (s.TRANSMIS, ()),
        "envoi-echoue": (s.A_TRANSMETTRE, ()),
        "envoi-refuse": (s.ENVOI_REFUSE, (TELL_DEPOSITOR,)),
        "arret": (s.ENVOI_INCERTAIN, (TELL_DEPOSITOR, TELL_OPERATOR)),
    },
    s.ENVOI_INCERTAIN: {"renvoi": (s.A_TRANSMETTRE, (SEND,)), "transmis": (s.TRANSMIS, ())},
    s.ENVOI_REFUSE: {"renvoi": (s.A_TRANSMETTRE, (SEND,)), "abandon": (s.ABANDONNE, ())},
    s.TRANSMIS: {"48h": (s.SANS_REPONSE, (TELL_DEPOSITOR, TELL_OPERATOR))},
    s.SANS_REPONSE: {"renvoi": (s.A_TRANSMETTRE, (SEND,))},
    s.RECU: {},
    s.ACQUITTE: {},
    s.MIXTE: {},
    s.REFUSE: {},
}
# What the Trésor cannot have: its answer is about another file of that name.
NEVER_LEFT = (s.A_CONTROLER, s.DEPOSE, s.ABANDONNE)


@dataclass(frozen=True, slots=True)
class Suite:
    """What follows an event: the state, the effects to carry out in the same transaction, a remark on what is odd."""

    etat: str
    effets: tuple = ()
    remarque: str = ""


def allowed(etat):
    """Return the names of what people or the worker may do in a state."""
    return frozenset(TRANSITIONS[etat])


def advance(etat, name):
    """Return the ``Suite`` of an event that is not an answer; Refused ``pes.transition``."""
    found = TRANSITIONS[etat].get(name)
    if found is None:
        label = s.ETATS[etat].libelle
        raise Refused("pes.transition", f"Le flux est « {label} » : ce n’est plus possible. Rechargez la page.", name)
    return Suite(*found)


def answered(etat, outcome, known=False):
    """Return the ``Suite`` of an acknowledgement whose answers, with those before it, come to ``outcome`` (see ``acquit``).

    ``known``: the same acknowledgement was received before.
    """
    if known:
        return Suite(etat, (), TWICE)
    if etat in NEVER_LEFT:
        return Suite(etat, (TELL_OPERATOR,), LATE)
    return Suite(s.OF_OUTCOME[outcome], (TELL_DEPOSITOR,))
