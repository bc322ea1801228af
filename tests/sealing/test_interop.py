"""Our files opened by other programs and theirs by us: Debian's age, pyrage, openssl and tar, age-encryption (npm)."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from megalis.portal import sealing
from megalis.portal.sealing import keys
from megalis.portal.sealing import stream
from megalis.portal.sealing.header import hkdf
from megalis.portal.sealing.header import parse_header
from pathlib import Path

import os
import pyrage
import pytest
import shutil
import subprocess


SIZES = [0, 1, 65535, 65536, 65537, 2 * 65536, 1_000_003]
NPM = Path(__file__).parents[2] / "frontend" / "node_modules" / "age-encryption"


def run(*command, data=None):
    return subprocess.run([os.fspath(word) for word in command], input=data, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def age():
    if not shutil.which("age"):
        pytest.skip("age (paquet Debian) absent")
    return "age"


@pytest.fixture(scope="module")
def node():
    if not shutil.which("node") or not NPM.exists():
        pytest.skip("node absent, or age-encryption absent from frontend/node_modules (npm ci)")

    def run_script(body, data, *words):
        script = (
            f"import * as age from '{(NPM / 'dist' / 'index.js').as_uri()}'; import {{ readFileSync }} from 'node:fs';"
            f"const words = process.argv.slice(1); const data = readFileSync(0); {body}; process.stdout.write(out);"
        )
        return run("node", "--input-type=module", "-e", script, *words, data=data)

    return run_script


@pytest.fixture(scope="module")
def pair():
    return keys.generate("x25519")


@pytest.fixture(scope="module")
def identity(pair):
    return keys.parse_identity(pair.identity)


@pytest.fixture(scope="module")
def rsa_files(tmp_path_factory):
    """An RSA-3072 key: (private PKCS#8 PEM path, SSH public line, identity)."""
    key = rsa.generate_private_key(65537, 3072)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("rsa") / "cle.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    (identity,) = keys.parse_identities(pem)
    return path, str(identity.recipient), identity


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("armored", [False, True])
def test_age_opens_ours(size, armored, age, pair, identity, ring, tmp_path, sealed_bytes):
    data = os.urandom(size)
    (tmp_path / "cle").write_text(pair.identity_file())
    recipients = [ring.identities[0].recipient, identity.recipient]
    sealed = sealed_bytes(data, recipients, ring.context().hash, armored)
    assert run(age, "-d", "-i", tmp_path / "cle", data=sealed) == data


@pytest.mark.parametrize("size", SIZES)
def test_we_open_those_of_age(size, age, pair, identity, rsa_files, opened_bytes):
    data = os.urandom(size)
    for options in ((), ("-a",)):
        sealed = run(age, *options, "-r", rsa_files[1], "-r", pair.recipient, data=data)
        assert opened_bytes(sealed, [identity]) == data
        assert opened_bytes(sealed, [rsa_files[2]]) == data


def test_age_opens_ours_with_the_rsa_key_of_a_certificate(age, rsa_files, ring, sealed_bytes):
    sealed = sealed_bytes(b"offre", [rsa_files[2].recipient], ring.context().hash)
    assert run(age, "-d", "-i", rsa_files[0], data=sealed) == b"offre"


def test_age_refuses_a_context_that_was_changed(age, pair, identity, ring, tmp_path, sealed_bytes):
    (tmp_path / "cle").write_text(pair.identity_file())
    sealed = sealed_bytes(b"offre", [identity.recipient], ring.context().hash)
    changed = sealed.replace(b"megalis.bzh/context", b"megalis.bzh/contexu")
    with pytest.raises(subprocess.CalledProcessError):
        run(age, "-d", "-i", tmp_path / "cle", data=changed)


def test_age_and_tar_open_a_pli(age, pair, ring, tmp_path):
    name = "Mémoire – « été ».pdf"
    (tmp_path / name).write_bytes(os.urandom(100_000))
    (tmp_path / "cle").write_text(pair.identity_file())
    sealing.seal([tmp_path / name], [ring.recipients[0], pair.recipient], None, tmp_path / "pli.age")
    (tmp_path / "out").mkdir()
    content = run(age, "-d", "-i", tmp_path / "cle", tmp_path / "pli.age")
    listed = subprocess.run(["tar", "-x", "-C", tmp_path / "out"], input=content, capture_output=True, check=True)
    assert listed.stderr == b""
    assert (tmp_path / "out" / "documents" / name).read_bytes() == (tmp_path / name).read_bytes()
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_both_ways(size, pair, identity, ring, sealed_bytes, opened_bytes):
    data = os.urandom(size)
    recipients = [ring.identities[0].recipient, identity.recipient]
    theirs = pyrage.x25519.Identity.from_str(pair.identity)
    assert bytes(pyrage.decrypt(sealed_bytes(data, recipients, ring.context().hash), [theirs])) == data
    assert opened_bytes(pyrage.encrypt(data, [theirs.to_public()]), [identity]) == data


def test_pyrage_and_passphrases():
    wrapped = sealing.wrap_identity("une clé\n", "cheval agrafe", work_factor=10)
    armored = pyrage.passphrase.decrypt(wrapped, "cheval agrafe")
    assert bytes(armored) == "une clé\n".encode()
    assert sealing.unwrap_identity(pyrage.passphrase.encrypt(b"texte", "cheval"), "cheval") == b"texte"


def test_openssl_opens_the_rsa_stanza(rsa_files, tmp_path, sealed_bytes):
    if not shutil.which("openssl"):
        pytest.skip("openssl absent")
    sealed = sealed_bytes(b"offre", [rsa_files[2].recipient])
    header = parse_header(sealed)
    (tmp_path / "corps").write_bytes(header.stanzas[0].body)
    options = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]
    options.append(f"rsa_oaep_label:{b'age-encryption.org/v1/ssh-rsa'.hex()}")
    pkeyopts = [word for option in options for word in ("-pkeyopt", option)]
    file_key = run("openssl", "pkeyutl", "-decrypt", "-inkey", rsa_files[0], "-in", tmp_path / "corps", *pkeyopts)
    header.verify(file_key)
    start = header.length + stream.NONCE_SIZE
    key = hkdf(file_key, sealed[header.length : start], b"payload")
    assert ChaCha20Poly1305(key).decrypt(bytes(11) + b"\1", sealed[start:], None) == b"offre"


