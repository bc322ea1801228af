"""Pages of agents: preparing, publishing and following a consultation."""
