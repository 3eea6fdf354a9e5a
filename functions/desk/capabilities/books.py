"""The books: corrections of postings, and the trial balance."""

from collections.abc import Mapping
from enum import StrEnum

from desk import fields
from desk.answers import Json, named, posting
from desk.fields import Field, whole
from desk.spec import Spec
from telekarta.domain.books.corrections import CorrectionRefusal
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.usecases.books.correcting import CorrectCall, Corrected, ReversePosting
from telekarta.usecases.books.desk import (
    BookRefusal,
    ShowTrialBalance,
    TrialBalanceShown,
    correct_by_operator,
    reverse_by_operator,
    show_trial_balance,
)
from telekarta.usecases.commands import Outcome

_WHY_NOT_CORRECTED: Mapping[StrEnum, str] = {
    CorrectionRefusal.UNKNOWN_POSTING: "There is no such posting. show_card lists those of a card.",
    CorrectionRefusal.NOT_CORRECTABLE: "This kind of posting can't be corrected so: a call can be corrected"
    " or reversed, an issue reversed. A move onto an account is final (TG §5.3).",
    CorrectionRefusal.MORE_THAN_BOOKED: "That is more than is left of the posting after its corrections.",
    CorrectionRefusal.NOT_ENOUGH_MONEY: "The card has not that much, beside what is held for a call.",
    CorrectionRefusal.NO_SUCH_PRICE: "The posting's price list has no price for its destination.",
    CorrectionRefusal.REQUEST_DIFFERS: "This request_id stands for another correction of the posting.",
}
_WHY_NOTHING_SHOWN: Mapping[StrEnum, str] = {
    BookRefusal.NO_TRIAL_BALANCE: "No day was closed yet. The first trial balance is made in the morning.",
}
_A_POSTING = "call:CA0123456789abcdef0123456789abcdef-1"


def _corrected(answer: Corrected) -> Json:
    booked = {"correction": posting(answer.correction)} if answer.correction else {}
    return {
        "outcome": answer.outcome,
        **named(answer.card),
        "balance_grosze": answer.card.balance_grosze,
        "posting": answer.posting.id,
        "standing_grosze": answer.standing_grosze,
        **booked,
    }


def _balance(answer: TrialBalanceShown) -> Json:
    return {"outcome": Outcome.DONE, **answer.document}


SPECS = (
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
            *fields.SIGNED,
        ),
        "Undoes a posting, or a part of it, by a new posting. What a call cost goes back onto its card, into"
        " lots of the source and date that it was taken from; if the card was moved onto an account since,"
        " onto that account. The card stays as it is, blocked or expired. What an issue granted is taken back"
        " from what is left of it. A move onto an account is final (TG §5.3). (WP §6.3, TG §6.5)",
        {"posting": _A_POSTING, "amount_grosze": 5, "request_id": "reklamacja-2026-117", **fields.SIGNATURE},
        carry_out=reverse_by_operator,
        respond=_corrected,
        label="Reverse the posting",
        refusals=_WHY_NOT_CORRECTED,
    ),
    Spec(
        "correct_call",
        CorrectCall,
        (
            fields.posting,
            Field("duration_s", whole(0, LONGEST_CALL_S), "how long the call really was"),
            *fields.SIGNED,
        ),
        "Makes the charge of a call the price of that duration, by the list that was quoted and never more"
        " than was set aside, and books the difference either way. The rest is charged only if the card has"
        " it, beside what is held for another call. (WP §6.1, WP §6.3, TG §6.4, TG §6.5)",
        {"posting": _A_POSTING, "duration_s": 61, **fields.SIGNATURE},
        carry_out=correct_by_operator,
        respond=_corrected,
        label="Correct the call",
        refusals=_WHY_NOT_CORRECTED,
    ),
    Spec(
        "trial_balance",
        ShowTrialBalance,
        (),
        "Shows the last trial balance: every account of ours with its opening, movements and closing, all"
        " cards as one, and every difference by name. It is made every morning for the day before; all"
        " reports are in the bucket of reports, as JSON and as a page to read.",
        {},
        carry_out=show_trial_balance,
        respond=_balance,
        refusals=_WHY_NOTHING_SHOWN,
    ),
)
