"""Partners of the platform, played on this machine: they speak the real shape, hold nothing true and publish nothing."""
