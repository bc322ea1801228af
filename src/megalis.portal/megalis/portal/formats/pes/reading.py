"""A PES Aller or Retour to values, in one pass and with the memory of one pièce besides what is told."""

from contextlib import contextmanager
from decimal import Decimal
from decimal import InvalidOperation
from lxml import etree
from megalis.portal.formats.pes import attachments
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.refusal import Refused

import gc


DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"

_HEAD = 64 * 1024
_SCHEMA = range(etree.ErrorTypes.SCHEMAV_NOROOT, etree.ErrorTypes.SCHEMAV_MISC + 1)
DOMAINS = {
    "PES_DepenseAller": "depense",
    "PES_RecetteAller": "recette",
    "PES_DepenseRetour": "depense",
    "PES_RecetteRetour": "recette",
}
# Of those that end pièces or attachments, the last of each slice is followed by a mark.
_TAGS = ("Piece", "PJ")

_BEGIN = {"LigneDePiece", "Tiers", "PJRef", "Recouvrement", "EncaissementEmargement"}
_WANTED = {
    *_BEGIN, "IdPce", "TypPce", "NatPce", "Obj", "ObjPce", "EtatPce", "ObsEtat", "IdLigne", "Nature", "Fonction", "LibVir1",
    "ObjLignePce", "MtHT", "MtTVA", "EtatLigPce", "Nom", "Prenom", "IdTiers", "RefTiers", "IBAN", "IdUnique", "NomPJ",
    "Support",
}  # fmt: skip
_WALKED = ("Bordereau", *_TAGS, *sorted(_WANTED), etree.PI)


def read(source, schema=None):
    """Return ``(Flux, entries of the log of the schema)`` of a ``Source``; raises ``Refused``.

    ``schema``: a compiled ``lxml.etree.XMLSchema`` the flow is held against as it passes; no entry when it is kept.
    """
    kind = model.ROOTS.get(source.root)
    if kind not in (model.ALLER, model.RETOUR):
        raise unknown(source)
    reader = _Reader(model.Flux(kind))
    stream = sources.Marked(source, _TAGS, (*DOMAINS, "PES_PJ"), schema)
    with _uncollected():
        departures = follow(stream, reader.take, schema)
    reader.finish(stream.root)
    return reader.flux, departures


@contextmanager
def _uncollected():
    """Hold the garbage collector: nothing that is read is in a cycle, and going through it again and again takes a fourth."""
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


def head(source):
    """Return the ``Entete`` of a flow, read no further than needed; an empty one when it has none. Raises ``Refused``."""
    parser = etree.XMLPullParser(
        events=("end",), tag=("Enveloppe", "EnTetePES"), resolve_entities="internal", no_network=True, load_dtd=False,
        remove_comments=True, encoding=source.encoding,
    )  # fmt: skip
    found = {}
    try:
        with source.path.open("rb") as stream:
            while "EnTetePES" not in found and (chunk := stream.read(_HEAD)):
                parser.feed(chunk)
                found |= {element.tag: element for _event, element in parser.read_events()}
    except etree.XMLSyntaxError as error:
        raise sources.broken(error) from None
    return entete(found.get("Enveloppe"), found.get("EnTetePES"))


def follow(stream, take, schema=None):
    """Give each event to ``take(element, stream)``; return the entries of the schema; raises ``Refused``."""
    try:
        for element in stream:
            take(element, stream)
    except etree.XMLSyntaxError as error:
        # A departure from the schema is raised once the document was read whole: anything else is not XML.
        if schema is None or error.code not in _SCHEMA:
            raise sources.broken(error) from None
        if not stream.ended:
            raise sources.cut() from None
        departures = [entry for entry in error.error_log if entry.type in _SCHEMA]
        return list({(entry.line, entry.message): entry for entry in departures}.values())
    return []


def unknown(source):
    """Return the ``Refused`` of a root that is not a flow."""
    message = (
        f"« {source.root[:60]} » n’est pas un flux PES connu (Aller, Acquit ou Retour) : vérifiez le fichier choisi."
    )
    return sources.refused("racine", message, source.root, 1)


def in_domain(bordereau):
    """Tell whether an element Bordereau is one of a block of dépenses or recettes."""
    parent = bordereau.getparent()
    return parent is not None and parent.tag in DOMAINS


