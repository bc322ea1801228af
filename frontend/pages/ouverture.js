// Why: being written.
