"""What an amount demands: a procedure, supports of publicity. On the wrong side of a threshold a publication is refused.

The thresholds are the dated rows of ``rules.law``. Amounts are whole euros excluding tax, options, tranches and renewals
included (R. 2121-1); for an accord-cadre the maximum counts (R. 2121-8).
"""

from dataclasses import dataclass
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import Missing


TARGET = "@@modifier?etape=procedure"
CONCESSION = "concession"
MAPA = "procedure-adaptee"
DIRECT = "sans-publicite"
UNBOUND = ("marche-subsequent", "autre")  # the amount was judged with the accord-cadre, or the law is told elsewhere

AMOUNT = "montant"
GROUNDS = {
    AMOUNT: "Le montant",
    "petits-lots": "Petits lots d’un marché plus grand (R. 2123-1, 2°)",
    "services-sociaux": "Services sociaux et autres services spécifiques (R. 2123-1, 3°)",
    "services-juridiques": "Services juridiques (R. 2123-1, 4°)",
    "innovant": "Achat innovant (R. 2122-9-1)",
    "urgence": "Urgence impérieuse (R. 2122-1)",
    "infructueux": "Procédure infructueuse (R. 2122-2)",
    "exclusivite": "Un seul opérateur possible (R. 2122-3)",
    "complementaire": "Livraisons complémentaires (R. 2122-4)",
    "similaire": "Prestations similaires (R. 2122-7)",
}
OF_PROCEDURE = {
    MAPA: (AMOUNT, "petits-lots", "services-sociaux", "services-juridiques"),
    DIRECT: (AMOUNT, "innovant", "urgence", "infructueux", "exclusivite", "complementaire", "similaire"),
}

PROFILE, BOAMP, JAL, JOUE = "profil", "boamp", "jal", "joue"
SUPPORTS = {
    PROFILE: "Profil d’acheteur (cette plateforme)",
    BOAMP: "BOAMP",
    JAL: "Journal d’annonces légales",
    JOUE: "Journal officiel de l’Union européenne",
}


@dataclass(frozen=True)
class Purchase:
    """What is bought, as thresholds see it. ``lots`` are the amounts of the lots that have one."""

    procedure: str
    nature: str = ""
    amount: int | None = None
    ground: str = AMOUNT
    lots: tuple = ()

    @property
    def key(self):
        """The column of the table that counts."""
        return CONCESSION if self.procedure == CONCESSION else self.nature


def euros(amount):
    """Return ``216 000 €`` with no-break spaces."""
    return f"{amount:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") + "\N{NO-BREAK SPACE}€\N{NO-BREAK SPACE}HT"


def is_below(row, purchase, which="formal"):
    """True when the amount is known and lower than a threshold of the row; False without either."""
    limit = getattr(row, which).get(purchase.key)
    return limit is not None and purchase.amount is not None and purchase.amount < limit


def demanded(row, nature, amount):
    """Return the supports the law demands at an amount: a tuple of alternatives, each a tuple of which one is enough.

    ``(("profil",), ("boamp", "jal"))`` reads: the profile, and the BOAMP or a journal of legal notices. () below the
    dispense; without an amount, what the highest amounts demand.
    """
    limits = [getattr(row, name).get(nature) for name in ("dispense", "boamp", "joue")]
    dispense, boamp, joue = (0 if limit is None else limit for limit in limits)
    if amount is not None and amount < dispense:
        return ()
    if limits[2] is not None and (amount is None or amount >= joue):
        return ((PROFILE,), (BOAMP,), (JOUE,))
    if amount is None or amount >= boamp:
        return ((PROFILE,), (BOAMP, JAL))
    return ((PROFILE,),)


def demanded_of(row, purchase):
    """Return the supports the law demands for a Purchase: those of its amount, unless its ground is an exception.

    A MAPA beyond the formal threshold is published in the country, and in Europe for social services from their own
    threshold on (R. 2131-14); what was judged elsewhere, or has no amount yet, demands nothing here.
    """
    if purchase.procedure in (DIRECT, *UNBOUND) or not purchase.key or purchase.amount is None:
        return ()
    usual = demanded(row, purchase.key, purchase.amount)
    exceptional = purchase.procedure == MAPA and purchase.ground != AMOUNT and (JOUE,) in usual
    if not exceptional:
        return usual
    if purchase.ground == "services-sociaux" and row.social is not None and purchase.amount >= row.social:
        return usual
    return ((PROFILE,), (BOAMP, JAL))


def satisfied(alternatives, supports):
    """Return the alternatives that none of the ``supports`` meets."""
    return tuple(group for group in alternatives if not set(group) & set(supports))


def is_excepted(purchase):
    """True of a contract without publicity for another reason than its amount: it owes none, whatever the amount, nor any time."""
    return purchase.procedure == DIRECT and purchase.ground != AMOUNT


def telling_award(row, purchase):
    """Return where the award of a contract without publicity is told: nowhere below the European threshold (R. 2183-1)."""
    if purchase.amount is None or is_below(row, purchase, "joue"):
        return ()
    return (BOAMP, JOUE)


