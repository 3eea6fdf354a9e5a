"""An effect to the use case that performs it: the one place where the dialog meets the world."""

from telekarta.dialog import effects
from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Effect, Result
from telekarta.usecases.calls import accounts, admission, calling, preferences
from telekarta.usecases.calls import phone_topups as moving
from telekarta.usecases.calls.calling import CallDeps


def perform(deps: CallDeps, caller: Caller, effect: Effect) -> Result:
    """Perform the effect. Raises StoreUnavailable; a refusal is an outcome, never an exception."""
    match effect:
        case effects.IdentifyLine():
            return admission.identify_line(deps, caller)
        case effects.AdmitCard():
            return admission.admit_card(deps, caller, effect)
        case effects.AdmitPin():
            return admission.admit_pin(deps, caller, effect)
        case effects.QuoteCall():
            return calling.quote_call(deps, caller, effect)
        case effects.PlaceCall():
            return calling.place_call(deps, caller)
        case effects.EndCall():
            return calling.end_call(deps, caller, effect)
        case effects.MoveCard():
            return accounts.move_card(deps, caller, effect)
        case effects.TakeMoney():
            return moving.take_money(deps, caller, effect)
        case effects.QuoteGift():
            return moving.quote_gift(deps, caller, effect)
        case effects.GiveMoney():
            return moving.give_money(deps, caller, effect)
        case effects.RedeemVoucher():
            return moving.redeem_voucher(deps, caller, effect)
        case effects.OpenAccount():
            return accounts.open_account(deps, caller)
        case effects.ReadBalance():
            return preferences.read_balance(deps, caller)
        case effects.Remember():
            return preferences.remember(deps, caller, effect)
        case effects.LookForPuk():
            return preferences.look_for_puk(deps, caller)
        case effects.CheckPuk():
            return admission.check_puk(deps, caller, effect)
        case effects.ProposePuk():
            return preferences.propose_puk(deps, caller, effect)
        case effects.ConfirmPuk():
            return preferences.confirm_puk(deps, caller, effect)
        case _:
            raise TypeError(f"nobody performs {type(effect).__name__}")
