"""What a software takes: the three registers by cursor, then the results and the notification.

The cursor is a place in the journal: leaves get theirs when they are merged, in one order for all, so that a fact whose
transaction ends late comes later and is never passed over.
"""

from itertools import zip_longest
from megalis.portal.consultations import api
from megalis.portal.consultations import reached
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.meeting import INotificationDates
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import documents
from megalis.portal.deposits import dossier
from megalis.portal.deposits.grouping import rules as grouping
from megalis.portal.formats import jcs
from megalis.portal.formats import operators
from megalis.portal.formats.interchange import model
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from zope.component import queryAdapter
from zope.component.hooks import getSite


TYPES = {"retraits": ("retrait",), "questions": ("question", "reponse"), "depots": ("depot", "retrait-pli")}
MOST = 1_000
USUAL = 200
NOBODY = {"name": "", "siret": "", "amount": None, "members": (), "form": ""}
NOTIFIED = (phase.NOTIFIEE, phase.ARCHIVEE)
DECIDED = (phase.DECIDEE, *NOTIFIED)


def cursor_of(text):
    """Return the place a cursor says; Refused ``echange.curseur``."""
    text = "0" if text in (None, "") else text
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refused(
            "echange.curseur", f"« {str(text)[:40]} » n’est pas un curseur : reprenez celui de la dernière réponse."
        )
    return int(text)


def limit_of(text):
    """Return how many rows are asked for, from 1 to MOST; Refused ``echange.limite``."""
    if text in (None, ""):
        return USUAL
    if not (
        isinstance(text, str) and text.isascii() and text.isdigit() and 0 < len(text) <= 5 and 0 < int(text) <= MOST
    ):
        raise Refused("echange.limite", f"« {str(text)[:20]} » n’est pas une limite : de 1 à {MOST}.")
    return int(text)


def register(consultation, external, kind, cursor=0, limit=USUAL):
    """Return the ``model.Register`` of what followed ``cursor``; Refused ``echange.registre``.

    Deposits are told once bidders may be named: until then the register is empty and its cursor stays where it was.
    """
    if kind not in TYPES:
        raise Refused("echange.registre", f"« {kind[:40]} » n’est pas un registre : {', '.join(TYPES)}.")
    state = api.state(consultation)
    if kind == "depots" and not dossier.may_name(consultation):
        return model.Register(kind, external, consultation.reference, (), str(cursor), False, state)
    site = getSite()
    placed = ((journal.place(site, key), data) for key, _type, data, _salt in journal.raw(consultation, *TYPES[kind]))
    found = sorted((place, data) for place, data in placed if place is not None and place >= cursor)
    taken = found[:limit]
    make = _Rows(consultation)
    rows = tuple(getattr(make, kind)(jcs.loads(data)) for _place, data in taken)
    after = taken[-1][0] + 1 if taken else cursor
    return model.Register(kind, external, consultation.reference, rows, str(after), len(found) > limit, state)


class _Rows:
    """Makes the rows of the registers of one consultation."""

    def __init__(self, consultation):
        self._people = {item.id: item for item in withdrawals.followers(consultation)}

    def retraits(self, event):
        item = self._people.get(event.get("suivi", ""))
        return {
            "instant": event["instant"],
            "mode": event["mode"],
            "entreprise": event.get("entreprise", ""),
            "siret": item.siret if item else "",
            "courriel": item.email if item else "",
            "portee": event["portee"],
            "lots": [event["lot"]] if event.get("lot") else list(event.get("lots", ())),
            "version": event["version"],
            "pieces": event["pieces"],
        }

    def questions(self, event):
        answer = event["type"] == "reponse"
        return {
            "instant": event["instant"],
            "genre": event["type"],
            "question": event.get("question", ""),
            "entreprise": "" if answer else event.get("entreprise", ""),
            "siret": "" if answer else event.get("siret", ""),
            "courriel": "",
            "lots": [event["lot"]] if event.get("lot") else [],
            "texte": event.get("texte", ""),
            "portee": event.get("portee", ""),
            "version": event.get("version", 1),
        }

    def depots(self, event):
        if event["type"] == "retrait-pli":
            return {"instant": event["instant"], "genre": "retrait", "depot": event["depot"]}
        return {
            "instant": event["recu"],
            "genre": "depot",
            "depot": event["depot"],
            "numero": event["numero"],
            "entreprise": event["deposant"]["nom"],
            "siret": event["deposant"]["siret"],
            "lots": list(dict.fromkeys(row["lot"] for row in event["plis"] if row["lot"])),
            "enveloppes": [documents.envelope_title(row) for row in event["plis"]],
            "octets": sum(row["taille"] for row in event["plis"]),
            "hors_delai": event["hors_delai"],
            **({"remplace": event["remplace"]} if event.get("remplace") else {}),
        }


def results(consultation, external):
    """Return the ``model.Register`` of the decisions by lot, one row a holder where there are several; empty until they are taken."""
    state = api.state(consultation)
    rows, notified = [], ""
    if state in DECIDED:
        titles = {lot.number: lot.title for lot in api.lots(consultation)}
        dates = queryAdapter(consultation, INotificationDates)
        for number, kept in sorted(api.decisions(consultation).items()):
            holders = decisions.holders_of(kept)
            told = dates.of(number) if dates is not None and holders and state in NOTIFIED else ()
            for holder, date in zip_longest(holders or [NOBODY], told):
                rows.append(
                    {
                        "lot": number,
                        "intitule": titles.get(number, consultation.title),
                        "decision": kept["decision"],
                        "entreprise": holder["name"],
                        "siret": operators.known(holder["siret"]),
                        "montant": holder["amount"],
                        "motif": kept["reason"],
                        "instant": clock.rfc3339(kept["at"]) if kept.get("at") else "",
                        "groupement": _group(holder),
                        "membres": [operators.known(number) for _name, number in holder["members"] if number],
                        "notification": clock.rfc3339(date) if date else "",
                    }
                )
        instant = reached.of(consultation).get(phase.NOTIFIEE)
        notified = clock.rfc3339(instant) if instant else ""
    return model.Register("resultats", external, consultation.reference, tuple(rows), "", False, state, notified)


def _group(holder):
    """Return the group a holder leads in words, "" when it is alone."""
    names = [name for name, _number in holder["members"]]
    if not names:
        return ""
    return grouping.said(holder["form"], holder["name"], names)


def summary(consultation, record):
    """Return what a list of consultations says of one."""
    return {
        "reference_externe": record.external,
        "reference": consultation.reference,
        "objet": consultation.title,
        "etat": api.state(consultation),
        "recue": clock.rfc3339(record.received),
        "adresse": consultation.absolute_url(),
        "pieces_attendues": sorted(set(record.pieces) - {piece.filename for piece in api.lines(consultation)}),
    }
