"""How long each document is kept, what may be eliminated, under whose visa, and what stands in the way."""
