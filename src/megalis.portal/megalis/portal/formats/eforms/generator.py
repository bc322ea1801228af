"""Demonstration notices: consultations of Breton buyers that ring true, made from a seed instead of copied.

Everything follows from ``(seed, index, now)``: the same call always gives the same notices, and notice ``i`` does not
depend on how many are asked. The procedure follows the amount: below the European thresholds a voluntary notice (E3,
procédure adaptée), above them a formal one (16, or 17 for a contracting entity). Every notice has an environmental
criterion, as article L. 2152-7 of the Code de la commande publique asks since August 2026.
"""

from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from megalis.portal.formats.eforms import model
from megalis.portal.formats.eforms import phrases
from megalis.portal.formats.eforms.buyers import buyers
from megalis.portal.formats.eforms.buyers import of
from megalis.portal.formats.eforms.buyers import REVIEW
from megalis.portal.formats.eforms.catalogue import subjects
from megalis.portal.formats.eforms.reading import PARIS
from megalis.portal.formats.eforms.thresholds import formal_threshold
from megalis.portal.formats.workdays import next_working_day

import random
import uuid


KIND = {"commune": "c", "epci": "e", "departement": "d", "region": "r"}
NUTS_BRITTANY = ("FRH01", "FRH02", "FRH03", "FRH04")
PLATFORM = "https://marches.megalis.example"
SDK = "1.15"
LEGAL = {"16": "32014L0024", "17": "32014L0025", "E3": "other"}


