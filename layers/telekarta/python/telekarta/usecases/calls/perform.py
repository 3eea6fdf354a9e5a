"""The use case for each effect of a card's or an account's call."""

from functools import partial

from telekarta.dialog.effects.accounts import IdentifyLine, MoveCard, OpenAccount
from telekarta.dialog.effects.calls import EndCall, PlaceCall, QuoteCall
from telekarta.dialog.effects.cards import AdmitCard, AdmitPin
from telekarta.dialog.effects.menu import ReadBalance, Remember
from telekarta.dialog.effects.puk import CheckPuk, ConfirmPuk, LookForPuk, ProposePuk
from telekarta.dialog.effects.topups import GiveMoney, QuoteGift, RedeemVoucher, TakeMoney
from telekarta.usecases.calls import accounts, admission, calling, phone_topups, preferences
from telekarta.usecases.calls.calling import CallDeps
from telekarta.usecases.performing import Performers


def performers(deps: CallDeps) -> Performers:
    """Who performs the effects of cards, accounts, calls, the menu, PUKs and top-ups by telephone."""
    return {
        IdentifyLine: partial(admission.identify_line, deps),
        AdmitCard: partial(admission.admit_card, deps),
        AdmitPin: partial(admission.admit_pin, deps),
        QuoteCall: partial(calling.quote_call, deps),
        PlaceCall: partial(calling.place_call, deps),
        EndCall: partial(calling.end_call, deps),
        MoveCard: partial(accounts.move_card, deps),
        OpenAccount: partial(accounts.open_account, deps),
        TakeMoney: partial(phone_topups.take_money, deps),
        QuoteGift: partial(phone_topups.quote_gift, deps),
        GiveMoney: partial(phone_topups.give_money, deps),
        RedeemVoucher: partial(phone_topups.redeem_voucher, deps),
        ReadBalance: partial(preferences.read_balance, deps),
        Remember: partial(preferences.remember, deps),
        LookForPuk: partial(preferences.look_for_puk, deps),
        CheckPuk: partial(admission.check_puk, deps),
        ProposePuk: partial(preferences.propose_puk, deps),
        ConfirmPuk: partial(preferences.confirm_puk, deps),
    }
