Partner organisations: their people ask companies into a programme by SIRET, follow those that agreed, and the public sees how many have come how far.
