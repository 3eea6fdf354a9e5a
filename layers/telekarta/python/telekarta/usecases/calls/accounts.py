"""Caller-id accounts: opening one, and moving a card's money onto it."""

from dataclasses import replace

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Result
from telekarta.dialog.effects.accounts import MoveCard, MoveOutcome, OpenAccount, OpenOutcome
from telekarta.domain.cards.card import CardRefusal
from telekarta.domain.cards.issuing import move_onto, new_account, refusal_to_move
from telekarta.domain.rules import rule
from telekarta.usecases.calls.admission import MOVE_OF_ADMIT, AdmissionDeps, find_by_pin
from telekarta.usecases.calls.calling import NotAdmitted
from telekarta.usecases.ports import Replayed, Stale, StoreUnavailable
from telekarta.usecases.rounds import ROUNDS

_MOVE_REFUSALS = {
    CardRefusal.BLOCKED: MoveOutcome.BLOCKED,
    CardRefusal.USED_UP: MoveOutcome.USED_UP,
    CardRefusal.EXPIRED: MoveOutcome.EXPIRED,
    CardRefusal.IN_A_CALL: MoveOutcome.IN_A_CALL,
}


@rule("TG §2.2", "TG §2.11", "TG §5.1")
def open_account(deps: AdmissionDeps, caller: Caller, _effect: OpenAccount) -> Result:
    """Open an account for the calling line; a line that has one keeps it."""
    account = new_account(caller.leg.calling, deps.clock.now())
    if deps.store.open_account(account):
        return Result(OpenOutcome.OPENED, caller.let_in(account.ref, account.purse), {"amount": 0})
    existing = deps.store.line(caller.leg.calling).account
    if existing is None:
        raise StoreUnavailable("an account that is there and is not")
    let_in = caller.let_in(existing.ref, existing.purse)
    return Result(OpenOutcome.HAD_ONE, let_in, {"amount": existing.balance_grosze})


@rule("TG §2.7", "TG §5.3")
def move_card(deps: AdmissionDeps, caller: Caller, effect: MoveCard) -> Result:
    """Move all that the card holds onto the caller's account and use the card up, exactly once.

    Told twice, it finds the move booked: the caller who made it hears again what was moved, anyone else
    that the card is used up. Both sides are written on condition of what was read, so no top-up or call
    in between is lost.
    """
    now = deps.clock.now()
    found = find_by_pin(deps, caller, effect.pin)
    if isinstance(found, Result):
        return replace(found, outcome=MOVE_OF_ADMIT[found.outcome])  # type: ignore[index]
    card = found.card
    if caller.holder is None:
        raise NotAdmitted(caller.leg.call_sid)
    for _ in range(ROUNDS):
        account = deps.store.line(caller.leg.calling).account
        if account is None:
            raise NotAdmitted(caller.leg.call_sid)
        refusal = refusal_to_move(card, now)
        if refusal is not None and refusal is not CardRefusal.USED_UP:
            return Result(_MOVE_REFUSALS[refusal], caller)
        if refusal is CardRefusal.USED_UP:
            return Result(MoveOutcome.USED_UP, caller.with_purse(account.purse))
        richer, used_up, posting = move_onto(account, card, now)
        answer = deps.store.move_card(used_up, richer, posting)
        match answer:
            case None:
                values = {"moved": posting.amount_grosze, "amount": richer.balance_grosze}
                return Result(MoveOutcome.MOVED, replace(caller.with_purse(richer.purse), misses=0), values)
            case Replayed():
                return Result(MoveOutcome.USED_UP, caller.with_purse(account.purse))
            case Stale():
                fresh = deps.store.card(card.ref)
                if fresh is None:
                    raise NotAdmitted(caller.leg.call_sid)
                card = fresh
    raise StoreUnavailable("the card kept changing")
