"""One consultation as each software writes it."""

import json


NEUTRAL = {
    "reference_externe": "SIS-2026-0042",
    "reference": "2026-VOI-42",
    "objet": "Réfection de la rue du Port",
    "description": "Chaussée, trottoirs et réseaux",
    "procedure": "procedure-adaptee",
    "nature": "travaux",
    "cpv": "45233140",
    "lieux": ["FRH01"],
    "valeur_estimee": 180000,
    "criteres": [{"nom": "Prix", "points": 60}, {"nom": "Valeur technique", "points": 40}],
    "contact_service": "Commande publique",
    "contact_courriel": "marches@brieuc.exemple.bzh",
    "date_limite": "2026-06-15T10:00:00Z",
    "date_limite_questions": "2026-06-05T10:00:00Z",
    "lots": [
        {"numero": "1", "intitule": "Terrassement", "valeur_estimee": 80000},
        {"numero": "2", "intitule": "Enrobés", "valeur_estimee": 100000},
    ],
    "pieces": [
        {"nom": "RC.pdf", "titre": "Règlement", "nature": "reglement"},
        {"nom": "CCTP-lot2.pdf", "titre": "CCTP", "nature": "cctp", "lots": ["2"]},
    ],
}
JSON = json.dumps({"consultations": [NEUTRAL]}, ensure_ascii=False).encode()
SIS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<echangeMarches version="1">
 <consultation identifiant="SIS-2026-0042">
  <numero>2026-VOI-42</numero><objet>Réfection de la rue du Port</objet>
  <description>Chaussée, trottoirs et réseaux</description>
  <procedure>MAPA</procedure><nature>TRAVAUX</nature><cpv>45233140</cpv><lieuExecution>22</lieuExecution>
  <montantEstime>180000.00</montantEstime>
  <criteres><critere libelle="Prix" ponderation="60"/><critere libelle="Valeur technique" ponderation="40"/></criteres>
  <serviceContact>Commande publique</serviceContact><courrielContact>marches@brieuc.exemple.bzh</courrielContact>
  <dateLimiteRemise>2026-06-15T12:00:00+02:00</dateLimiteRemise>
  <dateLimiteQuestions>2026-06-05T12:00:00+02:00</dateLimiteQuestions>
  <lots>
   <lot numero="1"><intitule>Terrassement</intitule><montantEstime>80000</montantEstime></lot>
   <lot numero="2"><intitule>Enrobés</intitule><montantEstime>100000</montantEstime></lot>
  </lots>
  <dce>
   <piece fichier="RC.pdf" libelle="Règlement" type="reglement"/>
   <piece fichier="CCTP-lot2.pdf" libelle="CCTP" type="cctp" lots="2"/>
  </dce>
 </consultation>
</echangeMarches>
""".encode("latin-1")
MARCO = """CONS;SIS-2026-0042;2026-VOI-42;Réfection de la rue du Port;MAPA;T;45233140;22;180 000,00 €;15/06/2026 12:00;05/06/2026 12h00;;Commande publique;marches@brieuc.exemple.bzh;;Chaussée, trottoirs et réseaux
CRIT;SIS-2026-0042;Prix;60
CRIT;SIS-2026-0042;Valeur technique;40
LOT;SIS-2026-0042;1;Terrassement;;80 000
LOT;SIS-2026-0042;2;Enrobés;;100 000
PIECE;SIS-2026-0042;RC.pdf;Règlement;reglement
PIECE;SIS-2026-0042;CCTP-lot2.pdf;CCTP;cctp;2
""".encode("cp1252")
OF_FLAVOUR = {"json": JSON, "sis": SIS, "marco": MARCO}
