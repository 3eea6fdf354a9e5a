"""Cards and accounts: issuing, showing, blocking, and the information lines of White Phone cards."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum

from desk import fields
from desk.answers import Json, hold, lot, named, posting
from desk.capabilities.calls import WHY_NOT_CONNECTED
from desk.fields import Field, shaped, text, whole
from desk.spec import Spec
from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.cards.card import Status, is_expired, valid_through
from telekarta.usecases.cards.changing import (
    BlockCard,
    CardChanged,
    CardRefusal,
    UnblockCard,
    block_card,
    unblock_card,
)
from telekarta.usecases.cards.information_lines import (
    LineRefusal,
    RegisterInformationLine,
    RemoveInformationLine,
    register_information_line,
    remove_information_line,
)
from telekarta.usecases.cards.issuing import CardsIssued, IssueCards, IssuedBefore, IssueRefusal, issue_cards
from telekarta.usecases.cards.showing import CardShown, ShowCard, show_card
from telekarta.usecases.commands import Outcome

WHY_CARD_REFUSED: Mapping[StrEnum, str] = {
    CardRefusal.UNKNOWN_CARD: "There is no such card or account. Check the number and the brand.",
    CardRefusal.CARD_USED_UP: "The card was used up onto an account. Give the command for that account.",
}
_WHY_NOT_ISSUED: Mapping[StrEnum, str] = {
    IssueRefusal.OUT_OF_NUMBERS: "Too few free card numbers were found. Nothing was issued; tell the"
    " engineers.",
}
_WHY_NOT_REGISTERED: Mapping[StrEnum, str] = {
    **WHY_CARD_REFUSED,
    **WHY_NOT_CONNECTED,
    LineRefusal.NOT_REGISTRABLE: "Only a Polish information line that is not ours can be registered"
    " (WP §2.8).",
}


def _issued(answer: CardsIssued | IssuedBefore) -> Json:
    if isinstance(answer, IssuedBefore):
        return {
            "outcome": Outcome.ALREADY_DONE,
            "record": answer.record,
            "message": "This request was given before, and PINs are not shown twice. If they are lost,"
            " block_card each number of the series that the record names, and issue it again under"
            " another request_id.",
        }
    told: Json = {"outcome": answer.outcome, "cards": [asdict(card) for card in answer.cards]}
    if answer.outcome is Outcome.PARTLY_DONE:
        told["uncertain"] = list(answer.uncertain)
        told["message"] = (
            "Not all cards could be issued. Keep the PINs that are shown here, block_card the uncertain"
            " numbers, and issue the missing cards under another request_id."
        )
    return told


def status_word(shown: CardShown) -> str:
    """The status as operators see it: what an operator or a movement made of the card outlasts its last day,
    as for a caller."""
    expired = shown.card.status is Status.ACTIVE and is_expired(shown.card, shown.now)
    return "expired" if expired else shown.card.status


def _shown(shown: CardShown) -> Json:
    card = shown.card
    last_day = valid_through(card)
    return {
        "outcome": Outcome.DONE,
        **named(card),
        "status": status_word(shown),
        "balance_grosze": card.balance_grosze,
        "held_grosze": card.held_grosze,
        **({"hold": hold(card.hold)} if card.hold else {}),
        "lots": [lot(each) for each in card.lots],
        "postings": [posting(each) for each in shown.postings],
        "valid_through": last_day.isoformat() if last_day else None,
        "nominal_grosze": card.nominal_grosze,
        "series": card.series,
        "issued_at": as_text(card.issued_at),
        "first_used_at": as_text(card.first_used_at) if card.first_used_at else None,
        "last_active_at": as_text(card.last_active_at) if card.last_active_at else None,
        "language": card.language,
        "information_lines": sorted(card.information_lines),
        "wrong_pin_tries": card.pin_tries.count,
    }


def _changed(answer: CardChanged) -> Json:
    card = answer.card
    return {"outcome": answer.outcome, **named(card), "information_lines": sorted(card.information_lines)}


SPECS = (
    Spec[IssueCards, CardsIssued | IssuedBefore](
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
            *fields.SIGNED,
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
        carry_out=issue_cards,
        respond=_issued,
        refusals=_WHY_NOT_ISSUED,
    ),
    Spec(
        "show_card",
        ShowCard,
        (fields.brand, fields.card_of_brand),
        "Shows a card or an account: its status, money, hold, registered lines, and its postings, newest"
        " first. Changes nothing, so it asks for no reason.",
        {"brand": "white_phone", "card": "123456"},
        carry_out=show_card,
        respond=_shown,
        refusals=WHY_CARD_REFUSED,
    ),
    Spec(
        "block_card",
        BlockCard,
        (fields.brand, fields.card_of_brand, *fields.SIGNED),
        "Refuses the next call, and any move of the money. A call in progress is not cut. A card that was"
        " used up onto an account can't be blocked: block the account. (WP §16.1, TG §10.2)",
        {"brand": "telegrosik", "card": "1234567890", **fields.SIGNATURE},
        carry_out=block_card,
        respond=_changed,
        label="Block the card",
        refusals=WHY_CARD_REFUSED,
    ),
    Spec(
        "unblock_card",
        UnblockCard,
        (fields.brand, fields.card_of_brand, *fields.SIGNED),
        "Lets a blocked card or account be used again. (WP §16.1, TG §10.2)",
        {"brand": "telegrosik", "card": "+48600700866", **fields.SIGNATURE},
        carry_out=unblock_card,
        respond=_changed,
        label="Unblock the card",
        refusals=WHY_CARD_REFUSED,
    ),
    Spec(
        "register_information_line",
        RegisterInformationLine,
        (fields.own_card, fields.number, *fields.SIGNED),
        "Lets the card call an information line, a bank's for instance, that its holder has reported."
        " White Phone only. (WP §2.8)",
        {"card": "123456", "number": "800 302 302", **fields.SIGNATURE},
        carry_out=register_information_line,
        respond=_changed,
        label="Register an information line",
        refusals=_WHY_NOT_REGISTERED,
    ),
    Spec(
        "remove_information_line",
        RemoveInformationLine,
        (fields.own_card, fields.number, *fields.SIGNED),
        "Takes a registered information line off the card again. (WP §2.8)",
        {"card": "123456", "number": "+48800302302", **fields.SIGNATURE},
        carry_out=remove_information_line,
        respond=_changed,
        label="Remove an information line",
        refusals=WHY_CARD_REFUSED,
    ),
)
