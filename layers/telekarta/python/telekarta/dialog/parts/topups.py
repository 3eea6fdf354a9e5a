"""Money that the caller wants moved between cards."""

from dataclasses import dataclass

from telekarta.dialog.parts.keys import Part, number, text


@dataclass(frozen=True, slots=True)
class ChosenTransfer(Part):
    """How much, and to which card."""

    amount_grosze: int = number("g")  # 0 is all
    target: str = text("r")  # the serial of the card that shall get it