def words_of(group):
    """Return ``BOAMP ou journal d’annonces légales`` of an alternative."""
    names = [SUPPORTS[name] for name in group]
    return " ou ".join([names[0], *(name[0].lower() + name[1:] if name != "BOAMP" else name for name in names[1:])])


def proposed(row, nature, amount):
    """Return the procedure an amount calls for: ``sans-publicite`` is never proposed, a MAPA being always lawful there."""
    limit = row.formal.get(nature)
    return "appel-offres-ouvert" if limit is not None and amount is not None and amount >= limit else MAPA


def amount_findings(purchase, row):
    """Return the findings about an amount, the procedure chosen and its ground."""
    if purchase.procedure in UNBOUND or not purchase.key:
        return []
    if purchase.amount is None:
        return [
            Missing(
                "montant.absent",
                "La valeur estimée manque : sans elle, ni le seuil ni la procédure ne peuvent être vérifiés.",
                TARGET,
                ADVICE,
                "R. 2121-1",
            )
        ]
    check = {MAPA: _adapted, DIRECT: _direct, CONCESSION: _concession}.get(purchase.procedure, _formal)
    return list(check(purchase, row))


def _refused(code, text, row):
    return Missing(code, text, TARGET, BLOCKING, row.source)


def _ground_misplaced(purchase, row):
    if purchase.ground in OF_PROCEDURE[purchase.procedure]:
        return None
    text = (
        f"« {GROUNDS.get(purchase.ground, purchase.ground)} » ne fonde pas cette procédure : "
        "choisissez un autre fondement ou une autre procédure."
    )
    return _refused("fondement.procedure", text, row)


def _adapted(purchase, row):
    if misplaced := _ground_misplaced(purchase, row):
        yield misplaced
        return
    limit = row.formal.get(purchase.nature)
    if limit is None or purchase.amount < limit or purchase.ground == "services-juridiques":
        return
    if purchase.ground == "services-sociaux" and purchase.nature == "services":
        if row.social is not None and purchase.amount >= row.social:
            text = (
                f"{euros(purchase.amount)} atteignent {euros(row.social)} : la procédure reste adaptée, mais un avis est "
                "dû au Journal officiel de l’Union européenne."
            )
            yield Missing("montant.social", text, TARGET, ADVICE, row.source)
        return
    if purchase.ground == "petits-lots":
        yield from _small_lots(purchase, row)
        return
    yield _refused(
        "montant.formalisee",
        f"{euros(purchase.amount)} atteignent le seuil de {euros(limit)} : au-delà, une procédure formalisée est "
        "obligatoire. Choisissez un appel d’offres ou une procédure avec négociation, ou corrigez la valeur estimée.",
        row,
    )


def _small_lots(purchase, row):
    limit = (row.small_lot or {}).get(purchase.nature)
    if limit is None:
        yield _refused("petits-lots.absents", "Les textes de cette date ne connaissent pas les petits lots.", row)
        return
    if not purchase.lots:
        yield _refused("petits-lots.sans-valeur", "Donnez la valeur estimée de chaque lot : elle décide.", row)
        return
    large = [amount for amount in purchase.lots if amount >= limit]
    if large:
        yield _refused(
            "petits-lots.taille",
            f"Un lot de {euros(large[0])} n’est pas un petit lot : il en faut moins de {euros(limit)}. "
            "Passez-le en procédure formalisée.",
            row,
        )
    elif sum(purchase.lots) * 5 > purchase.amount:
        yield _refused(
            "petits-lots.part",
            f"Les petits lots font {euros(sum(purchase.lots))}, plus de 20 % des {euros(purchase.amount)} de l’ensemble : "
            "la valeur estimée est celle de l’opération entière.",
            row,
        )


def _direct(purchase, row):
    if misplaced := _ground_misplaced(purchase, row):
        yield misplaced
        return
    if purchase.ground == AMOUNT:
        limit = row.dispense.get(purchase.nature)
        if limit is not None and purchase.amount >= limit:
            yield _refused(
                "montant.dispense",
                f"{euros(purchase.amount)} atteignent {euros(limit)} : publicité et mise en concurrence sont dues à "
                "partir de là. Choisissez une procédure adaptée, ou dites sur quel autre fondement vous vous appuyez.",
                row,
            )
    elif purchase.ground == "innovant" and row.innovant is not None and purchase.amount >= row.innovant:
        yield _refused(
            "montant.innovant",
            f"{euros(purchase.amount)} atteignent {euros(row.innovant)} : un achat innovant n’est dispensé qu’en dessous.",
            row,
        )


def _concession(purchase, row):
    if is_below(row, purchase):
        yield Missing(
            "montant.concession",
            f"Sous {euros(row.formal[CONCESSION])}, la concession suit des règles simplifiées : ses délais minimaux "
            "ne s’imposent pas.",
            TARGET,
            ADVICE,
            "R. 3126-1",
        )


def _formal(purchase, row):
    if is_below(row, purchase):
        yield Missing(
            "montant.sous-seuil",
            f"{euros(purchase.amount)} n’atteignent pas {euros(row.formal[purchase.nature])} : une procédure adaptée "
            "suffirait. Si vous gardez celle-ci, toutes ses règles s’imposent.",
            TARGET,
            ADVICE,
            row.source,
        )
