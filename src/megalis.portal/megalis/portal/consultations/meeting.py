"""The points where other rooms meet that of consultations: what they offer of one, each by an adapter."""

from zope.interface import Attribute
from zope.interface import Interface


class IPublicationCondition(Interface):
    """Subscription adapter of a consultation: ``__call__(now) -> list of rules.Missing`` that other rooms add."""

    def __call__(now):
        """Return what is missing (``blocking``) or worth a look (``advice``) at the aware instant ``now``."""


class IDepositFacts(Interface):
    """Adapter of a consultation, offered by the room of deposits: what the rules may know of sealed bids."""

    def count():
        """Return the number of deposits received and not withdrawn."""

    def in_time():
        """Return the number of deposits received before the deadline and not withdrawn nor replaced."""

    def on_paper():
        """Return how many companies brought a bid on paper before the deadline, and sent none electronically in time."""

    def first_received():
        """Return the aware instant of the first deposit ever received, withdrawn or not, or None."""

    def candidates():
        """Return who applied in time, one dict a company and a lot; nobody while a concours is anonymous.

        ``{"company": uuid, "siret", "name", "email", "lot": number or "", "envelopes": set of kinds, "received": instant,
        "candidate": what tells him from the others for good, "paper": (), "closed": ()}``.
        """

    def names():
        """Return ``{id of a deposit: name of its company}``; nothing while a concours is anonymous."""

    def paper_candidates():
        """Return the same of those whose bid came on paper alone; ``company`` is "" where they have no account.

        ``paper``: (id, number) of each thing of theirs in the register of paper; ``closed``: numbers of those not opened yet.
        ``candidate`` stays the same when an account is opened later.
        """


class IEssentialData(Interface):
    """Adapter of a consultation, offered by the room of contracts; it calls ``tracking.indexers.refresh`` on a change."""

    def complete():
        """Return True when the essential data of all its contracts are published, or need not be."""


class IJointPurchase(Interface):
    """Adapter of a consultation opened for several buyers, offered by the room of groupings; absent of any other."""

    def purchasers(lot, amount):
        """Return ``[(collectivité, amount)]`` of each buyer that has a contract of its own for a lot ("" undivided).

        The amounts (Decimal, None when none is known) sum to ``amount``; [] when the shares are not known.
        """

    def partners():
        """Return the collectivités that buy by it, in their order, the one that coordinates left out."""


class IAudience(Interface):
    """Subscription adapter of a consultation: people to warn when it changes (identified withdrawers, askers...)."""

    def __call__(lots=()):
        """Return a list of ``(e-mail address, name or '')`` or ``(..., ..., last line of the message)``.

        ``lots``: numbers of those that change, empty when what all read does; whoever has nothing to do with them is left out.
        """


class IBidJudgement(Interface):
    """Adapter of a consultation, offered by the room of awards: what the analysis says of a bid, to tell its author."""

    def told(recipient, lot):
        """Return ``{"rank", "score", "reason"}`` (texts, "" when nothing was written) of a Recipient's bid on a lot."""


class ISignedDocuments(Interface):
    """Adapter of a consultation, offered by the room of awards: what was signed for its holders."""

    def of(recipient, lots):
        """Return the attachments signed for a Recipient on some lots, oldest first: those of the other holders apart."""

    def concluded():
        """Return when the first document that the buyer signed was put back, None while none was."""


class ICompanyFiles(Interface):
    """Adapter of a consultation, offered by the room of awards: files about the companies that answered, kept beside their bids."""

    def found():
        """Return ``[(key, name of the file, name of the company, its SIREN, size, sha256)]``."""

    def destroy(key):
        """Let go of a file; that it was there, and its fingerprint, stay told."""


class INotificationDates(Interface):
    """Adapter of a consultation, offered by the room of awards: when the contract of each lot was notified, whichever stage did it."""

    def of(lot):
        """Return the aware instant of each holder of an awarded lot, None while it is not settled, in the order of
        ``rules.decisions.holders_of``.
        """


class INextAward(Interface):
    """Adapter of a consultation, offered by the room of awards: what comes next between the opening and the notification."""

    def action(now):
        """Return ``(title, text, view name or whole address, label)`` for the agents who prepare, None without a word to say."""


class IRecipients(Interface):
    """Subscription adapter of a consultation: a group of companies its buyer may write to."""

    group = Attribute("name of the group, as forms send it")
    title = Attribute("who they are, in French")
    order = Attribute("int")

    def hidden(now):
        """Return why the group must not be known at the aware instant ``now``, or ''."""

    def __call__():
        """Return a list of ``exchanges.recipients.Recipient``."""
