"""Topping a card up by telephone: from another card of the group, or with a Plus voucher."""

from dataclasses import replace

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Result
from telekarta.dialog.effects.cards import AdmitOutcome
from telekarta.dialog.effects.topups import (
    GiveMoney,
    GiveOutcome,
    QuoteGift,
    RedeemVoucher,
    TakeMoney,
    TakeOutcome,
    VoucherOutcome,
)
from telekarta.dialog.parts.topups import ChosenTransfer
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import LINE_PATIENCE, WRONG_CODES_PER_CALL
from telekarta.domain.cards.terms import TELEGROSIK_PIN_DIGITS, WHITE_PHONE_CARD_DIGITS
from telekarta.domain.ledger.postings import Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.card_transfers import CardTransfer, CardTransferRefusal, decide, transfer
from telekarta.domain.topups.claims import Claim, ClaimStage, Refusal, voucher_claim_id
from telekarta.usecases.calls import admission
from telekarta.usecases.calls.calling import CallDeps, NotAdmitted
from telekarta.usecases.ports import Replayed, Stale, StoreUnavailable
from telekarta.usecases.rounds import ROUNDS
from telekarta.usecases.topups.claims import SourceUnavailable, begin, work

_TAKE_REFUSALS = {
    CardTransferRefusal.SAME_CARD: TakeOutcome.SAME_CARD,
    CardTransferRefusal.BLOCKED: TakeOutcome.BLOCKED,
    CardTransferRefusal.USED_UP: TakeOutcome.USED_UP,
    CardTransferRefusal.EXPIRED: TakeOutcome.EXPIRED,
    CardTransferRefusal.IN_A_CALL: TakeOutcome.IN_A_CALL,
    CardTransferRefusal.NOT_ENOUGH: TakeOutcome.NOT_ENOUGH,
    CardTransferRefusal.OTHER_CARD_UNUSABLE: TakeOutcome.OWN_CARD_UNUSABLE,
}
_GIVE_REFUSALS = {
    CardTransferRefusal.SAME_CARD: GiveOutcome.SAME_CARD,
    CardTransferRefusal.NOT_ENOUGH: GiveOutcome.NOT_ENOUGH,
    CardTransferRefusal.IN_A_CALL: GiveOutcome.IN_A_CALL,
    CardTransferRefusal.OTHER_CARD_UNUSABLE: GiveOutcome.OTHER_CARD_UNUSABLE,
}
_ADMIT_TO_TAKE = {
    AdmitOutcome.WRONG: TakeOutcome.WRONG,
    AdmitOutcome.TOO_MANY: TakeOutcome.TOO_MANY,
    AdmitOutcome.PAUSED: TakeOutcome.PAUSED,
}


def _transfer_id(caller: Caller) -> str:
    """Made of the call and of the screen in it, so that a webhook that is repeated makes the same one."""
    return f"transfer:{caller.leg.call_sid}-{caller.placed_call.attempts}-{caller.steps}"


@rule("WP §4.1.3")
def take_money(deps: CallDeps, caller: Caller, effect: TakeMoney) -> Result:
    """From the card that was keyed onto the caller's own. Its code is the confirmation: what is going to be
    moved was said before."""
    giver = _giver(deps, caller, effect.keyed)
    if isinstance(giver, Result):
        return giver
    own = _own(deps, caller)
    answer = _move(deps, giver, own, caller, has_fee=False)
    if isinstance(answer, CardTransferRefusal):
        return Result(_TAKE_REFUSALS[answer], caller)
    moved, _, own = answer
    values = {"moved": moved.amount_grosze, "amount": own.balance_grosze}
    return Result(TakeOutcome.MOVED, replace(caller.with_purse(own.purse), misses=0), values)


def _giver(deps: CallDeps, caller: Caller, keyed: str) -> Card | Result:
    """A White Phone card by its number and PIN, or a Telegrosik card by its PIN; wrong codes count as they
    do where a call begins."""
    if len(keyed) == TELEGROSIK_PIN_DIGITS:
        found = admission.find_by_pin(deps, caller, keyed)
        if isinstance(found, Result):
            return replace(found, outcome=_ADMIT_TO_TAKE[found.outcome])  # type: ignore[index]
        return found.card
    number, pin = keyed[:WHITE_PHONE_CARD_DIGITS], keyed[WHITE_PHONE_CARD_DIGITS:]
    proven = admission.prove_card(deps, caller, number, pin)
    if isinstance(proven, Result):
        return replace(proven, outcome=_ADMIT_TO_TAKE[proven.outcome])  # type: ignore[index]
    return proven


@rule("TG §2.19")
def quote_gift(deps: CallDeps, caller: Caller, effect: QuoteGift) -> Result:
    """What giving money to the card with that serial would move and cost. Wrong serials count as wrong codes
    of the line: they find out no cards."""
    taker = deps.store.card(Ref.card(Brand.TELEGROSIK, effect.serial))
    if taker is None:
        line = deps.store.line(caller.leg.calling)
        paused = admission.count_wrong_on_line(deps, caller, line, deps.clock.now())
        wrong = caller.after_wrong_code()
        is_over = paused is not None or wrong.admission.wrong_codes >= WRONG_CODES_PER_CALL
        return Result(GiveOutcome.TOO_MANY if is_over else GiveOutcome.UNKNOWN_CARD, wrong)
    decided = decide(
        _own(deps, caller), taker, caller.part(ChosenTransfer).amount_grosze, deps.clock.now(), has_fee=True
    )
    if isinstance(decided, CardTransferRefusal):
        return Result(_GIVE_REFUSALS.get(decided, GiveOutcome.OWN_CARD_UNUSABLE), caller)
    values = {"moved": decided.amount_grosze, "fee": decided.fee_grosze}
    chosen = replace(caller.part(ChosenTransfer), target=effect.serial)
    return Result(GiveOutcome.QUOTED, caller.having(chosen), values)


