"""Takes the pictures of the first guides from the pages of a demonstration, so that they show the screens as they are.

Run: ``python tools/guide_pictures.py http://127.0.0.1:8080``, beside ``make start`` in the same folder: passwords are read in
``instance/var/comptes-demo.txt``. Each picture is cut to what its step speaks of, and kept as a PNG of few colours under 40 KB.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from PIL import Image
from playwright.sync_api import sync_playwright
from urllib.parse import urljoin

import sys


ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "src/megalis.portal/megalis/portal/editorial/pictures"
ACCOUNTS = ROOT / "instance/var/comptes-demo.txt"
CHROMIUM = "/usr/bin/chromium"
WIDE, HIGH = 1000, 620  # what is shown at most of a page
HEAVIEST = 40_000  # bytes
FADE = 48  # pixels
COLOURS = (64, 32, 16)


@dataclass(frozen=True)
class Shot:
    """``steps``: what the addresses of the links hold that are followed from ``start``; ``part``: where the picture begins, ``high``: its height.

    ``more``: what is typed or opened first, as (selector, text), no text meaning a click.
    """

    name: str
    login: str
    start: str
    steps: tuple = ()
    part: str = "main"
    high: int = HIGH
    more: tuple = ()


AGENT, COMPANY = "/espace-agent", "/espace-entreprise"
SHOTS = (
    Shot("premiers-pas-administrateur-1", "administration", AGENT, ("@@agents",)),
    Shot("premiers-pas-administrateur-2", "administration", AGENT, ("@@cles",)),
    Shot("publier-une-consultation-1", "achats", AGENT, ("@@nouvelle-consultation",)),
    Shot("publier-une-consultation-2", "achats", AGENT, ("@@verification",)),
    Shot("ouvrir-les-plis-1", "titulaire", AGENT, ("@@ouverture",)),
    Shot("ouvrir-les-plis-2", "achats", AGENT, ("2026-voirie-01/@@gestion", "@@registre-depots")),
    Shot("transmettre-un-acte-1", "secretariat", AGENT, ("@@nouvel-acte",), high=350),
    Shot("transmettre-un-acte-2", "secretariat", AGENT, ("@@suivi",)),
    Shot("deposer-un-flux-pes-1", "comptabilite", AGENT, ("[href*='/flux-pes/']:not([href*='@@'])",)),
    Shot("deposer-un-flux-pes-2", "comptabilite", AGENT, ("@@transmettre",)),
    Shot("deposer-un-pli-1", "entreprise", "/simulation", ("/2026-simulation", "@@repondre")),
    Shot("deposer-un-pli-2", "entreprise", COMPANY, ("@@mes-depots", "@@accuse?")),
    Shot(
        "chercher-et-etre-alerte-1",
        "",
        "/consultations",
        more=(("main input[name=q]", "travaux"), ("main form button", "")),
    ),
    Shot("chercher-et-etre-alerte-2", "", "/consultations?q=travaux", ("@@alerte",)),
    Shot("travailler-dans-un-espace-1", "achats", "/espaces", ("/espaces/achat", "@@taches", "vue=tableau"), high=520),
    Shot("travailler-dans-un-espace-2", "achats", "/espaces", ("/espaces/achat", "@@documents")),
    Shot("acheter-en-groupement-1", "achats", AGENT, ("@@groupements", "/groupement-", "@@besoins")),
    Shot("acheter-en-groupement-2", "achats", AGENT, ("@@groupements", "/groupement-", "@@consolidation")),
    Shot("ecrire-sur-le-site-1", "webmestre", "/redaction"),
    Shot(
        "ecrire-sur-le-site-2",
        "redaction",
        "/redaction-nouveau?genre=Communique",
        high=860,
        part=".mg-field:has(.mg-marks)",
        more=((".mg-marks", "## Ce qui change\n\nUn **seul** portail :\n\n- publier\n- chercher\n- déposer"),),
    ),
)


def main(base):
    known = {
        login: secret for _label, login, secret in (line.split("\t") for line in ACCOUNTS.read_text().splitlines())
    }
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--lang=fr-FR"], env={"LANGUAGE": "fr"}
        )
        people = {}
        for shot in SHOTS:
            page = people.get(shot.login) or come_in(browser, base, shot.login, known)
            people[shot.login] = page
            path = FOLDER / f"{shot.name}.png"
            path.write_bytes(light(take(page, base, shot)))
            print(f"{path.stat().st_size / 1000:6.1f} KB  {path.name}  {page.url}")
        browser.close()


def come_in(browser, base, login, known):
    page = browser.new_context(viewport={"width": WIDE, "height": 900}, locale="fr-FR").new_page()
    if login:
        page.goto(f"{base}/login")
        page.fill("[name=__ac_name]", login)
        page.fill("[name=__ac_password]", known[login])
        page.locator("form:has([name=__ac_password]) button").first.click()
        page.wait_for_load_state()
    return page


def take(page, base, shot):
    """Return the bytes of what the shot shows."""
    page.goto(base + shot.start)
    for part in shot.steps:
        link = page.locator(f"main a{part}" if part.startswith("[") else f"main a[href*='{part}']").first
        page.goto(urljoin(page.url, link.get_attribute("href")))
    for selector, text in shot.more:
        found = page.locator(selector).first
        found.fill(text) if text else found.click()
        page.wait_for_load_state()
    page.wait_for_timeout(1200)
    box = page.locator(shot.part).first.bounding_box()
    top = max(0, box["y"] - 8)
    high = min(shot.high, box["height"] + 8)
    return page.screenshot(full_page=True, clip={"x": 0, "y": top, "width": WIDE, "height": high})


def faded(picture):
    """Return a picture whose last lines go to white: it is seen that the page goes on."""
    veil = Image.linear_gradient("L").resize((picture.width, FADE))
    picture.paste(Image.new("RGB", veil.size, "white"), (0, picture.height - FADE), veil)
    return picture


def light(data):
    """Return a picture in as many colours as its weight allows; SystemExit when none is light enough."""
    picture = faded(Image.open(BytesIO(data)).convert("RGB"))
    for colours in COLOURS:
        out = BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= HEAVIEST:
            return out.getvalue()
    raise SystemExit(f"{out.tell()} bytes with {colours} colours: show less of the page.")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8080")
