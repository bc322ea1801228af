"""Following consultations: the board of a collectivité, its dates to come, the reminders of the morning."""
