"""News of the places people work in (forums, workspaces): by e-mail at once, or gathered in one message a day."""
