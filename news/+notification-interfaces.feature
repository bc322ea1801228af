The software of buyers (SIS Marchés, MARCO) learns when each holder was notified; files of results are written again once that is settled.
