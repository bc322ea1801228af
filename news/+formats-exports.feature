Lists are written as CSV and XLSX row by row, with typed cells and never a formula (`formats.tables`).
Consultations are told in OCDS 1.1: releases and records, one ocid a consultation (`formats.ocds`).
The notice of a procédure adaptée is written for a legal-notices newspaper, with its length and price by the newspaper’s rate (`formats.jal`), and as a national short notice in JSON and XML (`formats.boamp`).
Six more kinds of eForms notices are written and keep every rule of the SDK: 10, 23, 36, E1, E2 and E5.
