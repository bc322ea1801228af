Lists are written as CSV and XLSX row by row, with typed cells and never a formula (`formats.tables`).
Consultations are told in OCDS 1.1: releases and records, one ocid a consultation (`formats.ocds`).
