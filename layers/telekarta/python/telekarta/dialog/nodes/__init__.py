"""The call, node by node. A node is a pure function from the caller to a screen; `NODES` is the graph.

Keys that work everywhere: `#` ends an entry, `*` starts it over (TG §4.4), `0` opens the menu.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.accounts import (
    IdentifyLine,
    LineOutcome,
    MoveCard,
    MoveOutcome,
    OpenAccount,
    OpenOutcome,
)
from telekarta.dialog.effects.calls import (
    DialOutcome,
    EndCall,
    PlaceCall,
    PlaceOutcome,
    QuoteCall,
    QuoteOutcome,
)
from telekarta.dialog.effects.cards import AdmitCard, AdmitOutcome, AdmitPin
from telekarta.dialog.effects.menu import BalanceOutcome, ReadBalance, Remember, RememberOutcome
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
from telekarta.dialog.effects.topups import (
    GiveMoney,
    GiveOutcome,
    QuoteGift,
    RedeemVoucher,
    TakeMoney,
    TakeOutcome,
    VoucherOutcome,
)
from telekarta.dialog.language import Language
from telekarta.dialog.screens import Collect, Dial, DialReport, Edges, End, Go, Menu, Notice, Reply, Screen
from telekarta.domain.brands import HELP_LINES, Brand, Service
from telekarta.domain.cards.codes import (
    PLUS_VOUCHER_DIGITS,
    PUK_DIGITS,
    TELEGROSIK_PIN_DIGITS,
    TELEGROSIK_SERIAL_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    WHITE_PHONE_PIN_DIGITS,
)
from telekarta.domain.prices.dialling import Destination, hides_caller, parse_destination
from telekarta.domain.rules import rule

HOME = "home"  # where this caller keys the next number: resolved by `home_of`
MENU_KEY = "0"
HELP_CALL_LIMIT_S = 30 * 60
MOST_ZLOTY_DIGITS = 4

Node = Callable[[Caller], Screen]


def home_of(caller: Caller) -> str:
    """The node at which this caller does what they called for."""
    if caller.is_account:
        return "account"
    if caller.holder is not None:
        return "destination"
    match caller.leg.line.service:
        case Service.WHITE_PHONE_CALL:
            return "card_number"
        case Service.TELEGROSIK_CALL:
            return "pin"
        case Service.TELEGROSIK_ACTIVATION:
            return "open_account"


# Where each service lets its callers in.


@dataclass(frozen=True, slots=True)
class Entrance:
    """The first words of a service, and what must be known before the first screen."""

    say: tuple[str, ...]
    asks: IdentifyLine | None
    edges: Edges
    to: str


ENTRANCES: Mapping[Service, Entrance] = {
    Service.WHITE_PHONE_CALL: Entrance(("welcome_white_phone",), None, {}, "card_number"),
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
}

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

_QUOTE: Edges = {
    QuoteOutcome.QUOTED: Go("announcing"),
    QuoteOutcome.TOO_LITTLE: Go(HOME, ("too_little_for_this_number",), miss=True),
}
_QUOTE |= {
    refusal: Go(HOME, (refusal.value,), miss=True)
    for refusal in QuoteOutcome
    if refusal not in {QuoteOutcome.QUOTED, QuoteOutcome.TOO_LITTLE}
}

_MOVE_REFUSALS: Edges = {
    MoveOutcome.TOO_MANY: Go("goodbye", ("too_many_wrong_codes",)),
    MoveOutcome.PAUSED: Go("goodbye", ("paused",)),
    MoveOutcome.BLOCKED: Go(HOME, ("card_blocked",), miss=True),
    MoveOutcome.USED_UP: Go(HOME, ("card_used_up",), miss=True),
    MoveOutcome.EXPIRED: Go(HOME, ("card_expired",), miss=True),
    MoveOutcome.IN_A_CALL: Go(HOME, ("card_in_a_call",), miss=True),
}


def after_last_star(keyed: str) -> str:
    """What counts of an entry: a star throws away all before it (TG §4.4)."""
    return keyed.rpartition("*")[2]


def looks_like_pin(keyed: str) -> bool:
    """Whether an entry at the account's prompt is a card's PIN and not a number to call (TG §5.3).

    A PIN has twelve digits and never starts with 0; no number that can be called here does both: abroad
    starts with 00, and at home a number has nine digits, or eleven with the country's 48.
    """
    return keyed.isdigit() and len(keyed) == TELEGROSIK_PIN_DIGITS and keyed[0] != "0"


def _again(here: str, keyed: str, why: str) -> Go:
    """Ask for the code anew. A star among the keys was the caller's own wish, not a mistake."""
    return Go(here) if "*" in keyed else Go(here, (why,), miss=True)


