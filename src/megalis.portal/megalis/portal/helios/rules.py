"""What may be said of a flow without a site: what stops it from leaving, how it is shown; pure."""

from collections import Counter
from datetime import timedelta
from megalis.portal.formats.pes import labels
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.transports import helios
from megalis.portal.transports.outcomes import Refusal

import re


LARGEST = helios.MAX_FLOW
AT_ONCE = 4 * 1024 * 1024  # bytes up to which a flow is checked while its depositor waits
MOST = 999  # flows of a SIRET a day: its name has three digits for the rank
PATIENCE = timedelta(hours=48)

BADGES = {
    states.A_CONTROLER: "run", states.DEPOSE: "draft", states.ABANDONNE: "closed", states.A_TRANSMETTRE: "run",
    states.EN_ENVOI: "run", states.ENVOI_INCERTAIN: "bad", states.ENVOI_REFUSE: "bad", states.TRANSMIS: "run",
    states.SANS_REPONSE: "soon", states.RECU: "ok", states.ACQUITTE: "ok", states.MIXTE: "soon", states.REFUSE: "bad",
}  # fmt: skip
GROUPS = (
    ("a-envoyer", "À envoyer", (states.A_CONTROLER, states.DEPOSE)),
    ("en-cours", "En cours", (states.A_TRANSMETTRE, states.EN_ENVOI, states.TRANSMIS)),
    ("a-reprendre", "À reprendre", (states.ENVOI_INCERTAIN, states.ENVOI_REFUSE, states.SANS_REPONSE)),
    ("en-partie", "Acceptés en partie ou refusés", (states.MIXTE, states.REFUSE)),
    ("acceptes", "Acceptés", (states.RECU, states.ACQUITTE)),
    ("abandonnes", "Abandonnés", (states.ABANDONNE,)),
)


def state_label(name):
    """Return the French name of a state."""
    return states.ETATS[name].libelle


def badge(name):
    """Return the kind of badge of a state."""
    return BADGES[name]


def sent_name(siret, day, rank):
    """Return the name a flow travels under: SIRET, day, rank of the day; Refused ``pes.rang`` beyond 999."""
    if rank > MOST:
        raise Refused(
            "pes.rang",
            f"{MOST} flux sont déjà partis aujourd’hui pour le SIRET {siret} : celui-ci partira demain.",
            rank,
        )
    return f"PESALR2_{siret}_{day:%y%m%d}_{rank:03d}.xml"


def too_large(name, size):
    """Refuse (``pes.taille``) a flow that the gateway would not take."""
    if size > LARGEST:
        raise Refused(
            "pes.taille",
            f"« {name} » pèse {size / 1048576:.0f} Mo : {LARGEST // 1048576} Mo au plus. Répartissez les bordereaux ou les "
            "pièces jointes en plusieurs flux.",
            size,
        )


def header_findings(entete, destination):
    """Return the Findings of what the gateway is told beside the file."""
    if not destination:
        message = "Le serveur de votre comptable n’est pas connu : un administrateur l’inscrit sur la page « Réglages des flux »."
        return [Finding("pes.reglages", message)]
    try:
        helios.parameters(destination, entete)
    except Refusal as refusal:
        return [Finding("pes.entete", refusal.message)]
    return []


def siret_warning(siret):
    """Return the Finding of a flow made for another SIRET than those of its collectivité."""
    message = (
        f"Le flux est au nom du SIRET {siret[:14] or '(absent)'}, qui n’est ni de la collectivité ni dans ses réglages : "
        "vérifiez que c’est le bon fichier."
    )
    return Finding("pes.siret", message)


def first_refused(found):
    """Raise the first of Findings as a Refused that holds them all; nothing of none."""
    if found:
        refusal = Refused(found[0].code, " ".join(item.message for item in found))
        refusal.findings = tuple(found)
        raise refusal


def became(tetes_and_rows):
    """Return a Counter of what became of the pièces of a return; ``tetes_and_rows`` yields (domaine, EtatPce)."""
    return Counter(labels.retour(domaine, etat)[0] for domaine, etat in tetes_and_rows)


def plain(name, fallback="piece-jointe"):
    """Return the name of an attachment as a file may bear it: no folder, no control sign, an extension kept."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[\x00-\x1f\x7f"<>|:*?]+', "_", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    return f"{stem[:100] or fallback}{dot}{extension[:10]}" if name else fallback


# What a browser may show in its own window without running anything of it; the rest is downloaded.
_SHOWN = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def shown_as(head):
    """Return the content type of a file that is shown in place, by its first bytes; "" for one that is downloaded."""
    return next((kind for mark, kind in _SHOWN if head.startswith(mark)), "")
