"""What a holder may set by telephone: language, pace, PUK; and the balance, read anew."""

from dataclasses import replace

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Result
from telekarta.dialog.effects.menu import BalanceOutcome, ReadBalance, Remember, RememberOutcome
from telekarta.dialog.effects.puk import (
    ConfirmPuk,
    LookForPuk,
    ProposePuk,
    PukConfirmOutcome,
    PukProposeOutcome,
    PukStateOutcome,
)
from telekarta.domain.calls.terms import MINIMUM_TO_CALL_GROSZE
from telekarta.domain.cards.card import Card, Kind, Ref
from telekarta.domain.cards.codes import is_guessable, puk_digest
from telekarta.domain.rules import rule
from telekarta.usecases.calls.admission import AdmissionDeps
from telekarta.usecases.calls.calling import NotAdmitted


def _ref(caller: Caller) -> Ref:
    if caller.holder is None:
        raise NotAdmitted(caller.leg.call_sid)
    return caller.holder


def _card(deps: AdmissionDeps, caller: Caller) -> Card:
    ref = _ref(caller)
    found = deps.store.line(ref.number).account if ref.kind is Kind.ACCOUNT else deps.store.card(ref)
    if found is None:
        raise NotAdmitted(caller.leg.call_sid)
    return found


@rule("WP §4.8", "TG §6.2")
def read_balance(deps: AdmissionDeps, caller: Caller, _effect: ReadBalance) -> Result:
    """The balance as it is now, should somebody have topped it up meanwhile. One read, only when asked."""
    card = _card(deps, caller)
    minimum = MINIMUM_TO_CALL_GROSZE[card.ref.brand]
    values = {"amount": card.balance_grosze, "minimum": minimum}
    return Result(BalanceOutcome.READ, caller.with_purse(card.purse), values)


def remember(deps: AdmissionDeps, caller: Caller, effect: Remember) -> Result:
    """The language and the pace, for this call and, once the holder is known, for the next ones."""
    if caller.holder is not None:
        deps.store.remember(caller.holder, effect.language, effect.slow)
    changed = replace(caller, language=effect.language, slow=effect.slow)
    return Result(RememberOutcome.REMEMBERED, changed)


@rule("WP §1.2.11")
def look_for_puk(deps: AdmissionDeps, caller: Caller, _effect: LookForPuk) -> Result:
    """SET or UNSET: whether the caller's card has a PUK. One read."""
    return Result(PukStateOutcome.SET if _card(deps, caller).puk_digest else PukStateOutcome.UNSET, caller)


@rule("WP §1.2.11", "WP §9.1")
def propose_puk(deps: AdmissionDeps, caller: Caller, effect: ProposePuk) -> Result:
    """Keep the digest of the new PUK until it is keyed again: between two screens there is no other
    place for it, since a PUK must not ride in a URL."""
    if is_guessable(effect.puk):
        return Result(PukProposeOutcome.GUESSABLE, caller)
    ref = _ref(caller)
    deps.store.propose_puk(ref, puk_digest(deps.pepper.pepper(), ref.number, effect.puk))
    return Result(PukProposeOutcome.PROPOSED, caller)


@rule("WP §1.2.11", "WP §9.1")
def confirm_puk(deps: AdmissionDeps, caller: Caller, effect: ConfirmPuk) -> Result:
    """SET when the same digits were keyed twice: the store then makes the proposed PUK the card's."""
    ref = _ref(caller)
    done = deps.store.confirm_puk(ref, puk_digest(deps.pepper.pepper(), ref.number, effect.puk))
    return Result(PukConfirmOutcome.SET if done else PukConfirmOutcome.DIFFERENT, caller)
