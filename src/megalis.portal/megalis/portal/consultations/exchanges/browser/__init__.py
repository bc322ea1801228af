"""Pages of the exchanges, on the side of the buyer and on that of companies."""
