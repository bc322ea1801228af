"""What follows a consultation by invitation: second phases, rounds, completions, contracts under a framework."""
