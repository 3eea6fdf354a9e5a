"""The commands about bank transfers that wait for a person, for the table of commands (WP §4.9)."""

from collections.abc import Mapping
from typing import Any

from desk import fields
from desk.fields import Field, shaped
from telekarta.usecases.bank.commands import AssignTransfer, ReturnTransfer

_A_TRANSFER = "transfer_waits:75109000046599000000001010/2026112000417/2000"
_SIGNATURE = {"who": "anna.kowalska", "why": "Nadawca podał numer karty telefonicznie"}

_case = Field(
    "case",
    shaped("transfer_waits:[!-~]{1,180}", "a case `transfer_waits:...`"),
    "its name, as `list_cases` shows it",
)

# name, command, fields, what it does, the example's values
TRANSFER_COMMANDS: tuple[tuple[str, type[Any], tuple[Field, ...], str, Mapping[str, Any]], ...] = (
    (
        "assign_transfer",
        AssignTransfer,
        (_case, fields.brand, fields.card_of_brand, fields.who, fields.why),
        "Puts a bank transfer that waits on a card, once, and closes its case. Given again it changes nothing"
        " (`unchanged`); what was returned, or is on another card, is refused. (WP §4.1.1, WP §4.9, TG §2.6)",
        {"case": _A_TRANSFER, "brand": "white_phone", "card": "123456", **_SIGNATURE},
    ),
    (
        "return_transfer",
        ReturnTransfer,
        (_case, fields.who, fields.why),
        "Notes that a bank transfer goes back to its sender, and closes its case: it can never be credited"
        " any more. The transfer back is ordered at the bank, by the reference in the case. What is on a card"
        " already is refused. (WP §4.9)",
        {
            "case": _A_TRANSFER,
            "who": "anna.kowalska",
            "why": "Nadawca poprosił o zwrot 21 listopada 2026",
        },
    ),
)
