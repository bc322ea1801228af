"""A person at a browser: what the pages let people do, said in their words."""

from hashlib import sha256
from pathlib import Path
from tests.instances import ROOT

import os


SHOTS = os.environ.get("MEGALIS_SHOTS")
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
RULES = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    one => one.id + ": " + one.nodes.slice(0, 3).map(node => node.target.join(" ")).join(", ")
))"""
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
PATIENCE = 40_000  # milliseconds: this machine may be busy
PASSWORD = "quatre goélands sur la digue 29"
# What Chromium says of requests a test refuses on purpose.
EXPECTED = ("net::ERR_FAILED", "net::ERR_INTERNET_DISCONNECTED", "ERR_BLOCKED_BY_CLIENT")


class Visitor:
    """One browser context and its page; ``complaints`` gathers console errors, refused policies and failures of scripts."""

    def __init__(self, name, browser, url, folder, test, allow=(), **options):
        self.name = name
        self.url = url
        self.folder = folder
        self.test = test
        self.shots = 0
        self.complaints = []
        self.allowed = (*EXPECTED, *allow)
        self.scripts = options.get("java_script_enabled", True)
        self.context = browser.new_context(
            viewport=WIDE, locale="fr-FR", timezone_id="Europe/Paris", accept_downloads=True, **options
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.on("weberror", lambda error: self.complain(str(error.error)))
        self.context.on("console", self._heard)
        self.context.on("dialog", lambda dialog: dialog.accept())
        self.page = self.context.new_page()

    def _heard(self, message):
        if message.type == "error":
            place = message.location or {}
            self.complain(f"{message.text} ({place.get('url', '')}:{place.get('lineNumber', '')})")

    def complain(self, text):
        if not any(word in text for word in self.allowed):
            self.complaints.append(text)

    def close(self):
        self.context.close()

    def go(self, address, status=200):
        """Open an address of the portal (path or whole); the page must answer ``status``."""
        target = address if address.startswith("http") else self.url + address
        answer = self.page.goto(target, wait_until="load")
        assert answer.status == status, f"{answer.status} for {target}: {self.words()[:600]}"
        return self.page

    def words(self):
        """Return what the page says."""
        return self.page.locator("body").inner_text()

    def sees(self, *texts, timeout=PATIENCE):
        """Wait until every text is on the page."""
        for text in texts:
            self.page.get_by_text(text).locator("visible=true").first.wait_for(state="visible", timeout=timeout)

    def home(self):
        """Open the home page: the only address a journey may type."""
        return self.go("/")

    def menu(self, name):
        """Follow a link of the account menu."""
        self.page.locator(".mg-account summary").click()
        with self.page.expect_navigation():
            self.page.locator(".mg-account").get_by_role("link", name=name).click()

    def open_mail(self, server, address, subject):
        """Follow the one link of the newest mail to ``address`` about ``subject``."""
        return self.go(server.link_to(address, subject))

    def click(self, name, role="button", exact=False):
        self.page.get_by_role(role, name=name, exact=exact).first.click()

    def follow(self, name, exact=False):
        """Click a link and wait for its page."""
        with self.page.expect_navigation():
            self.click(name, "link", exact)

    def submit(self, name, exact=False):
        """Press a button that leads to a page."""
        with self.page.expect_navigation():
            self.click(name, "button", exact)

    def fill(self, label, value, exact=False):
        self.page.get_by_label(label, exact=exact).first.fill(value)

    def download(self, act, timeout=PATIENCE):
        """Do ``act()``, which makes the browser save a file; return its path in this person's folder."""
        with self.page.expect_download(timeout=timeout) as found:
            act()
        path = self.folder / found.value.suggested_filename
        found.value.save_as(path)
        return path

    def sign_in(self, login, password=PASSWORD, came_from=""):
        """Sign in on the door's page."""
        self.go("/login" + (f"?came_from={came_from}" if came_from else ""))
        self.type_credentials(login, password)

    def type_credentials(self, login, password=PASSWORD):
        """Fill the form of the door's page."""
        self.page.locator("[name=__ac_name]").fill(login)
        self.page.locator("[name=__ac_password]").fill(password)
        self.submit("Se connecter")

    def shot(self, name):
        """Keep pictures of the page, wide and narrow, where ``MEGALIS_SHOTS`` says; check nothing overflows a phone, nor axe."""
        self.page.set_viewport_size(NARROW)
        self.page.evaluate("scrollTo(0, 0)")  # headers that stick would lie over what is under them
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if SHOTS:
            self.shots += 1
            folder = Path(SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}-390.png", full_page=True)
        self.judge(name)
        self.page.set_viewport_size(WIDE)
        if SHOTS:
            self.page.screenshot(path=folder / f"{name}-1280.png", full_page=True)
        self.judge(name)
        assert over <= 0, f"{name}: the page is {over} px wider than a phone"

    def judge(self, name):
        """Complain of what axe finds wrong in the page as it is; axe is a script, and some people have none."""
        if not self.scripts:
            return
        self.page.evaluate(AXE.read_text("utf-8"))
        for found in self.page.evaluate(RULES):
            self.complain(f"{name}: {found}")


def sha256_of(path):
    """Return the lower hex SHA-256 of a file."""
    digest = sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
