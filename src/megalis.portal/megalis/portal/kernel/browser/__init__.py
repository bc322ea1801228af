"""Pages of the kernel: the public journal, and the operator’s outbox and référentiels."""
