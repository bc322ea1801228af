"""The events of the journal in words: a label, and one line that says what each adds to it. Pure functions."""

from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import documents
from megalis.portal.deposits import opening
from megalis.portal.deposits import rules
from megalis.portal.deposits.paper import documents as paper
from megalis.portal.theme import words


EVENT_LABELS = {
    "publication": "Publication",
    "rectification": "Rectification",
    "transition": "Changement d’étape",
    "consultation": "Préparation",
    "retrait": "Retrait du DCE",
    "question": "Question",
    "reponse": "Réponse",
    "message": "Message aux entreprises",
    "mise-a-disposition": "Message mis à disposition",
    "lecture-message": "Première lecture d’un message",
    "reponse-message": "Réponse à un message",
    "relance": "Rappel",
    "depot": "Dépôt d’un pli",
    "retrait-pli": "Retrait d’un pli",
    "refus": "Refus",
    "cloture": "Clôture",
    "ouverture": "Ouverture",
    "lecture": "Pli remis au porteur",
    "lecture-fichier": "Document d’un pli ouvert lu",
    "verdict": "Constat sur un pli",
    "versement": "Fichiers versés au dossier",
    "classement": "Classement du jury",
    "selection": "Candidature examinée",
    "invitation": "Invitation",
    "dossier": "Archive de la consultation",
    "interface": "Échange avec un logiciel",
    "relais": "Plis donnés à une autre clé",
    "signatures": "Vérification des signatures demandée",
    "antivirus": "Analyse antivirus demandée",
    "cles-changees": "Clés des plis à venir changées",
    "incident-cle": "Incident sur une clé",
    "papier": "Reçu sur papier",
    "envoi-postal": "Envoi par voie postale",
    "cotraitance": "Bourse à la cotraitance",
    "analyse": "Analyse des offres",
    "sans-pli": "Absence de pli constatée",
    "pli-tardif": "Pli hors délai : décision",
    "justificatif": "Justificatifs des administrations",
    "commission": "Procès-verbal d’une commission",
    "piece-signee": "Document signé versé",
    "notification": "Marché notifié",
    "remise-marche": "Remise du marché constatée",
    "avis": "Avis de publicité",
    "gel": "Gel des documents",
    "elimination": "Élimination de documents",
}
AWARD = (
    "analyse",
    "sans-pli",
    "pli-tardif",
    "justificatif",
    "commission",
    "piece-signee",
    "notification",
    "remise-marche",
)


FACTS = {"methode": "méthode", "ajout": "offre ajoutée", "proces-verbal": "procès-verbal établi"}


def without_names(event):
    """Return the event as agents may read it while bidders are not named."""
    if event["type"] == "depot":
        return {key: event[key] for key in ("type", "instant", "hors_delai")}
    unnamed = {"refus": "siret", "papier": "deposant"}.get(event["type"])
    return {key: value for key, value in event.items() if key != unnamed}


def award_detail(event):
    """Return the line of what was done between the opening and the notification: lot, fact, whom it concerns, by whom."""
    lot = event.get("lot")
    holders = ", ".join(row["nom"] for row in event.get("titulaires", ()))
    pieces = ", ".join(row["nom"] for row in event.get("pieces", ()))
    about = event.get("entreprise") or event.get("titulaire") or event.get("detail") or holders
    fact = FACTS.get(event.get("fait", ""), event.get("fait", ""))
    found = (f"lot {lot}" if lot else "", fact, about, pieces, event.get("par", ""))
    return ", ".join(text for text in found if text)


def kept_detail(event):
    """Return the line of a freeze, or of what was eliminated."""
    if event["type"] == "gel":
        return ", ".join(filter(None, ("gel" if event["gel"] else "levée du gel", event.get("motif", ""))))
    return f"{words.plural(event['fichiers'], 'fichier')}, bordereau {event['bordereau']}"


LETTERS = {"lettre": "lettre à poster", "poste": "lettre postée"}


def guest_detail(event):
    """Return the same of an invitation, or of the verdict on a candidature."""
    if event["type"] == "invitation":
        fact = LETTERS.get(event["fait"], event["fait"])
        return ", ".join(text for text in (fact, event["invite"]["nom"], event.get("suivi", "")) if text)
    verdict = "retenue" if event["retenu"] else "non retenue"
    return ", ".join(
        text for text in (event["candidat"]["nom"], event["lot"] and f"lot {event['lot']}", verdict) if text
    )


