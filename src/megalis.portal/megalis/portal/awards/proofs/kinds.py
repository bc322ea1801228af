"""What may be asked of the administrations of a company, by the addresses of API Entreprise; pure values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A proof: its title, who keeps it, the path below the address of the service, with ``{siren}``."""

    key: str
    title: str
    keeper: str
    path: str


KINDS = {
    item.key: item
    for item in (
        Kind("fiscale", "Attestation fiscale", "DGFiP", "/v4/dgfip/unites_legales/{siren}/attestation_fiscale"),
        Kind("vigilance", "Attestation de vigilance", "Urssaf", "/v4/urssaf/unites_legales/{siren}/attestation_vigilance"),
        Kind("registre", "Extrait du registre du commerce", "Infogreffe", "/v3/infogreffe/rcs/unites_legales/{siren}/extrait_kbis"),
    )
}  # fmt: skip