# White Phone (WP §3)


@rule("WP §3.2", "WP §3.3")
def card_number(_: Caller) -> Screen:
    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        number = after_last_star(keyed)
        if len(number) == WHITE_PHONE_CARD_DIGITS:
            return Go("card_pin", card=number)
        return _again("card_number", keyed, "card_number_has_six_digits")

    return Collect(
        say=("ask_card_number",),
        answer=answer,
        edges={},
        goes=("card_pin", "card_number"),
        shortcuts={MENU_KEY: Go("menu")},
        length=WHITE_PHONE_CARD_DIGITS,
    )


@rule("WP §3.3", "WP §1.2.10")
def card_pin(_: Caller) -> Screen:
    def answer(caller: Caller, keyed: str) -> Reply:
        if keyed.endswith("*"):
            return Go("card_number")
        pin = after_last_star(keyed)
        if len(pin) == WHITE_PHONE_PIN_DIGITS:
            return AdmitCard(caller.card, pin)
        return _again("card_pin", keyed, "card_pin_has_eight_digits")

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
        shortcuts={MENU_KEY: Go("menu")},
        length=WHITE_PHONE_PIN_DIGITS,
    )


# Telegrosik (TG §4, §5)


@rule("TG §4.1", "TG §2.10")
def pin(_: Caller) -> Screen:
    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        code = after_last_star(keyed)
        if looks_like_pin(code):
            return AdmitPin(code)
        return _again("pin", keyed, "pin_has_twelve_digits")

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
        shortcuts={MENU_KEY: Go("menu")},
        length=TELEGROSIK_PIN_DIGITS,
    )


def _destination_or_star(keyed: str) -> Reply:
    number = after_last_star(keyed)
    # A star with nothing after it: the caller wants a clean start, and hears the prompt again.
    return QuoteCall(number) if number else Go(HOME)


@rule("TG §4.1", "TG §4.2", "TG §4.3", "TG §4.4", "WP §3.2")
def destination(_: Caller) -> Screen:
    return Collect(
        say=("ask_destination",),
        answer=lambda _caller, keyed: _destination_or_star(keyed),
        edges=_QUOTE,
        asks=(QuoteCall,),
        goes=(HOME,),
        shortcuts={MENU_KEY: Go("menu")},
    )


@rule("TG §5.2", "TG §5.3")
def account(_: Caller) -> Screen:
    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        code = after_last_star(keyed)
        return MoveCard(code) if looks_like_pin(code) else _destination_or_star(keyed)

    return Collect(
        say=("ask_destination_or_pin",),
        answer=answer,
        edges=_QUOTE
        | _MOVE_REFUSALS
        | {
            MoveOutcome.MOVED: Go("account", ("card_moved", "account_balance")),
            MoveOutcome.WRONG: Go("account", ("wrong_pin",)),
        },
        asks=(QuoteCall, MoveCard),
        goes=(HOME,),
        shortcuts={MENU_KEY: Go("menu")},
    )


