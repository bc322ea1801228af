"""What a person sees while a site is being made: one line a step, with the seconds since the command was given."""

import os
import sys
import time


class Progress:
    """Call it with the text of a step; the clock starts with ``make`` (``MEGALIS_STARTED``, seconds of the epoch).

    Steps go to the standard error: a server's standard output is nobody's.
    """

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.started = float(os.environ.get("MEGALIS_STARTED") or time.time())

    def __call__(self, text):
        print(f"[{time.time() - self.started:4.0f} s] {text}", file=self.stream, flush=True)
