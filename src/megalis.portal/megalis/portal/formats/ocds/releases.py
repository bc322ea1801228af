"""The releases of a consultation: one a fact, in the order they happened, each telling what is new.

A fact that comes later adds a release and leaves the others, with their identifiers, as they were.
"""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats.ocds import rules
from megalis.portal.formats.ocds.merging import compact
from megalis.portal.formats.ocds.model import CATEGORIES
from megalis.portal.formats.ocds.model import METHODS
from megalis.portal.formats.refusal import Refused
from zoneinfo import ZoneInfo


PARIS = ZoneInfo("Europe/Paris")
LANGUAGE = "fr"
ENDED = "sans-suite"
_OUTCOMES = {"active": "complete", "unsuccessful": "unsuccessful", "cancelled": "cancelled"}
# Order of facts of the same instant.
_ORDER = ("tender", "tenderAmendment", "tenderCancellation", "award", "contract", "contractAmendment")


def ocid(process, prefix):
    """Return the identifier of the contracting process of a consultation, the same for ever."""
    return f"{rules.check_prefix(prefix)}-{process.uuid}"


def releases(process, prefix):
    """Return the OCDS releases of a ``Process`` as a list of JSON objects, the oldest first.

    ``prefix`` is the one registered by the operator (``ocds-`` and six characters). Raise ``Refused`` (``ocds.…``,
    ``siren.…``) when the facts do not hold together.
    """
    identifier = ocid(process, prefix)
    rules.check(process)
    story = _Story(process, identifier)
    facts = [(process.published, "tender", "", story.published, None)]
    facts += [(item.at, "tenderAmendment", item.id, story.changed, item) for item in process.changes]
    if process.cancellation:
        facts.append((process.cancellation.at, "tenderCancellation", "", story.cancelled, process.cancellation))
    facts += [(item.at, "award", item.id, story.awarded, item) for item in process.awards]
    for contract in process.contracts:
        facts.append((contract.at, "contract", contract.id, story.signed, contract))
        facts += [
            (item.at, "contractAmendment", f"{contract.id}-{item.id}", story.amended(contract), item)
            for item in sorted(contract.amendments, key=lambda item: item.at)
        ]
    # The sort keeps the order of equals, so that amendments of the same instant stay as they were given.
    facts.sort(key=lambda fact: (fact[0], _ORDER.index(fact[1])))
    told = [story.release(*fact) for fact in facts]
    ids = [item["id"] for item in told]
    twin = next((name for name in ids if ids.count(name) > 1), None)
    if twin is not None:
        message = f"Deux faits donneraient la même version « {twin[:120]} » : changez l’identifiant de l’un d’eux."
        raise Refused("ocds.double", message, twin)
    return told


