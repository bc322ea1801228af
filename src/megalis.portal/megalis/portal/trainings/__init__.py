"""Training: modules for five trades, sessions, who comes and who came; partners who bring companies in."""
