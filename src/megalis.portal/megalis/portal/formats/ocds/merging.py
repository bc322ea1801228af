"""Merging releases into the state they leave, by the rules of the standard (« Merging », OCDS 1.1).

Objects are merged member by member, lists of objects that have an ``id`` item by item; any other list is replaced whole.
"""

LAST = ("id", "date", "tag")


def compact(value):
    """Return a JSON value without the members that say nothing (None, '', empty object or list)."""
    if isinstance(value, dict):
        kept = {name: compact(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in (None, "", {}, [])}
    if isinstance(value, list):
        return [item for item in map(compact, value) if item not in (None, "", {}, [])]
    return value


def merge(releases):
    """Return the compiled release of a process from its releases, the oldest first."""
    state = {}
    for release in releases:
        _merge(state, {name: value for name, value in release.items() if name not in LAST})
    last = releases[-1]
    head = {"ocid": last["ocid"], "id": f"{last['ocid']}-{last['date']}", "date": last["date"], "tag": ["compiled"]}
    return {**head, **{name: value for name, value in state.items() if name not in head}}


def _merge(state, news):
    for name, value in news.items():
        old = state.get(name)
        if isinstance(value, dict):
            _merge(state.setdefault(name, {}), value) if isinstance(old, dict | None) else state.update({name: value})
        elif isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value):
            state[name] = _merged(old or [], value)
        else:
            state[name] = list(value) if isinstance(value, list) else value


def _merged(old, news):
    known = {item["id"]: item for item in old}
    for item in news:
        _merge(known.setdefault(item["id"], {}), item)
    return list(known.values())
