"""What the platform remembers of each account, beside Plone's user."""

from BTrees.OOBTree import OOBTree
from megalis.portal.kernel import clock
from persistent import Persistent


FIELDS = ("email", "fullname", "phone", "external_id", "siret", "service", "waiting")


class Account(Persistent):
    """One account. ``not_before`` (unix seconds): sessions begun earlier are over."""

    phone = external_id = siret = service = waiting = ""
    certificate = None  # the signin.certificates.Certificate he registered
    core_fields = None  # what the portal core gave that has no other place: (name, value) pairs
    not_before = 0
    active = True

    def __init__(self, userid, kind, email, fullname):
        self.userid = userid
        self.kind = kind
        self.email = email
        self.fullname = fullname
        self.created = clock.now()


class Accounts:
    """The keeping of accounts, mixed into the sign-in plugin; indexes follow every change."""

    certificates = None  # SHA-256 of a certificate -> userids that registered it

    def _prepare_accounts(self):
        self.accounts = OOBTree()
        self.emails = OOBTree()
        self.external = OOBTree()
        self.certificates = OOBTree()

    def open_account(self, userid, kind, email, fullname, has_password=True, **values):
        """Write a new account; callers have checked that its e-mail and external id are free."""
        account = Account(userid, kind, email, fullname)
        account.has_password = has_password
        self.accounts[userid] = account
        self.emails[email] = userid
        self.change_account(userid, **values)

    def change_account(self, userid, **values):
        """Set fields of an account and keep the indexes right."""
        account = self.accounts[userid]
        for name, index in (("email", self.emails), ("external_id", self.external)):
            if name in values and values[name] != getattr(account, name):
                if index.get(getattr(account, name)) == userid:
                    del index[getattr(account, name)]
                if values[name]:
                    index[values[name]] = userid
        for name, value in values.items():
            if name not in FIELDS:
                raise TypeError(name)
            if getattr(account, name) != value:
                setattr(account, name, value)

    def set_active(self, userid, active):
        """Open or close an account; closing ends its sessions. Return True when that changed something."""
        account = self.accounts.get(userid)
        if account is None or account.active == active:
            return False
        account.active = active
        self.end_sessions(userid)
        return True

    def set_certificate(self, userid, certificate):
        """Keep the certificate an account proves itself by, None to forget it; one may be that of several accounts."""
        account = self.accounts[userid]
        if self.certificates is None:
            self.certificates = OOBTree()
        for digest in {kept.sha256 for kept in (account.certificate, certificate) if kept is not None}:
            others = tuple(item for item in self.certificates.get(digest, ()) if item != userid)
            self.certificates[digest] = others
            if certificate is not None and certificate.sha256 == digest:
                self.certificates[digest] = (*others, userid)
            elif not others:
                del self.certificates[digest]
        account.certificate = certificate

    def holders(self, certificate):
        """Return the userids of the open accounts that registered a certificate."""
        found = ((item, self.accounts.get(item)) for item in (self.certificates or {}).get(certificate.sha256, ()))
        return tuple(item for item, account in found if account is not None and account.active)

    def end_sessions(self, userid):
        """End the sessions of an account that began before this second."""
        account = self.accounts.get(userid)
        if account is not None:
            account.not_before = int(clock.now().timestamp())

    def drop_account(self, userid):
        """Forget an account whose Plone user is gone."""
        if userid in self.accounts:
            self.set_certificate(userid, None)
        account = self.accounts.pop(userid, None)
        if account is not None:
            for index, value in ((self.emails, account.email), (self.external, account.external_id)):
                if index.get(value) == userid:
                    del index[value]
