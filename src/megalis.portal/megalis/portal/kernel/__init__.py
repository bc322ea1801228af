"""What every service stands on: clock, settings, journal, outbox, mail and référentiels."""
