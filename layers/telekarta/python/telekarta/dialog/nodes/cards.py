"""Where a card lets its holder in: by number and PIN (WP §3), or by PIN alone (TG §4)."""

from dataclasses import replace

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.cards import AdmitCard, AdmitOutcome, AdmitPin
from telekarta.dialog.nodes.keyed import TO_MENU, after_last_star, again, looks_like_pin
from telekarta.dialog.nodes.share import Entrance, Share
from telekarta.dialog.screens import Collect, Edges, Go, Reply, Screen
from telekarta.domain.brands import Service
from telekarta.domain.cards.terms import (
    TELEGROSIK_PIN_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    WHITE_PHONE_PIN_DIGITS,
)
from telekarta.domain.rules import rule

# The same outcome leads to the same place wherever a PIN was keyed.
_ADMIT_ENDS: Edges = {
    AdmitOutcome.TOO_MANY: Go("goodbye", ("too_many_wrong_codes",)),
    AdmitOutcome.PAUSED: Go("goodbye", ("paused",)),
    AdmitOutcome.BLOCKED: Go("goodbye", ("card_blocked",)),
    AdmitOutcome.USED_UP: Go("goodbye", ("card_used_up",)),
    AdmitOutcome.EXPIRED: Go("goodbye", ("card_expired",)),
    AdmitOutcome.IN_A_CALL: Go("goodbye", ("card_in_a_call",)),
    AdmitOutcome.BELOW_MINIMUM: Go("goodbye", ("card_balance", "below_minimum")),
}


@rule("WP §3.2", "WP §3.3")
def card_number(_: Caller) -> Screen:
    """The caller keys the six digits of a White Phone card."""

    def answer(caller: Caller, keyed: str) -> Reply:
        number = after_last_star(keyed)
        if len(number) == WHITE_PHONE_CARD_DIGITS:
            return Go("card_pin", keep=replace(caller.admission, card_number=number))
        return again("card_number", keyed, "card_number_has_six_digits")

    return Collect(
        say=("ask_card_number",),
        answer=answer,
        edges={},
        goes=("card_pin", "card_number"),
        shortcuts=TO_MENU,
        length=WHITE_PHONE_CARD_DIGITS,
    )


@rule("WP §3.3", "WP §1.2.10")
def card_pin(_: Caller) -> Screen:
    """The caller keys its PIN; a star goes back to the number."""

    def answer(caller: Caller, keyed: str) -> Reply:
        if keyed.endswith("*"):
            return Go("card_number")
        pin = after_last_star(keyed)
        if len(pin) == WHITE_PHONE_PIN_DIGITS:
            return AdmitCard(caller.admission.card_number, pin)
        return again("card_pin", keyed, "card_pin_has_eight_digits")

    return Collect(
        say=("ask_card_pin",),
        answer=answer,
        edges=_ADMIT_ENDS
        | {
            AdmitOutcome.ADMITTED: Go("destination", ("card_balance",)),
            AdmitOutcome.WRONG: Go("card_pin", ("wrong_card_or_pin",)),
        },
        asks=(AdmitCard,),
        goes=("card_number", "card_pin"),
        shortcuts=TO_MENU,
        length=WHITE_PHONE_PIN_DIGITS,
    )


@rule("TG §4.1", "TG §2.10")
def pin(_: Caller) -> Screen:
    """The caller keys the PIN of a Telegrosik card, which alone names the card."""

    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        code = after_last_star(keyed)
        if looks_like_pin(code):
            return AdmitPin(code)
        return again("pin", keyed, "pin_has_twelve_digits")

    return Collect(
        say=("ask_pin",),
        answer=answer,
        edges=_ADMIT_ENDS
        | {
            AdmitOutcome.ADMITTED: Go("destination", ("card_balance",)),
            AdmitOutcome.WRONG: Go("pin", ("wrong_pin",)),
        },
        asks=(AdmitPin,),
        goes=("pin",),
        shortcuts=TO_MENU,
        length=TELEGROSIK_PIN_DIGITS,
    )


SHARE = Share(
    nodes=(card_number, card_pin, pin),
    entrances={Service.WHITE_PHONE_CALL: Entrance(("welcome_white_phone",), None, {}, "card_number")},
)