def values(element):
    """Return ``{name: V}`` of the children of an element; an empty dict of None."""
    return {child.tag: child.get("V", "") for child in element} if element is not None else {}


def amount(text):
    """Return a finite ``Decimal``, None when the text is not one."""
    if not text or len(text) > 40:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def entete(envelope, header):
    """Return the ``Entete`` of the elements Enveloppe and EnTetePES, either of which may be None."""
    parameters = values(envelope.find("Parametres")) if envelope is not None else {}
    sender = values(envelope.find("Emetteur")) if envelope is not None else {}
    told = values(header)
    return model.Entete(
        version=parameters.get("Version", ""),
        typfic=parameters.get("TypFic", ""),
        nomfic=parameters.get("NomFic", ""),
        emetteur=sender.get("Sigle", ""),
        date=told.get("DteStr", ""),
        poste=told.get("IdPost", ""),
        collectivite=told.get("IdColl", ""),
        # A Retour spells it otherwise.
        cod_col=told.get("CodCol") or told.get("CodColl", ""),
        cod_bud=told.get("CodBud", ""),
        budget=told.get("LibelleColBud", ""),
    )


class _Reader:
    """Takes a flow from mark to mark: what the tree holds before each is read, then dropped."""

    def __init__(self, flux):
        self.flux = flux
        self._block = None
        self._element = None
        self._bordereau = None
        self._unpacked = 0

    def take(self, mark, stream):
        """Read up to a mark. One walk, that lxml filters by name: to ask each element for its name takes twice the time."""
        walk = stream.root.iter(*_WALKED)
        element = next(walk, None)
        while element is not None and element is not mark:
            if element.tag == "Piece" and self._bordereau is not None and element.getparent() is self._element:
                piece, element = _piece(element, walk, mark)
                self._bordereau.pieces.append(piece)
                continue
            if element.tag == "Bordereau":
                self._begin(element)
            elif element.tag == "PJ":
                self._attachment(element)
            element = next(walk, None)
        stream.drop(mark)

    def finish(self, root):
        """Read what stays under the root till the end."""
        flux = self.flux
        self._end()
        flux.entete = entete(root.find("Enveloppe"), root.find("EnTetePES"))
        flux.signatures = len(root.findall(SIGNATURE))
        flux.factures, flux.marches = _count(root.find("PES_Facture")), _count(root.find("PES_Marche"))

    def _begin(self, element):
        """Begin a bordereau, which is met again at each mark it goes beyond: its head goes with the first."""
        if element is self._element:
            return
        self._end()
        self._element, self._bordereau = element, None
        if not in_domain(element):
            return
        block = element.getparent()
        if block is not self._block:
            self._block = block
            head = block.find("EnTeteDepense")
            told = values(block.find("EnTeteRecette") if head is None else head)
            self.flux.domaines.append(
                model.Domaine(
                    DOMAINS[block.tag],
                    id_ver=told.get("IdVer", ""),
                    dematerialisee=told.get("InfoDematerialisee", "").strip().lower() in ("1", "true"),
                    line=block.sourceline or 0,
                )
            )
        domain = self.flux.domaines[-1]
        self._bordereau = model.Bordereau(domain.nom, id=element.get("Id", ""), line=element.sourceline or 0)
        domain.bordereaux.append(self._bordereau)
        told, bordereau = values(element.find("BlocBordereau")), self._bordereau
        bordereau.exercice, bordereau.numero = told.get("Exer", ""), told.get("IdBord", "")
        bordereau.date, bordereau.type = told.get("DteBordEm", ""), told.get("TypBord", "")
        bordereau.nombre = told.get("NbrPce", "")
        # Dépenses and recettes do not spell it alike.
        bordereau.montant_ht = amount(told.get("MtBordHT") or told.get("MtBordHt"))
        bordereau.montant_tva = amount(told.get("MtBordTVA"))
        bordereau.cumul = amount(told.get("MtCumulAnnuel"))

    def _end(self):
        """Count the signatures of the bordereau that ends."""
        if self._bordereau is not None:
            self._bordereau.signatures = len(self._element.findall(SIGNATURE))

    def _attachment(self, element):
        parent = element.getparent()
        if parent is None or parent.tag != "PES_PJ":
            return
        file = element.find("Contenu/Fichier")
        size, digest, code, problem = 0, "", "", ""
        limit = min(attachments.MAX_ONE, attachments.MAX_ALL - self._unpacked)
        try:
            size, digest = attachments.measure(file.text if file is not None else "", limit)
        except Refused as refusal:
            code, problem = refusal.code, refusal.message
            size = limit if code == "pes.pj-taille" else 0
        self._unpacked += size
        told = values(element)
        self.flux.pieces_jointes.append(
            model.PieceJointe(
                unique=told.get("IdUnique", ""),
                nom=told.get("NomPJ", ""),
                type=told.get("TypePJ", ""),
                description=told.get("Description", ""),
                mime=file.get("MIMEType", "") if file is not None else "",
                taille=0 if code else size,
                sha256=digest,
                code=code,
                probleme=problem,
                line=element.sourceline or 0,
            )
        )