def detail_of_exchange(event):
    """Return the line of a question, an answer, a message or a reading."""
    kind = event["type"]
    if kind == "reponse":
        return "à tous" if event["portee"] == "tous" else "au demandeur"
    if kind in ("message", "mise-a-disposition", "relance"):
        count = len(event["remises"]) if "remises" in event else event["destinataires"]
        told = f"{count} destinataire{'s' if count > 1 else ''}"
        return f"{event['objet']}, {told}" if "objet" in event else told
    return event.get("entreprise", "")


def detail_of_fact(event):
    """Return the same of an archive of the whole, or of what a program sent or took."""
    return ", ".join(event[key] for key in ("fait", "detail", "par") if event.get(key))


def detail_of_key(event):
    """Return the line of what happened to the keys."""
    kind = event["type"]
    if kind == "relais":
        return f"{words.plural(len(event['plis']), 'pli')}, par {event['agent']}, à la clé {event['pour'][:16]}"
    if kind == "cles-changees":
        return ", ".join(print_[:16] for print_ in event["cles"]) or "aucune clé"
    if kind in ("signatures", "antivirus"):
        return f"{words.plural(event['documents'], 'document')}, par {event['agent']}"
    lost = f", {words.plural(event['plis_perdus'], 'pli perdu', 'plis perdus')}" if event["plis_perdus"] else ""
    return f"clé {event['empreinte'][:16]}{lost}"


EXCHANGES = (
    "question", "reponse", "message", "mise-a-disposition", "lecture-message", "reponse-message", "relance",
)  # fmt: skip
ELSEWHERE = {
    **dict.fromkeys(EXCHANGES, detail_of_exchange),
    **dict.fromkeys(("invitation", "selection"), guest_detail),
    **dict.fromkeys(AWARD, award_detail),
    **dict.fromkeys(("gel", "elimination"), kept_detail),
    "avis": lambda event: ", ".join(
        filter(None, (event["genre"], event["support"], event["fait"], event.get("par", "")))
    ),
    **dict.fromkeys(("dossier", "interface"), detail_of_fact),
    **dict.fromkeys(("relais", "cles-changees", "incident-cle", "signatures", "antivirus"), detail_of_key),
    "papier": paper.detail,
    "envoi-postal": lambda event: ", ".join((event["fait"], event["titre"], event["par"])),
}


def detail(event):
    """Return one line that says what the event adds to its label."""
    kind = event["type"]
    if kind in ELSEWHERE:
        return ELSEWHERE[kind](event)
    if kind == "depot" and "deposant" in event:
        late = ", hors délai" if event["hors_delai"] else ""
        return f"{event['numero']}, {event['deposant']['nom']}{late}"
    if kind in ("publication", "rectification"):
        return f"version {event.get('version', '')} du dossier, date limite {documents.instant(event['echeance'])}"
    if kind == "transition":
        step = phase.LABELS.get(event.get("etape"), event.get("etape", ""))
        return ", ".join(text for text in (step, event.get("motif", "")) if text)
    if kind in ("cloture", "ouverture"):
        label = rules.ENVELOPE_LABELS.get(event.get("enveloppe"), "")
        count = event["depots"]
        return f"{label} {count} dépôt{'s' if count > 1 else ''}, racine {event['racine'][:16]}…".strip()
    if kind == "verdict":
        return f"{opening.VERDICTS[event['verdict']]}, {documents.envelope_title(event)}"
    if kind == "retrait-pli":
        return rules.registration_label(event["depot"])
    if kind == "lecture-fichier":
        return f"{event['nom']}, par {event['agent']}"
    if kind == "lecture":
        return f"par {event['agent']}"
    if kind == "refus":
        who = event.get("agent") or event.get("siret", "")
        act = EVENT_LABELS.get(event["acte"], event["acte"])
        return ", ".join(text for text in (act, who, f"code {event['code']}") if text)
    if kind == "classement":
        return f"{len(event['projets'])} projets, jury de {len(event['jury'])} membres, enregistré par {event['agent']}"
    return ""
