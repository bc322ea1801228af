"""A JSON body nested beyond what Python reads is refused as any other that is not JSON, instead of ending in a fault.

plone.restapi reads the body of every JSON request before it knows who asks, to find credentials in it, and only expects a
ValueError: a hundred thousand brackets from anybody were a 500.
"""

from plone.restapi import deserializer
from plone.restapi.exceptions import DeserializationError


_json_body = deserializer.json_body


def json_body(request):
    """Do what plone.restapi's own does, and refuse what is too deep."""
    try:
        return _json_body(request)
    except RecursionError as error:
        raise DeserializationError("JSON nested too deeply") from error


deserializer.json_body = json_body