def generate(count, seed, now, platform=PLATFORM, among=None):
    """Yield ``count`` demonstration ``Notice`` objects.

    ``seed`` is an int or a text; ``now`` an aware datetime: three notices in four have a deadline after it, between
    four and forty-five days away; the others are over. ``platform`` is the address put before the links of the notices.
    ``among``: the PublicBuyers that publish, of every type (``buyers()`` when None).
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    for index in range(count):
        yield _Maker(random.Random(f"{seed}/{index}"), index, now.astimezone(PARIS), platform, among).notice()  # noqa: S311


def _round(amount):
    step = 500 if amount < 50_000 else 1000 if amount < 500_000 else 5000
    return max(step, int(amount / step + 0.5) * step)


def _euros(amount):
    return f"{amount:,}".replace(",", "\u202f")


class _Maker:
    """Makes one notice; each method draws from the same generator, in a fixed order."""

    def __init__(self, rng, index, now, platform, among):
        self.rng = rng
        self.index = index
        self.now = now
        self.platform = platform.rstrip("/")
        self.subject = rng.choice(subjects())
        fitting = [item for item in among or buyers() if KIND[item.type] in self.subject.kinds]
        self.buyer = rng.choice(fitting)
        self.months = rng.choice(self.subject.months)
        self._amounts()
        self._dates()

    def _amounts(self):
        subject, rng = self.subject, self.rng
        scale = min(6.0, max(0.35, (self.buyer.population / 10_000) ** 0.45))
        low, high = subject.amount
        target = _round(1000 * scale * (low + (high - low) * rng.random() ** 2))
        parts = list(subject.parts)
        if len(parts) > 5:
            kept = set(rng.sample(range(len(parts)), rng.randint(4, len(parts))))
            parts = [part for rank, part in enumerate(parts) if rank in kept]
        self.parts = parts if len(parts) > 1 else []
        shares = [part.share for part in self.parts] or [1]
        self.lot_amounts = [_round(target * share / sum(shares)) for share in shares]
        self.amount = sum(self.lot_amounts)
        utility = subject.utility if self.buyer.type in ("epci", "region") else ""
        self.maximum = _round(self.amount * 1.5)
        counted = self.maximum if subject.framework else self.amount
        formal = counted >= formal_threshold(subject.nature, bool(utility), self.now.date())
        self.subtype = "E3" if not formal else "17" if utility else "16"
        self.procedure = "open"
        if formal and subject.second_stage:
            self.procedure = "neg-w-call"

    def _dates(self):
        rng = self.rng
        over = self.index % 4 == 3
        away = -rng.randint(2, 40) if over else rng.randint(4, 45)
        day = next_working_day((self.now + timedelta(days=away)).date())
        clock = rng.choice((time(12), time(12), time(16), time(17), time(23, 59, 59)))
        self.closing = self._moment(day, clock)
        least = 31 if self.subtype != "E3" else 18
        sent = min(day - timedelta(days=rng.randint(least, least + 12)), self.now.date())
        if (day - sent).days < least:
            day = next_working_day(sent + timedelta(days=least))
            self.closing = self._moment(day, clock)
        minute = 60 * rng.randint(8, 17) + rng.randint(0, 59)
        self.sent = min(
            self._moment(sent, time(minute // 60, minute % 60)), self.now.replace(microsecond=0).astimezone(UTC)
        )
        questions = next_working_day(day - timedelta(days=10))
        self.questions = self._moment(questions, time(12))
        self.start = next_working_day(day + timedelta(days=rng.randint(45, 100)))

    @staticmethod
    def _moment(day, clock):
        return datetime.combine(day, clock, PARIS).astimezone(UTC)

    def _uuid(self):
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def notice(self):
        """Return the notice."""
        subject, buyer = self.subject, self.buyer
        self.reference = f"{self.sent.astimezone(PARIS):%Y}-{buyer.siren[-4:]}-{self.index + 1:05d}"
        self.url = f"{self.platform}/consultations/{self.reference.lower()}"
        title = subject.title.format(annee=self.start.year)
        self.title = f"{title} {self._where()}".strip()
        framework = subject.framework
        organisations = (buyer.organisation(), REVIEW)
        many = len(self.parts) > 1
        return model.Notice(
            notice_id=self._uuid(),
            version="01",
            procedure_id=self._uuid(),
            subtype=self.subtype,
            sdk_version=SDK,
            language="FRA",
            legal_basis=LEGAL[self.subtype],
            title=self.title,
            description=self._description(),
            nature=subject.nature,
            additional_natures=tuple(sorted({self._nature(part.cpv) for part in self.parts} - {subject.nature})),
            cpv=subject.cpv,
            cpv_additional=subject.cpv_additional,
            organisations=organisations,
            buyer_roles=(self._role(),),
            lots=tuple(self._lots()),
            dispatched=self.sent,
            local_legal_basis=(model.Condition("LocalLegalBasis", phrases.LEGAL_E3),) if self.subtype == "E3" else (),
            internal_id=self.reference,
            value=model.Money(Decimal(self.amount)) if self._tells_value() else None,
            framework_maximum=model.Money(Decimal(self.maximum)) if framework else None,
            places=self._places(),
            procedure=self.procedure,
            accelerated=False if self.subtype != "E3" else None,
            lots_max_submitted=len(self.parts) if many else None,
            exclusion_sources=("epo-procurement-document",),
        )

    def _where(self):
        if self.buyer.type == "commune":
            return f"– {self.buyer.nom}"
        return f"– {self.buyer.nom.replace('Communauté de communes', 'CC')}"

    def _tells_value(self):
        return self.subtype != "E3" or self.index % 3 != 0

    def _role(self):
        return model.Buyer(
            ref="ORG-0001",
            legal_type={"commune": "la", "epci": "la", "departement": "la", "region": "ra"}[self.buyer.type],
            activity=self.subject.activity,
            entity_activity=self.subject.utility if self.subtype == "17" else "",
            profile_url=self.platform,
        )

    def _places(self):
        if self.buyer.type == "region":
            return tuple(model.Place(nuts=code, country="FRA") for code in NUTS_BRITTANY)
        city = self.buyer.ville if self.buyer.type == "commune" else ""
        postcode = self.buyer.code_postal if city else ""
        return (model.Place(nuts=self.buyer.nuts3, city=city, postcode=postcode, country="FRA"),)

    def _description(self):
        rng, subject = self.rng, self.subject
        name = self.buyer.organisation().name
        whole = name if self.buyer.type != "commune" else f"La commune {of(self.buyer.nom)}"
        if self.buyer.type in ("departement", "region") or name.startswith("Communauté"):
            whole = f"{'Le' if name.startswith('Dép') else 'La'} {name}"
        body = f"de la commune {of(self.buyer.nom)}" if self.buyer.type == "commune" else of(name)
        sentences = [rng.choice(phrases.INTRODUCTIONS[subject.nature]).format(Acheteur=whole, de_acheteur=body)]
        sentences += subject.texts
        lines = [" ".join(sentences)]
        form = [phrases.LOTS.format(nombre=phrases.NUMBERS[len(self.parts)]) if self.parts else phrases.NO_LOTS]
        if subject.framework:
            sentence = phrases.FRAMEWORK_LOTS if self.parts else phrases.FRAMEWORK
            form.append(sentence.format(maximum=_euros(self.maximum)))
            form.append(phrases.ESTIMATED)
        lines.append(" ".join(form))
        closing = [phrases.VISIT] if subject.visit else []
        pool = list(phrases.CLOSINGS)
        if self.subtype == "E3":
            pool.append(phrases.NEGOTIATION)
        if subject.nature == "supplies":
            pool.append(phrases.SAMPLES)
        closing += rng.sample(pool, 2)
        lines.append(" ".join(closing))
        return "\n".join(lines)

    def _criteria(self):
        price, quality, second, green, social = self.rng.choice(phrases.WEIGHTS)
        first = phrases.COST if self.subject.nature == "supplies" and self.rng.random() < 0.3 else phrases.PRICE
        names = phrases.QUALITY[self.subject.nature]
        rows = [
            (*first, price),
            ("quality", *names[0], quality),
            ("quality", *names[1], second),
            ("quality", *phrases.GREEN, green),
            ("quality", *phrases.SOCIAL, social),
        ]
        return tuple(
            model.Criterion(kind, name, text, (model.Parameter("weight", "per-exa", Decimal(weight)),))
            for kind, name, text, weight in rows
            if weight
        )

    def _lots(self):
        criteria = self._criteria()
        if not self.parts:
            yield self._lot(1, self.title, self._summary(), self.subject.cpv, self.amount, criteria)
            return
        for rank, (part, amount) in enumerate(zip(self.parts, self.lot_amounts, strict=True), 1):
            yield self._lot(rank, part.title, part.text, part.cpv, amount, criteria)

    def _summary(self):
        return " ".join(self.subject.texts)

    def _lot(self, rank, title, text, cpv, amount, criteria):
        formal = self.subtype != "E3"
        open_procedure = self.procedure == "open"
        return model.Lot(
            id=f"LOT-{rank:04d}",
            number=str(rank),
            title=title,
            description=text,
            nature=self._nature(cpv),
            cpv=cpv,
            cpv_additional=self.subject.cpv_additional if not self.parts else (),
            internal_id=f"{self.reference}-{rank:02d}",
            value=model.Money(Decimal(amount)) if self._tells_value() else None,
            framework_maximum=model.Money(Decimal(_round(amount * 1.5))) if self.subject.framework else None,
            places=self._places(),
            **self._period(),
            sme_suitable=amount < 500_000,
            criteria=criteria,
            deadline=self.closing if open_procedure else None,
            participation_deadline=None if open_procedure else self.closing,
            question_deadline=self.questions,
            submission_url=self.url,
            electronic_submission="required",
            documents=(model.Document(f"{self.url}/dce", id=f"DCE-{self.reference}", languages=("FRA",)),),
            languages=("FRA",),
            variants="allowed" if self.index % 5 == 0 else "not-allowed",
            framework="fa-wo-rc" if self.subject.framework else "none",
            dps="none",
            auction=False,
            gpa=formal if formal else None,
            reduction=False if self.procedure == "neg-w-call" else None,
            candidates_limited=True if not open_procedure else None,
            candidates_min=3 if not open_procedure else None,
            candidates_max=5 if not open_procedure else None,
            reserved=("none",),
            reserved_execution="no",
            selection_sources=("epo-procurement-document",),
            guarantee_required=False if formal else None,
            payment_terms=phrases.PAYMENT,
            legal_form_required=False if formal else None,
            conditions=self._conditions(),
            e_invoicing="required",
            e_catalogue="not-allowed",
            e_signature=False,
            e_ordering=True if formal else None,
            e_payment=True if formal else None,
            staff_names="not-requ" if self.subtype == "17" else "",
            eu_funded="no-eu-funds",
            recurring=False,
            validity=model.Duration(4, "MONTH") if open_procedure else None,
            no_negotiation=False if self.procedure == "neg-w-call" else None,
            review_deadline=phrases.REVIEW,
            review_ref="ORG-0002",
            review_info_ref="ORG-0002",
            information_ref="ORG-0001",
            recipient_ref="ORG-0001",
        )

    def _nature(self, cpv):
        if self.subject.nature == "works" and not cpv.startswith("45"):
            return "services"
        return self.subject.nature

    def _period(self):
        renewable = self.subject.framework and self.months % 12 == 0 and self.months > 12
        times = self.months // 12 - 1 if renewable else 0
        return {
            "duration": model.Duration(12 if renewable else self.months),
            "start": None,
            "renewals_max": times,
            "renewals": phrases.RENEWAL.format(fois=phrases.TIMES[times]) if renewable else "",
            "options": phrases.OPTIONS if self.index % 7 == 0 else "",
        }

    def _conditions(self):
        texts = [phrases.ENVIRONMENT_WORKS if self.subject.nature == "works" else phrases.ENVIRONMENT]
        if self.amount >= 300_000:
            texts.append(phrases.INSERTION)
        return (model.Condition("performance", " ".join(texts)),)
