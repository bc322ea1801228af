"""Partner organisations and their programmes: companies they bring in, with their consent, and how far these have come."""
