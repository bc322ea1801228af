"""Under which name a bidder is shown to the buyer: his own, or, before the jury of a concours has ranked, a number."""

from megalis.portal.consultations import ranking
from megalis.portal.consultations.rules import anonymity
from megalis.portal.deposits import store


class Naming:
    """The names of the bidders of one consultation, as its agents may read them now."""

    def __init__(self, consultation):
        self.consultation = consultation
        self.hidden = ranking.names_hidden(consultation)

    def of(self, deposit):
        """Return ``(name, SIRET)`` of a store.Deposit; the SIRET is "" while names are hidden."""
        if self.hidden:
            return ranking.label(self.consultation, deposit.id), ""
        return deposit.name, deposit.siret

    def of_event(self, event):
        """Return the same of a ``depot`` event of the journal."""
        if self.hidden:
            return ranking.label(self.consultation, event["depot"]), ""
        return event["deposant"]["nom"], event["deposant"]["siret"]


def order(consultation):
    """Return the kinds of envelopes in the order of their opening."""
    return anonymity.opening_order(consultation.envelopes, ranking.is_anonymous(consultation))


def identity_refusal(consultation, envelope):
    """Return ``(code, message)`` when opening this kind would tell who bids too early, else None."""
    if envelope == anonymity.IDENTITY and ranking.names_hidden(consultation):
        return anonymity.hidden_refusal()
    return None


def judged(consultation, rows):
    """Return ``{number: deposit id}`` of the projects that a jury ranks, of opening rows; in the order of the numbers."""
    deposits = {
        row["depot"]
        for row in rows
        if row["enveloppe"] != anonymity.IDENTITY and row["etat"] in ("a-ouvrir", "attente")
    }
    found = {ranking.label(consultation, deposit): deposit for deposit in deposits}
    return dict(sorted(found.items()))


def bidder_of(consultation, deposit_id):
    """Return ``(name, SIRET)`` of a deposit by its id, as they may be read now; ("", "") of one that is not there."""
    deposit = store.find_deposit(consultation, deposit_id)
    return Naming(consultation).of(deposit) if deposit is not None else ("", "")
