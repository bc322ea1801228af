"""Mails: short, one link, the same words in plain text and in HTML because both are made from one source.

A letter is paragraphs parted by blank lines. Its last line may be the link, written ``-> {url} Label``; the entries of a
list have lesser ones, written ``=> {url} Label``, under a title written ``## Title``. Values fill ``{name}`` places; they can open neither a paragraph nor a link.
"""

from html import escape
from megalis.portal.kernel import settings
from megalis.portal.kernel.typography import french
from megalis.portal.kernel.typography import NBSP
from pathlib import Path

import re
import textwrap


LINK = re.compile(r"([-=])>\s+(\S+)\s+(.+)")
WIDTH = 76
FOOT = "Message automatique de {operator}. Une question : {contact}."
PAGE = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>e-mégalis</title></head>"
    '<body style="margin:0;padding:24px 12px;background:#E8F1F4;color:#14213D;'
    "font:16px/1.5 'Source Sans 3',Calibri,'Liberation Sans',Arial,sans-serif\">"
    '<div style="max-width:36rem;margin:0 auto;background:#FFFFFF;border:1px solid #CDD9DF;border-radius:6px">'
    '<p style="margin:0;padding:12px 24px;background:#14213D;color:#F3F8FA;font-weight:700;border-radius:6px 6px 0 0">'
    'e-mégalis</p><div style="padding:8px 24px 16px">%s</div>'
    '<p style="margin:0;padding:12px 24px;border-top:1px solid #CDD9DF;color:#47536B;font-size:14px">%s</p>'
    "</div></body></html>"
)
BUTTON = (
    '<p style="margin:24px 0 8px"><a href="%s" style="display:inline-block;padding:10px 18px;background:#0B5C7A;'
    'color:#FFFFFF;font-weight:600;text-decoration:none;border-radius:6px">%s</a></p>'
    '<p style="margin:0;font-size:14px;color:#47536B;overflow-wrap:anywhere">%s</p>'
)
TITLE = '<h2 style="margin:28px 0 0;font-size:18px;line-height:1.3">%s</h2>'
LESSER = '<p style="margin:4px 0 0"><a href="%s" style="color:#0B5C7A">%s</a></p>'


def flat(value):
    """Return a value on one line: what a user typed can never start a paragraph of ours."""
    return " ".join(str(value).split())


def render(template, **values):
    """Return ``(text, html)`` of a letter.

    ``template``: the letter's text, or the Path of a UTF-8 file holding it. KeyError when a place has no value.
    """
    source = template.read_text("utf-8") if isinstance(template, Path) else template
    safe = {name: flat(value) for name, value in values.items()}
    plain, rich = [], []
    for block in re.split(r"\n\s*\n", source.strip()):
        paragraph = " ".join(line.strip() for line in block.splitlines())
        link = LINK.fullmatch(paragraph)
        if link:
            url, label = (part.format_map(safe) for part in link.groups()[1:])
            if not url.startswith(("https://", "http://")):
                raise ValueError(f"adresse de lien refusée dans un courriel : {url[:80]!r}")
            plain.append(f"{label}{NBSP}:\n{url}")
            lesser = LESSER % (escape(url), escape(label))
            rich.append(lesser if link[1] == "=" else BUTTON % (escape(url), escape(label), escape(url)))
        else:
            title = paragraph.startswith("## ")
            words = french(paragraph.removeprefix("## ").format_map(safe))
            plain.append(textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False))
            rich.append(TITLE % escape(words) if title else f'<p style="margin:16px 0 0">{escape(words)}</p>')
    foot = french(FOOT.format(operator=settings.operator_name(), contact=settings.contact_address()))
    text = "\n\n".join(plain) + "\n\n-- \n" + textwrap.fill(foot, WIDTH, break_long_words=False) + "\n"
    return text, PAGE % ("".join(rich), escape(foot))
