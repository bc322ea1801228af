"""`megalis keygen`, `seal` and `open`: sealing from a terminal, with the same library as the server and no network."""

from argparse import Action
from contextlib import suppress
from getpass import getpass
from itertools import takewhile
from megalis.portal import sealing
from megalis.portal.cli import Refused
from megalis.portal.cli import say
from megalis.portal.sealing import age
from megalis.portal.sealing import keys
from megalis.portal.sealing import shares
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.errors import PassphraseError
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.files import new_directory
from megalis.portal.sealing.files import new_file
from megalis.portal.sealing.files import opened_source
from megalis.portal.sealing.files import sweep
from megalis.portal.sealing.identities import ScryptIdentity
from megalis.portal.sealing.relays import MAX_RELAY
from pathlib import Path

import json
import os
import sys


PASSPHRASE = "MEGALIS_PASSPHRASE"  # noqa: S105
WORK_FACTOR = "MEGALIS_WORK_FACTOR"


class Recipients(Action):
    """``-r A B FILE``: what follows the first recipient and cannot be read as one is a file to seal."""

    def __call__(self, parser, namespace, values, option=None):
        """Sort ``values`` into recipients and files."""
        first, *others = values
        # From the first word that is no recipient on, all are files: a certificate among the documents gets no key.
        extra = list(takewhile(_is_recipient, others))
        files = others[len(extra) :]
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), first, *extra])
        namespace.trailing = [*getattr(namespace, "trailing", []), *files]


def register(subparsers):
    """Add the three commands."""
    _register_keygen(subparsers)
    _register_seal(subparsers)
    _register_open(subparsers)


def _register_keygen(subparsers):
    parser = subparsers.add_parser("keygen", help="fabriquer une clé ; affiche la clé publique (destinataire)")
    parser.add_argument("-o", "--output", metavar="CLE", help="fichier de clé à écrire ; sinon affiché")
    parser.add_argument("-p", "--passphrase", action="store_true", help=f"protéger par phrase de passe ({PASSPHRASE})")
    parser.add_argument(
        "--x25519", action="store_true", help="clé X25519 classique au lieu de l’hybride post-quantique"
    )
    parser.add_argument("--shares", metavar="M/N", help="imprimer aussi N feuilles de partage, dont M redonnent la clé")
    parser.add_argument(
        "-d", "--directory", metavar="DOSSIER", help="avec --shares : où écrire les feuilles, une par fichier"
    )
    parser.add_argument(
        "--join",
        nargs="+",
        metavar="FEUILLE",
        help="refaire la clé à partir de feuilles de partage, au lieu d’en fabriquer une",
    )
    parser.set_defaults(run=keygen, parser=parser)


def _register_seal(subparsers):
    parser = subparsers.add_parser("seal", help="sceller des documents en un pli pour un ou plusieurs destinataires")
    parser.add_argument(
        "-r",
        "--recipient",
        nargs="+",
        action=Recipients,
        metavar="DESTINATAIRE",
        help="age1pq1…, age1…, « ssh-rsa … », ou fichier : liste de destinataires, clé publique RSA, certificat X.509",
    )
    parser.add_argument("--context", metavar="CTX.json", help="contexte auquel lier le pli")
    parser.add_argument("-o", "--output", metavar="PLI.age", help="fichier à écrire (jamais écrasé)")
    parser.add_argument("--raw", action="store_true", help="un seul fichier, en simple fichier age, sans manifeste")
    parser.add_argument("-a", "--armor", action="store_true", help="avec --raw : en texte")
    parser.add_argument("-p", "--passphrase", action="store_true", help="avec --raw : par phrase de passe")
    parser.add_argument("--json", action="store_true", help="compte rendu en JSON (sel et empreintes compris)")
    parser.add_argument("files", nargs="*", metavar="FICHIER")
    parser.set_defaults(run=seal, parser=parser, trailing=[])


def _register_open(subparsers):
    parser = subparsers.add_parser("open", help="ouvrir un ou plusieurs plis")
    parser.add_argument(
        "-i",
        "--identity",
        action="append",
        metavar="CLE",
        help="fichier de clé age (protégé ou non) ou clé privée RSA en PEM",
    )
    parser.add_argument(
        "--shares",
        nargs="+",
        metavar="FEUILLE",
        default=[],
        help="feuilles de partage de la clé, autant qu’il en faut, au lieu d’une clé",
    )
    parser.add_argument("--context", metavar="CTX.json", help="contexte attendu : toute différence est refusée")
    parser.add_argument(
        "--relay",
        action="append",
        default=[],
        metavar="PLI.relais",
        help="relais qui a donné le pli à votre clé après son dépôt (autant qu’il y en a)",
    )
    parser.add_argument("-d", "--directory", metavar="DOSSIER", help="où écrire les documents")
    parser.add_argument("-o", "--output", metavar="FICHIER", help="avec --raw : fichier à écrire (jamais écrasé)")
    parser.add_argument("--raw", action="store_true", help="ouvrir un simple fichier age, sans manifeste")
    parser.add_argument("-p", "--passphrase", action="store_true", help="le fichier est scellé par phrase de passe")
    parser.add_argument("--json", action="store_true", help="écrire le compte rendu en JSON")
    parser.add_argument("files", nargs="*", metavar="PLI.age")
    parser.set_defaults(run=open_, parser=parser)


