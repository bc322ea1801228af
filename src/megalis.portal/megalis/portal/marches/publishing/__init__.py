"""What the public and programs read of contracts and notices, at addresses that last."""
