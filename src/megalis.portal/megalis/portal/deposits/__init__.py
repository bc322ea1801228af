"""The secure exchanges: keys, sealed deposits, receipts, closing and opening."""
