"""Letting a holder in: by number and PIN, by PIN alone, by the line that calls; and slowing guessers down."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Result, Value
from telekarta.dialog.effects.accounts import IdentifyLine, LineOutcome, MoveOutcome
from telekarta.dialog.effects.cards import AdmitCard, AdmitOutcome, AdmitPin
from telekarta.dialog.effects.puk import CheckPuk, PukCheckOutcome
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.calls.admission import refusal_to_call
from telekarta.domain.calls.terms import MINIMUM_TO_CALL_GROSZE
from telekarta.domain.cards.card import CallingLine, Card, CardRefusal, Ref
from telekarta.domain.cards.codes import (
    CARD_PATIENCE,
    LINE_PATIENCE,
    WRONG_CODES_PER_CALL,
    line_digest,
    puk_digest,
    same,
    telegrosik_pin_digest,
    white_phone_pin_digest,
)
from telekarta.domain.rules import rule
from telekarta.usecases.calls.hold_checks import NobodyChecks, have_hold_checked
from telekarta.usecases.ports import CallStore, Clock, HoldChecker, Pepper


@dataclass(frozen=True, slots=True)
class AdmissionDeps:
    """The outside, as this side of the product needs it."""

    store: CallStore
    clock: Clock
    pepper: Pepper
    hold_checker: HoldChecker = field(default=NobodyChecks(), kw_only=True)


# So many simultaneous guessers can get in one another's way before we take it for an attack.
COUNTING_ROUNDS = 5

_ADMIT_REFUSALS = {
    CardRefusal.BLOCKED: AdmitOutcome.BLOCKED,
    CardRefusal.USED_UP: AdmitOutcome.USED_UP,
    CardRefusal.EXPIRED: AdmitOutcome.EXPIRED,
    CardRefusal.IN_A_CALL: AdmitOutcome.IN_A_CALL,
    CardRefusal.BELOW_MINIMUM: AdmitOutcome.BELOW_MINIMUM,
}


def _values(card: Card) -> dict[str, Value]:
    return {"amount": card.balance_grosze, "minimum": MINIMUM_TO_CALL_GROSZE[card.ref.brand]}


def _minutes_until(moment: datetime | None, now: datetime) -> int:
    """Whole minutes, rounded up: who waits that long is not turned away again."""
    return max(1, -(-int((moment - now).total_seconds()) // 60)) if moment else 1


def _admit(deps: AdmissionDeps, caller: Caller, card: Card, now: datetime) -> Result:
    refusal = refusal_to_call(card, now)
    if refusal is CardRefusal.IN_A_CALL:
        have_hold_checked(deps.hold_checker, card, now)
    if refusal is not None:
        return Result(_ADMIT_REFUSALS[refusal], caller, _values(card))
    admitted = replace(
        caller.let_in(card.ref, card.purse),
        language=Language(card.language) if card.language else caller.language,
        slow=card.slow or caller.slow,
    )
    return Result(AdmitOutcome.ADMITTED, admitted, _values(card))


@rule("WP §3.3", "WP §1.2.9", "WP §1.2.10")
def admit_card(deps: AdmissionDeps, caller: Caller, effect: AdmitCard) -> Result:
    """White Phone: one read. Wrong tries count on the card; those for no card at all count on the line.

    A number that no card has is answered just as a wrong PIN, so numbers can't be listed by trying.
    """
    proven = prove_card(deps, caller, effect.card, effect.pin)
    return proven if isinstance(proven, Result) else _admit(deps, caller, proven, deps.clock.now())


def prove_card(deps: AdmissionDeps, caller: Caller, number: str, pin: str) -> Card | Result:
    """The White Phone card whose number and PIN were keyed, or a Result with an AdmitOutcome."""
    now = deps.clock.now()
    card = deps.store.card(Ref.card(Brand.WHITE_PHONE, number))
    digest = white_phone_pin_digest(deps.pepper.pepper(), number, pin)
    if card is None:
        paused = count_wrong_on_line(deps, caller, deps.store.line(caller.leg.calling), now)
        return _wrong_pin(caller, paused, now)
    if card.pin_tries.is_paused(CARD_PATIENCE, now):
        until = card.pin_tries.paused_until(CARD_PATIENCE)
        return Result(AdmitOutcome.PAUSED, caller, {"minutes": _minutes_until(until, now)})
    if same(card.pin_digest, digest):
        return card
    return _wrong_pin(caller, _count_wrong_on_card(deps, card, now, puk=False), now)


def _count_wrong_on_card(deps: AdmissionDeps, card: Card, now: datetime, *, puk: bool) -> datetime | None:
    """Count a wrong code on its card; when the card's pause ends, if it has one.

    Guessers who try at the same moment are counted one by one: who finds the count changed counts again.
    """
    tries = card.puk_tries if puk else card.pin_tries
    for _ in range(COUNTING_ROUNDS):
        counted = tries.after_wrong(CARD_PATIENCE, now)
        stale = deps.store.count_wrong_code(card.ref, tries, counted, puk=puk)
        if stale is None or stale.card is None:
            return counted.paused_until(CARD_PATIENCE)
        tries = stale.card.puk_tries if puk else stale.card.pin_tries
    return now + timedelta(seconds=CARD_PATIENCE.first_pause_s)


def _wrong_pin(caller: Caller, paused_until: datetime | None, now: datetime) -> Result:
    wrong = caller.after_wrong_code()
    values: dict[str, Value] = {"minutes": _minutes_until(paused_until, now)}
    if paused_until is not None and paused_until > now:
        return Result(AdmitOutcome.PAUSED, wrong, values)
    last = wrong.admission.wrong_codes >= WRONG_CODES_PER_CALL
    return Result(AdmitOutcome.TOO_MANY if last else AdmitOutcome.WRONG, wrong, values)


def count_wrong_on_line(
    deps: AdmissionDeps, caller: Caller, line: CallingLine, now: datetime
) -> datetime | None:
    """Count a code that matched no card on the calling line; when the line's pause ends, if it has one."""
    for _ in range(COUNTING_ROUNDS):
        tries = line.tries.after_wrong(LINE_PATIENCE, now)
        fresher = deps.store.count_wrong_line(caller.leg.calling, line.tries, tries)
        if fresher is None:
            return tries.paused_until(LINE_PATIENCE)
        line = fresher
    return now + timedelta(seconds=LINE_PATIENCE.first_pause_s)


