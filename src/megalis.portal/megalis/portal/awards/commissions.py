"""The commissions of a collectivité: who sits in them, with which voice, and how they are convened."""

from Acquisition import aq_base
from BTrees.OOBTree import OOBTree
from megalis.portal.awards.rules import quorum
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import rules
from persistent import Persistent
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.commissions"
MOST_MEMBERS = 60
NOTICE_DAYS = 5  # of the convocation, when the règlement intérieur of the commission says nothing else


class Commissions(Persistent):
    """``commissions`` and ``meetings``: id -> Commission, Meeting."""

    def __init__(self):
        self.commissions = OOBTree()
        self.meetings = OOBTree()


class Commission(Persistent):
    """``members``: tuple of dicts ``key, name, email, role, quality``; ``needed``: quorum of its règlement, or None."""

    def __init__(self, kind, title, notice_days, needed, casting, members):
        self.id = uuidhex()
        self.update(kind, title, notice_days, needed, casting, members)

    def update(self, kind, title, notice_days, needed, casting, members):
        self.kind = kind
        self.title = title
        self.notice_days = notice_days
        self.needed = needed
        self.casting = casting  # the president's voice decides a tie
        self.members = members


def of(collectivite):
    """Return the Commissions of a collectivité, or None while it has none."""
    annotations = getattr(aq_base(collectivite), "__annotations__", None)
    return annotations.get(KEY) if annotations is not None else None


def for_write(collectivite):
    """Return the Commissions, made when absent."""
    found = of(collectivite)
    if found is None:
        found = IAnnotations(collectivite)[KEY] = Commissions()
    return found


def every(collectivite):
    """Return the Commission list, by title."""
    kept = of(collectivite)
    return sorted(kept.commissions.values(), key=lambda item: item.title.casefold()) if kept is not None else []


def find(collectivite, key):
    """Return a Commission or None."""
    kept = of(collectivite)
    return kept.commissions.get(key) if kept is not None else None


def read_members(text, known=()):
    """Return the members of lines ``rôle ; nom ; adresse ; qualité``; Refused ``commission.*``.

    The role is a word of quorum.ROLES, by its beginning. Who was there before keeps his key, so that lists of attendance
    go on.
    """
    keys = {(member["name"], member["role"]): member["key"] for member in known}
    found = []
    for rank, line in enumerate((line for line in str(text or "").splitlines() if line.strip()), 1):
        cells = [" ".join(cell.split()) for cell in line.split(";")]
        role, name, email, quality = (*cells, "", "", "", "")[:4]
        role = role_of(role)
        if role is None or not name:
            raise Refused(
                "commission.membre",
                f"Ligne {rank}, « {line.strip()[:60]} » : écrivez rôle ; nom ; adresse. Rôles : "
                f"{', '.join(title.lower() for title in quorum.ROLES.values())}.",
                line,
            )
        email = rules.email(email) if email else ""
        member = {"name": name[:120], "email": email, "role": role, "quality": quality[:120]}
        found.append({"key": keys.get((member["name"], role)) or uuidhex(), **member})
    if len(found) > MOST_MEMBERS:
        raise Refused("commission.nombre", f"{len(found)} membres : {MOST_MEMBERS} au plus.")
    if not found:
        raise Refused("commission.vide", "Une commission a des membres : écrivez-en un par ligne.")
    names = [member["name"].casefold() for member in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise Refused("commission.double", f"« {twice} » est inscrit deux fois : une personne a un seul siège.")
    return tuple(found)


def role_of(text):
    """Return the role that a word says (``pres``, ``Titulaire``, ``supp.``), or None."""
    plain = rules.slug(text).replace("-", "")
    names = {role: rules.slug(title).replace("-", "") for role, title in quorum.ROLES.items()}
    return next(
        (role for role, title in names.items() if len(plain) >= 3 and (title.startswith(plain) or plain == role)), None
    )


def member_lines(members):
    """Return what ``read_members`` reads."""
    return "\n".join(
        f"{quorum.ROLES[member['role']].lower()} ; {member['name']} ; {member['email']} ; {member['quality']}".rstrip(
            " ;"
        )
        for member in members
    )


def keep(collectivite, key, kind, title, notice_days, needed, casting, text, by):
    """Make or change a commission; return it. Refused ``commission.*``."""
    if kind not in quorum.KINDS:
        raise Refused("commission.genre", "Choisissez le genre de commission.")
    title = " ".join(str(title or "").split())[:120] or quorum.KINDS[kind]
    known = find(collectivite, key) if key else None
    if key and known is None:
        raise Refused("commission.inconnue", "Cette commission n’existe plus : rechargez la page.")
    members = read_members(text, known.members if known is not None else ())
    values = (
        kind,
        title,
        _number(notice_days, NOTICE_DAYS, 0, 60),
        _number(needed, None, 1, 60),
        bool(casting),
        members,
    )
    if known is not None:
        known.update(*values)
    else:
        known = Commission(*values)
        for_write(collectivite).commissions[known.id] = known
    event = {"type": "commission", "organisme": collectivite.identifier, "commission": known.id, "fait": "composition"}
    told = [{"nom": member["name"], "role": member["role"]} for member in members]
    journal.record(collectivite, {**event, "titre": title, "membres": told, "par": by})
    return known


def _number(text, otherwise, least, most):
    text = str(text or "").strip()
    if not text:
        return otherwise
    if not text.isdecimal() or len(text) > 3 or not least <= int(text) <= most:
        raise Refused(
            "commission.nombre", f"« {text[:20]} » : écrivez un nombre entre {least} et {most}, ou rien.", text
        )
    return int(text)
