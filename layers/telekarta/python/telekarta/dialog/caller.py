"""What a dialog knows of its caller. All of it rides in the webhook's URL, none of it is secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

from telekarta.dialog.language import Language
from telekarta.dialog.leg import Leg
from telekarta.dialog.parts.calls import PlacedCall
from telekarta.dialog.parts.cards import Admission
from telekarta.dialog.parts.keys import Part, flag, number, written
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import HIDDEN, Kind, Ref
from telekarta.domain.ledger.postings import Purse

AnyPart = TypeVar("AnyPart", bound=Part)


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller at one moment of the dialog.

    The fields are what the engine and the voice need of every caller. What a capability knows stands in its
    part; `parts` has those in which something is kept, and `part` answers an empty one for the others.
    """

    leg: Leg
    language: Language = written("l", Language.PL, str, lambda text, _: Language(text), always=True)
    slow: bool = flag("z")
    misses: int = number("m")  # silences and wrong keys in a row
    steps: int = number("s")  # screens since the last conversation: no loop is endless
    parts: Mapping[type[Part], Part] = field(default_factory=dict, hash=False)

    def part(self, kind: type[AnyPart]) -> AnyPart:
        """What the capability with this part knows of the caller."""
        kept = self.parts.get(kind)
        return kind() if kept is None else cast("AnyPart", kept)

    def having(self, *parts: Part) -> "Caller":
        """The caller with these parts in place of the ones that they had."""
        kept = {**self.parts, **{type(part): part for part in parts}}
        return replace(self, parts={kind: part for kind, part in kept.items() if part != kind()})

    @property
    def admission(self) -> Admission:
        return self.part(Admission)

    @property
    def placed_call(self) -> PlacedCall:
        return self.part(PlacedCall)

    @property
    def brand(self) -> Brand:
        return self.leg.line.brand

    @property
    def holder(self) -> Ref | None:
        """The card or account that was let in."""
        return self.admission.holder

    @property
    def purse(self) -> Purse | None:
        """The holder's money as last seen."""
        return self.admission.purse

    @property
    def hold_id(self) -> str:
        """The id of the current attempt's hold: made by the call, so a repeat makes the same one."""
        return f"{self.leg.call_sid}-{self.placed_call.attempts}"

    @property
    def is_account(self) -> bool:
        return self.holder is not None and self.holder.kind is Kind.ACCOUNT

    @property
    def is_hidden(self) -> bool:
        return self.leg.calling == HIDDEN

    def let_in(self, holder: Ref, purse: Purse) -> "Caller":
        """The caller as the holder of this card or account, with no mistakes held against them."""
        admitted = replace(self.admission, holder=holder, purse=purse, card_number="")
        return replace(self.having(admitted), misses=0)

    def with_purse(self, purse: Purse) -> "Caller":
        """The caller whose money was seen anew."""
        return self.having(replace(self.admission, purse=purse))

    def after_wrong_code(self) -> "Caller":
        """The caller with one wrong code more in this call."""
        return self.having(self.admission.after_wrong_code())
