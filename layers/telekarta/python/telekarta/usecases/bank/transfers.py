"""An operator puts a waiting transfer on a card, or notes that it goes back to its sender (WP §4.9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from telekarta.domain.bank.transfers import money_of_case, posting_id, returned
from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import Case, CaseKind, CaseState
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.domain.rules import rule
from telekarta.domain.topups.promotions import Promotion
from telekarta.domain.topups.topup import TopUpRefusal
from telekarta.usecases.bank.commands import (
    AssignTransfer,
    NotDecided,
    TransferAnswer,
    TransferCommand,
    TransferDecided,
    TransferRefused,
)
from telekarta.usecases.bank.ports import BankStore
from telekarta.usecases.ports import Chance, Clock, CommandRecord
from telekarta.usecases.topups.crediting import Credited, TopUps, credit


class TransferStore(BankStore, Protocol):
    def record(self, record: CommandRecord) -> bool:
        """Keep the command; False if one with this id is kept already."""
        ...


@dataclass(frozen=True, slots=True)
class TransferDeskDeps:
    """The outside, as operators' decisions about transfers need it."""

    store: TransferStore
    clock: Clock
    chance: Chance
    promotions: Sequence[Promotion] = field(default=())


@rule("WP §4.9")
def carry_out_transfer(desk: TransferDeskDeps, command: TransferCommand) -> TransferAnswer:
    """Put a waiting transfer on a card, or note that it goes back to its sender. Raises StoreUnavailable.

    Of two operators who decide at once one wins, by the posting; the other is told what was decided. Given
    again, a decision closes the case that a lost answer may have left open.
    """
    case = desk.store.case(command.case)
    if case is None or case.kind is not CaseKind.TRANSFER_WAITS:
        return TransferRefused(NotDecided.NO_TRANSFER_CASE)
    if "amount_grosze" not in case.facts:
        return TransferRefused(NotDecided.NOT_IN_ZLOTYS)
    now = desk.clock.now()
    to = _card_of(command) if isinstance(command, AssignTransfer) else None
    name = "assign_transfer" if to else "return_transfer"
    record = CommandRecord(desk.chance.token(), name, command.who, command.why, now, case.id)
    desk.store.record(record)
    done = _assign(desk, case, to, now) if to else _return(desk, case, record, now)
    if isinstance(done, TransferRefused):
        return done
    booked = desk.store.posting(posting_id(str(case.facts["origin"])))
    assert booked is not None, "a posting that was booked is never deleted"
    if (other := _decided_otherwise(booked, to)) is not None:
        return other
    reason = f"{name}: {command.why}"
    closed = case.closed(command.who, reason, now)
    # Somebody may have closed it meanwhile: then it is left as it was closed.
    shown = closed if case.state is CaseState.OPEN and desk.store.close_case(closed) else case
    return TransferDecided(desk.store.case(case.id) or shown, booked, now, done)


def decision_on(desk: TransferDeskDeps, case: Case) -> Posting | None:
    """The posting that says what became of the waiting transfer; None while it is undecided. Raises
    StoreUnavailable."""
    return desk.store.posting(posting_id(str(case.facts.get("origin", ""))))


def _card_of(command: AssignTransfer) -> Ref:
    number = command.card
    return Ref.account(number) if number.startswith("+") else Ref.card(command.brand, number)


def _assign(desk: TransferDeskDeps, case: Case, to: Ref, now: datetime) -> bool | TransferRefused:
    """Whether this booked the money; a posting that was there before is looked at by the caller."""
    done = credit(TopUps(desk.store, desk.promotions), to, money_of_case(case.facts), now)
    match done:
        case Credited():
            return not done.was_booked
        case refusal:
            # Where the money is already says more than why this card can't have it.
            booked = desk.store.posting(posting_id(str(case.facts["origin"])))
            other = _decided_otherwise(booked, to) if booked else None
            return other or TransferRefused(_REFUSED[refusal])


def _return(desk: TransferDeskDeps, case: Case, record: CommandRecord, now: datetime) -> bool:
    # Who and why stand in the record of the command, whose name is no personal data.
    return desk.store.book_alone(returned(case.facts, now, {"command": record.id})) is None


_REFUSED = {
    TopUpRefusal.UNKNOWN_CARD: NotDecided.UNKNOWN_CARD,
    TopUpRefusal.EXPIRED: NotDecided.CARD_EXPIRED,
    TopUpRefusal.USED_UP: NotDecided.CARD_USED_UP,
}


def _decided_otherwise(booked: Posting, to: Ref | None) -> TransferRefused | None:
    """Why the decision does not stand: the posting tells another one. `to` is None for a return."""
    if booked.kind is PostingKind.TRANSFER_RETURNED:
        return TransferRefused(NotDecided.ALREADY_RETURNED) if to else None
    if to is not None and booked.credit == str(to):
        return None
    return TransferRefused(NotDecided.ALREADY_CREDITED, Ref.parse(booked.credit).number)
