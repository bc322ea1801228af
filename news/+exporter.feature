Toute liste s’emporte en CSV, XLSX et PDF par un même menu.
