"""An account on the caller's own line: opened, loaded with cards, and called from (TG §5)."""

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.accounts import (
    IdentifyLine,
    LineOutcome,
    MoveCard,
    MoveOutcome,
    OpenAccount,
    OpenOutcome,
)
from telekarta.dialog.effects.calls import QuoteCall
from telekarta.dialog.nodes.calls import QUOTE_ENDS, destination_or_star
from telekarta.dialog.nodes.keyed import MENU_KEY, TO_MENU, after_last_star, again, looks_like_pin
from telekarta.dialog.nodes.share import Entrance, Share
from telekarta.dialog.screens import HOME, Collect, Edges, Go, Menu, Reply, Screen
from telekarta.domain.brands import Service
from telekarta.domain.cards.terms import TELEGROSIK_PIN_DIGITS
from telekarta.domain.rules import rule

_MOVE_REFUSALS: Edges = {
    MoveOutcome.TOO_MANY: Go("goodbye", ("too_many_wrong_codes",)),
    MoveOutcome.PAUSED: Go("goodbye", ("paused",)),
    MoveOutcome.BLOCKED: Go(HOME, ("card_blocked",), miss=True),
    MoveOutcome.USED_UP: Go(HOME, ("card_used_up",), miss=True),
    MoveOutcome.EXPIRED: Go(HOME, ("card_expired",), miss=True),
    MoveOutcome.IN_A_CALL: Go(HOME, ("card_in_a_call",), miss=True),
}


@rule("TG §5.2", "TG §5.3")
def account(_: Caller) -> Screen:
    """The holder of an account keys the number to call, or the PIN of a card to load the account with."""

    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        code = after_last_star(keyed)
        return MoveCard(code) if looks_like_pin(code) else destination_or_star(keyed)

    return Collect(
        say=("ask_destination_or_pin",),
        answer=answer,
        edges=QUOTE_ENDS
        | _MOVE_REFUSALS
        | {
            MoveOutcome.MOVED: Go("account", ("card_moved", "account_balance")),
            MoveOutcome.WRONG: Go("account", ("wrong_pin",)),
        },
        asks=(QuoteCall, MoveCard),
        goes=(HOME,),
        shortcuts=TO_MENU,
    )


@rule("TG §2.2", "TG §2.11")
def open_account(_: Caller) -> Screen:
    """Who calls an activation number from a line without an account is asked whether to open one."""
    return Menu(
        say=("ask_open_account",),
        keys={"1": OpenAccount(), "2": Go("goodbye", ("account_not_opened",)), MENU_KEY: Go("menu")},
        edges={
            OpenOutcome.OPENED: Go("load_account", ("account_opened",)),
            OpenOutcome.HAD_ONE: Go("load_account", ("account_exists", "account_balance")),
        },
    )


@rule("TG §5.3")
def load_account(_: Caller) -> Screen:
    """The holder keys the PIN of a card whose money shall move onto the account."""

    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        code = after_last_star(keyed)
        if looks_like_pin(code):
            return MoveCard(code)
        return again("load_account", keyed, "pin_has_twelve_digits")

    return Collect(
        say=("ask_pin_to_load",),
        answer=answer,
        edges={
            outcome: Go("load_account", go.say, miss=True) if go.to == HOME else go
            for outcome, go in _MOVE_REFUSALS.items()
        }
        | {
            MoveOutcome.MOVED: Go("goodbye", ("card_moved", "account_balance", "call_access_number")),
            MoveOutcome.WRONG: Go("load_account", ("wrong_pin",)),
        },
        asks=(MoveCard,),
        goes=("load_account",),
        shortcuts=TO_MENU,
        length=TELEGROSIK_PIN_DIGITS,
    )


SHARE = Share(
    nodes=(account, open_account, load_account),
    entrances={
        Service.TELEGROSIK_CALL: Entrance(
            ("welcome_telegrosik",),
            IdentifyLine(),
            {
                LineOutcome.ACCOUNT: Go("account", ("account_balance",)),
                LineOutcome.NO_ACCOUNT: Go("pin"),
                LineOutcome.HIDDEN: Go("pin"),
                LineOutcome.BLOCKED: Go("goodbye", ("account_blocked",)),
                LineOutcome.EXPIRED: Go("goodbye", ("account_expired",)),
                LineOutcome.IN_A_CALL: Go("goodbye", ("account_in_a_call",)),
            },
            "pin",
        ),
        Service.TELEGROSIK_ACTIVATION: Entrance(
            ("welcome_telegrosik",),
            IdentifyLine(),
            {
                LineOutcome.ACCOUNT: Go("load_account", ("account_exists", "account_balance")),
                LineOutcome.NO_ACCOUNT: Go("open_account"),
                LineOutcome.HIDDEN: Go("goodbye", ("account_needs_clip",)),
                LineOutcome.BLOCKED: Go("goodbye", ("account_blocked",)),
                LineOutcome.EXPIRED: Go("goodbye", ("account_expired",)),
                LineOutcome.IN_A_CALL: Go("goodbye", ("account_in_a_call",)),
            },
            "open_account",
        ),
    },
)
