"""The basket: the consultations a person of a company follows, and what he is told of them."""
