"""What the simulated préfecture wrote down, read by the benchmark and by the scene it runs in an instance."""

from collections import Counter
from contextlib import suppress

import json


def received(folder):
    """Return how often each act was received by the préfecture, from what the simulator wrote down."""
    found = Counter()
    path = folder / "prefecture/journal.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        with suppress(ValueError):  # a line being written
            event = json.loads(line)
            found.update(event["actes"] if event["quoi"] == "recu" else ())
    return found
