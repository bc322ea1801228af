"""A time-stamp authority made with `openssl ts`, on this machine and without network."""

from pathlib import Path

import subprocess


CONFIG = """
[req]
distinguished_name=dn
[dn]
[ca_ext]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[tsa_ext]
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
[tsa]
default_tsa=t
[t]
serial={folder}/serial
crypto_device=builtin
signer_cert={folder}/tsa.pem
{chain}
signer_key={folder}/tsa.key
signer_digest=sha256
default_policy=1.2.3.4.1
other_policies=1.2.3.4.2
digests={digests}
accuracy=secs:1
ess_cert_id_alg=sha256
"""


class Authority:
    """A test TSA in a folder; calling it with a DER request returns the DER reply."""

    def __init__(self, folder, chain=True, digests="sha256,sha512", curve=False):
        self.folder = Path(folder)
        self.config = self.folder / "tsa.cnf"
        line = f"certs={folder}/ca.pem" if chain else ""
        self.config.write_text(CONFIG.format(folder=folder, chain=line, digests=digests))
        (self.folder / "serial").write_text("01\n")
        kind = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if curve else ["rsa:2048"]
        self.openssl("req", "-x509", "-newkey", *kind, "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                     "-subj", "/CN=AC de test", "-days", "30", "-config", "tsa.cnf", "-extensions", "ca_ext")  # fmt: skip
        self.openssl("req", "-newkey", *kind, "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr",
                     "-subj", "/CN=Horodatage de test", "-config", "tsa.cnf")  # fmt: skip
        self.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-out", "tsa.pem", "-days", "30", "-extfile", "tsa.cnf", "-extensions", "tsa_ext")  # fmt: skip
        self.roots = (self.folder / "ca.pem").read_bytes()

    def openssl(self, *args):
        return subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True).stdout

    def __call__(self, request):
        (self.folder / "q.tsq").write_bytes(request)
        self.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
        return (self.folder / "r.tsr").read_bytes()
