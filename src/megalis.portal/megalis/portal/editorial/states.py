"""The life of what is written: brouillon, à relire, programmé, publié, archivé; who may move it, and what a move needs.

Pure: facts are values, whoever calls gathers them. ``states.mmd`` draws the same.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta


DRAFT, SUBMITTED, SCHEDULED, PUBLISHED, ARCHIVED = "brouillon", "a_relire", "programme", "publie", "archive"
STATES = {
    DRAFT: ("draft", "Brouillon"),
    SUBMITTED: ("run", "À relire"),
    SCHEDULED: ("soon", "Programmé"),
    PUBLISHED: ("ok", "Publié"),
    ARCHIVED: ("closed", "Archivé"),
}
WRITER, REVIEWER, WEBMASTER = "Redacteur", "Relecteur", "Webmestre"
CLOCK = "horloge"
FARTHEST = timedelta(days=366)
COMMENT = 2000


@dataclass(frozen=True)
class Transition:
    """``roles`` are those that may; ``clock``: the platform does it by itself, nobody else."""

    id: str
    label: str
    sources: tuple
    target: str
    roles: frozenset
    done: str
    clock: bool = False


_ALL = frozenset((WRITER, REVIEWER, WEBMASTER))
_READ = frozenset((REVIEWER, WEBMASTER))
_LIST = (
    Transition("soumettre", "Proposer à la relecture", (DRAFT,), SUBMITTED, _ALL, "Proposé à la relecture."),
    Transition("publier", "Publier maintenant", (SUBMITTED, SCHEDULED), PUBLISHED, _READ, "C’est publié."),
    Transition("programmer", "Programmer", (SUBMITTED,), SCHEDULED, _READ, "La publication est programmée."),
    Transition("renvoyer", "Renvoyer à l’auteur", (SUBMITTED,), DRAFT, _READ, "Renvoyé à son auteur."),
    Transition("retirer", "Retirer de la publication", (SCHEDULED, PUBLISHED), DRAFT, _READ, "Retiré : redevenu brouillon."),
    Transition("archiver", "Archiver", (PUBLISHED,), ARCHIVED, _READ, "Archivé : n’est plus montré au public."),
    Transition("reprendre", "Reprendre en brouillon", (ARCHIVED,), DRAFT, _READ, "Repris en brouillon."),
    Transition("paraitre", "Paraître", (SCHEDULED,), PUBLISHED, frozenset(), "Paru à l’heure dite.", clock=True),
    Transition("expirer", "Expirer", (PUBLISHED,), ARCHIVED, frozenset(), "Archivé à l’heure dite.", clock=True),
)  # fmt: skip
TRANSITIONS = {item.id: item for item in _LIST}
ONWARD = frozenset(("soumettre", "publier", "programmer", "reprendre"))


def label(transition, state):
    """Return the words of a transition where a text stands: what is to come is called off, it is not withdrawn."""
    return "Annuler la programmation" if (transition.id, state) == ("retirer", SCHEDULED) else transition.label


@dataclass(frozen=True)
class Missing:
    """What forbids a transition: a stable ``code`` and a sentence with its remedy."""

    code: str
    message: str


@dataclass(frozen=True)
class Facts:
    """What the rules look at.

    ``actor`` and ``author`` are user ids, ``author`` of who wrote last; ``actor`` is CLOCK for the platform itself.
    ``silent``: names of pictures without a text in their place. ``effective``, ``expires``, ``start``: aware or None.
    Of a form: ``asked``, how many questions it has (None for all else); ``linked``: pages of the portal lead to it.
    """

    state: str
    actor: str
    roles: frozenset
    author: str
    now: datetime
    comment: str = ""
    effective: datetime | None = None
    expires: datetime | None = None
    title: str = ""
    empty: bool = False
    silent: tuple = ()
    start: datetime | None = None
    asked: int | None = None
    linked: bool = False


def possible(state, roles):
    """Return the transitions people with these roles may ask for from a state, in order."""
    return [item for item in _LIST if state in item.sources and not item.clock and item.roles & frozenset(roles)]


def _complete(facts):
    if not facts.title.strip():
        yield Missing("redaction.titre", "Il manque un titre : donnez-en un, puis recommencez.")
    if facts.empty:
        yield Missing("redaction.vide", "Il n’y a encore rien à lire : écrivez le texte ou joignez le document.")
    if facts.asked == 0:
        yield Missing("redaction.sans-question", "Ce formulaire ne demande rien : ajoutez au moins une question.")
    for name in facts.silent:
        yield Missing(
            "redaction.image-muette",
            f"L’image « {name} » n’a pas de texte de remplacement : décrivez-la pour qui ne la voit pas.",
        )
    if facts.expires is not None and facts.expires <= facts.now:
        yield Missing("redaction.fin-passee", "La date de fin de publication est passée : changez-la ou retirez-la.")


def _public(facts):
    yield from _complete(facts)
    if facts.actor == facts.author and WEBMASTER not in facts.roles:
        yield Missing(
            "redaction.quatre-yeux",
            "Vous avez écrit ce texte : un autre relecteur le publie. C’est la règle des quatre yeux.",
        )


def _timed(facts):
    yield from _public(facts)
    when = facts.effective
    if when is None:
        yield Missing("redaction.date", "Dites quand publier : une date et une heure.")
    elif when <= facts.now:
        yield Missing(
            "redaction.date-passee", "Cette date est passée : choisissez-en une à venir, ou publiez maintenant."
        )
    elif when - facts.now > FARTHEST:
        yield Missing("redaction.date-lointaine", "Cette date est à plus d’un an : choisissez-en une plus proche.")
    if when is not None and facts.expires is not None and facts.expires <= when:
        yield Missing("redaction.fin-avant", "La fin de publication vient avant le début : corrigez l’une des deux.")


def _explained(facts):
    if not facts.comment.strip():
        yield Missing("redaction.pourquoi", "Dites à l’auteur ce qu’il doit reprendre : écrivez un commentaire.")


def _leaves(facts):
    if facts.linked:
        yield Missing(
            "redaction.attache",
            "Des pages du portail mènent à ce formulaire : il reste publié. Changez ses questions, ou fermez-le à une date.",
        )


def _appears(facts):
    if facts.effective is None or facts.effective > facts.now:
        yield Missing("redaction.trop-tot", "L’heure de la publication n’est pas venue.")


def _expires(facts):
    if facts.expires is None or facts.expires > facts.now:
        yield Missing("redaction.trop-tot", "L’heure de la fin de publication n’est pas venue.")


NEEDS = {
    "soumettre": _complete,
    "publier": _public,
    "programmer": _timed,
    "renvoyer": _explained,
    "retirer": _leaves,
    "archiver": _leaves,
    "paraitre": _appears,
    "expirer": _expires,
}


def refusals(name, facts):
    """Return what forbids a transition (list of Missing); empty when it may happen."""
    transition = TRANSITIONS.get(name)
    if transition is None or facts.state not in transition.sources:
        words = STATES.get(facts.state, ("", facts.state))[1].lower()
        return [Missing("redaction.etat", f"Cela ne se fait pas depuis l’état « {words} » : rechargez la page.")]
    if transition.clock != (facts.actor == CLOCK):
        return [Missing("redaction.role", "C’est l’horloge qui le fait, à la date donnée : personne ne le fait à sa place.")
                if transition.clock else
                Missing("redaction.role", "L’horloge ne fait que paraître et expirer.")]  # fmt: skip
    if not transition.clock and not transition.roles & facts.roles:
        return [Missing("redaction.role", "Votre rôle ne le permet pas : demandez-le à un relecteur ou au webmestre.")]
    found = [*NEEDS.get(name, lambda facts: ())(facts)]
    if len(facts.comment) > COMMENT:
        found.append(Missing("redaction.long", f"Commentaire trop long : {COMMENT} signes au plus. Raccourcissez-le."))
    return found
