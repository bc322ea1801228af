Companies follow consultations in a basket (told of changes, answers and, two days before, of the deadline) and find all their answers again with their receipts.
