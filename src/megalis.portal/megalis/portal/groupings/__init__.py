"""Groupements de commandes: public buyers who buy together, from the convention to each member's own contract lines."""
