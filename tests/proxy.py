"""nginx on this machine with the configuration of the cluster profile, and an authority that certifies agents."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.distributions.recipe import Template
from tests.instances import free_port
from tests.instances import ROOT
from unittest import SkipTest

import http.client
import os
import shutil
import ssl
import subprocess
import time


NGINX = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
SETTINGS = {"name": "localhost", "body": "167772160", "body-mo": "160"}
DAY = timedelta(days=1)
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/megalis.conf;
}}
"""


def name(words):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, words)])


class Authority:
    """One that certifies, itself certified by ``above`` or by nobody."""

    def __init__(self, words, above=None):
        self.name, self.key = name(words), ec.generate_private_key(ec.SECP256R1())
        self.revoked = []
        issuer = above or self
        self.certificate = self._signed(self.name, self.key.public_key(), 3650 * DAY, issuer, authority=True)
        self.above = above

    def _signed(self, subject, public, lasts, issuer, authority=False):
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * DAY)
            .not_valid_after(now + lasts)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(issuer.key, hashes.SHA256())
        )

    def certify(self, folder, words, days=365):
        """Return (file of certificate, chain and key; the certificate) of a person or a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(name(words), key.public_key(), days * DAY, self)
        path = folder / f"{made.serial_number:x}.pem"
        chain = [made, *([self.certificate] if self.above else [])]
        path.write_bytes(b"".join(map(pem, chain)) + private(key))
        return path, made

    def revocations(self, days=1):
        """Return its list of what it took back, in PEM."""
        now = datetime.now(UTC)
        built = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        built = built.last_update(now - 2 * DAY).next_update(now + days * DAY)
        for certificate in self.revoked:
            gone = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(now - DAY)
            built = built.add_revoked_certificate(gone.build())
        return pem(built.sign(self.key, hashes.SHA256()))


def pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM)


def private(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


class Nginx:
    """nginx before ``backend`` (host:port), asking agents for certificates as the operator's documentation says."""

    def __init__(self, folder, backend, trusted=(), revocations=b""):
        if NGINX is None:
            raise SkipTest("programme absent : nginx")
        self.folder, self.port = folder, free_port()
        self.root = Authority("Racine du serveur")
        server, _certificate = self.root.certify(folder, "localhost")
        keys = folder / "ssl"
        keys.mkdir()
        for place in ("fullchain.pem", "key.pem"):
            shutil.copy(server, keys / place)
        (keys / "agents.pem").write_bytes(b"".join(pem(one.certificate) for one in trusted))
        (keys / "agents-crl.pem").write_bytes(revocations)
        more = folder / "more"
        more.mkdir()
        if trusted:
            example = (ROOT / "instance/nginx-agents.conf.example").read_text("utf-8")
            (more / "agents.conf").write_text(self._here(example), "utf-8")
        parts = {"buildout": {"directory": str(ROOT)}, "settings": SETTINGS}
        parts |= {key: {"http-address": backend} for key in ("instance", "instance2")}
        options = {"input": "instance/nginx.conf.in", "output": str(folder / "megalis.conf")}
        written = self._here(Template(parts, "nginx", options).text)
        (folder / "megalis.conf").write_text(written, "utf-8")
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder), "utf-8")

    def _here(self, text):
        """Return a configuration with the places and ports of this test for those of a deployment."""
        text = text.replace("/etc/ssl/megalis", str(self.folder / "ssl")).replace(
            "/etc/nginx/megalis", str(self.folder / "more")
        )
        lines = [line for line in text.splitlines() if "listen [::]" not in line]
        text = "\n".join(lines).replace("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl")
        return text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")

    def __enter__(self):
        self.process = subprocess.Popen(
            [NGINX, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            try:
                self.ask("/_vivant")
                return self
            except OSError:
                assert self.process.poll() is None, self.process.stderr.read()
                assert time.monotonic() < deadline, (self.folder / "error.log").read_text()
                time.sleep(0.02)

    def __exit__(self, *_failure):
        self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()

    def ask(self, path, certificate=None, method="GET", body=None, headers=()):
        """Return (status, headers, text) of a request that shows a certificate, or none."""
        context = ssl.create_default_context(cadata=pem(self.root.certificate).decode())
        if certificate is not None:
            context.load_cert_chain(certificate)
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=context)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("latin-1")
        finally:
            connection.close()
