"""The table of commands: what each is called, what fields it has, and what it does.

The documentation and the payloads in `events/desk/` are made from it or checked against it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from desk import fields
from desk.capabilities.prices import PRICE_COMMANDS
from desk.capabilities.refunds import MADE_BY, REFUND_COMMANDS
from desk.capabilities.transfers import TRANSFER_COMMANDS
from desk.fields import Field, Wrong, shaped, text, whole
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.usecases.books.correcting import CorrectCall, ReversePosting
from telekarta.usecases.desk.commands import (
    BlockCard,
    BlockNumber,
    CheckVoucherCode,
    CloseCase,
    Command,
    IssueCards,
    ListBlockedNumbers,
    ListCases,
    ListOpenHolds,
    QuoteRate,
    RegisterInformationLine,
    RemoveInformationLine,
    ShowCard,
    ShowCase,
    ShowPayment,
    ShowTrialBalance,
    SuspendCard,
    UnblockCard,
    UnblockNumber,
    WarnOfSuspension,
)

_MOST_PROBLEMS = 20
_LONGEST_FIELD_NAME = 40


@dataclass(frozen=True, slots=True)
class Spec:
    """One command: its name, the fields in the order in which they are read, and an example's values.
    `made_by` makes it of the fields, if it is not made of them as they are."""

    name: str
    make: type[Command]
    fields: tuple[Field, ...]
    does: str
    example: Mapping[str, Any]
    made_by: Callable[..., Command] | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """The example as an operator sends it."""
        return {"command": self.name, **self.example}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """An event that is no command: what is wrong, field by field."""

    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class Describe:
    """The documentation is wanted. `plain` is CloudWatch's way of asking: it wants the bare Markdown."""

    plain: bool


_SIGNED = (fields.who, fields.why)
_SIGNATURE = {"who": "anna.kowalska", "why": "Zgłoszenie 2026/11/17"}
_A_CASE = "unknown_call:CA0123456789abcdef0123456789abcdef-1"

_A_PAYMENT = "0123456789abcdef0123456789abcdef"
_A_POSTING = "call:CA0123456789abcdef0123456789abcdef-1"

