"""Claim: no family of pages breaks a rule of WCAG 2.1 A or AA that axe knows, overflows a phone, or fails in its scripts.

The demonstration site on the standalone profile as buildout writes it. Each kind of person signs in and follows the links
of his pages from the home page on (see ``pages.py``: a family is the addresses that differ by the name of a content only);
Chromium opens one address of each family that nobody before him was shown, at 1280 and at 390 px, in light and in dark.

Run: ``python benchmarks/access.py [--keep FOLDER]``; a kept folder serves the next run.
"""

from _instance import at_rest
from _instance import make
from _instance import served
from argparse import ArgumentParser
from pages import crawl
from pages import people
from pathlib import Path
from playwright.sync_api import sync_playwright
from sealing_browser import FLAGS
from sealing_browser import FRONTEND
from tempfile import TemporaryDirectory

import sys


AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RULES = """levels => axe.run(document, {runOnly: levels, resultTypes: ["violations"]}).then(found => found.violations.map(
    one => one.id + ": " + one.nodes.slice(0, 2).map(node => node.target.join(" ")).join(", ")
))"""
WIDTHS = ((1280, 900), (390, 844))
SCHEMES = ("light", "dark")


class Eyes:
    """A page of Chromium that sees what one person sees; ``judge`` says what is wrong with an address."""

    def __init__(self, browser, client, origin):
        # colours that glide from one scheme to the other are judged where they end
        self.context = browser.new_context(locale="fr-FR", reduced_motion="reduce")
        if client.cookie:
            name, _equal, value = client.cookie.partition("=")
            self.context.add_cookies([{"name": name, "value": value, "url": origin}])
        self.origin = origin
        self.errors = []
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def judge(self, address):
        """Return what is wrong, in words, each once."""
        self.errors.clear()
        self.page.goto(self.origin + address)
        self.page.evaluate(AXE.read_text("utf-8"))
        found = {}
        for width, height in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": height})
            over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                found[f"{over} px wider than {width}"] = None
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                found |= dict.fromkeys(f"{said} ({width}, {scheme})" for said in self.page.evaluate(RULES, LEVELS))
        found |= dict.fromkeys(f"console: {error}" for error in self.errors)
        return list(found)


def main(keep):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(keep or name).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        instance = make(folder, demo=True)
        known, wrong = set(), []
        with served(instance) as server, sync_playwright() as program:
            at_rest(server)
            browser = program.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            for label, client in people(instance, folder):
                pages = crawl(client, instance.url)
                new = {family: next(iter(addresses)) for family, addresses in pages.items() if family not in known}
                known |= set(new)
                eyes = Eyes(browser, client, instance.url)
                for address in new.values():
                    wrong += [(label, address, said) for said in eyes.judge(address)]
                eyes.context.close()
                print(f"{label}: {len(new)} families nobody before was shown, of {len(pages)}", flush=True)
            browser.close()
    for label, address, said in wrong:
        print(f"  {label}: {address}: {said}")
    print(f"{len(known)} families of pages, {len(wrong)} faults; target 0")
    if wrong:
        print("claim not held")
    return bool(wrong)


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--keep")
    sys.exit(main(parser.parse_args().keep))