class _Story:
    """What has been told so far: parties take roles, lots their outcome, releases follow one another."""

    def __init__(self, process, identifier):
        self.process = process
        self.ocid = identifier
        self.roles = {}
        self.outcomes = {}
        self.over = False
        self.last = {}

    def release(self, at, tag, name, tell, fact):
        """Return the release of one fact."""
        release_id = "-".join(filter(None, (self.ocid, tag, name)))
        told = tell(fact, release_id)
        return compact(
            {
                "ocid": self.ocid,
                "id": release_id,
                "date": instant(at),
                "tag": [tag],
                "initiationType": "tender",
                "language": LANGUAGE,
                **told,
            }
        )

    def published(self, _fact, release_id):
        """Tell the whole call for tenders."""
        process = self.process
        self.last["tender"] = release_id
        period = {"startDate": instant(process.published), "endDate": process.deadline and instant(process.deadline)}
        questions = process.question_deadline and {
            "startDate": period["startDate"], "endDate": instant(process.question_deadline),
        }  # fmt: skip
        return {
            "parties": [self._party(process.buyer, "buyer", "procuringEntity")],
            "buyer": _reference(process.buyer),
            "tender": {
                "id": process.reference,
                "title": process.title,
                "description": process.description,
                "status": "active",
                "procuringEntity": _reference(process.buyer),
                "procurementMethod": METHODS[process.procedure],
                "procurementMethodDetails": process.procedure_name,
                "mainProcurementCategory": CATEGORIES[process.nature],
                "submissionMethod": ["electronicSubmission"] if process.electronic else ["written"],
                "value": _value(process.value),
                "tenderPeriod": period,
                "enquiryPeriod": questions,
                "items": _items(process),
                "lots": [
                    {
                        "id": lot.id,
                        "title": lot.title,
                        "description": lot.description,
                        "status": "active",
                        "value": _value(lot.value),
                    }
                    for lot in process.lots
                ],
                "documents": [
                    {
                        "id": item.id,
                        "documentType": item.type,
                        "title": item.title,
                        "url": item.url,
                        "datePublished": item.published and instant(item.published),
                        "format": item.format,
                        "language": LANGUAGE,
                    }
                    for item in process.documents
                ],
            },
            "relatedProcesses": [
                {
                    "id": "1",
                    "relationship": ["framework"],
                    "title": process.framework_title,
                    "scheme": "ocid",
                    "identifier": process.framework,
                }
            ]
            if process.framework
            else None,
        }

    def changed(self, change, release_id):
        """Tell a change of the call for tenders, and the deadline it sets."""
        amendment = self._amendment(change, "tender", release_id)
        period = change.deadline and {"endDate": instant(change.deadline)}
        return {"tender": {"id": self.process.reference, "tenderPeriod": period, "amendments": [amendment]}}

    def cancelled(self, cancellation, release_id):
        """Tell that everything is given up."""
        self.over = True
        lots = [{"id": lot.id, "status": "cancelled"} for lot in self.process.lots if lot.id not in self.outcomes]
        tender = {
            "id": self.process.reference,
            "status": "cancelled",
            "lots": lots,
            "amendments": [self._amendment(cancellation, "tender", release_id, ENDED)],
        }
        return {"tender": tender}

    def awarded(self, award, _release_id):
        """Tell a decision, and what it makes of the lots it names."""
        outcome = _OUTCOMES[award.status]
        names = award.lots or tuple(lot.id for lot in self.process.lots)
        for name in names:
            # A lot awarded in several decisions (framework with several holders) is complete once one is made.
            self.outcomes[name] = "complete" if self.outcomes.get(name) == "complete" else outcome
        tender = {
            "id": self.process.reference,
            "status": self._status(outcome),
            "lots": [{"id": name, "status": self.outcomes[name]} for name in names],
        }
        return {
            "parties": [self._party(item, "supplier") for item in award.suppliers],
            "tender": tender,
            "awards": [
                {
                    "id": award.id,
                    "title": award.title,
                    "description": award.reason,
                    "status": award.status,
                    "date": instant(award.at),
                    "value": _value(award.value),
                    "suppliers": [_reference(item) for item in award.suppliers],
                    "relatedLots": list(award.lots),
                }
            ],
        }

    def signed(self, contract, release_id):
        """Tell a contract as signed."""
        self.last[contract.id] = release_id
        return {
            "contracts": [
                {
                    "id": contract.id,
                    "awardID": contract.award,
                    "title": contract.title,
                    "status": "active",
                    "dateSigned": day(contract.signed),
                    "value": _value(contract.value),
                    "period": {
                        "startDate": contract.start and day(contract.start),
                        "endDate": contract.end and day(contract.end),
                    },
                }
            ]
        }

    def amended(self, contract):
        """Return what tells an amendment of a contract."""

        def tell(amendment, release_id):
            told = {
                "id": contract.id,
                "awardID": contract.award,
                "value": _value(amendment.value),
                "period": amendment.end and {"endDate": day(amendment.end)},
                "amendments": [self._amendment(amendment, contract.id, release_id)],
            }
            return {"contracts": [told]}

        return tell

    def _amendment(self, item, what, release_id, name=""):
        amended, self.last[what] = self.last[what], release_id
        return {
            "id": name or item.id,
            "date": instant(item.at),
            "description": item.description,
            "rationale": item.rationale,
            "amendsReleaseID": amended,
            "releaseID": release_id,
        }

    def _status(self, outcome):
        """Return the status of the call once a decision is made; None while lots await theirs."""
        if self.over:
            return "cancelled"
        if any(lot.id not in self.outcomes for lot in self.process.lots):
            return None
        outcomes = set(self.outcomes.values()) or {outcome}
        return next(name for name in ("complete", "unsuccessful", "cancelled") if name in outcomes)

    def _party(self, party, *roles):
        known = self.roles.setdefault(_party_id(party), [])
        known += [role for role in roles if role not in known]
        return {
            "id": _party_id(party),
            "name": party.name,
            "identifier": {"scheme": party.scheme, "id": party.id, "legalName": party.name},
            "address": {
                "streetAddress": party.street,
                "locality": party.city,
                "postalCode": party.postcode,
                "countryName": party.country,
            },
            "contactPoint": {"email": party.email, "telephone": party.phone, "url": party.url},
            "roles": list(known),
        }


def instant(moment):
    """Return an aware datetime as RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def day(value):
    """Return a day as the instant it begins in Paris: OCDS knows instants only."""
    return datetime(value.year, value.month, value.day, tzinfo=PARIS).isoformat()


def _party_id(party):
    return f"{party.scheme}-{party.id}"


def _reference(party):
    return {"id": _party_id(party), "name": party.name}


def _value(amount):
    if amount is None:
        return None
    return {"amount": int(amount) if amount == int(amount) else float(amount), "currency": "EUR"}


def _items(process):
    """Return one item a lot that has a CPV code of its own, else one for the whole."""
    told = [(lot.id, lot.id, lot.title, lot.cpv) for lot in process.lots if lot.cpv]
    told = told or [("1", "", process.title, process.cpv)] * bool(process.cpv)
    return [
        {
            "id": key,
            "description": title,
            "relatedLot": lot,
            "classification": {"scheme": "CPV", "id": code},
        }
        for key, lot, title, code in told
    ]
