The agents’ dashboard draws the phases of its consultations against the months, over the table that says the same.
