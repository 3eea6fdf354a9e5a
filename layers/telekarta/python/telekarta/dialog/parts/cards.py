"""Who was let in, with which money, and what stands against letting somebody in."""

from dataclasses import dataclass, replace

from telekarta.dialog.leg import Leg
from telekarta.dialog.parts.keys import Part, digits, flag, number, text, written
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.ledger.postings import Purse


def _write_holder(holder: Ref) -> str:
    # An account is named by the calling line, which every webhook brings along.
    return "a" if holder.kind is Kind.ACCOUNT else holder.number


def _read_holder(text: str, leg: Leg) -> Ref | None:
    if not text:
        return None
    if text == "a":
        return Ref(Brand.TELEGROSIK, Kind.ACCOUNT, leg.calling)
    if not text.isdigit():
        raise ValueError("a card is named by digits")
    return Ref.card(leg.line.brand, text)


def _write_purse(purse: Purse) -> str:
    """`version~lot:grosze.lot:grosze`, the lots in spending order."""
    return f"{purse.version}~" + ".".join(f"{lot}:{left}" for lot, left in purse.lots)


def _read_purse(text: str, _leg: Leg) -> Purse:
    version, _, lots = text.partition("~")
    pairs = [lot.split(":") for lot in lots.split(".")] if lots else []
    return Purse(digits(version), tuple((lot, digits(left)) for lot, left in pairs))


@dataclass(frozen=True, slots=True)
class Admission(Part):
    """The card or account that was let in, or how far the caller has come on the way in."""

    holder: Ref | None = written("h", None, _write_holder, _read_holder)
    purse: Purse | None = written("p", None, _write_purse, _read_purse)  # its money as last seen
    card_number: str = text("c")  # the White Phone number that was keyed, before its PIN was
    wrong_codes: int = number("w")  # in this call
    knows_line: bool = flag("k")  # the card was used from this line before
    line_paused_until_epoch_s: int = number("q")

    def after_wrong_code(self) -> "Admission":
        """One wrong code more."""
        return replace(self, wrong_codes=self.wrong_codes + 1)
