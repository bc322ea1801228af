"""Flows of the demonstration: mandats and titres of a town, with their documents, some on their way to the simulated Trésor."""

from base64 import b64encode
from decimal import Decimal
from io import BytesIO
from megalis.portal.helios import registre as registres
from megalis.portal.helios import service
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from xml.sax.saxutils import quoteattr

import gzip


SERVER = "SIMULATEUR"
# (object, kind of pièce, nature, lines: (words, account, amount)), and whether a document is joined.
SPENT = (
    ("Fournitures scolaires", (("Cahiers et papier", "6067", "412.50"), ("Livres", "6065", "238.10")), True),
    ("Entretien de la voirie communale", (("Enrobé à froid", "60633", "1874.00"),), True),
    ("Électricité des bâtiments", (("École", "60612", "963.27"), ("Mairie", "60612", "548.90")), False),
    ("Spectacle du 14 juillet", (("Artifices", "6232", "3200.00"),), False),
)
EARNED = (
    ("Restauration scolaire, octobre", (("Repas", "7067", "184.80"),)),
    ("Location de la salle des fêtes", (("Location du week-end", "752", "320.00"),)),
)
CREDITORS = ("Papeterie du Trieux", "Travaux publics du Goëlo", "Énergie d’Armor", "Artifices de l’Odet")
DEBTORS = ("Le Gall Maëlle", "Association des fêtes")


class _File(BytesIO):
    def __init__(self, filename, data):
        super().__init__(data)
        self.filename = filename


def _tag(name, value):
    return f"<{name} V={quoteattr(str(value))}/>"


def _tags(**values):
    return "".join(_tag(name, value) for name, value in values.items())


def _document(name, words):
    made = pdf.build("Facture", [pdf.paragraph(words, "h2"), pdf.paragraph("Document de démonstration, sans valeur.")])
    content = b64encode(gzip.compress(made, mtime=0)).decode()
    return (
        f'<PJ><Contenu><Fichier MIMEType="application/pdf">{content}</Fichier></Contenu>'
        + _tags(IdUnique=f"PJ{name}", NomPJ=f"{name}.pdf", TypePJ="007", Description=words)
        + "</PJ>"
    )


def _spent(rank, number, name, day):
    words, lines, joined = SPENT[rank % len(SPENT)]
    mention = ""
    if joined:
        mention = f"<PJRef>{_tags(Support='01', IdUnique=f'PJ{name}', NomPJ=f'{name}.pdf')}</PJRef>"
    told = [
        "<LigneDePiece><BlocLignePiece><InfoLignePce>"
        + _tags(
            IdLigne=place, Nature=account, Fonction="020", LibVir1=label, ModRegl="03", TVAIntraCom="0", MtHT=amount
        )
        + "</InfoLignePce></BlocLignePiece><Tiers><InfoTiers>"
        + _tags(RefTiers=f"F{rank + 1}", CatTiers="50", NatJur="03", Nom=CREDITORS[rank % len(CREDITORS)])
        + f"</InfoTiers><Adresse>{_tags(TypAdr='1', Adr2='1 rue du Port', CP='22000', Ville='SAINT-BRIEUC', CodRes='0')}</Adresse><CpteBancaire>"
        + _tags(BIC="XXXXFRPP", IBAN=f"FR76{rank + 1:023d}", TitCpte=CREDITORS[rank % len(CREDITORS)])
        + "</CpteBancaire></Tiers></LigneDePiece>"
        for place, (label, account, amount) in enumerate(lines, 1)
    ]
    head = f"<InfoPce>{_tags(IdPce=number, TypPce='01', NatPce='01', Obj=words)}{mention}</InfoPce>"
    return f"<Piece><BlocPiece>{head}</BlocPiece>{''.join(told)}</Piece>", _sum(lines), joined