@rule("TG §2.19")
def give_money(deps: CallDeps, caller: Caller, _effect: GiveMoney) -> Result:
    """To the card that was read back, after the caller has confirmed."""
    taker = deps.store.card(Ref.card(Brand.TELEGROSIK, caller.part(ChosenTransfer).target))
    if taker is None:
        raise NotAdmitted(caller.leg.call_sid)
    answer = _move(deps, _own(deps, caller), taker, caller, has_fee=True)
    if isinstance(answer, CardTransferRefusal):
        return Result(_GIVE_REFUSALS.get(answer, GiveOutcome.OWN_CARD_UNUSABLE), caller)
    moved, own, _ = answer
    values = {"moved": moved.amount_grosze, "fee": moved.fee_grosze, "amount": own.balance_grosze}
    done = caller.with_purse(own.purse).having(replace(caller.part(ChosenTransfer), target=""))
    return Result(GiveOutcome.MOVED, replace(done, misses=0), values)


def _own(deps: CallDeps, caller: Caller) -> Card:
    card = deps.store.card(caller.holder) if caller.holder else None
    if card is None:
        raise NotAdmitted(caller.leg.call_sid)
    return card


def _move(
    deps: CallDeps, giver: Card, taker: Card, caller: Caller, *, has_fee: bool
) -> tuple[CardTransfer, Card, Card] | CardTransferRefusal:
    """Both cards as they are after it. Asked again it finds its posting and answers what was moved then; each
    round is lost to another change of one of the cards."""
    store, now = deps.store, deps.clock.now()
    transfer_id = _transfer_id(caller)
    for _ in range(ROUNDS):
        decided = decide(giver, taker, caller.part(ChosenTransfer).amount_grosze, now, has_fee=has_fee)
        if not isinstance(decided, CardTransferRefusal):
            poorer, richer, postings = transfer(giver, taker, decided, transfer_id, now)
            match store.book_all([(giver, poorer), (taker, richer)], postings):
                case None:
                    return decided, poorer, richer
                case Replayed() | Stale():
                    pass
        booked = store.posting(transfer_id)
        giver, taker = _fresh(deps, giver), _fresh(deps, taker)
        if booked is not None:
            fee = store.posting(f"{transfer_id}:fee")
            return CardTransfer(booked.amount_grosze, fee.amount_grosze if fee else 0), giver, taker
        if isinstance(decided, CardTransferRefusal):
            return decided
    raise StoreUnavailable("the cards kept changing")


def _fresh(deps: CallDeps, card: Card) -> Card:
    fresh = deps.store.card(card.ref)
    if fresh is None:
        raise StoreUnavailable("a card that is there and is not")
    return fresh


_VOUCHER_REFUSALS = {
    Refusal.UNKNOWN_VOUCHER: VoucherOutcome.UNKNOWN,
    Refusal.USED_VOUCHER: VoucherOutcome.USED,
    Refusal.EXPIRED_VOUCHER: VoucherOutcome.EXPIRED,
}


@rule("WP §4.1.5")
def redeem_voucher(deps: CallDeps, caller: Caller, effect: RedeemVoucher) -> Result:
    """Redeem it for the caller's own card. The claim is kept before Plus is asked, under a keyed digest of
    the code; whoever keys the code again, here or from another card, meets it."""
    if caller.holder is None:
        raise NotAdmitted(caller.leg.call_sid)
    now = deps.clock.now()
    line = deps.store.line(caller.leg.calling)
    if line.tries.is_paused(LINE_PATIENCE, now):
        return Result(VoucherOutcome.TOO_MANY, caller)
    claim_id = voucher_claim_id(deps.pepper.pepper(), effect.code)
    new = Claim(claim_id, Source.PLUS_VOUCHER, caller.holder, now)
    try:
        claim = work(deps.claims, begin(deps.claims, new), effect.code)
    except SourceUnavailable:
        return Result(VoucherOutcome.LATER, caller)
    if claim.stage is ClaimStage.CREDITED and claim.ref == caller.holder:
        own = _own(deps, caller)
        outcome = VoucherOutcome.CREDITED_WITH_BONUS if claim.bonus_grosze else VoucherOutcome.CREDITED
        values = {
            "moved": claim.amount_grosze,
            "bonus": claim.bonus_grosze,
            "amount": own.balance_grosze,
        }
        return Result(outcome, replace(caller.with_purse(own.purse), misses=0), values)
    if claim.stage is not ClaimStage.REFUSED:
        others = claim.ref != caller.holder
        return Result(VoucherOutcome.USED if others else VoucherOutcome.CARD_TAKES_NONE, caller)
    admission.count_wrong_on_line(deps, caller, line, now)
    wrong = caller.after_wrong_code()
    if wrong.admission.wrong_codes >= WRONG_CODES_PER_CALL:
        return Result(VoucherOutcome.TOO_MANY, wrong)
    return Result(_VOUCHER_REFUSALS.get(claim.refusal or Refusal.NEVER_TAKEN, VoucherOutcome.LATER), wrong)
