"""HTTP as the tests speak it: with the loopback only, and with more patience than a busy machine needs."""

from typing import Any

import httpx

PATIENCE_S = 60  # httpx itself gives up after 5, in which a cold function on a busy machine may not answer


def browser(**options: Any) -> httpx.Client:
    """A client, to be closed; `options` are httpx's."""
    return httpx.Client(trust_env=False, timeout=PATIENCE_S, **options)


def get(url: str, **more: Any) -> httpx.Response:
    with browser() as one:
        return one.get(url, **more)


def post(url: str, **more: Any) -> httpx.Response:
    with browser() as one:
        return one.post(url, **more)


def put(url: str, **more: Any) -> httpx.Response:
    with browser() as one:
        return one.put(url, **more)


def delete(url: str, **more: Any) -> httpx.Response:
    with browser() as one:
        return one.delete(url, **more)