def _earned(rank, number):
    words, lines = EARNED[rank % len(EARNED)]
    told = [
        "<LigneDePiece><BlocLignePiece><InfoLignePiece>"
        + _tags(
            IdLigne=place, ObjLignePce=label, CodProdLoc="01", Nature=account, Majo="0", TvaIntraCom="0", MtHT=amount
        )
        + "</InfoLignePiece></BlocLignePiece><Tiers><InfoTiers>"
        + _tags(RefTiers=f"D{rank + 1}", CatTiers="01", NatJur="01", TypTiers="01", Nom=DEBTORS[rank % len(DEBTORS)])
        + f"</InfoTiers><Adresse>{_tags(TypAdr='1', Adr2='1 rue du Port', CP='22000', Ville='SAINT-BRIEUC', CodRes='0')}</Adresse></Tiers>"
        "</LigneDePiece>"
        for place, (label, account, amount) in enumerate(lines, 1)
    ]
    head = f"<BlocPiece>{_tags(IdPce=number, TypPce='01', NatPce='01', ObjPce=words)}</BlocPiece>"
    return f"<Piece>{head}{''.join(told)}</Piece>", _sum(lines)


def _sum(lines):
    return sum((Decimal(amount) for _label, _account, amount in lines), Decimal(0))


def flow(siret, nomfic, number, day, error=False):
    """Return the bytes of a flow: a bordereau of mandats, one of titres, its documents.

    ``number``: of its bordereaux, those of its pièces follow; ``error``: the total announced is wrong.
    """
    first, documents = number * 10, []
    spent, total = [], Decimal(0)
    for rank in range(len(SPENT)):
        name = f"DEMO{first + rank}"
        piece, amount, joined = _spent(rank, first + rank, name, day)
        spent.append(piece)
        total += amount
        documents += [_document(name, SPENT[rank][0])] if joined else []
    earned = [_earned(rank, first + rank) for rank in range(len(EARNED))]
    income = sum((amount for _piece, amount in earned), Decimal(0))
    head = {"Exer": day.year, "IdBord": number, "DteBordEm": day.isoformat(), "TypBord": "01"}
    spending = _tags(**head, NbrPce=len(spent), MtCumulAnnuel=total, MtBordHT=total + (10 if error else 0))
    earning = _tags(**head, NbrPce=len(earned), MtCumulAnnuel=income, MtBordHt=income)
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        '<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"><Enveloppe><Parametres>'
        f"{_tags(Version='2', TypFic='PESALR2', NomFic=nomfic)}</Parametres><Emetteur>"
        f"{_tags(Sigle='Démonstration', Adresse='1')}</Emetteur></Enveloppe><EnTetePES>"
        + _tags(DteStr=day.isoformat(), IdPost="022001", IdColl=siret, CodCol="278", CodBud="00")
        + _tag("LibelleColBud", "Budget principal")
        + f"</EnTetePES><PES_DepenseAller><EnTeteDepense>{_tags(IdVer='2', InfoDematerialisee='0')}</EnTeteDepense><Bordereau>"
        f"<BlocBordereau>{spending}</BlocBordereau>{''.join(spent)}</Bordereau></PES_DepenseAller><PES_RecetteAller>"
        f"<EnTeteRecette>{_tags(IdVer='2', InfoDematerialisee='0')}</EnTeteRecette><Bordereau><BlocBordereau>{earning}"
        f"</BlocBordereau>{''.join(piece for piece, _amount in earned)}</Bordereau></PES_RecetteAller><PES_PJ><EnTetePES_PJ>"
        f"{_tag('IdVer', '1')}</EnTetePES_PJ>{''.join(documents)}</PES_PJ></n:PES_Aller>"
    )
    return text.encode("iso-8859-1", "replace")


def fill(towns, agent):
    """Let each town send; the first one has flows that leave with the worker’s first round, one ready, one to correct."""
    for town in towns:
        registres.set_reglages(registres.of(town, make=True), {**registres.DEFAULTS, "destination": SERVER})
    day = clock.paris(clock.now()).date()
    rows = (
        ("DEMO-41 [retour]", 41, True),
        ("DEMO-42 [mixte]", 42, True),
        ("DEMO-43", 43, False),
        ("DEMO-44", 44, False),
    )
    for nomfic, number, leaves in rows:
        data = flow(towns[0].siret, nomfic, number, day, error=number == 44)
        flux = service.deposit(towns[0], _File(f"flux-{number}.xml", data), agent)
        if leaves:
            service.transmit(flux, agent)
    return len(rows)
