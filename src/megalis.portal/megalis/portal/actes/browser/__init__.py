"""The pages of acts: those of agents, and the public register."""
