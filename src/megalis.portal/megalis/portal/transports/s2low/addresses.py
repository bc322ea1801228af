"""The addresses of the interface: what each is for, how it is asked, in which form it answers, and the right it takes.

Source: the open code of S²LOW and of Pastell, its main client.
"""

from dataclasses import dataclass


GET, POST, ANY = ("GET",), ("POST",), ("GET", "POST")
TEXT, XML, JSON, FILE = "text", "xml", "json", "file"
READ, PREPARE, TRANSMIT, NOBODY = "lire", "preparer", "transmettre", ""  # NOBODY: asked before anybody is known
ACTES, HELIOS, ACCOUNT = "actes", "helios", "compte"


@dataclass(frozen=True, slots=True)
class Address:
    """One address. ``form``: how it answers, refusals included; ``FILE`` answers a file, and its refusals as text."""

    path: str
    command: str
    module: str
    methods: tuple[str, ...]
    form: str
    right: str

    @property
    def content_type(self):
        """The content type of its answers that are no files."""
        kinds = {XML: "text/xml; charset=ISO-8859-1", JSON: "application/json"}
        return kinds.get(self.form, "text/plain; charset=ISO-8859-1")


_A = "/modules/actes/"
_H = "/modules/helios/"

ADDRESSES = {
    item.path: item
    for item in (
        Address("/api/test-connexion.php", "test", ACCOUNT, GET, TEXT, READ),
        Address("/api/get-nounce.php", "nonce", ACCOUNT, ANY, JSON, READ),
        Address("/admin/users/api-list-login.php", "logins", ACCOUNT, GET, TEXT, NOBODY),
        Address(f"{_A}actes_transac_create.php", "create", ACTES, POST, TEXT, PREPARE),
        Address(f"{_A}actes_transac_get_status.php", "status", ACTES, GET, TEXT, READ),
        Address(f"{_A}actes_transac_get_ARActe.php", "acknowledgement", ACTES, GET, FILE, READ),
        Address(f"{_A}actes_create_pdf.php", "slip", ACTES, GET, FILE, READ),
        Address(f"{_A}actes_download_file.php", "download", ACTES, GET, FILE, READ),
        Address(f"{_A}actes_transac_get_files_list.php", "files", ACTES, GET, JSON, READ),
        Address(f"{_A}actes_transac_get_document.php", "letters", ACTES, GET, FILE, READ),
        Address(f"{_A}actes_transac_cancel.php", "cancel", ACTES, POST, TEXT, TRANSMIT),
        Address(f"{_A}actes_transac_post_confirm_api.php", "confirm", ACTES, GET, TEXT, NOBODY),
        Address(f"{_A}actes_transac_post_confirm_api_multi.php", "confirm_many", ACTES, GET, TEXT, NOBODY),
        Address(f"{_A}actes_transac_reponse_create.php", "answer", ACTES, POST, TEXT, PREPARE),
        Address(f"{_A}actes_classification_fetch.php", "classification", ACTES, GET, FILE, PREPARE),
        Address(f"{_A}actes_classification_request.php", "ask_classification", ACTES, ANY, TEXT, TRANSMIT),
        Address(f"{_A}api/list_document_prefecture.php", "unread", ACTES, GET, JSON, READ),
        Address(f"{_A}api/document_prefecture_mark_as_read.php", "mark_read", ACTES, GET, JSON, READ),
        Address(f"{_A}api/list_actes.php", "list_acts", ACTES, GET, JSON, READ),
        Address(f"{_A}api/number_actes.php", "count_acts", ACTES, GET, JSON, READ),
        Address(f"{_A}api/actes_status.php", "states", ACTES, GET, JSON, READ),
        Address(f"{_A}api/nb_actes_by_authorities_and_date.php", "monthly", ACTES, GET, JSON, READ),
        Address(f"{_H}api/helios_importer_fichier.php", "import_flow", HELIOS, POST, XML, PREPARE),
        Address(f"{_H}api/helios_transac_get_status.php", "flow_status", HELIOS, ANY, XML, READ),
        Address(f"{_H}helios_download_acquit.php", "flow_acknowledgement", HELIOS, GET, FILE, READ),
        Address(f"{_H}api/helios_get_list.php", "returns", HELIOS, ANY, XML, READ),
        Address(f"{_H}api/helios_get_retour.php", "return_file", HELIOS, ANY, XML, READ),
        Address(f"{_H}api/helios_change_status.php", "return_read", HELIOS, ANY, XML, READ),
    )
}


def find(path):
    """Return the ``Address`` of a path, or None; doubled slashes, which some clients write, count for one."""
    while "//" in path:
        path = path.replace("//", "/")
    return ADDRESSES.get(path)