def _passphrase(confirm=False):
    value = os.environ.get(PASSPHRASE)
    if value:
        return value
    if sys.stdin is None or not sys.stdin.isatty():
        raise PassphraseError(f"phrase de passe nécessaire : lancez depuis un terminal ou renseignez {PASSPHRASE}")
    value = getpass("Phrase de passe : ")
    if confirm and getpass("Encore une fois : ") != value:
        raise PassphraseError("les deux saisies diffèrent : recommencez")
    if not value:
        raise PassphraseError("phrase de passe vide")
    return value


def _work_factor():
    value = os.environ.get(WORK_FACTOR, "")
    return int(value) if value.isdigit() and 10 <= int(value) <= 20 else keys.WORK_FACTOR


def keygen(args):
    """Make a key; print its recipient, alone on stdout when the key goes to a file."""
    if (args.shares is None) != (args.directory is None):
        args.parser.error("--shares M/N et -d DOSSIER vont ensemble")
    pair = _joined(args.join) if args.join else keys.generate("x25519" if args.x25519 else "hybride")
    if args.shares:
        _write_shares(args, pair)
    text = pair.identity_file()
    data = text.encode()
    if args.passphrase:
        data = keys.wrap_identity(text, _passphrase(confirm=True), _work_factor())
    if args.output:
        with new_file(args.output, private=True) as writer:
            writer.write(data)
        say(pair.recipient)
        return
    say(data.decode().removesuffix("\n"))
    print(f"Clé publique : {pair.recipient}", file=sys.stderr)


def _joined(paths):
    """Return the KeyPair that the sheets of some files give back."""
    identity = shares.read("\n".join(_text(path) for path in paths))
    return keys.KeyPair(identity.secret_text(), str(identity.recipient), identity.recipient.fingerprint)


def _text(path):
    return _read(path).decode("utf-8", "replace")


def _write_shares(args, pair):
    """Write one file a sheet; none appears when the cutting is refused."""
    needed, _slash, count = args.shares.partition("/")
    if not (needed.isdecimal() and count.isdecimal()):
        args.parser.error("--shares attend M/N, par exemple 3/5")
    made = shares.split(keys.parse_identity(pair.identity), int(needed), int(count))
    with new_directory(args.directory) as folder:
        for share in made:
            path = folder / f"feuille-{share.number}.txt"
            head = f"Feuille {share.number} sur {share.count}, {share.needed} nécessaires. Empreinte {pair.fingerprint}"
            path.write_text(f"{head}\n{share.text()}\n", "utf-8")
            path.chmod(0o600)


def _read(path, limit=keys.MAX_KEY_FILE):
    with opened_source(path) as reader:
        data = reader.read(limit + 1)
    if len(data) > limit:
        raise KeyFormatError(f"« {path} » dépasse {limit} octets : ce n’est pas un fichier de clés ni de contexte")
    return data


def _recipients(value):
    if value.lstrip().startswith(("age1", "ssh-rsa ", "AGE-SECRET-KEY-")) and not os.path.exists(value):
        return [keys.parse_recipient(value)]
    if not os.path.isfile(value):
        raise KeyFormatError(f"« {value[:60]} » n’est ni une clé publique (age1…, ssh-rsa …) ni un fichier de clés")
    try:
        return keys.parse_recipients(_read(value))
    except KeyFormatError as error:
        raise KeyFormatError(f"« {value} » : {error}") from error


def _is_recipient(value):
    with suppress(KeyFormatError, OSError):
        return bool(_recipients(value))
    return False


def _context(path):
    return None if path is None else sealing.load_context(_read(path))


def seal(args):
    """Seal the files; print what was sealed, to whom, under which context."""
    if not args.output:
        args.parser.error("l’option -o PLI.age est nécessaire")
    if not args.recipient and not (args.raw and args.passphrase):
        args.parser.error("au moins un destinataire (-r) est nécessaire")
    if args.recipient and args.passphrase:
        args.parser.error("-p et -r s’excluent : une phrase de passe est le seul destinataire de son fichier")
    if (args.armor or args.passphrase) and not args.raw:
        args.parser.error("-a et -p ne vont qu’avec --raw")
    if args.raw and len(args.files) != 1:
        args.parser.error("--raw scelle exactement un fichier")
    if not args.files and not args.raw:
        args.parser.error("donnez au moins un fichier à sceller")
    recipients = [recipient for value in args.recipient or [] for recipient in _recipients(value)]
    context = _context(args.context)
    _sweep(args.output)
    if args.raw:
        return _seal_raw(args, recipients, context)
    sealed = sealing.seal(args.files, recipients, context, args.output)
    _report_sealed(args, sealed)
    if isinstance(context, dict) and not args.json:
        say("  contexte libre : lié tel quel, il n’est pas celui d’un dépôt de la plateforme")
    return None


