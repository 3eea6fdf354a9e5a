"""How far a bank transfer without a card is, and what an operator does about it (WP §4.9)."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk.pages.actions import Choice
from telekarta.dialog.composer.written import written_money
from telekarta.dialog.language import Language
from telekarta.domain.bank.transfers import Why
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Posting, PostingKind

_DECIDE = (Choice("assign_transfer"), Choice("return_transfer"))
_NEITHER_FOUND_NOR_DOUBTED = (
    "Find the sender at the bank by {reference}, ask for the card, and put the money on it. If there is no"
    " card, or the money is wanted back, return it."
)
_DO: Mapping[str, str] = {
    Why.OTHER_CURRENCY: "Settle it with the bank, then close this case: what the bank exchanges comes as a"
    " transfer of its own.",
    Why.OTHER_CONTENTS: "The bank's reference was met before. Compare both at the bank, by {reference}: put"
    " other money on its card or return it; if the same money was told twice, close this case.",
    Why.OTHER_REFERENCE: "The same was told before under another reference. Compare both at the bank, by"
    " {reference}: put other money on its card or return it; if the same money was told twice, close this"
    " case.",
}


@dataclass(frozen=True, slots=True)
class Placing:
    """What to do about a transfer, and the buttons for it."""

    do: str
    choices: tuple[Choice, ...] = ()


def banks_reference(facts: Mapping[str, str | int]) -> str:
    """What the bank itself calls the transfer: the middle of our name for it."""
    _, _, rest = str(facts.get("reference", "")).partition("/")
    own = rest.partition("/")[0]
    return f"the reference {own}" if own and not own.startswith("~") else "day, amount and title"


def placing(facts: Mapping[str, str | int], booked: Posting | None) -> Placing:
    """`booked` is the posting of the transfer's name, if it was decided."""
    reference, reason = banks_reference(facts), str(facts.get("reason", ""))
    if booked is None:
        do = _DO.get(reason, _NEITHER_FOUND_NOR_DOUBTED).format(reference=reference)
        return Placing(do, () if reason == Why.OTHER_CURRENCY else _DECIDE)
    amount = written_money(booked.amount_grosze, Language.PL)
    if booked.kind is PostingKind.TRANSFER_RETURNED:
        return Placing(f"Order the transfer back at the bank now: {amount}, by {reference}.")
    to = Ref.parse(booked.credit)
    return Placing(f"Nothing: {amount} is on the {to.kind} {to.brand.replace('_', ' ')} {to.number}.")