@rule("TG §2.2", "TG §2.11")
def open_account(_: Caller) -> Screen:
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
    def answer(caller: Caller, keyed: str) -> Reply:
        del caller
        code = after_last_star(keyed)
        if looks_like_pin(code):
            return MoveCard(code)
        return _again("load_account", keyed, "pin_has_twelve_digits")

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
        shortcuts={MENU_KEY: Go("menu")},
        length=TELEGROSIK_PIN_DIGITS,
    )


# The conversation


@rule("TG §4.2", "TG §5.2", "WP §3.2")
def announcing(caller: Caller) -> Screen:
    """How long the balance lasts. The price is set aside only after these words: who hangs up while they
    are spoken never gets a dialled leg, so nobody would report its end and let the money go again."""
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
    )


@rule("WP §3.6", "TG §3.10", "TG §4.2", "TG §4.5")
def talking(caller: Caller) -> Screen:
    target = parse_destination(caller.destination)
    hides = not isinstance(target, Destination) or hides_caller(caller.brand, target)
    return Dial(
        say=(),  # the dialling starts at once: see `announcing`
        number=caller.destination,
        limit_s=caller.limit_s,
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


# The menu


def menu(caller: Caller) -> Screen:
    admitted = caller.holder is not None
    has_puk = admitted and caller.brand is Brand.WHITE_PHONE  # WP §1.2.11; Telegrosik's terms know no PUK
    keys: dict[str, Reply] = {
        "2": Go(HOME),
        "3": Go("choose_language"),
        "4": Remember(caller.language, not caller.slow),
        "9": Go("help"),
        MENU_KEY: Go(HOME),
    }
    if admitted:
        keys["1"] = ReadBalance()
    if has_puk:
        keys["5"] = LookForPuk()
        keys["6"] = Go("top_up")
    gives = admitted and caller.brand is Brand.TELEGROSIK and not caller.is_account
    if gives:
        keys["6"] = Go("give_amount")
    say = ("menu_balance",) * admitted + ("menu_repeat", "menu_language")
    say += (
        ("menu_faster" if caller.slow else "menu_slower",)
        + ("menu_puk", "menu_top_up") * has_puk
        + ("menu_give",) * gives
        + ("menu_help", "menu_back")
    )
    return Menu(
        say=say,
        keys=keys,
        edges={
            BalanceOutcome.READ: Go(HOME, ("account_balance" if caller.is_account else "card_balance",)),
            RememberOutcome.REMEMBERED: Go(HOME, ("remembered",)),
            PukStateOutcome.UNSET: Go("new_puk"),
            PukStateOutcome.SET: Go("current_puk"),
        },
    )


# Topping up from another card, or with a voucher


def top_up(_: Caller) -> Screen:
    return Menu(
        say=("top_up_menu",),
        keys={"1": Go("take_amount"), "2": Go("voucher"), MENU_KEY: Go("menu")},
    )


def _amount(ask: str, here: str, there: str) -> Screen:
    """Whole zlotys; two zeros want all that is there."""

    def answer(_: Caller, keyed: str) -> Reply:
        digits = after_last_star(keyed)
        if digits and len(digits) <= MOST_ZLOTY_DIGITS:
            return Go(there, amount_grosze=int(digits) * 100)
        return _again(here, keyed, "amount_has_at_most_four_digits")

    return Collect(say=(ask,), answer=answer, edges={}, goes=(there, here), shortcuts={MENU_KEY: Go("menu")})


@rule("WP §4.1.3")
def take_amount(_: Caller) -> Screen:
    return _amount("ask_amount_to_take", "take_amount", "take_from")


@rule("WP §4.1.3")
def take_from(_: Caller) -> Screen:
    """The codes of the card that gives. Keying them is the confirmation, and the prompt says so."""

    def answer(_: Caller, keyed: str) -> Reply:
        code = after_last_star(keyed)
        if looks_like_pin(code) or len(code) == WHITE_PHONE_CARD_DIGITS + WHITE_PHONE_PIN_DIGITS:
            return TakeMoney(code)
        return _again("take_from", keyed, "codes_have_fourteen_or_twelve_digits")

    return Collect(
        say=("ask_card_to_take_from",),
        answer=answer,
        edges={
            TakeOutcome.MOVED: Go(HOME, ("money_moved_here", "card_balance")),
            TakeOutcome.WRONG: Go("take_from", ("wrong_card_or_pin",)),
            TakeOutcome.TOO_MANY: Go("goodbye", ("too_many_wrong_codes",)),
            TakeOutcome.PAUSED: Go("goodbye", ("paused",)),
            TakeOutcome.SAME_CARD: Go("take_from", ("same_card",), miss=True),
            TakeOutcome.NOT_ENOUGH: Go("take_amount", ("not_enough_to_move",), miss=True),
            TakeOutcome.BLOCKED: Go(HOME, ("card_blocked",)),
            TakeOutcome.USED_UP: Go(HOME, ("card_used_up",)),
            TakeOutcome.EXPIRED: Go(HOME, ("card_expired",)),
            TakeOutcome.IN_A_CALL: Go(HOME, ("card_in_a_call",)),
            TakeOutcome.OWN_CARD_UNUSABLE: Go(HOME, ("own_card_takes_none",)),
        },
        asks=(TakeMoney,),
        goes=("take_from",),
        shortcuts={MENU_KEY: Go("menu")},
    )


@rule("WP §4.1.5")
def voucher(_: Caller) -> Screen:
    def answer(_: Caller, keyed: str) -> Reply:
        code = after_last_star(keyed)
        if len(code) == PLUS_VOUCHER_DIGITS:
            return RedeemVoucher(code)
        return _again("voucher", keyed, "voucher_has_fourteen_digits")

    return Collect(
        say=("ask_voucher",),
        answer=answer,
        edges={
            VoucherOutcome.CREDITED: Go(HOME, ("voucher_credited", "card_balance")),
            VoucherOutcome.CREDITED_WITH_BONUS: Go(HOME, ("voucher_credited", "with_bonus", "card_balance")),
            VoucherOutcome.UNKNOWN: Go("voucher", ("voucher_unknown",)),
            VoucherOutcome.USED: Go("voucher", ("voucher_used",)),
            VoucherOutcome.EXPIRED: Go("voucher", ("voucher_expired",)),
            VoucherOutcome.LATER: Go(HOME, ("voucher_later",)),
            VoucherOutcome.CARD_TAKES_NONE: Go(HOME, ("own_card_takes_none",)),
            VoucherOutcome.TOO_MANY: Go("goodbye", ("too_many_wrong_codes",)),
        },
        asks=(RedeemVoucher,),
        goes=("voucher",),
        shortcuts={MENU_KEY: Go("menu")},
        length=PLUS_VOUCHER_DIGITS,
    )


# Giving money to another card (TG §2.19)

_GIVE_ENDS: Edges = {
    GiveOutcome.UNKNOWN_CARD: Go("give_to", ("no_such_card",)),
    GiveOutcome.TOO_MANY: Go("goodbye", ("too_many_wrong_codes",)),
    GiveOutcome.SAME_CARD: Go("give_to", ("same_card",), miss=True),
    GiveOutcome.NOT_ENOUGH: Go("give_amount", ("not_enough_to_move",), miss=True),
    GiveOutcome.IN_A_CALL: Go(HOME, ("card_in_a_call",)),
    GiveOutcome.OTHER_CARD_UNUSABLE: Go(HOME, ("other_card_takes_none",)),
    GiveOutcome.OWN_CARD_UNUSABLE: Go(HOME, ("own_card_takes_none",)),
    GiveOutcome.QUOTED: Go("confirm_gift", ("gift_quote",)),
    GiveOutcome.MOVED: Go(HOME, ("gift_moved", "card_balance")),
}


@rule("TG §2.19")
def give_amount(_: Caller) -> Screen:
    return _amount("ask_amount_to_give", "give_amount", "give_to")


@rule("TG §2.19")
def give_to(_: Caller) -> Screen:
    """The other card is named by its serial: its PIN would let the giver use it."""

    def answer(_: Caller, keyed: str) -> Reply:
        serial = after_last_star(keyed)
        if len(serial) == TELEGROSIK_SERIAL_DIGITS:
            return QuoteGift(serial)
        return _again("give_to", keyed, "serial_has_ten_digits")

    return Collect(
        say=("ask_card_to_give_to",),
        answer=answer,
        edges=_GIVE_ENDS,
        asks=(QuoteGift,),
        goes=("give_to",),
        shortcuts={MENU_KEY: Go("menu")},
        length=TELEGROSIK_SERIAL_DIGITS,
    )


@rule("TG §2.19")
def confirm_gift(_: Caller) -> Screen:
    return Menu(
        say=("ask_confirm_gift",),
        keys={"1": GiveMoney(), "2": Go(HOME, ("nothing_moved",)), MENU_KEY: Go("menu")},
        edges=_GIVE_ENDS,
    )


def choose_language(caller: Caller) -> Screen:
    return Menu(
        say=("ask_language",),
        keys={
            "1": Remember(Language.PL, caller.slow),
            "2": Remember(Language.EN, caller.slow),
            MENU_KEY: Go(HOME),
        },
        edges={RememberOutcome.REMEMBERED: Go(HOME, ("remembered",))},
    )


_PUK_ENDS: Edges = {
    PukCheckOutcome.TOO_MANY: Go(HOME, ("puk_not_changed",)),
    PukCheckOutcome.PAUSED: Go(HOME, ("puk_paused",)),
}


def _collect_puk(ask: str, here: str, asks: type[CheckPuk | ProposePuk | ConfirmPuk], edges: Edges) -> Screen:
    def answer(_: Caller, keyed: str) -> Reply:
        code = after_last_star(keyed)
        return asks(code) if len(code) == PUK_DIGITS else _again(here, keyed, "puk_has_eight_digits")

    return Collect(
        say=(ask,),
        answer=answer,
        edges=edges,
        asks=(asks,),
        goes=(here,),
        shortcuts={MENU_KEY: Go("menu")},
        length=PUK_DIGITS,
    )


@rule("WP §1.2.11")
def current_puk(_: Caller) -> Screen:
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
    return _collect_puk(
        "ask_puk_again",
        "repeat_puk",
        ConfirmPuk,
        {
            PukConfirmOutcome.SET: Go(HOME, ("puk_set",)),
            PukConfirmOutcome.DIFFERENT: Go("new_puk", ("puks_differ",), miss=True),
        },
    )


@rule("WP §8.1", "TG §8.1", "TG §8.2")
def help(caller: Caller) -> Screen:
    def answer(report: DialReport) -> Reply:
        return Go(HOME) if report.status == "completed" else Go(HOME, ("help_line_busy",))

    return Dial(
        say=("connecting_help",),
        number=HELP_LINES[caller.brand],
        limit_s=HELP_CALL_LIMIT_S,
        hides_caller=False,
        answer=answer,
        edges={},
        goes=(HOME,),
        is_charged=False,
    )


def goodbye(_: Caller) -> Screen:
    return End(say=("goodbye",))


NODES: Mapping[str, Node] = {
    node.__name__: node
    for node in (
        card_number,
        card_pin,
        pin,
        destination,
        account,
        open_account,
        load_account,
        announcing,
        talking,
        menu,
        top_up,
        take_amount,
        take_from,
        voucher,
        give_amount,
        give_to,
        confirm_gift,
        choose_language,
        current_puk,
        new_puk,
        repeat_puk,
        help,
        goodbye,
    )
}
