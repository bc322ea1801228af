"""A lost password, and a new address to confirm: links by mail that die with what they change."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import links
from megalis.portal.organisations import mails
from megalis.portal.organisations import people
from megalis.portal.organisations.signin.tokens import SPENT


def ask(text):
    """Send a link to the owner of the account ``text`` (e-mail address or login); silent when there is none."""
    door = people.door()
    userid = door.userid_for(text)
    account = door.accounts.get(userid) if userid else None
    if door.throttle("mot-de-passe", userid or str(text).strip().lower()) or account is None or not account.active:
        return
    mails.send(
        account.email,
        "Choisissez un nouveau mot de passe e-mégalis",
        [
            "Vous avez demandé à changer le mot de passe de votre compte. Le lien sert une seule fois, pendant deux heures.",
            "Si ce n’est pas vous, ne faites rien : votre mot de passe actuel reste valable.",
        ],
        links.link(links.PASSWORD, "mot-de-passe", {"u": userid, "m": door.password_mark(userid)}),
        "Choisir un nouveau mot de passe",
    )


def find(token):
    """Return the userid of a lost-password link; Refused ``jeton.…``."""
    payload = links.read(links.PASSWORD, token)
    if not people.is_active(payload["u"]) or people.get(payload["u"]) is None:
        raise Refused("jeton.servi", SPENT)
    if people.door().password_mark(payload["u"]) != payload["m"]:
        raise Refused("jeton.servi", SPENT)
    return payload["u"]


def choose(token, password):
    """Set the new password; the link dies with the old one. Refused: ``jeton.…``, the codes of the policy."""
    userid = find(token)
    people.set_password(userid, password)
    return userid


def ask_new_address(userid, email):
    """Send to the new address the link that makes it the account's; the account keeps the old one until then."""
    person = people.get(userid)
    if people.by_email(email) is not None:
        mails.send(
            email,
            "Cette adresse a déjà un compte e-mégalis",
            [
                "Quelqu’un, sans doute vous, demande à donner cette adresse à un autre compte. Une adresse ne sert qu’à un "
                "seul compte : rien n’a été changé.",
            ],
        )
        return
    mails.send(
        email,
        "Confirmez votre nouvelle adresse e-mégalis",
        ["Vous avez demandé que cette adresse devienne celle de votre compte. Confirmez-la dans les 48 heures."],
        links.link(links.ADDRESS, "courriel-confirmer", {"u": userid, "a": person.email, "n": email}),
        "Confirmer cette adresse",
    )


def confirm_address(token):
    """Make the new address the account's and warn the old one; Refused ``jeton.…``, ``courriel.pris``."""
    payload = links.read(links.ADDRESS, token)
    person = people.get(payload["u"])
    if person is None or not person.active or person.email != payload["a"]:
        raise Refused("jeton.servi", SPENT)
    people.update(person.userid, by=person.userid, email=payload["n"])
    mails.send(
        payload["a"],
        "L’adresse de votre compte e-mégalis a changé",
        [f"Votre compte utilise désormais {payload['n']}. Si ce n’est pas vous, joignez tout de suite l’assistance."],
    )
    return person.userid
