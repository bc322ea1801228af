"""The public page as JSON: what it says, for programs."""

from Acquisition import aq_base
from megalis.portal.consultations import api
from megalis.portal.consultations import ranking
from megalis.portal.consultations import vocabularies
from megalis.portal.consultations.public.browser import Facts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import JSONView


class Data(Facts, JSONView):
    """``@@donnees.json``: the page for programs."""

    def reply(self):
        item = self.context
        self.request.response.setHeader("Access-Control-Allow-Origin", "*")
        instant = lambda value: clock.rfc3339(value) if value else None  # noqa: E731
        return {
            "uuid": api.uuid(item),
            "url": self.url,
            "reference": item.reference,
            "objet": item.title,
            "description": item.description or "",
            "etat": self.phase,
            "heure": clock.rfc3339(self.now),
            "acheteur": {
                "nom": getattr(self.buyer, "title", ""),
                "siret": getattr(aq_base(self.buyer), "siret", None),
                "url": self.buyer.absolute_url() if self.buyer is not None else None,
            },
            "procedure": {"code": item.procedure, "libelle": PROCEDURES.get(item.procedure, item.procedure)},
            "nature": item.nature,
            "cpv": [code for code in (item.cpv, *(item.cpv_additional or ())) if code],
            "lieux": list(item.places or ()),
            "duree": item.duration or "",
            "criteres": [_criterion(row) for row in item.criteria or ()],
            "conditions": item.conditions or "",
            "variantes": item.variants,
            "accord_cadre": item.framework or None,
            "montant_minimum": item.framework_minimum,
            "montant_maximum": item.framework_maximum,
            "titulaires_max": item.framework_holders,
            "duree_mois": item.months,
            "categories": list(item.categories or ()),
            "tranches": list(item.tranches or ()),
            "reconductions": item.renewals,
            "lots_par_candidat": item.max_lots_bid,
            "lots_par_titulaire": item.max_lots_won,
            "anonyme": ranking.is_anonymous(item),
            "jury": list(item.jury or ()),
            "primes": list(item.prizes or ()),
            "publiee": instant(item.published_at),
            "questions_jusqu_au": instant(item.questions_deadline),
            "echeance": instant(item.deadline),
            "ouverture_prevue": instant(item.planned_opening),
            "enveloppes": list(item.envelopes or ()),
            "formats": list(vocabularies.accepted(item.accepted_formats)),
            "taille_max": item.max_deposit_bytes,
            "annulation": item.cancelled_reason or None,
            "attribution": self._decided(""),
            "lots": [
                {
                    "numero": lot.number,
                    "titre": lot.title,
                    "description": lot.description or "",
                    "cpv": [code for code in (lot.cpv, *(lot.cpv_additional or ())) if code],
                    "criteres": [_criterion(row) for row in lot.criteria or ()],
                    "groupe": lot.group or None,
                    "variantes": lot.variants or item.variants,
                    "tranches": list(lot.tranches or ()),
                    "reconductions": lot.renewals,
                    "attribution": self._decided(lot.number),
                }
                for lot in self.lots
            ],
            "dce": {
                "version": item.version,
                "empreinte": api.dce_version(item),
                "url": f"{self.url}/@@dce.zip",
                "pieces": [
                    {
                        "nom": piece.filename,
                        "titre": piece.title,
                        "nature": piece.kind,
                        "lots": list(piece.lots or ()),
                        "taille": piece.size,
                        "sha256": piece.sha256,
                        "url": f"{self.url}/@@dce-piece/{piece.id}",
                    }
                    for piece in self.pieces
                ],
            },
            "versions": [
                {
                    "version": entry["version"],
                    "date": clock.rfc3339(entry["at"]),
                    "motif": entry["reason"],
                    "echeance": instant(entry["deadline"]),
                    "empreinte_dce": entry["dce"],
                    "changements": entry["changes"],
                }
                for entry in self.history
            ],
        }

    def _decided(self, lot):
        found = self.decision(lot)
        if found is None:
            return None
        return {"decision": found["code"], "titulaire": found["winner"] or None, "montant": _amount(found["amount"])}


def _amount(value):
    return value if value is None or isinstance(value, int) else float(value)


def _criterion(row):
    return {"nom": row["name"], "points": str(row["weight"]) if row.get("weight") is not None else None}
