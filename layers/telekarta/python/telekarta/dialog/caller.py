"""What a dialog knows of its caller. All of it rides in the webhook's URL, none of it is secret."""

from dataclasses import dataclass, replace

from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand, Line
from telekarta.domain.cards.card import HIDDEN, Kind, Ref
from telekarta.domain.ledger.postings import Purse


@dataclass(frozen=True, slots=True)
class Leg:
    """The facts that the carrier sends with every webhook of a call."""

    call_sid: str
    line: Line  # the number of ours that was dialled
    calling: str  # the caller's line in E.164, or HIDDEN


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller at one moment of the dialog."""

    leg: Leg
    language: Language = Language.PL
    slow: bool = False
    card: str = ""  # the White Phone number that was keyed, before its PIN was
    holder: Ref | None = None  # the card or account that was let in
    purse: Purse | None = None  # its money as last seen
    misses: int = 0  # silences and wrong keys in a row
    wrong_codes: int = 0  # in this call
    attempts: int = 0  # calls placed in this call: numbers the holds
    steps: int = 0  # screens since the last conversation: no loop is endless
    knows_line: bool = False  # the card was used from this line before
    line_paused_until_epoch_s: int = 0
    destination: str = ""  # of the call being placed, E.164
    tariff_version: str = ""
    limit_s: int = 0  # what the balance buys of it
    amount_grosze: int = 0  # to be moved between cards; 0 is all
    target: str = ""  # the serial of the card that shall get it

    @property
    def brand(self) -> Brand:
        return self.leg.line.brand

    @property
    def hold_id(self) -> str:
        """The id of the current attempt's hold: made by the call, so a repeat makes the same one."""
        return f"{self.leg.call_sid}-{self.attempts}"

    @property
    def balance_grosze(self) -> int:
        return self.purse.balance_grosze if self.purse else 0

    @property
    def is_account(self) -> bool:
        return self.holder is not None and self.holder.kind is Kind.ACCOUNT

    @property
    def is_hidden(self) -> bool:
        return self.leg.calling == HIDDEN

    def let_in(self, holder: Ref, purse: Purse) -> "Caller":
        return replace(self, holder=holder, purse=purse, card="", misses=0)
