"""To 20261126230: robots.txt names the map there is."""

from plone import api


RECORD = "plone.robots_txt"


def name_the_map(tool):
    """Have robots.txt lead to ``sitemap.xml``; what an operator wrote besides stays."""
    words = api.portal.get_registry_record(RECORD, default="") or ""
    api.portal.set_registry_record(RECORD, words.replace("/sitemap.xml.gz", "/sitemap.xml"))
