"""The fraud block list: one item beside the cards, of which a copy is kept for a minute at most."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from telekarta.adapters.dynamodb.codecs import Typed
from telekarta.adapters.dynamodb.items import BLOCKED_NUMBERS, BlockedNumbers, CardItem
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import NotMet, Update, get, get_several, update
from telekarta.domain.rules import rule
from telekarta.usecases.ports import StoreUnavailable

# WP §10.7 wants a blocked number blocked at once: a copy is used for a minute at most. From half a minute
# on a read of a card brings a new one along, so that the minute is seldom over when a call is placed.
COPY_USED_S = 60.0
COPY_RENEWED_S = 30.0

# Operators change the block list by hand: losing more rounds than this to one another is not chance.
CHANGE_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class _Copy:
    """The block list as it was read, and when, by the monotonic clock."""

    prefixes: frozenset[str]
    read_at_s: float


class DynamoBlockList:
    """The block list on the cards' table."""

    def __init__(self, tables: Tables, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tables = tables
        self._monotonic = monotonic
        self._copy: _Copy | None = None

    @rule("WP §10.7")
    def blocked_prefixes(self) -> frozenset[str]:
        copy = self._copy
        if copy is None or self._age_s(copy) >= COPY_USED_S:
            copy = self._keep_copy(get(self._tables, BlockedNumbers, BLOCKED_NUMBERS))
        return copy.prefixes

    def read_along(self, key: str) -> Typed | None:
        """The item of a card or a line, strongly consistent; the block list comes with it in the same request
        if its copy is getting old."""
        copy = self._copy
        if copy is not None and self._age_s(copy) < COPY_RENEWED_S:
            return get(self._tables, CardItem, key)
        found = get_several(self._tables, CardItem, [key, BLOCKED_NUMBERS])
        self._keep_copy(found.get(BLOCKED_NUMBERS))
        return found.get(key)

    @rule("WP §10.7")
    def block_list(self) -> dict[str, str]:
        return self._read()[1]

    @rule("WP §10.7")
    def change_block_list(self, prefix: str, reason: str | None) -> None:
        for _ in range(CHANGE_ROUNDS):
            version, prefixes = self._read()
            others = {known: why for known, why in prefixes.items() if known != prefix}
            after = others if reason is None else others | {prefix: reason}
            as_read = (
                BlockedNumbers.version == version if version else BlockedNumbers.version.does_not_exist()
            )
            actions = [BlockedNumbers.version.to(version + 1), BlockedNumbers.prefixes.to(after)]
            answer = update(self._tables, Update(BlockedNumbers, BLOCKED_NUMBERS, actions, as_read))
            if not isinstance(answer, NotMet):
                self._keep_copy(answer)
                return
        raise StoreUnavailable("the block list kept changing")

    def _read(self) -> tuple[int, dict[str, str]]:
        raw = get(self._tables, BlockedNumbers, BLOCKED_NUMBERS)
        self._keep_copy(raw)
        if raw is None:
            return 0, {}
        item = BlockedNumbers.from_raw_data(raw)
        return item.version, dict(item.prefixes)

    def _age_s(self, copy: _Copy) -> float:
        return self._monotonic() - copy.read_at_s

    def _keep_copy(self, raw: Typed | None) -> _Copy:
        prefixes = frozenset(BlockedNumbers.from_raw_data(raw).prefixes) if raw else frozenset[str]()
        self._copy = _Copy(prefixes, self._monotonic())
        return self._copy
