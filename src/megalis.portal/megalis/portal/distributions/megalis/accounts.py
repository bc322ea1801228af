"""The accounts made with a site: random passwords, kept in a file only the operator's account can read.

The database holds their hashes; the file is what ``make start`` prints, and may be deleted once the passwords are changed.
"""

from megalis.portal.kernel import settings

import os
import secrets


NAME = "comptes-demo.txt"
KEYS = "cles-demo"
PASSPHRASE = "phrase de passe de démonstration"  # noqa: S105  printed on purpose, for keys of demonstration only
# Without the letters and digits that are mistaken for one another on paper.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS = 4
GROUP = 5


def path():
    """Return the path of the file of accounts."""
    return settings.var() / NAME


def password():
    """Return a random password of 20 signs in 4 groups (116 bits), with a small letter, a capital and a digit."""
    while True:
        groups = ["".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS)]
        text = "".join(groups)
        if any(map(str.islower, text)) and any(map(str.isupper, text)) and any(map(str.isdigit, text)):
            return "-".join(groups)


def begin():
    """Start an empty file of accounts, of mode 0600."""
    path().parent.mkdir(parents=True, exist_ok=True)
    path().unlink(missing_ok=True)
    os.close(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def issue(label, login):
    """Note the account ``login`` under ``label`` (what it is for, in French); return its new random password."""
    if "\t" in label + login or "\n" in label + login:
        raise ValueError("un intitulé de compte tient sur une ligne, sans tabulation")
    secret = password()
    if not path().exists():
        begin()
    with path().open("a", encoding="utf-8") as stream:
        stream.write(f"{label}\t{login}\t{secret}\n")
    return secret


def table():
    """Return the accounts as lines of text in columns, an empty list when there is no file."""
    if not path().is_file():
        return []
    rows = [line.split("\t") for line in path().read_text("utf-8").splitlines()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)] if rows else [0, 0]
    return [f"{label:<{widths[0]}}  {login:<{widths[1]}}  {secret}" for label, login, secret in rows]


def demonstration_keys():
    """Return lines that say where the demonstration's key files are, an empty list when there are none."""
    folder = settings.var() / KEYS
    files = sorted(folder.glob("*.age")) if folder.is_dir() else []
    if not files:
        return []
    shown = [f"  {os.path.relpath(path)}" for path in files]
    return ["", f"Clés de démonstration, phrase de passe « {PASSPHRASE} » :", *shown]