def _with_paused_line(caller: Caller, until: datetime) -> Caller:
    return caller.having(replace(caller.admission, line_paused_until_epoch_s=int(until.timestamp())))


@dataclass(frozen=True, slots=True)
class FoundByPin:
    """A Telegrosik card found by its PIN, and whether it was used from this line before."""

    card: Card
    knows_line: bool


@rule("TG §4.1", "TG §2.9", "TG §2.10")
def find_by_pin(deps: AdmissionDeps, caller: Caller, pin: str) -> FoundByPin | Result:
    """The card that the PIN names (one read), or a Result with an AdmitOutcome.

    While the line is paused only cards that were used from it before are let in: an angry neighbour on a
    shared line slows down nobody who has called from there, and learns nothing by guessing on.
    """
    now = deps.clock.now()
    pepper = deps.pepper.pepper()
    card = deps.store.card_by_pin(telegrosik_pin_digest(pepper, pin))
    knows_line = card is not None and line_digest(pepper, caller.leg.calling) in card.known_lines
    paused_until = datetime.fromtimestamp(caller.admission.line_paused_until_epoch_s, UTC)
    if paused_until > now and not knows_line:
        return Result(AdmitOutcome.PAUSED, caller, {"minutes": _minutes_until(paused_until, now)})
    if card is not None:
        return FoundByPin(card, knows_line)
    ends = count_wrong_on_line(deps, caller, deps.store.line(caller.leg.calling), now)
    result = _wrong_pin(caller, ends, now)
    if ends is None:
        return result
    return replace(result, caller=_with_paused_line(result.caller, ends))


def admit_pin(deps: AdmissionDeps, caller: Caller, effect: AdmitPin) -> Result:
    """Telegrosik: the PIN alone lets in."""
    found = find_by_pin(deps, caller, effect.pin)
    if isinstance(found, Result):
        return found
    knowing = caller.having(replace(caller.admission, knows_line=found.knows_line))
    return _admit(deps, knowing, found.card, deps.clock.now())


MOVE_OF_ADMIT = {
    AdmitOutcome.WRONG: MoveOutcome.WRONG,
    AdmitOutcome.TOO_MANY: MoveOutcome.TOO_MANY,
    AdmitOutcome.PAUSED: MoveOutcome.PAUSED,
}


@rule("TG §2.8", "TG §5.2", "TG §5.4")
def identify_line(deps: AdmissionDeps, caller: Caller, _effect: IdentifyLine) -> Result:
    """Whose line calls: one read for the account and for the wrong tries that came from the line."""
    now = deps.clock.now()
    line = deps.store.line(caller.leg.calling)
    until = line.tries.paused_until(LINE_PATIENCE)
    if until is not None and until > now:
        caller = _with_paused_line(caller, until)
    if caller.is_hidden:
        return Result(LineOutcome.HIDDEN, caller)
    account = line.account
    if account is None:
        return Result(LineOutcome.NO_ACCOUNT, caller)
    match refusal_to_call(account, now):
        case CardRefusal.BLOCKED | CardRefusal.USED_UP:
            return Result(LineOutcome.BLOCKED, caller)
        case CardRefusal.EXPIRED:
            return Result(LineOutcome.EXPIRED, caller)
        case CardRefusal.IN_A_CALL:
            have_hold_checked(deps.hold_checker, account, now)
            return Result(LineOutcome.IN_A_CALL, caller)
        case CardRefusal.BELOW_MINIMUM | None:
            # An empty account is let in: it is loaded with a card right at the prompt (TG §5.3).
            return _let_account_in(caller, account)


def _let_account_in(caller: Caller, account: Card) -> Result:
    admitted = replace(
        caller.let_in(account.ref, account.purse),
        language=Language(account.language) if account.language else caller.language,
        slow=account.slow or caller.slow,
    )
    return Result(LineOutcome.ACCOUNT, admitted, _values(account))


@rule("WP §1.2.11")
def check_puk(deps: AdmissionDeps, caller: Caller, effect: CheckPuk) -> Result:
    """The present PUK must be known to change it; wrong ones are slowed down like wrong PINs."""
    now = deps.clock.now()
    holder = caller.holder
    card = deps.store.card(holder) if holder else None
    if holder is None or card is None:
        return Result(PukCheckOutcome.TOO_MANY, caller)
    if card.puk_tries.is_paused(CARD_PATIENCE, now):
        until = card.puk_tries.paused_until(CARD_PATIENCE)
        return Result(PukCheckOutcome.PAUSED, caller, {"minutes": _minutes_until(until, now)})
    if same(card.puk_digest, puk_digest(deps.pepper.pepper(), holder.number, effect.puk)):
        return Result(PukCheckOutcome.RIGHT, caller)
    _count_wrong_on_card(deps, card, now, puk=True)
    wrong = caller.after_wrong_code()
    last = wrong.admission.wrong_codes >= WRONG_CODES_PER_CALL
    return Result(PukCheckOutcome.TOO_MANY if last else PukCheckOutcome.WRONG, wrong)
