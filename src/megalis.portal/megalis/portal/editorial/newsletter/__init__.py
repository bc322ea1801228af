"""The newsletter: who asked for it and proved it, what each issue holds, and its sending, once to each."""
