"""The one door: a PAS plugin that every sign-in goes through, whatever the method behind it.

Password and session plugins of Plone are no longer asked by PAS itself but by this one, which adds what they lack:
sign-in by e-mail address, lockout per account and per address, closed accounts, sessions that a new password ends.
A method to come (certificate, passkey, OIDC) registers an ISignInMethod for its block on the page and, if it has
credentials of its own, a PAS plugin named in ``behind``.
"""

from AccessControl import ClassSecurityInfo
from AccessControl.class_init import InitializeClass
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import Shards
from megalis.portal.kernel.http import recognise
from megalis.portal.organisations.signin import lockout
from megalis.portal.organisations.signin import passwords
from megalis.portal.organisations.signin import policy
from megalis.portal.organisations.signin.accounts import Accounts
from megalis.portal.organisations.signin.aside import commit_aside
from plone.session import tktauth
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IValidationPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zope.component.hooks import getSite
from zope.globalrequest import getRequest
from zope.interface import implementer

import hashlib
import ipaddress


SESSION_HOURS = 8


def _key(kind, value):
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def counts_address(address):
    """Tell whether failures are counted for this address: not for this machine's own, where a proxy speaks for all."""
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@implementer(IAuthenticationPlugin, IValidationPlugin, ICredentialsUpdatePlugin)
class Door(Accounts, BasePlugin):
    """Keeps the accounts, checks the credentials, counts the failures."""

    meta_type = "e-mégalis Door"
    security = ClassSecurityInfo()
    behind = ()

    def __init__(self, id, title=""):
        self._setId(id)
        self.title = title
        self.tallies = Shards()
        self._prepare_accounts()

    # -- who has which login ------------------------------------------------------------------------------------------

    @security.private
    def userid_for(self, text):
        """Return the userid that signs in as ``text`` (login, or e-mail address in any case), or None."""
        text = str(text or "").strip()
        logins = self._users()._login_to_userid
        return logins.get(text) or logins.get(text.lower()) or self.emails.get(text.lower())

    def _users(self):
        return self._getPAS().source_users

    # -- IAuthenticationPlugin ----------------------------------------------------------------------------------------

    @security.private
    def authenticateCredentials(self, credentials):
        """Return (userid, login) or None, for a session, a password, or what a plugin behind the door understands."""
        found = self._found(credentials)
        if found is not None:
            recognise(getRequest(), found[0])
        return found

    def _found(self, credentials):
        if credentials.get("source") == "plone.session":
            return self._by_session(credentials)
        if credentials.get("login") and credentials.get("password") is not None:
            return self._by_password(credentials)
        for name in self.behind:
            found = self._getPAS()[name].authenticateCredentials(credentials)
            if found is not None and self._is_open(found[0]):
                return found
        return None

    def _is_open(self, userid):
        account = self.accounts.get(userid)
        return account is None or account.active

    def _by_session(self, credentials):
        found = self._getPAS().session.authenticateCredentials(credentials)
        if found is None or not self._is_open(found[0]):
            return None
        account = self.accounts.get(found[0])
        if account is not None and tktauth.splitTicket(credentials["cookie"])[4] < account.not_before:
            return None
        return found

    def _by_password(self, credentials):
        login, password = str(credentials["login"]), str(credentials["password"])[: policy.LONGEST]
        address = credentials.get("remote_address") or self._address()
        now = clock.now()
        userid = self.userid_for(login)
        marks = self._marks(userid or login.strip().lower(), address)
        if any(lockout.is_closed(self.tallies.get(mark), now) for mark, _rule in marks):
            passwords.waste_time(password)
            self._hide_credentials()
            return None
        if userid is None and self._known_above(login, password):
            return None
        reference = self._users()._user_passwords.get(userid) if userid else None
        if reference is None:
            passwords.waste_time(password)
        elif passwords.verify(reference, password) and self._is_open(userid):
            self._welcome(userid, marks[0][0], reference, password)
            return userid, self._users().getLoginForUserId(userid)
        self._count_failure(marks, login, address, now)
        return None

    def _marks(self, account, address):
        marks = [(_key("compte", account), lockout.ACCOUNT)]
        if counts_address(address):
            marks.append((_key("adresse", address), lockout.ADDRESS))
        return marks

    def _address(self):
        request = getRequest()
        return request.getClientAddr() if request is not None else ""

    def _known_above(self, login, password):
        """Tell whether the user folder of the whole Zope knows these credentials: it will let them in by itself."""
        above = self.getPhysicalRoot().acl_users
        found = above.authenticate(login, password, getRequest())
        return found is not None and found.getUserName() == login

    def _hide_credentials(self):
        """Take the credentials out of the request, so that no other user folder tries them behind a closed door."""
        request = getRequest()
        if request is not None:
            request._auth = None
            for name in ("__ac_name", "__ac_password"):
                request.form.pop(name, None)
                request.other.pop(name, None)

    # -- failures and successes, written aside ------------------------------------------------------------------------

    def _count_failure(self, marks, login, address, now):
        name = self.getId()

        def work(site):
            door = site.acl_users[name]
            for mark, rule in marks:
                tally = lockout.after_failure(door.tallies.get(mark), now, rule)
                door.tallies[mark] = tally
                if lockout.is_closed(tally, now):
                    event = {"type": "verrou", "objet": "compte" if rule is lockout.ACCOUNT else "adresse"}
                    event |= {"identifiant": login[:100], "adresse": address, "jusque": clock.rfc3339(tally.until)}
                    journal.record(site, event)

        commit_aside(getSite(), work)

    def _welcome(self, userid, mark, reference, password):
        """Forget the account's failures; keep the password by today's scheme. Writes only when there is something to."""
        stale = not passwords.is_current(reference)
        if not stale and mark not in self.tallies:
            return
        name = self.getId()
        fresh = passwords.hash_password(password) if stale else None

        def work(site):
            door = site.acl_users[name]
            if mark in door.tallies:
                del door.tallies[mark]
            users = site.acl_users.source_users
            if fresh and users._user_passwords.get(userid) == reference:
                users._user_passwords[userid] = fresh

        commit_aside(getSite(), work)

    @security.private
    def throttle(self, kind, value, rule=lockout.ACCOUNT):
        """Count one demand (a mail asked for, a registration) and tell whether it comes too often to be served."""
        mark, now = _key(kind, value), clock.now()
        if lockout.is_closed(self.tallies.get(mark), now):
            return True
        self.tallies[mark] = lockout.after_failure(self.tallies.get(mark), now, rule)
        return False

    @security.private
    def confirms(self, userid, password):
        """Tell whether this is the password of the account; a wrong one counts as at the door."""
        login = self._users()._userid_to_login.get(userid)
        found = self._by_password({"login": login, "password": password}) if login else None
        return found is not None and found[0] == userid

    @security.private
    def is_locked(self, userid):
        """Tell whether the account is closed for a while after wrong passwords."""
        return lockout.is_closed(self.tallies.get(_key("compte", userid)), clock.now())

    @security.private
    def unlock(self, userid):
        """Open the account again before its time (its owner proved himself by mail)."""
        mark = _key("compte", userid)
        if mark in self.tallies:
            del self.tallies[mark]

    @security.private
    def set_password(self, userid, reference):
        """Keep ``reference`` (made by ``passwords.hash_password``) as the account's password."""
        self._users()._user_passwords[userid] = reference
        if userid in self.accounts:
            self.accounts[userid].has_password = True
        self.end_sessions(userid)
        self.unlock(userid)

    @security.private
    def password_mark(self, userid):
        """Return a short text that changes with the account's password: what makes a link by mail serve once."""
        kept = self._users()._user_passwords.get(userid) or b""
        return hashlib.sha256(kept if isinstance(kept, bytes) else str(kept).encode()).hexdigest()[:24]

    # -- IValidationPlugin --------------------------------------------------------------------------------------------

    @security.private
    def validateUserInfo(self, user, set_id, set_info):
        """Say in French what is wrong with a password, for Plone's own forms."""
        password = (set_info or {}).get("password")
        if password is None:
            return []
        personal = [user.getUserName()] if user is not None else [set_id or ""]
        return [{"id": "password", "error": message} for _code, message in policy.weaknesses(password, *personal)]

    # -- ICredentialsUpdatePlugin -------------------------------------------------------------------------------------

    @security.private
    def updateCredentials(self, request, response, login, new_password):
        """Mark the session cookie Secure whenever the person came by HTTPS (runs after the session plugin)."""
        name = self._getPAS().session.getProperty("cookie_name")
        cookie = response.cookies.get(name)
        if cookie is not None and request["SERVER_URL"].startswith("https:"):
            options = {key: value for key, value in cookie.items() if key != "value"}
            response.setCookie(name, cookie["value"], **{**options, "Secure": True})


InitializeClass(Door)