SPECS = (
    Spec(
        "issue_cards",
        IssueCards,
        (
            fields.brand,
            Field("nominal_grosze", fields.nominal, "a nominal that the brand sells, in grosze"),
            Field("count", whole(1, 200), "how many cards, 1 to 200"),
            Field("series", text(40), "name of the series", required=False),
            Field(
                "valid_months",
                fields.valid_months,
                "Telegrosik only: months from the first use; 12 if left out",
                required=False,
            ),
            *_SIGNED,
            Field(
                "request_id",
                shaped("[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, dots, dashes or underscores"),
                "a name of your own for this request: told twice, it makes no second batch",
                required=False,
            ),
        ),
        "Makes new cards and shows their PINs: **the only time that PINs can be seen**. Always give a"
        " `request_id`, and do not invoke it asynchronously. `partly_done` comes with the cards that were"
        " made, and with `uncertain` numbers, which may have become cards with PINs that nobody knows: block"
        " those. `already_done` shows no PINs either: the record that it names, in the table of desk records,"
        " lists the numbers of the batch. Block each with `block_card`, then issue the series again under"
        " a new `request_id`. (WP §2.6, TG §2.9, TG §6.12)",
        {
            "brand": "white_phone",
            "nominal_grosze": 2000,
            "count": 2,
            "series": "2026-11",
            "who": "anna.kowalska",
            "why": "Zamówienie kantyny 2026/118",
            "request_id": "kantyna-2026-118",
        },
    ),
    Spec(
        "show_card",
        ShowCard,
        (fields.brand, fields.card_of_brand),
        "Shows a card or an account: its status, money, hold, registered lines, and its postings, newest"
        " first. Changes nothing, so it asks for no reason.",
        {"brand": "white_phone", "card": "123456"},
    ),
    Spec(
        "check_voucher_code",
        CheckVoucherCode,
        (
            fields.brand,
            fields.card_of_brand,
            Field("code", fields.voucher_code, "the 14 digits on the voucher; kept nowhere", is_secret=True),
        ),
        "Says which of the card's top-ups was paid with the Plus voucher that has this code, as on a photo"
        " that came with an application: `posting` is what `accept_proof` wants. `other_voucher`: none was."
        " Changes nothing and keeps nothing, so it asks for no reason. (WP §7.3.4)",
        {"brand": "white_phone", "card": "123456", "code": "12345678901234"},
    ),
    Spec(
        "block_card",
        BlockCard,
        (fields.brand, fields.card_of_brand, *_SIGNED),
        "Refuses the next call, and any move of the money. A call in progress is not cut. A card that was"
        " used up onto an account can't be blocked: block the account. (WP §16.1, TG §10.2)",
        {"brand": "telegrosik", "card": "1234567890", **_SIGNATURE},
    ),
    Spec(
        "unblock_card",
        UnblockCard,
        (fields.brand, fields.card_of_brand, *_SIGNED),
        "Lets a blocked card or account be used again. (WP §16.1, TG §10.2)",
        {"brand": "telegrosik", "card": "+48600700866", **_SIGNATURE},
    ),
    Spec(
        "register_information_line",
        RegisterInformationLine,
        (fields.own_card, fields.number, *_SIGNED),
        "Lets the card call an information line, a bank's for instance, that its holder has reported."
        " White Phone only. (WP §2.8)",
        {"card": "123456", "number": "800 302 302", **_SIGNATURE},
    ),
    Spec(
        "remove_information_line",
        RemoveInformationLine,
        (fields.own_card, fields.number, *_SIGNED),
        "Takes a registered information line off the card again. (WP §2.8)",
        {"card": "123456", "number": "+48800302302", **_SIGNATURE},
    ),
    Spec(
        "block_number",
        BlockNumber,
        (fields.prefix, *_SIGNED),
        "Connects nobody to the number any more, or to all that begin with the prefix; both brands."
        " It takes up to a minute to be heard everywhere, and cuts no call in progress. (WP §10.7)",
        {"prefix": "+48221234567", **_SIGNATURE},
    ),
    Spec(
        "unblock_number",
        UnblockNumber,
        (fields.prefix, *_SIGNED),
        "Takes the number or prefix off the block list. `still_blocked_by` names shorter prefixes that go on"
        " blocking it. (WP §10.7)",
        {"prefix": "+48221234567", **_SIGNATURE},
    ),
    Spec("list_blocked_numbers", ListBlockedNumbers, (), "Shows the block list with its reasons.", {}),
    Spec(
        "rate",
        QuoteRate,
        (
            fields.brand,
            fields.number,
            Field("duration_s", whole(0, 86_400), "price of a call of so many seconds", required=False),
            Field("balance_grosze", whole(0, 10_000_000), "longest call for this balance", required=False),
            fields.access,
        ),
        "Shows what a call costs now, or why it is not connected. Lines registered for a card are not"
        " counted in. (WP §6.1, TG §6.4)",
        {
            "brand": "telegrosik",
            "number": "+48 600 700 866",
            "duration_s": 90,
            "balance_grosze": 2000,
            "access": "free",
        },
    ),
    Spec(
        "reverse_posting",
        ReversePosting,
        (
            fields.posting,
            Field(
                "amount_grosze",
                whole(1, 10_000_000),
                "how much of it; all that is left if left out",
                required=False,
            ),
            fields.request_id,
            *_SIGNED,
        ),
        "Undoes a posting, or a part of it, by a new posting. What a call cost goes back onto its card, into"
        " lots of the source and date that it was taken from; if the card was moved onto an account since,"
        " onto that account. The card stays as it is, blocked or expired. What an issue granted is taken back"
        " from what is left of it. A move onto an account is final (TG §5.3). (WP §6.3, TG §6.5)",
        {"posting": _A_POSTING, "amount_grosze": 5, "request_id": "reklamacja-2026-117", **_SIGNATURE},
    ),
    Spec(
        "correct_call",
        CorrectCall,
        (
            fields.posting,
            Field("duration_s", whole(0, LONGEST_CALL_S), "how long the call really was"),
            *_SIGNED,
        ),
        "Makes the charge of a call the price of that duration, by the list that was quoted and never more"
        " than was set aside, and books the difference either way. The rest is charged only if the card has"
        " it, beside what is held for another call. (WP §6.1, WP §6.3, TG §6.4, TG §6.5)",
        {"posting": _A_POSTING, "duration_s": 61, **_SIGNATURE},
    ),
    Spec(
        "trial_balance",
        ShowTrialBalance,
        (),
        "Shows the last trial balance: every account of ours with its opening, movements and closing, all"
        " cards as one, and every difference by name. It is made every morning for the day before; all"
        " reports are in the bucket of reports, as JSON and as a page to read.",
        {},
    ),
    Spec(
        "list_open_holds",
        ListOpenHolds,
        (),
        "Shows the money that is held for calls: for which call, for how long already, and for how long past"
        " its expiry. The first 100, longest expired first. An expired hold is settled by itself within"
        " minutes, from the carrier's record of the call.",
        {},
    ),
    Spec(
        "list_cases",
        ListCases,
        (fields.case_state,),
        "Shows what the books found and can't decide, with its facts and its age. The first 100: of the open"
        " ones the oldest, of the closed ones the newest.",
        {"state": "open"},
    ),
    Spec(
        "show_case",
        ShowCase,
        (fields.case,),
        "Shows one case with its facts and its history.",
        {"case": _A_CASE},
    ),
    Spec(
        "close_case",
        CloseCase,
        (fields.case, *_SIGNED),
        "Closes a case with what was found out. It moves no money. A case that is closed already stays as it"
        " was closed (`unchanged`). An application that is not over, and a transfer that is neither on a card"
        " nor returned, can't be closed so: their money would be forgotten. (WP §4.9, WP §7.10)",
        {"case": _A_CASE, **_SIGNATURE},
    ),
    Spec(
        "warn_of_suspension",
        WarnOfSuspension,
        (
            Field(
                "card",
                fields.telegrosik_card,
                "a Telegrosik card's serial number, or `+` and an account's line",
            ),
            Field("served_on", fields.day, "the day on which the holder got the call to stop"),
            Field("breach", text(300), "what it is about, and which clause; no personal data"),
            *_SIGNED,
            Field("term_days", whole(7, 90), "the term given; 7 days if left out", required=False),
        ),
        "Notes that the holder of a Telegrosik card was called on to stop a breach of the terms: a case that"
        " says from when the card may be suspended. (TG §10.5)",
        {
            "card": "1234567890",
            "served_on": "2026-11-16",
            "breach": "Odsprzedaż połączeń, mimo rozmowy z 2 listopada",
            **_SIGNATURE,
        },
    ),
    Spec(
        "suspend_card",
        SuspendCard,
        (fields.case, *_SIGNED),
        "Blocks the card whose holder did not stop within the term of the call, and closes its case."
        " unblock_card lets it be used again. (TG §10.5)",
        {"case": "suspension_warned:card:telegrosik:1234567890:2026-11-16", **_SIGNATURE},
    ),
    Spec(
        "show_payment",
        ShowPayment,
        (fields.payment,),
        "Shows a payment by PayU or Przelewy24: for which card, how far it is, the provider's number for it,"
        " and the posting of its money. Who paid is not shown: the provider knows. (WP §4.1.2, TG §2.6)",
        {"payment": _A_PAYMENT},
    ),
    *(Spec(*refund, made_by=MADE_BY.get(refund[0])) for refund in REFUND_COMMANDS),
    *(Spec(*transfer) for transfer in TRANSFER_COMMANDS),
    *(Spec(*pricing) for pricing in PRICE_COMMANDS),
)

