"""A call: the number is keyed, the time it can last is told, and the two are connected."""

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.calls import (
    DialOutcome,
    EndCall,
    PlaceCall,
    PlaceOutcome,
    QuoteCall,
    QuoteOutcome,
)
from telekarta.dialog.nodes.keyed import TO_MENU, after_last_star
from telekarta.dialog.nodes.share import Share
from telekarta.dialog.screens import HOME, Collect, Dial, Edges, Go, Notice, Reply, Screen
from telekarta.domain.prices.dialling import Destination, hides_caller, parse_destination
from telekarta.domain.rules import rule

# Every refusal is told by the prompt that has its name.
QUOTE_ENDS: Edges = {
    **{refusal: Go(HOME, (refusal.value,), miss=True) for refusal in QuoteOutcome},
    QuoteOutcome.QUOTED: Go("announcing"),
    QuoteOutcome.TOO_LITTLE: Go(HOME, ("too_little_for_this_number",), miss=True),
}


def destination_or_star(keyed: str) -> Reply:
    """The request to quote the number that was keyed, or the way back when a star left nothing of it."""
    number = after_last_star(keyed)
    # A star with nothing after it: the caller wants a clean start, and hears the prompt again.
    return QuoteCall(number) if number else Go(HOME)


@rule("TG §4.1", "TG §4.2", "TG §4.3", "TG §4.4", "WP §3.2")
def destination(_: Caller) -> Screen:
    """The holder of a card keys the number to call."""
    return Collect(
        say=("ask_destination",),
        answer=lambda _caller, keyed: destination_or_star(keyed),
        edges=QUOTE_ENDS,
        asks=(QuoteCall,),
        goes=(HOME,),
        shortcuts=TO_MENU,
    )


@rule("TG §4.2", "TG §5.2", "WP §3.2")
def announcing(caller: Caller) -> Screen:
    """The caller hears how long the balance lasts, before the price is set aside.

    Who hangs up during these words never gets a dialled leg, so the carrier would report no end of it: money
    that had been set aside before would stay set aside.
    """
    noun = "account" if caller.is_account else "card"
    return Notice(
        say=("time_left", "connecting"),
        then=PlaceCall(),
        edges={
            PlaceOutcome.CONNECT: Go("talking"),
            PlaceOutcome.TOO_LITTLE: Go(HOME, ("too_little_for_this_number",), miss=True),
            PlaceOutcome.BLOCKED: Go("goodbye", (f"{noun}_blocked",)),
            PlaceOutcome.USED_UP: Go("goodbye", ("card_used_up",)),
            PlaceOutcome.EXPIRED: Go("goodbye", (f"{noun}_expired",)),
            PlaceOutcome.IN_A_CALL: Go("goodbye", (f"{noun}_in_a_call",)),
            PlaceOutcome.BELOW_MINIMUM: Go(HOME, ("account_balance", "load_account_first"), miss=True)
            if caller.is_account
            else Go("goodbye", ("card_balance", "below_minimum")),
        },
        values={"left_s": caller.placed_call.limit_s},
    )


@rule("WP §3.6", "TG §3.10", "TG §4.2", "TG §4.5")
def talking(caller: Caller) -> Screen:
    """The carrier connects the two, and reports here how their talk ended."""
    placed = caller.placed_call
    target = parse_destination(placed.destination)
    hides = not isinstance(target, Destination) or hides_caller(caller.brand, target)
    return Dial(
        say=(),  # the dialling starts at once: see `announcing`
        number=placed.destination,
        limit_s=placed.limit_s,
        hides_caller=hides,
        answer=lambda report: EndCall(report.status, report.duration_s, report.leg_sid),
        edges={
            DialOutcome.TALKED: Go(HOME, ("call_cost", "balance_left")),
            DialOutcome.TALKED_OUT: Go(
                HOME if caller.is_account else "goodbye",
                ("call_cost", "balance_left", "load_account_first" if caller.is_account else "below_minimum"),
            ),
            DialOutcome.BUSY: Go(HOME, ("busy",)),
            DialOutcome.NO_ANSWER: Go(HOME, ("no_answer",)),
            DialOutcome.FAILED: Go(HOME, ("wrong_number",)),
            DialOutcome.UNRECORDED: Go(HOME, ("call_ended",)),
        },
        asks=(EndCall,),
    )


SHARE = Share(nodes=(destination, announcing, talking))
