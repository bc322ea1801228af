"""A PES Aller of a given size: bordereaux of 50 pièces of two lines, and attachments that do not compress."""

from base64 import b64encode

import gzip
import os
import zlib


_HEAD = """<?xml version="1.0" encoding="ISO-8859-1"?>
<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller" Id="F1"><Enveloppe><Parametres>
<Version V="2"/><TypFic V="PESALR2"/><NomFic V="MESURE"/></Parametres><Emetteur><Sigle V="Mesure"/><Adresse V="1"/>
</Emetteur></Enveloppe><EnTetePES><DteStr V="2026-03-16"/><IdPost V="035007"/><IdColl V="21350238800019"/>
<CodCol V="123"/><CodBud V="00"/></EnTetePES><PES_DepenseAller><EnTeteDepense><IdVer V="2"/>
<InfoDematerialisee V="0"/></EnTeteDepense>
"""
_BORDEREAU = """<Bordereau Id="B{number}"><BlocBordereau><Exer V="2026"/><IdBord V="{number}"/>
<DteBordEm V="2026-03-16"/><TypBord V="01"/><NbrPce V="50"/><MtCumulAnnuel V="1000.00"/><MtBordHT V="1050.00"/>
</BlocBordereau>{pieces}</Bordereau>
"""
_PIECE = """<Piece><BlocPiece><InfoPce><IdPce V="{number}"/><TypPce V="01"/><NatPce V="01"/><Obj V="Travaux d'été"/>
</InfoPce></BlocPiece>{lines}</Piece>
"""
_LINE = """<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="{number}"/><Nature V="60628"/><Fonction V="64"/>
<LibVir1 V="Facture {number}"/><ModRegl V="03"/><TVAIntraCom V="0"/><MtHT V="10.50"/></InfoLignePce></BlocLignePiece>
<Tiers><InfoTiers><IdTiers V="21350238800019"/><NatIdTiers V="01"/><RefTiers V="4078"/><CatTiers V="50"/>
<NatJur V="03"/><Nom V="Société"/></InfoTiers><Adresse><TypAdr V="1"/><Adr2 V="1 rue Haute"/><CP V="35000"/>
<Ville V="RENNES"/><CodRes V="0"/></Adresse><CpteBancaire><BIC V="AAAAFRPPXXX"/>
<IBAN V="FR7612345678901234567890123"/><TitCpte V="Société"/></CpteBancaire></Tiers></LigneDePiece>
"""
_PJ = """<PJ><Contenu><Fichier MIMEType="application/pdf">{content}</Fichier></Contenu><IdUnique V="PJ{number}"/>
<NomPJ V="piece{number}.pdf"/><TypePJ V="003"/><Description V="Facture"/></PJ>
"""
_LINES = "".join(_LINE.format(number=number) for number in (1, 2))
_PIECES = "".join(_PIECE.format(number=number, lines=_LINES) for number in range(1, 51))


def write(path, size, share):
    """Write a flow of about ``size`` bytes, ``share`` of it in bordereaux; return the number of its lines."""
    number = lines = 0
    with open(path, "wb") as out:
        out.write(_HEAD.encode("latin-1"))
        while not number or out.tell() < size * share:
            number += 1
            out.write(_BORDEREAU.format(number=number, pieces=_PIECES).encode("latin-1"))
            lines += 100
        out.write(b'</PES_DepenseAller><PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ>\n')
        number = 0
        while out.tell() < size - 300_000:
            number += 1
            content = b64encode(gzip.compress(os.urandom(200_000), 1)).decode()
            out.write(_PJ.format(number=number, content=content).encode("latin-1"))
        out.write(b"</PES_PJ></n:PES_Aller>")
    return lines


def write_one(path, size):
    """Write a flow of about ``size`` bytes that is one bordereau of 100 lines and one attachment."""
    with open(path, "wb") as out:
        out.write(_HEAD.encode("latin-1"))
        out.write(_BORDEREAU.format(number=1, pieces=_PIECES).encode("latin-1"))
        out.write(b'</PES_DepenseAller><PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ>\n')
        begin, end = _PJ.format(number=1, content="\0").split("\0")
        out.write(begin.encode("latin-1"))
        pack, rest = zlib.compressobj(1, zlib.DEFLATED, 31), b""
        # Slice by slice: a process that once held the whole passes its peak of memory on to those it starts.
        while out.tell() < size - 3_000_000:
            rest += pack.compress(os.urandom(1_000_000))
            whole = len(rest) - len(rest) % 3
            out.write(b64encode(rest[:whole]))
            rest = rest[whole:]
        out.write(b64encode(rest + pack.flush()) + end.encode("latin-1"))
        out.write(b"</PES_PJ></n:PES_Aller>")
