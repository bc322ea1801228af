"""Forms of collective.easyform on our own pages: answers kept beside the form, exported, forgotten in time."""
