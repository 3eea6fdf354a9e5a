"""Money for a card by telephone: from another card, with a voucher; and money given to another card."""

from dataclasses import replace

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.topups import (
    GiveMoney,
    GiveOutcome,
    QuoteGift,
    RedeemVoucher,
    TakeMoney,
    TakeOutcome,
    VoucherOutcome,
)
from telekarta.dialog.nodes.keyed import MENU_KEY, TO_MENU, after_last_star, again, looks_like_pin
from telekarta.dialog.nodes.share import Option, Share
from telekarta.dialog.parts.topups import ChosenTransfer
from telekarta.dialog.screens import HOME, Collect, Edges, Go, Menu, Reply, Screen
from telekarta.domain.brands import Brand
from telekarta.domain.cards.terms import (
    PLUS_VOUCHER_DIGITS,
    TELEGROSIK_SERIAL_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    WHITE_PHONE_PIN_DIGITS,
)
from telekarta.domain.rules import rule

MOST_ZLOTY_DIGITS = 4


def top_up(_: Caller) -> Screen:
    """The holder chooses where the money comes from."""
    return Menu(
        say=("top_up_menu",),
        keys={"1": Go("take_amount"), "2": Go("voucher"), MENU_KEY: Go("menu")},
    )


def _amount(ask: str, here: str, there: str) -> Screen:
    """The holder keys whole zlotys; two zeros want all that is there."""

    def answer(caller: Caller, keyed: str) -> Reply:
        digits = after_last_star(keyed)
        if digits and len(digits) <= MOST_ZLOTY_DIGITS:
            chosen = replace(caller.part(ChosenTransfer), amount_grosze=int(digits) * 100)
            return Go(there, keep=chosen)
        return again(here, keyed, "amount_has_at_most_four_digits")

    return Collect(say=(ask,), answer=answer, edges={}, goes=(there, here), shortcuts=TO_MENU)


@rule("WP §4.1.3")
def take_amount(_: Caller) -> Screen:
    """How much another card shall give."""
    return _amount("ask_amount_to_take", "take_amount", "take_from")


@rule("WP §4.1.3")
def take_from(_: Caller) -> Screen:
    """The holder keys the codes of the card that gives. That is the confirmation, and the prompt says so."""

    def answer(_: Caller, keyed: str) -> Reply:
        code = after_last_star(keyed)
        if looks_like_pin(code) or len(code) == WHITE_PHONE_CARD_DIGITS + WHITE_PHONE_PIN_DIGITS:
            return TakeMoney(code)
        return again("take_from", keyed, "codes_have_fourteen_or_twelve_digits")

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
        shortcuts=TO_MENU,
    )


@rule("WP §4.1.5")
def voucher(_: Caller) -> Screen:
    """The holder keys the fourteen digits of a Plus voucher."""

    def answer(_: Caller, keyed: str) -> Reply:
        code = after_last_star(keyed)
        if len(code) == PLUS_VOUCHER_DIGITS:
            return RedeemVoucher(code)
        return again("voucher", keyed, "voucher_has_fourteen_digits")

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
        shortcuts=TO_MENU,
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
    """How much another card shall get."""
    return _amount("ask_amount_to_give", "give_amount", "give_to")


@rule("TG §2.19")
def give_to(_: Caller) -> Screen:
    """The holder names the other card by its serial: its PIN would let the giver use it."""

    def answer(_: Caller, keyed: str) -> Reply:
        serial = after_last_star(keyed)
        if len(serial) == TELEGROSIK_SERIAL_DIGITS:
            return QuoteGift(serial)
        return again("give_to", keyed, "serial_has_ten_digits")

    return Collect(
        say=("ask_card_to_give_to",),
        answer=answer,
        edges=_GIVE_ENDS,
        asks=(QuoteGift,),
        goes=("give_to",),
        shortcuts=TO_MENU,
        length=TELEGROSIK_SERIAL_DIGITS,
    )


@rule("TG §2.19")
def confirm_gift(_: Caller) -> Screen:
    """The holder has heard what would move and what it costs, and says yes or no."""
    return Menu(
        say=("ask_confirm_gift",),
        keys={"1": GiveMoney(), "2": Go(HOME, ("nothing_moved",)), MENU_KEY: Go("menu")},
        edges=_GIVE_ENDS,
    )


def top_up_option(caller: Caller) -> Option:
    """For holders of White Phone cards (WP §4.1)."""
    is_offered = caller.holder is not None and caller.brand is Brand.WHITE_PHONE
    return Option("6", "menu_top_up", Go("top_up"), is_offered=is_offered)


def give_option(caller: Caller) -> Option:
    """For holders of Telegrosik cards (TG §2.19); an account gives nothing away."""
    is_offered = caller.holder is not None and caller.brand is Brand.TELEGROSIK and not caller.is_account
    return Option("6", "menu_give", Go("give_amount"), is_offered=is_offered)


SHARE = Share(
    nodes=(top_up, take_amount, take_from, voucher, give_amount, give_to, confirm_gift),
    options=(top_up_option, give_option),
)
