"""The pages of retention: what a consultation keeps, what may go, the lists of elimination."""
