"""A company's DUME, as small as one can be: two grounds for exclusion, two criteria, one of the operator's data."""

ANSWERS = {
    "crime": ("indicator", "false"),
    "taxes": ("indicator", "true"),
    "taxes-why": ("text", "Échéancier accordé le 3 mars"),
    "trade": ("indicator", "true"),
    "trade-where": ("uri", "https://registre.exemple.fr/732829320"),
    "turnover": ("indicator", "true"),
    "turnover-amount": ("amount", "450000"),
    "turnover-year": ("period", "2025-01-01/2025-12-31"),
}
CRITERIA = (
    ("005eb9ed-1347-4ca3-bb29-9bc0db64e1ab", "crime-org", (("crime", "Situation ?", ()),)),
    ("b61bbeb7-690e-4a40-bc68-d6d4ecfaa3d4", "tax-pay", (("taxes", "Situation ?", (("taxes-why", "Précisez", ()),)),)),
    ("87b3fa26-3549-4f92-b8e0-3fd8f04bf5c7", "trade-regist", (("trade", "Rempli ?", (("trade-where", "Adresse", ()),)),)),
    ("x", "CRITERION.SELECTION.ECONOMIC_FINANCIAL_STANDING.TURNOVER.GENERAL_YEARLY",
     (("turnover", "Rempli ?", (("turnover-amount", "Montant", ()), ("turnover-year", "Exercice", ()))),)),
)  # fmt: skip
VALUES = {
    "indicator": "<cac:ResponseValue><cbc:ResponseIndicator>{}</cbc:ResponseIndicator></cac:ResponseValue>",
    "text": "<cac:ResponseValue><cbc:Description>{}</cbc:Description></cac:ResponseValue>",
    "uri": "<cac:ResponseValue><cbc:ResponseURI>{}</cbc:ResponseURI></cac:ResponseValue>",
    "amount": '<cac:ResponseValue><cbc:ResponseAmount currencyID="EUR">{}</cbc:ResponseAmount></cac:ResponseValue>',
}


def _properties(rows, tag="TenderingCriterionPropertyGroup"):
    return "".join(
        f"<cac:{tag}><cac:TenderingCriterionProperty><cbc:ID>{key}</cbc:ID><cbc:Description>{question}</cbc:Description>"
        f"</cac:TenderingCriterionProperty>{_properties(below, 'SubsidiaryTenderingCriterionPropertyGroup')}</cac:{tag}>"
        for key, question, below in rows
    )


def _answer(key, kind, value):
    if kind == "period":
        start, end = value.split("/")
        body = f"<cac:ApplicablePeriod><cbc:StartDate>{start}</cbc:StartDate><cbc:EndDate>{end}</cbc:EndDate></cac:ApplicablePeriod>"
    else:
        body = VALUES[kind].format(value)
    return (
        f"<cac:TenderingCriterionResponse><cbc:ValidatedCriterionPropertyID>{key}</cbc:ValidatedCriterionPropertyID>"
        f"{body}</cac:TenderingCriterionResponse>"
    )


def response(name="Charpentes du Léon", reference="2026-1", answers=ANSWERS, criteria=CRITERIA, ns="-2", root="QualificationApplicationResponse"):  # fmt: skip
    """Return the XML of a DUME."""
    asked = "".join(
        f"<cac:TenderingCriterion><cbc:ID>{key}</cbc:ID><cbc:CriterionTypeCode>{code}</cbc:CriterionTypeCode>"
        f"<cbc:Name>{code}</cbc:Name>{_properties(rows)}</cac:TenderingCriterion>"
        for key, code, rows in criteria
    )
    said = "".join(_answer(key, *given) for key, given in answers.items())
    urn = "urn:oasis:names:specification:ubl:schema:xsd:"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="{urn}{root}{ns}" xmlns:cac="{urn}CommonAggregateComponents{ns}" xmlns:cbc="{urn}CommonBasicComponents{ns}">
<cbc:UBLVersionID>2.3</cbc:UBLVersionID><cbc:ProfileExecutionID>ESPD-EDMv3.3.0</cbc:ProfileExecutionID>
<cbc:UUID>e349bffe-0146-4bf2-8867-325dca26d64a</cbc:UUID><cbc:ContractFolderID>{reference}</cbc:ContractFolderID>
<cbc:IssueDate>2026-03-12+01:00</cbc:IssueDate>
<cac:EconomicOperatorParty><cac:EconomicOperatorRole><cbc:RoleCode>group-lead</cbc:RoleCode></cac:EconomicOperatorRole>
<cac:Party><cac:PartyIdentification><cbc:ID>44306184100013</cbc:ID></cac:PartyIdentification>
<cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName></cac:Party></cac:EconomicOperatorParty>
<cac:ProcurementProjectLot><cbc:ID>LOT-1</cbc:ID></cac:ProcurementProjectLot>
{asked}{said}</{root}>""".encode()