def _seal_raw(args, recipients, context):
    if context is not None:
        raise ContextError("--raw fait un simple fichier age : un contexte demande un pli, retirez --raw")
    if args.passphrase:
        recipients = [keys.ScryptRecipient(_passphrase(confirm=True), _work_factor())]
    age.encrypt_file(args.files[0], args.output, recipients, armored=args.armor)
    say(f"Scellé : {args.output} ({len(recipients)} destinataire(s))")


def _report_sealed(args, sealed):
    if args.json:
        report = {
            "fichier": str(sealed.path),
            "taille": sealed.size,
            "contexte": sealed.context_hash.hex() if sealed.context_hash else None,
            "destinataires": list(sealed.fingerprints),
            "sel": sealed.salt.hex(),
            "documents": [
                {**document.as_dict(), "engagement": document.commitment(sealed.salt)} for document in sealed.documents
            ],
        }
        say(json.dumps(report))
        return
    say(f"Scellé : {sealed.path} ({sealed.size} octets)")
    for value in sealed.fingerprints:
        say(f"  pour   {keys.short_fingerprint(value)}")
    for document in sealed.documents:
        say(f"  {document.sha256}  {document.name}")


def _sweep(target, directory=False):
    """Remove what a run that was killed left here: deciphered documents must not stay in a folder nobody sees."""
    for path in sweep(target, directory):
        print(f"Reste d’une exécution interrompue, effacé : {path}", file=sys.stderr)


def _identities(args):
    if args.passphrase:
        return [ScryptIdentity(_passphrase())]
    if args.shares:
        return [shares.read("\n".join(_text(path) for path in args.shares))]
    return [identity for path in args.identity for identity in keys.parse_identities(_read(path), _passphrase)]


def open_(args):
    """Open the files; print each document with its hash."""
    if not args.identity and not args.passphrase and not args.shares:
        args.parser.error("au moins une clé (-i) est nécessaire")
    if bool(args.identity) + bool(args.passphrase) + bool(args.shares) > 1:
        args.parser.error("-p, -i et --shares s’excluent")
    if not args.files:
        args.parser.error("donnez au moins un pli à ouvrir")
    if args.raw:
        if not args.output or args.directory or len(args.files) != 1:
            args.parser.error("--raw ouvre un seul fichier vers -o FICHIER")
        return _open_raw(args)
    if not args.directory or args.output:
        args.parser.error("l’option -d DOSSIER est nécessaire (et -o ne va qu’avec --raw)")
    identities = _identities(args)
    context = _context(args.context)
    _sweep(args.directory, directory=True)
    if len(args.files) == 1:
        opened = [
            (args.files[0], sealing.open_(args.files[0], identities, args.directory, context, relays=_relays(args)))
        ]
    else:
        opened = _open_many(args, identities, context)
    _report_opened(args, opened)
    return None


def _relays(args):
    return [_read(path, MAX_RELAY) for path in args.relay]


def _open_raw(args):
    context = _context(args.context)
    _sweep(args.output)
    expected = None if context is None else sealing.context_hash(context)
    age.decrypt_file(args.files[0], args.output, _identities(args), expected)
    say(f"Ouvert : {args.output}")


def _open_many(args, identities, context):
    """Open every pli into a folder of its own name; all of them or none appear."""
    names = [Path(path).name.removesuffix(".age") for path in args.files]
    if len({sealing.folded(name) for name in names}) != len(names) or not all(names):
        raise Refused("doublon", "deux plis portent le même nom : ouvrez-les dans des dossiers séparés")
    opened = []
    relays = _relays(args)
    with new_directory(args.directory) as folder:
        for path, name in zip(args.files, names, strict=True):
            try:
                opened.append((path, sealing.open_(path, identities, folder / name, context, relays=relays)))
            except SealingError as error:
                raise Refused(error.code, f"« {path} » : {error}") from error
    return opened


def _report_opened(args, opened):
    for path, result in opened:
        if args.json:
            report = {
                "pli": path,
                "contexte": result.context,
                "cle": result.fingerprint,
                "sel": result.salt.hex(),
                "documents": [document.as_dict() for document in result.documents],
            }
            say(json.dumps(report))
            continue
        say(f"Ouvert : {path}")
        for document in result.documents:
            say(f"  {document.sha256}  {document.path.name}")
