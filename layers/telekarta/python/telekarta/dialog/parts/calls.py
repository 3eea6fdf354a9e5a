"""The call that is being placed, or goes on."""

from dataclasses import dataclass, replace

from telekarta.dialog.parts.keys import Part, number, text


@dataclass(frozen=True, slots=True)
class PlacedCall(Part):
    """What the caller was quoted, and how many calls were placed before."""

    attempts: int = number("a")  # calls placed in this call: numbers the holds
    destination: str = text("d")  # E.164
    tariff_version: str = text("v")
    limit_s: int = number("t")  # what the balance buys of it

    def next_attempt(self) -> "PlacedCall":
        """The same call as the next one that is placed."""
        return replace(self, attempts=self.attempts + 1)
