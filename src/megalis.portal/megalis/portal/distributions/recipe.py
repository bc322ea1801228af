"""A buildout recipe that fills a text template, for what stands around Zope: nginx, systemd.

``input`` and ``output`` are paths; ``${part:option}`` in the input is replaced as in any buildout value, and nothing
else is, so that nginx keeps its own ``$variables``. The file is made anew at each run and removed with its part.
"""

from pathlib import Path

import re


REFERENCE = re.compile(r"\$\{([\w.-]+):([\w.-]+)\}")


class Template:
    """Buildout recipe ``megalis.portal:template``."""

    def __init__(self, buildout, name, options):
        base = Path(buildout["buildout"]["directory"])
        self.output = base / options["output"]
        source = (base / options["input"]).read_text("utf-8")
        self.text = REFERENCE.sub(lambda found: buildout[found[1]][found[2]], source)
        options["text"] = self.text.replace("$", "$$")

    def install(self):
        self.output.parent.mkdir(parents=True, exist_ok=True)
        self.output.write_text(self.text, "utf-8")
        return [str(self.output)]

    update = install
