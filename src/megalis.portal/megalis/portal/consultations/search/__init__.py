"""Finding a consultation: plain GET, in memory, right for every connection."""
