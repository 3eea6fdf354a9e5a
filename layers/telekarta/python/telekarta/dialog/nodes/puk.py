"""The PUK of a White Phone card: eight digits that its holder may set, to protect it further (WP §1.2.11)."""

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.puk import (
    CheckPuk,
    ConfirmPuk,
    LookForPuk,
    ProposePuk,
    PukCheckOutcome,
    PukConfirmOutcome,
    PukProposeOutcome,
    PukStateOutcome,
)
from telekarta.dialog.nodes.keyed import TO_MENU, after_last_star, again
from telekarta.dialog.nodes.share import Option, Share
from telekarta.dialog.screens import HOME, Collect, Edges, Go, Reply, Screen
from telekarta.domain.brands import Brand
from telekarta.domain.cards.terms import PUK_DIGITS
from telekarta.domain.rules import rule

_PUK_ENDS: Edges = {
    PukCheckOutcome.TOO_MANY: Go(HOME, ("puk_not_changed",)),
    PukCheckOutcome.PAUSED: Go(HOME, ("puk_paused",)),
}


def _collect_puk(ask: str, here: str, asks: type[CheckPuk | ProposePuk | ConfirmPuk], edges: Edges) -> Screen:
    def answer(_: Caller, keyed: str) -> Reply:
        code = after_last_star(keyed)
        return asks(code) if len(code) == PUK_DIGITS else again(here, keyed, "puk_has_eight_digits")

    return Collect(
        say=(ask,),
        answer=answer,
        edges=edges,
        asks=(asks,),
        goes=(here,),
        shortcuts=TO_MENU,
        length=PUK_DIGITS,
    )


@rule("WP §1.2.11")
def current_puk(_: Caller) -> Screen:
    """The holder keys the present PUK, which must be known to change it."""
    return _collect_puk(
        "ask_current_puk",
        "current_puk",
        CheckPuk,
        _PUK_ENDS
        | {
            PukCheckOutcome.RIGHT: Go("new_puk"),
            PukCheckOutcome.WRONG: Go("current_puk", ("wrong_puk",)),
        },
    )


@rule("WP §1.2.11")
def new_puk(_: Caller) -> Screen:
    """The holder keys the PUK that the card shall have."""
    return _collect_puk(
        "ask_new_puk",
        "new_puk",
        ProposePuk,
        {
            PukProposeOutcome.PROPOSED: Go("repeat_puk"),
            PukProposeOutcome.GUESSABLE: Go("new_puk", ("puk_too_simple",), miss=True),
        },
    )


@rule("WP §1.2.11")
def repeat_puk(_: Caller) -> Screen:
    """The holder keys it once more, so that a slip of the finger locks nobody out."""
    return _collect_puk(
        "ask_puk_again",
        "repeat_puk",
        ConfirmPuk,
        {
            PukConfirmOutcome.SET: Go(HOME, ("puk_set",)),
            PukConfirmOutcome.DIFFERENT: Go("new_puk", ("puks_differ",), miss=True),
        },
    )


def puk_option(caller: Caller) -> Option:
    """For holders of White Phone cards: Telegrosik's terms know no PUK."""
    return Option(
        "5",
        "menu_puk",
        LookForPuk(),
        {PukStateOutcome.UNSET: Go("new_puk"), PukStateOutcome.SET: Go("current_puk")},
        is_offered=caller.holder is not None and caller.brand is Brand.WHITE_PHONE,
    )


SHARE = Share(nodes=(current_puk, new_puk, repeat_puk), options=(puk_option,))
