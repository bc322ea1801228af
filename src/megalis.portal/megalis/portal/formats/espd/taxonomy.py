"""The criteria of an ESPD: their identifiers, the same in every version, their codes of versions 2.1 and 3, their French names.

Identifiers and codes are those of the ESPD exchange data model (Publications Office of the EU); the names are ours.
"""

from dataclasses import dataclass


EXCLUSION, SELECTION, OTHER = "exclusion", "selection", "autre"
FAMILIES = {
    EXCLUSION: "Motifs d’exclusion",
    SELECTION: "Critères de sélection",
    OTHER: "Renseignements sur l’opérateur",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A criterion of the taxonomy; ``old`` ends its code in version 2.1."""

    family: str
    code: str
    id: str
    old: str
    title: str


ROWS = (
    Known(
        EXCLUSION,
        "crime-org",
        "005eb9ed-1347-4ca3-bb29-9bc0db64e1ab",
        "PARTICIPATION_IN_CRIMINAL_ORGANISATION",
        "Participation à une organisation criminelle",
    ),
    Known(EXCLUSION, "corruption", "c27b7c4e-c837-4529-b867-ed55ce639db5", "CORRUPTION", "Corruption"),
    Known(EXCLUSION, "fraud", "297d2323-3ede-424e-94bc-a91561e6f320", "FRAUD", "Fraude"),
    Known(
        EXCLUSION,
        "terr-offence",
        "d486fb70-86b3-4e75-97f2-0d71b5697c7d",
        "TERRORIST_OFFENCES",
        "Infractions terroristes ou liées à des activités terroristes",
    ),
    Known(
        EXCLUSION,
        "finan-laund",
        "47112079-6fec-47a3-988f-e561668c3aef",
        "MONEY_LAUNDERING",
        "Blanchiment de capitaux ou financement du terrorisme",
    ),
    Known(
        EXCLUSION,
        "human-traffic",
        "d789d01a-fe03-4ccd-9898-73f9cfa080d1",
        "CHILD_LABOUR-HUMAN_TRAFFICKING",
        "Travail des enfants, traite des êtres humains",
    ),
    Known(
        EXCLUSION, "tax-pay", "b61bbeb7-690e-4a40-bc68-d6d4ecfaa3d4", "PAYMENT_OF_TAXES", "Paiement des impôts et taxes"
    ),
    Known(
        EXCLUSION,
        "socsec-pay",
        "7d85e333-bbab-49c0-be8d-c36d71a72f5e",
        "PAYMENT_OF_SOCIAL_SECURITY",
        "Paiement des cotisations sociales",
    ),
    Known(
        EXCLUSION,
        "envir-law",
        "a80ddb62-d25b-4e4e-ae22-3968460dc0a9",
        "ENVIRONMENTAL_LAW",
        "Manquement au droit de l’environnement",
    ),
    Known(EXCLUSION, "socsec-law", "a261a395-ed17-4939-9c75-b9ff1109ca6e", "SOCIAL_LAW", "Manquement au droit social"),
    Known(
        EXCLUSION, "labour-law", "a34b70d6-c43d-4726-9a88-8e2b438424bf", "LABOUR_LAW", "Manquement au droit du travail"
    ),
    Known(EXCLUSION, "bankruptcy", "d3732c09-7d62-4edc-a172-241da6636e7c", "BANKRUPTCY", "Faillite"),
    Known(EXCLUSION, "insolvency", "396f288a-e267-4c20-851a-ed4f7498f137", "INSOLVENCY", "Insolvabilité"),
    Known(
        EXCLUSION, "cred-arran", "68918c7a-f5bc-4a1a-a62f-ad8983600d48", "CREDITORS_ARRANGEMENT", "Concordat préventif"
    ),
    Known(
        EXCLUSION,
        "bankr-nat",
        "daffa2a9-9f8f-4568-8be8-7b8bf306d096",
        "BANKRUPTCY_ANALOGOUS",
        "Situation analogue à la faillite en droit national",
    ),
    Known(
        EXCLUSION,
        "liq-admin",
        "8fda202a-0c37-41bb-9d7d-de3f49edbfcb",
        "LIQUIDATOR_ADMINISTERED",
        "Biens administrés par un liquidateur",
    ),
    Known(
        EXCLUSION, "susp-act", "166536e2-77f7-455c-b018-70582474e4f6", "ACTIVITIES_SUSPENDED", "Cessation d’activité"
    ),
    Known(
        EXCLUSION,
        "prof-misconduct",
        "514d3fde-1e3e-4dcd-b02a-9f984d5bbda3",
        "MC_PROFESSIONAL",
        "Faute professionnelle grave",
    ),
    Known(
        EXCLUSION,
        "distorsion",
        "56d13e3d-76e8-4f23-8af6-13e60a2ee356",
        "MARKET_DISTORTION",
        "Entente faussant la concurrence",
    ),
    Known(
        EXCLUSION,
        "partic-confl",
        "b1b5ac18-f393-4280-9659-1367943c1a2e",
        "PROCEDURE_PARTICIPATION",
        "Conflit d’intérêts lié à la participation",
    ),
    Known(
        EXCLUSION,
        "prep-confl",
        "61874050-5130-4f1c-a174-720939c7b483",
        "PROCEDURE_PREPARATION",
        "Participation à la préparation de la procédure",
    ),
    Known(
        EXCLUSION,
        "sanction",
        "3293e92b-7f3e-42f1-bee6-a7641bb04251",
        "EARLY_TERMINATION",
        "Résiliation anticipée, dommages ou sanction comparable",
    ),
    Known(
        EXCLUSION,
        "misrepresent",
        "696a75b2-6107-428f-8b74-82affb67e184",
        "MISINTERPRETATION",
        "Fausses déclarations, informations dissimulées",
    ),
    Known(
        EXCLUSION,
        "nati-ground",
        "63adb07d-db1b-4ef0-a14e-a99785cf8cf6",
        "OTHER",
        "Motifs d’exclusion purement nationaux",
    ),
    Known(
        SELECTION,
        "prof-regist",
        "6ee55a59-6adb-4c3a-b89f-e62a7ad7be7f",
        "PROFESSIONAL_REGISTER_ENROLMENT",
        "Inscription à un registre professionnel",
    ),
    Known(
        SELECTION,
        "trade-regist",
        "87b3fa26-3549-4f92-b8e0-3fd8f04bf5c7",
        "TRADE_REGISTER_ENROLMENT",
        "Inscription au registre du commerce",
    ),
    Known(
        SELECTION,
        "authorisation",
        "9eeb6d5c-0eb8-48e8-a4c5-5087a7c095a4",
        "AUTHORISATION",
        "Autorisation particulière (services)",
    ),
    Known(
        SELECTION,
        "membership",
        "73f10e36-ed7a-412e-995c-aa76463e3776",
        "MEMBERSHIP",
        "Appartenance à une organisation (services)",
    ),
    Known(
        SELECTION, "gen-year-to", "499efc97-2ac1-4af2-9e84-323c2ca67747", "GENERAL_YEARLY", "Chiffre d’affaires annuel"
    ),
    Known(
        SELECTION,
        "aver-year-to",
        "b16cb9fc-6cb7-4585-9302-9533b415cf48",
        "AVERAGE_YEARLY",
        "Chiffre d’affaires annuel moyen",
    ),
    Known(
        SELECTION,
        "spec-aver-to",
        "d3dfb714-f558-4512-bbc5-e456fa2339de",
        "SPECIFIC_AVERAGE",
        "Chiffre d’affaires moyen dans le domaine",
    ),
    Known(
        SELECTION,
        "spec-year-to",
        "074f6031-55f9-4e99-b9a4-c4363e8bc315",
        "SPECIFIC_YEARLY",
        "Chiffre d’affaires annuel dans le domaine",
    ),
    Known(SELECTION, "finan-rat", "e4d37adc-08cd-4f4d-a8d8-32b62b0a1f46", "FINANCIAL_RATIO", "Ratios financiers"),
    Known(
        SELECTION,
        "indem-insu",
        "7604bd40-4462-4086-8763-a50da51a869c",
        "RISK_INDEMNITY_INSURANCE",
        "Assurance des risques professionnels",
    ),
    Known(
        SELECTION,
        "finan-requ",
        "ab0e7f2e-6418-40e2-8870-6713123e41ad",
        "OTHER_REQUIREMENTS",
        "Autres exigences économiques ou financières",
    ),
    Known(
        SELECTION, "work-perform", "cdd3bb3e-34a5-43d5-b668-2aab86a73822", "WORKS_PERFORMANCE", "Références de travaux"
    ),
    Known(
        SELECTION,
        "supply-perform",
        "3a18a175-1863-4b1d-baef-588ce61960ca",
        "SUPPLIES_DELIVERY_PERFORMANCE",
        "Références de fournitures",
    ),
    Known(
        SELECTION,
        "service-perform",
        "5e506c16-26ab-4e32-bb78-b27f87dc0565",
        "SERVICES_DELIVERY_PERFORMANCE",
        "Références de services",
    ),
    Known(
        SELECTION,
        "qual-cont-tech",
        "3aaca389-4a7b-406b-a4b9-080845d127e7",
        "TECHNICIANS_FOR_QUALITY_CONTROL",
        "Techniciens chargés du contrôle de la qualité",
    ),
    Known(
        SELECTION,
        "work-tech",
        "c599c130-b29f-461e-a187-4e16c7d40db7",
        "TECHNICIANS_FOR_CARRYING_WORKS",
        "Techniciens chargés des travaux",
    ),
    Known(
        SELECTION,
        "qual-facil",
        "4bf996d9-439c-40c6-9ab9-980a48cb55a1",
        "FACILITIES_FOR_QUALITY_ENSURING",
        "Équipements et mesures pour assurer la qualité",
    ),
    Known(
        SELECTION,
        "research-fac",
        "90a2e100-44cc-45d3-9970-69d6714f1596",
        "FACILITIES_FOR_STUDY_RESEARCH",
        "Moyens d’étude et de recherche",
    ),
    Known(
        SELECTION,
        "chain-manage",
        "dc12a151-7fdf-4733-a8f0-30f667292e66",
        "SUPPLY_CHAIN_MANAGEMENT",
        "Suivi de la chaîne d’approvisionnement",
    ),
    Known(
        SELECTION,
        "envir-measure",
        "9460457e-b43d-48a9-acd1-615de6ddd33e",
        "ENVIRONMENTAL_MANAGEMENT_MEASURES",
        "Mesures de gestion environnementale",
    ),
    Known(
        SELECTION,
        "tech-equip",
        "cc18c023-211d-484d-a32e-52f3f970285f",
        "EQUIPMENT",
        "Outillage, matériel et équipement technique",
    ),
    Known(
        SELECTION,
        "qualification",
        "07301031-2270-41af-8e7e-66fe0c777107",
        "PROFESSIONAL_QUALIFICATIONS",
        "Titres d’études et professionnels",
    ),
    Known(
        SELECTION,
        "spec-req-check",
        "c8809aa1-29b6-4f27-ae2f-27e612e394db",
        "ALLOWANCE_OF_CHECKS",
        "Acceptation de contrôles",
    ),
    Known(
        SELECTION,
        "manage-staff",
        "6346959b-e097-4ea1-89cd-d1b4c131ea4d",
        "MANAGERIAL_STAFF",
        "Effectif du personnel d’encadrement",
    ),
    Known(
        SELECTION,
        "year-manpower",
        "1f49b3f0-d50f-43f6-8b30-4bafab108b9b",
        "AVERAGE_ANNUAL_MANPOWER",
        "Effectifs moyens annuels",
    ),
    Known(
        SELECTION,
        "suncont-port",
        "612a1625-118d-4ea4-a6db-413184e7c0a8",
        "SUBCONTRACTING_PROPORTION",
        "Part sous-traitée",
    ),
    Known(
        SELECTION,
        "wo-autent",
        "bdf0601d-2480-4250-b870-658d0ee95be6",
        "NO_AUTHENTICATED_ARTEFACTS",
        "Échantillons sans certificat d’authenticité",
    ),
    Known(
        SELECTION,
        "w-autent",
        "7662b7a9-bcb8-4763-a0a7-7505d8e8470d",
        "AUTHENTICATED_ARTEFACTS",
        "Échantillons avec certificat d’authenticité",
    ),
    Known(
        SELECTION,
        "qa-certif-inst",
        "a7669d7d-9297-43e1-9d10-691a1660187c",
        "QA_INSTITUTES_CERTIFICATE",
        "Certificats d’instituts de contrôle de la qualité",
    ),
    Known(
        SELECTION,
        "qu-certif-indep",
        "d726bac9-e153-4e75-bfca-c5385587766d",
        "QA_INDEPENDENT_CERTIFICATE",
        "Certificats de qualité d’organismes indépendants",
    ),
    Known(
        SELECTION,
        "envir-certif-indep",
        "8ed65e48-fd0d-444f-97bd-4f58da632999",
        "ENV_INDEPENDENT_CERTIFICATE",
        "Certificats environnementaux d’organismes indépendants",
    ),
    Known(
        OTHER,
        "shelt-worksh",
        "2043338f-a38a-490b-b3ec-2607cb25a017",
        "SHELTERED_WORKSHOP",
        "Atelier protégé, entreprise sociale",
    ),
    Known(
        OTHER,
        "registered",
        "9b19e869-6c89-4cc4-bd6c-ac9ca8602165",
        "REGISTERED_IN_OFFICIAL_LIST",
        "Inscription sur une liste officielle",
    ),
    Known(
        OTHER, "eo-group", "ee51100f-8e3e-40c9-8f8b-57d5a15be1f2", "TOGETHER_WITH_OTHERS", "Participation en groupement"
    ),
    Known(
        OTHER,
        "relied",
        "0d62c6ed-f074-4fcf-8e9f-f691351d52ad",
        "RELIES_ON_OTHER_CAPACITIES",
        "Recours aux capacités d’autres entités",
    ),
    Known(
        OTHER,
        "subco-ent",
        "72c0c4b1-ca50-4667-9487-461f3eed4ed7",
        "SUBCONTRACTS_WITH_THIRD_PARTIES",
        "Sous-traitants sans recours à leurs capacités",
    ),
    Known(
        OTHER,
        "staff-red",
        "51c39ba9-0444-4967-afe9-36f753b30175",
        "REDUCTION_OF_CANDIDATES",
        "Réduction du nombre de candidats",
    ),
    Known(OTHER, "sme", "ede30cb7-70c2-4ead-ba11-22d0cac5ab7a", "", "Micro, petite ou moyenne entreprise"),
)
BY_CODE = {row.code: row for row in ROWS}
_BY_ID = {row.id: row for row in ROWS}
_BY_OLD = {row.old: row for row in ROWS if row.old}


def known(identifier, code):
    """Return the Known of a criterion by its identifier or its code of any version, or None."""
    return _BY_ID.get(identifier) or BY_CODE.get(code) or _BY_OLD.get(code.rpartition(".")[2])


def family(code):
    """Return the family that the code of an unknown criterion tells."""
    for part, found in ((".EXCLUSION.", EXCLUSION), (".SELECTION.", SELECTION)):
        if part in code:
            return found
    return OTHER
