"""The training of the demonstration: sessions to come, one that is full, one that was held, with who came and what they thought."""

from datetime import datetime
from datetime import time
from datetime import timedelta
from megalis.portal.consultations.rules import calendar
from megalis.portal.distributions.megalis import accounts
from megalis.portal.kernel import clock
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.trainings import service
from megalis.portal.trainings.partners import service as partners
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import roster


# module, days from today, hours of each span, organiser, place, trainer, seats
SESSIONS = (
    ("administrer-sa-collectivite", -40, ((9, 12),), "GRETA de Bretagne Sud", "Lycée Dupuy-de-Lôme, Lorient", "Formatrice du GRETA", 12),
    ("publier-et-ouvrir", 15, ((9, 12), (14, 17)), "GRETA d’Ille-et-Vilaine", "Lycée Jean-Macé, Rennes", "Formateur du GRETA", 2),
    ("publier-et-ouvrir", 36, ((9, 12), (14, 17)), "GRETA des Côtes-d’Armor", "Lycée Chaptal, Saint-Brieuc", "Formateur du GRETA", 14),
    ("transmettre-les-actes", 22, ((14, 17),), "GRETA du Finistère", "Lycée Vauban, Brest", "Formatrice du GRETA", 12),
    ("envoyer-les-pieces-comptables", 29, ((9, 12),), "GRETA de Bretagne Sud", "Lycée Lesage, Vannes", "Formatrice du GRETA", 12),
    ("repondre-aux-marches", 18, ((9, 12),), "GRETA d’Ille-et-Vilaine", "Pépinière d’entreprises, Saint-Malo", "Formatrice du GRETA", 15),
)  # fmt: skip
CAME = 4
PARTNER = "Une chambre accompagne les entreprises de son ressort : premiers pas, formation, essai, premier pli."
PROGRAMME = "Du premier compte au premier pli déposé, en un an, avec un conseiller.\n\n- une demi-journée de formation\n- un pli d’essai dans la salle de simulation\n- une réponse suivie, de la recherche à l’accusé"
OPINIONS = (
    (4, "Les exercices sur nos propres agents étaient très utiles."),
    (3, ""),
    (4, "Prévoir plus de temps pour les clés."),
)


def fill(site, towns, bidders, at):
    """Make the sessions; agents of the towns enrol in them; a chamber brings in the bidders' companies."""
    made = [_session(site, *row) for row in SESSIONS]
    held, full = made[0], made[1]
    with at(held.closes - timedelta(days=10)):
        comers = [people.get(min(membership.holders(town, "administrateurs"))) for town in towns[:CAME]]
        for person in comers:
            service.enrol(held, person)
    service.attend(held, {entry.id: {0} for entry in held.entries})
    for person, (mark, comment) in zip(comers, OPINIONS, strict=False):
        service.evaluate(
            held, roster.of(held.entries, person.userid), dict.fromkeys(evaluation.QUESTIONS, str(mark)), comment
        )
    for town in towns[1:4]:
        service.enrol(full, people.get(min(membership.holders(town, "acheteurs"))))
    _partner(site, bidders)


def _partner(site, bidders):
    """Make a partner and its programme; the first company has agreed, the others are asked."""
    partner = partners.new_partner(
        site["partenaires"], {"title": "Chambre de métiers de démonstration", "description": PARTNER}
    )
    programme = partners.new_programme(
        partner, {"title": "40 entreprises artisanales", "description": PROGRAMME, "target": 40}
    )
    secret = accounts.issue("Conseillère d’une chambre partenaire (suit un programme)", "chambre")
    userid = people.create(people.AGENT, "chambre@megalis.example", "Conseillère de chambre", secret, login="chambre")
    partners.add_person(partner, "chambre@megalis.example")
    for rank, bidder in enumerate(bidders[:3]):
        member = partners.enrol(programme, bidder.siret, "", "", userid)
        if rank == 0:
            partners.answer(programme, member.siren, True)


def _session(site, module, days, hours, organiser, place, trainer, seats):
    day = clock.paris(clock.now()).date() + timedelta(days=days)
    while calendar.rest_day(day):
        day += timedelta(days=1)

    def instant(hour):
        return datetime.combine(day, time(hour), clock.PARIS).astimezone(clock.UTC)

    spans = tuple((instant(begins), instant(ends)) for begins, ends in hours)
    values = {"organiser": organiser, "place": place, "trainer": trainer, "seats": seats, "spans": spans}
    values |= {"closes": spans[0][0] - timedelta(days=2), "note": "Apportez votre ordinateur." if days > 0 else ""}
    return service.new_session(service.catalogue(site)[module], values)