def _count(block):
    return (
        0
        if block is None
        else sum(isinstance(child.tag, str) and not child.tag.startswith("EnTete") for child in block)
    )


def _ends(found, tag, mark):
    """Tell whether what is met ends the pièce before it; the same names may lie within a pièce."""
    if tag is etree.PI:
        return found is mark
    parent = found.getparent().tag
    return parent in DOMAINS if tag == "Bordereau" else parent == ("Bordereau" if tag == "Piece" else "PES_PJ")


def _piece(element, walk, mark):
    """Return the ``Piece`` of an element the walk just met, and the element it met after it, None at its end."""
    piece, lines, references, aside = {}, [], [], {}
    current = tiers = piece
    after = None
    for found in walk:
        tag = found.tag
        if tag not in _WANTED:
            if not _ends(found, tag, mark):
                continue
            after = found
            break
        if tag in _BEGIN:
            current = {}
            if tag == "LigneDePiece":
                lines.append((current, tiers := []))
            elif tag == "Tiers" and lines:
                tiers.append(current)
            elif tag == "PJRef":
                current[""] = found.sourceline or 0
                references.append(current)
            else:
                current = aside
        elif tag not in current:
            current[tag] = found.get("V") or ""
    told = piece.get
    made = model.Piece(
        numero=told("IdPce", ""),
        type=told("TypPce", ""),
        nature=told("NatPce", ""),
        objet=told("Obj") or told("ObjPce", ""),
        lignes=tuple([_ligne(line.get, tiers) for line, tiers in lines]),
        references=tuple([_reference(reference.get) for reference in references]),
        etat=told("EtatPce", ""),
        observation=told("ObsEtat", ""),
        line=element.sourceline or 0,
    )
    return made, after


def _reference(told):
    return model.Reference(told("IdUnique", ""), told("NomPJ", ""), told("Support", ""), told(""))


def _ligne(told, tiers):
    return model.Ligne(
        told("IdLigne", ""),
        told("Nature", ""),
        told("Fonction", ""),
        told("LibVir1") or told("ObjLignePce", ""),
        amount(told("MtHT")),
        amount(told("MtTVA")),
        tuple([_tiers(found.get) for found in tiers]),
        told("EtatLigPce", ""),
        told("ObsEtat", ""),
    )


def _tiers(told):
    first, name = told("Prenom"), told("Nom", "")
    return model.Tiers(
        f"{name} {first}" if first else name, told("IdTiers", ""), told("RefTiers", ""), told("IBAN", "")
    )


def extract(source, unique, write, limit=attachments.MAX_ONE):
    """Give the bytes of one attachment to ``write``, slice by slice; return its ``(name, MIME type)``.

    Raises ``Refused``: ``pes.pj-inconnue`` or as ``attachments.unpack`` does; what was written by then is to be thrown away.
    """
    # Bordereaux and pièces are met to be dropped: a large flow would be held whole otherwise.
    stream = sources.Stream(source, ("Bordereau", *_TAGS))
    try:
        for element in stream:
            parent = element.getparent()
            if element.tag == "PJ" and parent is not None and parent.tag == "PES_PJ":
                told, file = values(element), element.find("Contenu/Fichier")
                if told.get("IdUnique") == unique and file is not None:
                    for data in attachments.unpack(file.text or "", limit):
                        write(data)
                    return told.get("NomPJ", ""), file.get("MIMEType", "")
            stream.drop(element)
    except etree.XMLSyntaxError as error:
        raise sources.broken(error) from None
    raise Refused("pes.pj-inconnue", f"La pièce jointe « {unique[:50]} » n’est pas dans ce flux.", unique)
