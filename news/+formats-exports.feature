Lists are written as CSV and XLSX row by row, with typed cells and never a formula (`formats.tables`).
Consultations are told in OCDS 1.1: releases and records, one ocid a consultation (`formats.ocds`).
The notice of a procédure adaptée is written for a legal-notices newspaper, with its length and price by the newspaper’s rate (`formats.jal`), and as a national short notice in JSON and XML (`formats.boamp`).
