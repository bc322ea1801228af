"""Pages that show what was found in opened documents."""
