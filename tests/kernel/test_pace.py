"""The worker beside the visitors: it waits for a moment without them, and never for ever."""

from megalis.portal.kernel import pace
from megalis.portal.kernel.wsgi import Front
from threading import Event
from threading import Thread
from time import monotonic

import pytest


ENVIRON = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/",
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "127.0.0.1:8080",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8080",
}


def ask(app):
    return Front(app)(dict(ENVIRON), lambda *_words: None)


def test_a_process_that_answers_nobody_is_at_leisure_at_once():
    assert pace.leisure(patience=0)


def test_while_the_front_lets_a_request_be_answered_there_is_no_leisure():
    seen = []
    ask(lambda *_words: seen.append(pace.leisure(patience=0)) or [])
    assert seen == [False]
    assert pace.leisure(patience=0)


def test_a_request_that_breaks_counts_no_longer():
    def broken(*_words):
        raise ValueError("cassé")

    ask(broken)
    assert pace.leisure(patience=0)


def test_patience_has_an_end_and_ends_with_the_last_request():
    begun, enough = Event(), Event()
    asking = Thread(target=ask, args=(lambda *_words: begun.set() or enough.wait(10) or [],))
    asking.start()
    assert begun.wait(10)
    started = monotonic()
    assert not pace.leisure(patience=0.05)
    assert 0.05 <= monotonic() - started < 5
    enough.set()
    assert pace.leisure(patience=10)
    asking.join()


@pytest.mark.parametrize("others", [1, 3])
def test_all_requests_count_not_only_the_last(others):
    with pace.answering():
        for _ in range(others):
            with pace.answering():
                pass
        assert not pace.leisure(patience=0)
