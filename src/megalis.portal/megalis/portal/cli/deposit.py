"""``megalis deposit``: seal and deposit from a terminal, through the same interface as the deposit page.

The sealed files stay in a folder of the bidder (``--dossier``) until the receipt is there: started again after a cut,
the command sends what is missing of those very files. A file key is therefore never used for two contents.
"""

from argparse import RawDescriptionHelpFormatter
from base64 import b64encode
from hashlib import sha256
from http.client import HTTPConnection
from http.client import HTTPException
from http.client import HTTPSConnection
from megalis.portal import sealing
from megalis.portal.cli import checks
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.listed import verify_listed
from pathlib import Path
from urllib.parse import quote
from urllib.parse import urlsplit

import getpass
import json
import os
import secrets
import ssl
import sys
import time
import uuid


ENVELOPES = ("candidature", "offre", "technique", "financiere")
TRIES = 8
STATE = "depot.json"


class DepositRefused(Exception):
    """The deposit was refused by the platform or by us; ``code`` is stable."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Platform:
    """The HTTP interface of one consultation; every call is tried again after a cut, with growing pauses."""

    def __init__(self, base, login, password, authority=None):
        parts = urlsplit(base)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
            raise DepositRefused("adresse", f"adresse refusée : « {base} » ; attendu https://…")
        self.parts = parts
        self.context = ssl.create_default_context(cafile=authority) if parts.scheme == "https" else None
        token = b64encode(f"{login}:{password}".encode()).decode()
        self.headers = {"Accept": "application/json", "Authorization": f"Basic {token}", "X-Requested-With": "megalis"}

    def call(self, method, view, body=None, headers=None, query=""):
        """Return ``(status, JSON object)``; DepositRefused when the platform cannot be reached."""
        path = f"{self.parts.path.rstrip('/')}/@@{view}{query}"
        for attempt in range(TRIES):
            if attempt:
                time.sleep(min(30, 0.5 * 2**attempt))
            try:
                status, answer = self._once(method, path, body, {**self.headers, **(headers or {})})
            except (OSError, HTTPException) as error:
                print(f"coupure ({error}), nouvel essai", file=sys.stderr)
                continue
            if status in (502, 503, 504):
                continue
            return status, answer
        raise DepositRefused("reseau", "la plateforme ne répond pas ; relancez la même commande, l’envoi reprendra")

    def _once(self, method, path, body, headers):
        made = HTTPSConnection if self.context else HTTPConnection
        options = {"context": self.context} if self.context else {}
        connection = made(self.parts.hostname, self.parts.port, timeout=120, **options)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read(64 * 1024 * 1024)
        finally:
            connection.close()
        if "json" not in response.getheader("Content-Type", ""):
            return response.status, None
        return response.status, json.loads(data)

    def ask(self, method, view, body=None, headers=None, query="", accept=(200, 201)):
        """Return the JSON object of a call that succeeds; DepositRefused otherwise."""
        status, answer = self.call(method, view, body, headers, query)
        if status not in accept or not isinstance(answer, dict):
            answer = answer if isinstance(answer, dict) else {}
            message = answer.get("message", f"réponse {status} inattendue : vérifiez l’adresse et le compte")
            raise DepositRefused(answer.get("code", f"http-{status}"), message)
        return answer


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser(
        "deposit",
        help="sceller et déposer un pli",
        formatter_class=RawDescriptionHelpFormatter,
        description=__doc__,
    )
    parser.add_argument("url", help="adresse de la consultation")
    for envelope in ENVELOPES:
        parser.add_argument(
            f"--{envelope}",
            action="append",
            default=[],
            metavar="[LOT=]FICHIER",
            help=f"document de l’enveloppe {envelope}",
        )
    parser.add_argument(
        "--compte", required=True, help="identifiant de connexion ; mot de passe demandé ou MEGALIS_PASSWORD"
    )
    parser.add_argument("--dossier", type=Path, default=Path("depot"), help="où garder les plis scellés et l’accusé")
    parser.add_argument("--remplace", help="numéro interne (uuid) du dépôt à remplacer")
    parser.add_argument(
        "--cle", action="append", default=[], help="empreinte attendue d’une clé (règlement de la consultation)"
    )
    parser.add_argument("--journal", metavar="VKEY", help="clé publique du journal, obtenue par un autre chemin")
    parser.add_argument(
        "--sans-controle",
        action="store_true",
        help="déposer des fichiers tels quels : vides, illisibles ou d’un format qui n’est pas accepté",
    )
    parser.add_argument("--autorite", help="certificat d’autorité (PEM) de la plateforme")
    parser.set_defaults(run=run)


def run(args):
    """Seal, send, and write the receipt into ``--dossier``."""
    chosen = choose(args)
    password = os.environ.get("MEGALIS_PASSWORD") or getpass.getpass("Mot de passe : ")
    platform = Platform(args.url, args.compte, password, args.autorite)
    parameters = platform.ask("GET", "depot-parametres")
    check_keys(parameters, args.cle, args.journal)
    if not args.sans_controle:
        look(chosen, parameters["formats"])
    args.dossier.mkdir(parents=True, exist_ok=True)
    state = prepare(args.dossier, parameters, chosen, args.remplace)
    answer = send(platform, args.dossier, state)
    receipt = platform.ask("GET", "accuse.json", query=f"?depot={answer['depot']}")
    receipt["sels"] = {pli["pli"]: pli["sel"] for pli in state["plis"]}
    target = args.dossier / f"accuse-{answer['numero']}.json"
    target.write_text(json.dumps(receipt, ensure_ascii=False, indent=1) + "\n", "utf-8")
    words = "REÇU HORS DÉLAI" if answer["hors_delai"] else "reçu"
    print(f"dépôt {answer['numero']} {words} le {answer['recu']}")
    print(f"accusé : {target}")
    return 0


def choose(args):
    """Return ``{(lot or None, envelope): [path, ...]}`` of the command line."""
    chosen = {}
    for envelope in ENVELOPES:
        for item in getattr(args, envelope):
            lot, equals, name = item.partition("=")
            path = Path(name if equals and not Path(item).exists() else item)
            if not path.is_file():
                raise DepositRefused("fichier", f"« {path} » n’est pas un fichier")
            key = (lot if equals and not Path(item).exists() else None, envelope)
            chosen.setdefault(key, []).append(path.resolve())
    if not chosen:
        raise DepositRefused("vide", "aucun document : donnez au moins --offre FICHIER")
    return chosen


def look(chosen, formats):
    """Refuse documents that nobody could open; nobody could tell once they are sealed."""
    for paths in chosen.values():
        for path in paths:
            found = checks.problem(path, formats)
            if found:
                code, message = found
                raise DepositRefused(code, f"{message} ; --sans-controle le dépose tel quel")


def check_keys(parameters, expected, journal=None):
    """Refuse keys whose fingerprint was not announced, that the journal does not show, and announced ones not there."""
    for item in parameters["destinataires"]:
        if sealing.fingerprint(item["recipient"]) != item["fingerprint"]:
            raise DepositRefused(
                "cle", "une clé de la consultation n’a pas l’empreinte annoncée : ne déposez pas, alertez"
            )
    verifier = Verifier.from_text(parameters["journal"])
    if journal is not None and verifier.text != Verifier.from_text(journal).text:
        raise DepositRefused("cle", f"la plateforme montre le journal {verifier.text}, attendu {journal} : alertez")
    for item in parameters["destinataires"]:
        try:
            verify_listed(item["recipient"], item["fingerprint"], item.get("inscription"), verifier)
        except LedgerError as error:
            raise DepositRefused(
                "cle", f"la clé « {item['role']} » n’est pas prouvée au journal ({error}) : ne déposez pas, alertez"
            ) from error
    known = {item["fingerprint"] for item in parameters["destinataires"]}
    if expected and known != set(expected):
        raise DepositRefused(
            "cle", "les clés de la consultation ne sont pas celles que vous attendez : ne déposez pas, alertez"
        )


def check_lots(parameters, asked, replaced):
    """Refuse more lots than a company may bid for here, its other deposits that stand counted; before anything is sealed."""
    limit = parameters.get("lots_max")
    standing = {
        lot for deposit, lots in parameters.get("lots_deposes", {}).items() if deposit != replaced for lot in lots
    }
    every = sorted(asked | standing)
    if limit is not None and len(every) > limit:
        raise DepositRefused(
            "lots", f"{len(every)} lots ({', '.join(every)}), {limit} au plus par entreprise : retirez-en ou remplacez"
        )


def fingerprint_of(paths):
    """Return what tells one choice of files from another: names, sizes and SHA-256."""
    found = []
    for path in paths:
        digest = sha256()
        with path.open("rb") as stream:
            while data := stream.read(1024 * 1024):
                digest.update(data)
        found.append([path.name, path.stat().st_size, digest.hexdigest()])
    return found


def prepare(folder, parameters, chosen, replaced):
    """Seal what is chosen into ``folder``, or take up the same deposit begun there before; return its state."""
    known = {(item["lot"], item["enveloppe"]) for item in parameters["enveloppes"]}
    for lot, envelope in chosen:
        if (lot, envelope) not in known:
            raise DepositRefused(
                "enveloppe", f"enveloppe « {envelope} », lot {lot or 'unique'} : non demandée par la consultation"
            )
    check_lots(parameters, {lot for lot, _envelope in chosen if lot}, replaced)
    total = sum(path.stat().st_size for paths in chosen.values() for path in paths)
    if total > parameters["taille_max"]:
        raise DepositRefused(
            "taille", f"{total} octets de documents, {parameters['taille_max']} permis : allégez votre dépôt"
        )
    content = [[lot, envelope, fingerprint_of(paths)] for (lot, envelope), paths in chosen.items()]
    wanted = {name: parameters[name] for name in ("consultation", "version_dce", "echeance", "deposant")}
    wanted["contenu"] = content
    wanted["remplace"] = replaced
    path = folder / STATE
    if path.exists():
        state = json.loads(path.read_text("utf-8"))
        if state["pour"] == wanted:
            return state
        raise DepositRefused("dossier", f"« {folder} » contient un autre dépôt : choisissez un autre --dossier")
    deposit = uuid.uuid4().hex
    plis = []
    for (lot, envelope), paths in chosen.items():
        context = {
            "v": 1,
            "profil": "megalis",
            **{name: parameters[name] for name in ("acheteur", "consultation", "version_dce", "deposant", "echeance")},
            "lot": lot,
            "enveloppe": envelope,
            "depot": deposit,
            "recipients": [item["fingerprint"] for item in parameters["destinataires"]],
        }
        pli = uuid.uuid4().hex
        out = folder / f"{pli}.age"
        sealed = sealing.seal(paths, [item["recipient"] for item in parameters["destinataires"]], context, out)
        with out.open("rb") as stream:
            digests, size = sealing.hash_parts(stream)
        plis.append(
            {
                "pli": pli,
                "contexte": context,
                "taille": size,
                "racine": sealing.parts_root(digests).hex(),
                "sel": sealed.salt.hex(),
                "documents": [{"pli": pli, **line} for line in sealed.commitments()],
            }
        )
        print(f"scellé : {envelope}, lot {lot or 'unique'}, {size} octets")
    state = {"pour": wanted, "depot": deposit, "plis": plis}
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(state, ensure_ascii=False), "utf-8")
    draft.rename(path)
    return state


def send(platform, folder, state):
    """Send the parts that are missing, then finish; return the platform's answer."""
    deposit = state["depot"]
    progress = platform.ask("GET", "depot-etat", query=f"?depot={deposit}")
    tails = {}
    room = sealing.PART_SIZE
    for pli in state["plis"]:
        received = progress["plis"].get(pli["pli"], {}).get("recu", 0)
        with (folder / f"{pli['pli']}.age").open("rb") as stream:
            while progress["etat"] != "recu" and received < pli["taille"]:
                stream.seek(received)
                data = stream.read(sealing.PART_SIZE)
                if received + len(data) == pli["taille"] and len(data) <= room:
                    tails[pli["pli"]] = data
                    room -= len(data)
                    break
                received = _put(platform, deposit, pli, received, data)
                print(f"envoyé : {received} octets sur {pli['taille']}")
    demand = {
        "depot": deposit,
        "remplace": state["pour"]["remplace"],
        "plis": [{name: pli[name] for name in ("pli", "contexte", "taille", "racine")} for pli in state["plis"]],
        "documents": [line for pli in state["plis"] for line in pli["documents"]],
    }
    body, kind = multipart(demand, tails)
    return platform.ask("POST", "depot-finaliser", body, {"Content-Type": kind})


def _put(platform, deposit, pli, offset, data):
    digest = b64encode(sha256(data).digest()).decode()
    headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/octet-stream"}
    query = f"?depot={deposit}&pli={quote(pli['pli'])}&offset={offset}"
    status, answer = platform.call("PUT", "depot-partie", data, headers, query)
    if isinstance(answer, dict) and (status == 200 or (status == 409 and "recu" in answer)):
        return answer["recu"]
    answer = answer or {}
    raise DepositRefused(answer.get("code", f"http-{status}"), answer.get("message", f"réponse {status} inattendue"))


def multipart(demand, tails):
    """Return ``(body, content type)`` of the finishing request."""
    boundary = f"megalis-{secrets.token_hex(16)}"
    chunks = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="demande"\r\n\r\n'.encode(),
        json.dumps(demand, ensure_ascii=False).encode(),
        b"\r\n",
    ]
    for pli, data in tails.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="fin-{pli}"; filename="{pli}.age"\r\n'
        chunks += [f"{head}Content-Type: application/octet-stream\r\n\r\n".encode(), data, b"\r\n"]
    chunks.append(f"--{boundary}--\r\n".encode())
    return b"".join(chunks), f"multipart/form-data; boundary={boundary}"
