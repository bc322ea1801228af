"""What machines read of a page: OpenGraph for those who share it, JSON-LD (schema.org) for those who index it."""

import json


def graph(title, description, url, site, kind="website", image="", published=None):
    """Return the OpenGraph properties of a page: list of (property, content)."""
    pairs = [("og:title", title), ("og:type", kind), ("og:url", url), ("og:site_name", site), ("og:locale", "fr_FR")]
    pairs += [("og:description", description)] if description else []
    pairs += [("og:image", image)] if image else []
    pairs += [("article:published_time", published.isoformat(timespec="seconds"))] if published else []
    return pairs


def embedded(data):
    """Return JSON that may stand in a ``script`` element: nothing in it closes the element."""
    text = json.dumps(data, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def publisher(name, url):
    return {"@type": "GovernmentOrganization", "name": name, "url": url}


def article(kind, title, description, url, published, modified, by, images=()):
    """Return the JSON-LD of a piece of news (``NewsArticle``) or a page (``WebPage``)."""
    data = {"@context": "https://schema.org", "@type": kind, "headline": title[:110], "name": title, "url": url,
            "inLanguage": "fr", "publisher": by, "dateModified": modified.isoformat(timespec="seconds")}  # fmt: skip
    if description:
        data["description"] = description
    if published:
        data["datePublished"] = published.isoformat(timespec="seconds")
    if images:
        data["image"] = list(images)
    return data


def event(title, description, url, start, end, place, by):
    """Return the JSON-LD of an event."""
    data = {"@context": "https://schema.org", "@type": "Event", "name": title, "url": url, "organizer": by,
            "startDate": start.isoformat(timespec="seconds"), "endDate": end.isoformat(timespec="seconds"),
            "eventStatus": "https://schema.org/EventScheduled"}  # fmt: skip
    if description:
        data["description"] = description
    if place:
        data["location"] = {"@type": "Place", "name": place}
    return data


def questions(pairs):
    """Return the JSON-LD of frequent questions: ``pairs`` of (question, answer in plain words)."""
    return {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [
            {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
            for question, answer in pairs
        ],
    }
