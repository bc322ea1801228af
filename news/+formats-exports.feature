Lists are written as CSV and XLSX row by row, with typed cells and never a formula (`formats.tables`).
