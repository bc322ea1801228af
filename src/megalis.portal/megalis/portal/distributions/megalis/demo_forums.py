"""A forum of the demonstration: a question of one commune, answers of two others, one of them retained."""

from datetime import timedelta
from megalis.portal.formats import richtext
from megalis.portal.forums import create
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.kernel import clock
from megalis.portal.organisations import membership
from megalis.portal.organisations import people


FORUM = ("Commande publique", "Questions de procédure, clauses utiles, retours d’expérience entre acheteurs.")
TALK = (
    (
        "Allotir un petit marché de voirie",
        (
            (0, "Nous préparons un marché de réfection de trottoirs d’environ 80 000 €.\n\nFaut-il allotir par rue, ou un lot unique se défend-il ?"),
            (1, "Chez nous un lot unique a été motivé dans le rapport de présentation :\n\n- même technique partout\n- chantier continu, une seule signalisation"),
            (2, "> faut-il allotir par rue\n\nPas par rue : par nature de travaux, si les métiers diffèrent. La motivation tient en trois lignes."),
        ),
        2,
    ),
    (
        "Clause d’insertion : quel volume d’heures ?",
        ((1, "Quel pourcentage d’heures d’insertion retenez-vous pour un marché d’entretien d’espaces verts ?"),),
        None,
    ),
)  # fmt: skip
WRITES = rules.Rights(writes=True)


def fill(site, towns, at):
    """Open the forum, and let agents of three communes talk in it; return it."""
    forum = create.forum(site["forums"], *FORUM, audience=rules.AGENTS)
    buyers = [people.get(min(membership.holders(town, "acheteurs"))) for town in towns[:3]]
    for day, (title, messages, solution) in enumerate(TALK):
        begun = clock.now() - timedelta(days=6 - day)
        sujet, keys = None, []
        for rank, (who, text) in enumerate(messages):
            with at(begun + timedelta(hours=5 * rank)):
                html = richtext.from_text(text)
                if sujet is None:
                    sujet, key = service.open_subject(forum, buyers[who], WRITES, title, html)
                else:
                    key = service.reply(forum, sujet, buyers[who], WRITES, html)
                keys.append(key)
        if solution is not None:
            service.solve(sujet, WRITES, buyers[messages[0][0]], keys[solution])
    return forum
