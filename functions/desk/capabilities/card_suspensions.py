"""Suspending a Telegrosik card for a breach of the terms (TG §10.5)."""

from collections.abc import Mapping
from enum import StrEnum

from desk import fields
from desk.capabilities.cards import WHY_CARD_REFUSED
from desk.capabilities.cases import shown
from desk.fields import Field, text, whole
from desk.spec import Spec
from telekarta.usecases.cards.suspending import (
    SuspendCard,
    SuspensionRefusal,
    WarnOfSuspension,
    suspend_card,
    warn_of_suspension,
)

_WHY_NOT_SUSPENDED: Mapping[StrEnum, str] = {
    **WHY_CARD_REFUSED,
    SuspensionRefusal.NOT_WARNED: "That case is no open call to stop a breach. warn_of_suspension makes one.",
    SuspensionRefusal.TERM_RUNS: "The holder still has time to stop: the case says until when (TG §10.5).",
    SuspensionRefusal.NOT_SERVED_YET: "The day on which the holder got the call to stop is in the future.",
}

SPECS = (
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
            *fields.SIGNED,
            Field("term_days", whole(7, 90), "the term given; 7 days if left out", required=False),
        ),
        "Notes that the holder of a Telegrosik card was called on to stop a breach of the terms: a case that"
        " says from when the card may be suspended. (TG §10.5)",
        {
            "card": "1234567890",
            "served_on": "2026-11-16",
            "breach": "Odsprzedaż połączeń, mimo rozmowy z 2 listopada",
            **fields.SIGNATURE,
        },
        carry_out=warn_of_suspension,
        respond=shown,
        refusals=_WHY_NOT_SUSPENDED,
    ),
    Spec(
        "suspend_card",
        SuspendCard,
        (fields.case, *fields.SIGNED),
        "Blocks the card whose holder did not stop within the term of the call, and closes its case."
        " unblock_card lets it be used again. (TG §10.5)",
        {"case": "suspension_warned:card:telegrosik:1234567890:2026-11-16", **fields.SIGNATURE},
        carry_out=suspend_card,
        respond=shown,
        label="Suspend the card",
        refusals=_WHY_NOT_SUSPENDED,
    ),
)
