"""The caller's state as a query string. The carrier signs the whole URL, so what comes back is ours.

Empty things are left out: at the first prompts the state is a few characters long. Which capability keeps
what under which key stands in its part (`telekarta.dialog.parts`); this file knows no capability.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from telekarta.dialog.caller import Caller
from telekarta.dialog.leg import Leg
from telekarta.dialog.parts import PARTS
from telekarta.dialog.parts.keys import Key, Part, keys_of

MOST_KEYS = 30
# The order in which these keys have always been written. Those of later parts follow, part by part.
FIRST_KEYS = ("l", "h", "p", "m", "w", "a", "s", "q", "t", "g", "c", "d", "v", "r", "z", "k")
# What the URL of the dialled leg's status callback brings besides the state: our number and the caller's.
RESERVED_KEYS = frozenset({"in", "by"})


class BadState(ValueError):
    """A query string that no screen of ours has written."""


class PartError(ValueError):
    """A part of ours that can't ride in the URL: it is not registered, or its key is somebody else's."""


class StateCodec:
    """The way of a caller into a query string and back, for the parts of some capabilities."""

    def __init__(self, parts: Iterable[type[Part]]) -> None:
        """Raises PartError when two fields want one key, or a field wants a reserved one."""
        self._own = keys_of(Caller)
        self._parts = {kind: keys_of(kind) for kind in parts}
        keys = [key.name for table in (self._own, *self._parts.values()) for key in table.values()]
        if len(set(keys)) < len(keys) or RESERVED_KEYS & set(keys):
            raise PartError(f"keys that are taken twice or reserved, among {keys}")
        self._order = tuple(dict.fromkeys((*FIRST_KEYS, *keys)))

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that may be written, in the order in which it is."""
        return self._order

    def encode(self, caller: Caller) -> str:
        """The query string, keys in a fixed order. Raises PartError for a part that is not registered."""
        if unknown := caller.parts.keys() - self._parts.keys():
            raise PartError(f"not registered: {sorted(kind.__name__ for kind in unknown)}")
        texts = _texts(caller, self._own)
        for kind, part in caller.parts.items():
            texts |= _texts(part, self._parts[kind])
        return "&".join(f"{key}={quote(texts[key], safe='~.:')}" for key in self._order if key in texts)

    def decode(self, query: str, leg: Leg) -> Caller:
        """The caller that `encode` wrote down. Raises BadState for anything else.

        A key that no part has is left aside: while a deployment goes on, or is taken back, a call meets
        versions that know more parts and versions that know fewer, and none of them may end it.
        """
        try:
            texts = dict(
                parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=MOST_KEYS)
            )
            parts = ((kind, _values(texts, table, leg)) for kind, table in self._parts.items())
            kept = [kind(**values) for kind, values in parts if values]
            return Caller(leg, **_values(texts, self._own, leg)).having(*kept)
        except ValueError as error:
            raise BadState(str(error)) from error


def _texts(record: object, table: Mapping[str, Key]) -> dict[str, str]:
    values = ((key, getattr(record, field)) for field, key in table.items())
    return {
        key.name: key.write(value) for key, value in values if key.is_always_written or value != key.default
    }


def _values(texts: Mapping[str, str], table: Mapping[str, Key], leg: Leg) -> dict[str, Any]:
    return {field: key.read(texts[key.name], leg) for field, key in table.items() if key.name in texts}


CODEC = StateCodec(PARTS)
encode, decode = CODEC.encode, CODEC.decode