DESCRIBE = "describe"
_SPEC_OF = {spec.name: spec for spec in SPECS}
_NAME_OF = {spec.make: spec.name for spec in SPECS}


def read(event: object) -> Command | Describe | Invalid:
    """The command that the event is. Never raises, whatever the event."""
    if not isinstance(event, dict):
        return _invalid("", "a command is a JSON object")
    if event.get(DESCRIBE) is True:
        return Describe(plain=True)
    name = event.get("command")
    if name == DESCRIBE:
        return Describe(plain=False)
    spec = _SPEC_OF.get(name) if isinstance(name, str) else None
    if spec is None:
        return _invalid("command", f"must be one of {', '.join((*_SPEC_OF, DESCRIBE))}")
    values, problems = _read_fields(spec, event)
    if problems:
        return Invalid(tuple(problems[:_MOST_PROBLEMS]))
    return (spec.made_by or spec.make)(**values)


def _read_fields(spec: Spec, event: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldProblem]]:
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for field in spec.fields:
        value = event.get(field.name)
        # Forms and runbooks send what was left out as null.
        if value is None:
            if field.required:
                problems.append(FieldProblem(field.name, "is missing"))
            continue
        try:
            values[field.name] = field.read(value, values)
        except Wrong as wrong:
            problems.append(FieldProblem(field.name, str(wrong)))
    known = {"command", *(field.name for field in spec.fields)}
    problems += [
        FieldProblem(str(name)[:_LONGEST_FIELD_NAME], f"is not a field of {spec.name}")
        for name in event
        if name not in known
    ]
    return values, problems


def _invalid(field: str, message: str) -> Invalid:
    return Invalid((FieldProblem(field, message),))


def name_of(command: Command) -> str:
    """What operators call the command."""
    return _NAME_OF[type(command)]
