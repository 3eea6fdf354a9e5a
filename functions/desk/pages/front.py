"""What the pages need of the outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from desk.pages import button_seals
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.desk.service_metrics import Figures


class Shelf(Protocol):
    """The documents of cases. Raises StoreUnavailable."""

    def keys(self, folder: str) -> tuple[str, ...]: ...

    def link(self, key: str) -> str: ...

    def words(self, key: str) -> str:
        """The beginning of a plain text; "" if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Front:
    """The desk with what its pages need besides: the service's figures, where documents lie, and the name of
    the bucket of payouts, which the desk itself can't read."""

    desk: DeskDeps
    figures: Figures
    documents: Shelf
    payouts_bucket: str

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    @property
    def key(self) -> bytes:
        """The key of the buttons' seals."""
        return button_seals.key_of(self.desk.pepper.pepper())