@pytest.mark.parametrize("size", [0, 65536, 1_000_003])
def test_npm_opens_ours_by_the_hybrid_key(size, node, ring, sealed_bytes):
    data = os.urandom(size)
    body = "const d = new age.Decrypter(); d.addIdentity(words[0]); const out = await d.decrypt(data)"
    sealed = sealed_bytes(data, [identity.recipient for identity in ring.identities], ring.context().hash)
    for pair in ring.pairs:
        assert node(body, sealed, pair.identity) == data


@pytest.mark.parametrize("size", [0, 65536, 1_000_003])
def test_we_open_those_of_npm(size, node, ring, pair, identity, opened_bytes):
    data = os.urandom(size)
    body = "const e = new age.Encrypter(); for (const w of words) e.addRecipient(w); const out = await e.encrypt(data)"
    assert opened_bytes(node(body, data, ring.recipients[0], ring.recipients[1]), [ring.identities[1]]) == data
    assert opened_bytes(node(body, data, pair.recipient), [identity]) == data


def test_npm_opens_a_wrapped_key(node):
    wrapped = sealing.wrap_identity("une clé\n", "cheval agrafe", work_factor=10)
    body = (
        "const d = new age.Decrypter(); d.addPassphrase(words[0]);"
        "const out = await d.decrypt(age.armor.decode(data.toString()))"
    )
    assert node(body, wrapped, "cheval agrafe") == "une clé\n".encode()
