"""What the companies' dashboard says of a company's consultations: which it follows, where each stands, what it sent."""

from html import escape
from megalis.portal.consultations import dossiers
from megalis.portal.consultations.browser.base import BADGES
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from plone import api
from zope.component import getMultiAdapter


SHOWN = 20
STATES = {
    store.RECEIVED: ("ok", "Déposé"),
    store.REPLACED: ("closed", "Remplacé"),
    store.WITHDRAWN: ("closed", "Retiré"),
}
EMPTY = (
    '<div class="mg-empty"><h3 class="t3">Aucune consultation suivie</h3><p>Celles dont votre entreprise retire le dossier '
    "en son nom, et celles auxquelles elle répond, paraîtront ici avec leurs accusés.</p></div>"
)
TABLE = (
    '<div class="mg-tablebox"><table class="mg-table" role="table"><caption>{count}</caption>'
    '<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Consultation</th>'
    '<th scope="col" role="columnheader">Étape</th><th scope="col" role="columnheader">Date limite</th>'
    '<th scope="col" role="columnheader">Notre réponse</th></tr></thead>'
    '<tbody role="rowgroup">{rows}</tbody></table></div>'
)
ROW = (
    '<tr role="row"><th scope="row" role="rowheader"><a href="{url}">{title}</a>'
    '<span class="sub">{reference}, {buyer}</span></th><td role="cell" data-l="Étape">{badge}</td>'
    '<td role="cell" data-l="Date limite"><span>{deadline}</span></td>'
    '<td role="cell" data-l="Notre réponse"><span>{answer}</span></td></tr>'
)


def last_of(consultation, company):
    """Return the newest Deposit of a company (its uuid) that stands, else the newest one, or None."""
    mine = [deposit for deposit in store.deposits(consultation) if deposit.company == company]
    standing = [deposit for deposit in mine if deposit.state == store.RECEIVED]
    return (standing or mine or [None])[-1]


class Section:
    """ICompanySections: the consultations the company follows or answers."""

    title = "Nos consultations"
    order = 20

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def render(self):
        """Return the HTML of the section."""
        company = self.person.entreprise
        brains = dossiers.of(company) if company is not None else []
        if not brains:
            return EMPTY
        mg = getMultiAdapter((api.portal.get(), self.request), name="mg")
        uid = company.UID()
        rows = "".join(self._row(mg, brain, uid) for brain in brains[:SHOWN])
        count = f"{len(brains)} consultations suivies" if len(brains) > 1 else "Une consultation suivie"
        if len(brains) > SHOWN:
            count += f", les {SHOWN} premières"
        return TABLE.format(count=count, rows=rows)

    def _row(self, mg, brain, company):
        state = phase.phase(brain.review_state, brain.deadline, clock.now())
        url = escape(brain.getURL())
        deposit = last_of(brain.getObject(), company)
        return ROW.format(
            url=url,
            title=escape(brain.Title),
            reference=escape(brain.reference or ""),
            buyer=escape(brain.buyer_title or ""),
            badge=mg.badge(BADGES[state], phase.LABELS[state]),
            deadline=escape(mg.short(brain.deadline)),
            answer=self._answer(mg, deposit, url, state),
        )

    def _answer(self, mg, deposit, url, state):
        if deposit is None:
            return f'<a href="{url}/@@repondre">Répondre</a>' if state == phase.PUBLIEE else "Aucune"
        badge = mg.badge("bad", "Hors délai") if deposit.late else mg.badge(*STATES[deposit.state])
        day = escape(mg.short(deposit.received))
        return f'{badge} <span class="sub">{day}, <a href="{url}/@@mes-depots">accusés</a></span>'
