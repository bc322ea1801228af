"""Who asks at the addresses of S²LOW: a program with a password or a certificate, or a person whom his software sends to us."""

from AccessControl.SecurityManagement import newSecurityManager
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.actes import transactions
from megalis.portal.actes.browser.base import PREPARE
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from megalis.portal.organisations.signin import certificates
from megalis.portal.organisations.signin import nonces
from megalis.portal.transports.s2low import answers
from megalis.portal.transports.s2low.fields import FORBIDDEN
from megalis.portal.transports.s2low.fields import Ko
from megalis.portal.transports.s2low.fields import UNKNOWN
from plone import api
from zExceptions import Unauthorized

import transaction


# What browsers send with a request that a page made: a certificate goes with those too, and nobody would have asked for them.
OF_PAGES = ("HTTP_COOKIE", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE")
UNKNOWN_WORDS = "Numéro de transaction inconnu."


class Identified:
    """Mixed into the addresses: whoever asks is known when ``identify`` is true."""

    def identify(self):
        """Tell whether an account asks, by its password (HTTP Basic) or by the one certificate it registered."""
        if (self.request._auth or "").lower().startswith("basic "):
            return people.current(self.request) is not None
        shown = certificates.presented(self.request)
        if shown is None or any(self.request.environ.get(name) for name in OF_PAGES):
            return False
        holders = people.door().holders(shown)
        if len(holders) != 1:
            return False
        self.become(holders[0])
        return True

    def become(self, userid):
        """Go on as an account."""
        users = api.portal.get_tool("acl_users")
        newSecurityManager(self.request, users.getUserById(userid).__of__(users))
        people.forget_cached()

    def do_logins(self, command):
        shown = certificates.presented(self.request)
        holders = people.door().holders(shown) if shown is not None else ()
        return answers.logins(sorted(people.get(userid).login for userid in holders))

    def do_nonce(self, command):
        """A nonce takes the password: who came by his certificate alone has told none."""
        _login, password = self.request._authUserPW() or ("", "")
        if not password:
            raise Ko(FORBIDDEN, "Un nonce se demande avec un identifiant et un mot de passe (HTTP Basic).")
        return answers.nonce(nonces.issue(api.portal.get(), self.userid, password))

    # a person whom his software sends here to transmit

    def do_confirm(self, command):
        return self._by_nonce(command) if command.nonce else self._by_hand(command)

    do_confirm_many = do_confirm

    def _by_hand(self, command):
        """Lead a person to the page where he transmits: nothing leaves by an address alone."""
        if people.current(self.request) is None:
            raise Unauthorized("Identifiez-vous pour transmettre cet acte.")
        acts = [self._waiting(number, PREPARE) for number in command.ids]
        if len(acts) == 1:
            return self.request.response.redirect(f"{acts[0].absolute_url()}/@@transmettre")
        collectivite = registres.collectivite_of(acts[0])
        return self.request.response.redirect(f"{collectivite.absolute_url()}/@@actes-suivi?etape=brouillons")

    def _by_nonce(self, command):
        """Transmit in the name of the account a nonce stands for, then send the browser back. A false one leads nowhere."""
        userid = nonces.use(api.portal.get(), command.nonce, command.hash)
        person = people.get(userid) if userid is not None else None
        if person is None or not person.active or people.door().userid_for(command.login) != userid:
            raise Kept(FORBIDDEN, "La connexion a échoué : le nonce est inconnu, déjà employé, périmé ou mal signé.")
        self.become(userid)
        mark = transaction.savepoint(optimistic=True)
        failure = ""
        try:
            for number in command.ids:
                self._transmit(self._waiting(number, TRANSMIT))
        except (Ko, Refused) as refusal:
            mark.rollback()
            failure = refusal.message
        if command.url:
            return self.request.response.redirect(answers.returned(command.url, failure))
        if failure:
            raise Kept(UNKNOWN, failure)
        return answers.ok()

    def _waiting(self, number, right):
        acte, rest = transactions.find(number)
        if acte is None or rest or not api.user.has_permission(right, obj=acte):
            raise Ko(UNKNOWN, UNKNOWN_WORDS)
        return acte

    def _transmit(self, acte):
        wanted = registres.reglages(registres.around(acte))["assurance"]
        if wanted == assurance.CERTIFICATE:  # the nonce has proved the password
            assurance.check(wanted, self.request)
        service.transmit(acte, self.userid)


class Kept(Ko):
    """A refusal after which what was written stays: a nonce was used."""
