"""What operators command, and what comes of it.

Every command that changes something is recorded with who gave it and why before it acts. A refusal is an
answer with a name, never an exception; StoreUnavailable is raised, and then the command may be given again:
each change carries its own condition.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from telekarta.domain.bank.transfers import Why, posting_id
from telekarta.domain.books.corrections import CorrectionRefusal
from telekarta.domain.brands import Access, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.domain.calls.terms import MINIMUM_TO_CALL_GROSZE
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.codes import same, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cards.suspension import may_suspend, warned
from telekarta.domain.cards.terms import (
    SHORTEST_TERM_DAYS,
    TELEGROSIK_PIN_DIGITS,
    TELEGROSIK_SERIAL_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    WHITE_PHONE_PIN_DIGITS,
)
from telekarta.domain.cases.case import Case, CaseKind, CaseState
from telekarta.domain.ledger.postings import Posting, Source
from telekarta.domain.prices.dialling import DialRefusal, is_registrable, parse_destination, refusal_for
from telekarta.domain.prices.tariff import Prices, Rate
from telekarta.domain.rules import rule
from telekarta.domain.topups.claims import voucher_posting_id
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.bank.commands import AssignTransfer, ReturnTransfer, TransferAnswer, TransferCommand
from telekarta.usecases.bank.transfers import TransferDeskDeps, carry_out_transfer
from telekarta.usecases.books.correcting import (
    CorrectCall,
    Corrected,
    ReversePosting,
    correct_call,
    reverse_posting,
)
from telekarta.usecases.ports import (
    CaseStore,
    Chance,
    Clock,
    CommandRecord,
    DeskStore,
    HoldStore,
    Pepper,
    StoreUnavailable,
)
from telekarta.usecases.prices.publishing import (
    CheckPriceList,
    DraftPriceList,
    PriceAnswer,
    PriceCommand,
    PriceDesk,
    PublishPriceList,
    carry_out_pricing,
)
from telekarta.usecases.refunds.commands import RefundAnswer, RefundCommand
from telekarta.usecases.refunds.desk.carrying_out import carry_out_refund
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps

# A card that changes under our hands is decided anew; each round was lost to somebody else's success.
ROUNDS = 4
# So many draws for one free number fail by chance only when nearly all numbers are taken.
DRAWS = 20
# What is left for answering when issuing has to stop early: PINs that are not shown now are lost.
ANSWERING_S = 2.0
# What an operator can take in at a glance; the oldest come first, so the rest shows as these are dealt with.
MOST_LISTED = 100


class Records(DeskStore, HoldStore, CaseStore, Protocol):
    """All that operators look at and change."""


class LatestReport(Protocol):
    """The reports, as far as operators ask for them here. Raises ReportsUnavailable."""

    def latest_trial_balance(self) -> Mapping[str, Any] | None: ...


class NothingClosed:
    """The port `LatestReport` where no day was ever closed."""

    def latest_trial_balance(self) -> None:
        return None


class Payments(Protocol):
    """The payments, as far as operators look at them. Raises StoreUnavailable."""

    def payment(self, payment_id: str) -> Payment | None: ...


class NoPayments:
    """The port `Payments` where there are none."""

    def payment(self, payment_id: str) -> None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class DeskDeps:
    """The outside, as operators' commands need it."""

    store: Records
    clock: Clock
    pepper: Pepper
    chance: Chance
    prices: Prices
    reports: LatestReport = field(default_factory=NothingClosed)
    payments: Payments = field(default_factory=NoPayments)
    refunds: RefundDeskDeps | None = None
    transfers: TransferDeskDeps | None = None
    price_lists: PriceDesk | None = None


class Outcome(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"  # it was so already
    ALREADY_DONE = "already_done"  # a request told twice
    PARTLY_DONE = "partly_done"  # some cards could not be issued
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why a command can't be carried out. Numbers that can't be dialled have their DialRefusal instead."""

    UNKNOWN_CARD = "unknown_card"
    CARD_USED_UP = "card_used_up"
    NOT_REGISTRABLE = "not_registrable"
    UNKNOWN_CASE = "unknown_case"
    REFUND_NOT_OVER = "refund_not_over"
    TRANSFER_UNDECIDED = "transfer_undecided"
    NOT_WARNED = "not_warned"  # the case is no call to stop, or is closed
    TERM_RUNS = "term_runs"
    NOT_SERVED_YET = "not_served_yet"
    UNKNOWN_PAYMENT = "unknown_payment"
    OTHER_VOUCHER = "other_voucher"  # none of the card's vouchers had this code
    NO_TRIAL_BALANCE = "no_trial_balance"
    OUT_OF_NUMBERS = "out_of_numbers"


def ref_of(brand: Brand, card: str) -> Ref:
    """The card, or for a number with a plus the account of that line (TG §2.8)."""
    return Ref.account(card) if card.startswith("+") else Ref.card(brand, card)


# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class IssueCards:
    brand: Brand
    nominal_grosze: int
    count: int
    who: str
    why: str
    series: str = ""
    valid_months: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ShowCard:
    brand: Brand
    card: str


@dataclass(frozen=True, slots=True)
class CheckVoucherCode:
    """Which top-up of the card was paid with the Plus voucher that has this code."""

    brand: Brand
    card: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlockCard:
    brand: Brand
    card: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class UnblockCard:
    brand: Brand
    card: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class RegisterInformationLine:
    card: str
    number: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class RemoveInformationLine:
    card: str
    number: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class BlockNumber:
    prefix: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class UnblockNumber:
    prefix: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ListBlockedNumbers:
    pass


@dataclass(frozen=True, slots=True)
class QuoteRate:
    brand: Brand
    number: str
    duration_s: int | None = None
    balance_grosze: int | None = None
    access: Access = Access.FREE


@dataclass(frozen=True, slots=True)
class ListOpenHolds:
    pass


@dataclass(frozen=True, slots=True)
class ListCases:
    state: CaseState = CaseState.OPEN


@dataclass(frozen=True, slots=True)
class ShowCase:
    case: str


@dataclass(frozen=True, slots=True)
class CloseCase:
    case: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ShowPayment:
    payment: str


@dataclass(frozen=True, slots=True)
class ShowTrialBalance:
    pass


@dataclass(frozen=True, slots=True)
class WarnOfSuspension:
    """`served_on` is the day on which the holder got the call to stop; `breach` what it is about."""

    card: str
    served_on: date
    breach: str
    who: str
    why: str
    term_days: int = SHORTEST_TERM_DAYS


@dataclass(frozen=True, slots=True)
class SuspendCard:
    case: str
    who: str
    why: str


LineCommand = RegisterInformationLine | RemoveInformationLine
CardCommand = BlockCard | UnblockCard
NumberCommand = BlockNumber | UnblockNumber
Correction = ReversePosting | CorrectCall
SuspensionCommand = WarnOfSuspension | SuspendCard
CaseCommand = ListCases | ShowCase | CloseCase | SuspensionCommand
Command = (
    IssueCards
    | ShowCard
    | CheckVoucherCode
    | CardCommand
    | LineCommand
    | NumberCommand
    | ListBlockedNumbers
    | QuoteRate
    | ListOpenHolds
    | CaseCommand
    | ShowPayment
    | ShowTrialBalance
    | Correction
    | RefundCommand
    | TransferCommand
    | PriceCommand
)


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class CommandRefused:
    reason: Refusal | DialRefusal | CorrectionRefusal


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A new card and its PIN, which nobody can ever show again."""

    card: str
    pin: str


@dataclass(frozen=True, slots=True)
class CardsIssued:
    """The new cards. `uncertain` are numbers that may have become cards whose PINs nobody knows."""

    outcome: Outcome
    cards: tuple[IssuedCard, ...]
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuedBefore:
    """The request was told before, and is kept under `record`."""

    record: str


@dataclass(frozen=True, slots=True)
class CardShown:
    card: Card
    postings: tuple[Posting, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class VoucherFound:
    """The top-up by a voucher with the code that was asked about."""

    posting: Posting


@dataclass(frozen=True, slots=True)
class CardChanged:
    outcome: Outcome
    card: Card


@dataclass(frozen=True, slots=True)
class BlockListChanged:
    """`still_blocked_by` are shorter prefixes that go on blocking a number that was let go."""

    outcome: Outcome
    prefix: str
    still_blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockListShown:
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RateQuoted:
    """What a call costs now; `longest_s` is what the given balance buys, at most the longest call."""

    number: str
    rate: Rate
    tariff_version: str
    price_grosze: int | None
    longest_s: int | None


@dataclass(frozen=True, slots=True)
class HoldsListed:
    """Cards with a hold, the one that expires first in front."""

    cards: tuple[Card, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class CasesListed:
    cases: tuple[Case, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case as it is, or as the command left it."""

    outcome: Outcome
    case: Case
    now: datetime


@dataclass(frozen=True, slots=True)
class PaymentShown:
    payment: Payment
    now: datetime


@dataclass(frozen=True, slots=True)
class TrialBalanceShown:
    """The report of the last day that was closed, as its document says it."""

    document: Mapping[str, Any]


Answer = (
    CommandRefused
    | CardsIssued
    | IssuedBefore
    | CardShown
    | VoucherFound
    | CardChanged
    | BlockListChanged
    | BlockListShown
    | RateQuoted
    | HoldsListed
    | CasesListed
    | CaseShown
    | PaymentShown
    | TrialBalanceShown
    | Corrected
    | RefundAnswer
    | TransferAnswer
    | PriceAnswer
)


def _forever() -> float:
    return math.inf


def carry_out(desk: DeskDeps, command: Command, time_left_s: Callable[[], float] = _forever) -> Answer:
    """Carry the command out. Raises StoreUnavailable.

    `time_left_s` tells how long the caller will wait: issuing stops in time to show the PINs that it made.
    """
    match command:
        case IssueCards():
            return issue_cards(desk, command, time_left_s)
        case ShowCard():
            return show_card(desk, command)
        case CheckVoucherCode():
            return check_voucher_code(desk, command)
        case BlockCard():
            return _set_status(desk, command, "block_card", Status.BLOCKED)
        case UnblockCard():
            return _set_status(desk, command, "unblock_card", Status.ACTIVE)
        case RegisterInformationLine():
            return register_information_line(desk, command)
        case RemoveInformationLine():
            return remove_information_line(desk, command)
        case BlockNumber():
            return block_number(desk, command)
        case UnblockNumber():
            return unblock_number(desk, command)
        case ListBlockedNumbers():
            return BlockListShown(desk.store.block_list())
        case QuoteRate():
            return quote_rate(desk, command)
        case ListOpenHolds():
            return HoldsListed(desk.store.open_holds(MOST_LISTED), desk.clock.now())
        case ListCases(state):
            newest_first = state is CaseState.CLOSED
            listed = desk.store.cases(state, MOST_LISTED, newest_first=newest_first)
            return CasesListed(listed, desk.clock.now())
        case ShowCase():
            return show_case(desk, command)
        case CloseCase():
            return close_case(desk, command)
        case WarnOfSuspension():
            return warn_of_suspension(desk, command)
        case SuspendCard():
            return suspend_card(desk, command)
        case ShowPayment(payment):
            known = desk.payments.payment(payment)
            return PaymentShown(known, desk.clock.now()) if known else CommandRefused(Refusal.UNKNOWN_PAYMENT)
        case ShowTrialBalance():
            document = desk.reports.latest_trial_balance()
            return TrialBalanceShown(document) if document else CommandRefused(Refusal.NO_TRIAL_BALANCE)
        case ReversePosting() | CorrectCall():
            return _correct(desk, command)
        case AssignTransfer() | ReturnTransfer():
            if desk.transfers is None:
                raise StoreUnavailable("no transfers here")
            return carry_out_transfer(desk.transfers, command)
        case DraftPriceList() | CheckPriceList() | PublishPriceList():
            if desk.price_lists is None:
                raise StoreUnavailable("no price lists here")
            return carry_out_pricing(desk.price_lists, command)
        case _:
            if desk.refunds is None:
                raise StoreUnavailable("no refunds here")
            return carry_out_refund(desk.refunds, command)


_Signed = IssueCards | CardCommand | LineCommand | NumberCommand | CloseCase | SuspensionCommand | Correction


def _record(
    desk: DeskDeps,
    name: str,
    command: _Signed,
    subject: str,
    record_id: str = "",
) -> bool:
    """Keep the command before it acts; False if the id was used before."""
    return desk.store.record(
        CommandRecord(
            record_id or desk.chance.token(), name, command.who, command.why, desk.clock.now(), subject
        )
    )


# ---------------------------------------------------------------- cards


@rule("WP §1.2.9", "WP §2.6", "TG §2.9", "TG §6.12")
def issue_cards(desk: DeskDeps, command: IssueCards, time_left_s: Callable[[], float] = _forever) -> Answer:
    """New cards with their PINs: the only time that PINs are shown.

    The numbers are drawn first, and recorded with the command, so that a batch whose answer was lost can be
    found and blocked. A request id is used once: told twice, it makes nothing.
    """
    now, pepper = desk.clock.now(), desk.pepper.pepper()
    refs = _free_numbers(desk, command.brand, command.count)
    if refs is None:
        return CommandRefused(Refusal.OUT_OF_NUMBERS)
    record_id = f"issue_cards:{command.request_id}" if command.request_id else ""
    numbers = " ".join(ref.number for ref in refs)
    subject = f"{command.brand} {command.nominal_grosze} grosze, series {command.series or '-'}: {numbers}"
    # An id drawn just now can only have been used by our own first try, whose answer got lost.
    if not _record(desk, "issue_cards", command, subject, record_id) and record_id:
        return IssuedBefore(record_id)
    issued: list[IssuedCard] = []
    uncertain: list[str] = []
    for ref in refs:
        if time_left_s() < ANSWERING_S:
            break
        try:
            pin = _issue_one(desk, command, ref, pepper, now)
        except StoreUnavailable:
            uncertain.append(ref.number)
            break
        if pin is None:
            uncertain.append(ref.number)
        else:
            issued.append(IssuedCard(ref.number, pin))
    outcome = Outcome.DONE if len(issued) == command.count else Outcome.PARTLY_DONE
    return CardsIssued(outcome, tuple(issued), tuple(uncertain))


def _free_numbers(desk: DeskDeps, brand: Brand, count: int) -> tuple[Ref, ...] | None:
    """That many different numbers that no card has; None when they are too hard to find."""
    white_phone = brand is Brand.WHITE_PHONE
    length = WHITE_PHONE_CARD_DIGITS if white_phone else TELEGROSIK_SERIAL_DIGITS
    refs: dict[Ref, None] = {}
    for _ in range(count):
        for _ in range(DRAWS):
            ref = Ref.card(brand, desk.chance.digits(length, leading_zero=False))
            if ref not in refs and desk.store.card(ref) is None:
                refs[ref] = None
                break
        else:
            return None
    return tuple(refs)


def _issue_one(desk: DeskDeps, command: IssueCards, ref: Ref, pepper: bytes, now: datetime) -> str | None:
    """The new card's PIN; None if its number was taken since it was drawn."""
    for _ in range(DRAWS):
        if command.brand is Brand.WHITE_PHONE:
            pin = desk.chance.digits(WHITE_PHONE_PIN_DIGITS, leading_zero=True)
            digest = white_phone_pin_digest(pepper, ref.number, pin)
        else:
            pin = desk.chance.digits(TELEGROSIK_PIN_DIGITS, leading_zero=False)
            digest = telegrosik_pin_digest(pepper, pin)
        card, posting = issue(ref, command.nominal_grosze, digest, command.series, command.valid_months, now)
        if desk.store.issue(card, posting):
            return pin
        if desk.store.card(ref) is not None:
            return None
    return None


def show_card(desk: DeskDeps, command: ShowCard) -> Answer:
    ref = ref_of(command.brand, command.card)
    card = desk.store.card(ref)
    if card is None:
        return CommandRefused(Refusal.UNKNOWN_CARD)
    return CardShown(card, desk.store.postings(ref), desk.clock.now())


@rule("WP §7.3.4")
def check_voucher_code(desk: DeskDeps, command: CheckVoucherCode) -> Answer:
    """Compare the code on a photo with the vouchers that topped the card up, by its digest: of other cards'
    vouchers nothing is told. The code is kept nowhere."""
    ref = ref_of(command.brand, command.card)
    card = desk.store.card(ref)
    if card is None:
        return CommandRefused(Refusal.UNKNOWN_CARD)
    # Money that came from another card keeps the name of its top-up.
    came = (posting.grants for posting in desk.store.postings(ref) if posting.credit == str(ref))
    lots = (lot for grants in (card.lots, *came) for lot in grants)
    top_ups = {lot.top_up for lot in lots if lot.source is Source.PLUS_VOUCHER}
    wanted = voucher_posting_id(desk.pepper.pepper(), command.code)
    found = next((each for each in sorted(top_ups) if same(each, wanted)), None)
    posting = desk.store.posting(found) if found else None
    return VoucherFound(posting) if posting else CommandRefused(Refusal.OTHER_VOUCHER)


@rule("WP §16.1", "TG §10.2")
def _set_status(desk: DeskDeps, command: CardCommand, name: str, status: Status) -> Answer:
    """Block or unblock a card or an account. A call in progress goes on to its end; the next is refused."""

    ref = ref_of(command.brand, command.card)
    _record(desk, name, command, str(ref))
    return _with_status(desk, ref, status)


def _with_status(desk: DeskDeps, ref: Ref, status: Status) -> Answer:
    def decide(card: Card) -> Card | Refusal:
        return Refusal.CARD_USED_UP if card.status is Status.USED_UP else replace(card, status=status)

    return _change(desk, ref, decide)


def _change(desk: DeskDeps, ref: Ref, decide: Callable[[Card], Card | Refusal]) -> Answer:
    """Write what is decided on the card as it is; decided anew whenever somebody else was faster."""
    card = desk.store.card(ref)
    for _ in range(ROUNDS):
        if card is None:
            return CommandRefused(Refusal.UNKNOWN_CARD)
        decided = decide(card)
        if isinstance(decided, Refusal):
            return CommandRefused(decided)
        if decided == card:
            return CardChanged(Outcome.UNCHANGED, card)
        changed = replace(decided, version=card.version + 1)
        stale = desk.store.write(card, changed)
        if stale is None:
            return CardChanged(Outcome.DONE, changed)
        card = stale.card
    raise StoreUnavailable("the card kept changing")


@rule("WP §2.8")
def register_information_line(desk: DeskDeps, command: RegisterInformationLine) -> Answer:
    """Let the card call an information line that its holder has reported."""
    _record(desk, "register_information_line", command, f"{_white_phone(command)} {command.number}")
    destination = parse_destination(command.number)
    if isinstance(destination, DialRefusal):
        return CommandRefused(destination)
    if not is_registrable(destination):
        return CommandRefused(Refusal.NOT_REGISTRABLE)
    line = destination.e164

    def decide(card: Card) -> Card:
        return replace(card, information_lines=card.information_lines | {line})

    return _change(desk, _white_phone(command), decide)


@rule("WP §2.8")
def remove_information_line(desk: DeskDeps, command: RemoveInformationLine) -> Answer:
    """Take a line off the card again, also one that the numbering plan no longer knows."""
    _record(desk, "remove_information_line", command, f"{_white_phone(command)} {command.number}")
    destination = parse_destination(command.number)
    line = command.number if isinstance(destination, DialRefusal) else destination.e164

    def decide(card: Card) -> Card:
        return replace(card, information_lines=card.information_lines - {line})

    return _change(desk, _white_phone(command), decide)


def _white_phone(command: LineCommand) -> Ref:
    return Ref.card(Brand.WHITE_PHONE, command.card)


# ---------------------------------------------------------------- numbers and prices


@rule("WP §10.7")
def block_number(desk: DeskDeps, command: BlockNumber) -> Answer:
    """Connect nobody any more to the number, or to all that begin with the prefix."""
    _record(desk, "block_number", command, command.prefix)
    if command.prefix in desk.store.block_list():
        return BlockListChanged(Outcome.UNCHANGED, command.prefix)
    desk.store.change_block_list(command.prefix, command.why)
    return BlockListChanged(Outcome.DONE, command.prefix)


@rule("WP §10.7")
def unblock_number(desk: DeskDeps, command: UnblockNumber) -> Answer:
    _record(desk, "unblock_number", command, command.prefix)
    blocked = desk.store.block_list()
    shorter = (each for each in blocked if command.prefix.startswith(each))
    covering = tuple(sorted(each for each in shorter if each != command.prefix))
    if command.prefix not in blocked:
        return BlockListChanged(Outcome.UNCHANGED, command.prefix, covering)
    desk.store.change_block_list(command.prefix, None)
    return BlockListChanged(Outcome.DONE, command.prefix, covering)


@rule("WP §6.1", "WP §6.3", "TG §6.4", "TG §6.5")
def quote_rate(desk: DeskDeps, command: QuoteRate) -> Answer:
    """What a call would cost now, by the same steps as a call; no card's registered lines are counted in."""
    destination = parse_destination(command.number)
    if isinstance(destination, DialRefusal):
        return CommandRefused(destination)
    refusal = refusal_for(
        destination,
        registered_lines=(),
        blocked_prefixes=desk.store.block_list(),
        access=command.access,
        brand=command.brand,
    )
    if refusal is not None:
        return CommandRefused(refusal)
    prices = desk.prices.current(command.brand, day_of(desk.clock.now()))
    rate = prices.rate_for(destination.e164)
    if rate is None:
        return CommandRefused(DialRefusal.UNPRICED_DESTINATION)
    return RateQuoted(
        destination.e164,
        rate,
        prices.version,
        None if command.duration_s is None else rate.price_grosze(command.duration_s),
        None if command.balance_grosze is None else _longest_s(rate, command.brand, command.balance_grosze),
    )


def _longest_s(rate: Rate, brand: Brand, balance_grosze: int) -> int:
    if balance_grosze < MINIMUM_TO_CALL_GROSZE[brand]:
        return 0
    return min(rate.longest_s(balance_grosze), LONGEST_CALL_S)


# ---------------------------------------------------------------- cases


def show_case(desk: DeskDeps, command: ShowCase) -> Answer:
    case = desk.store.case(command.case)
    return CaseShown(Outcome.DONE, case, desk.clock.now()) if case else CommandRefused(Refusal.UNKNOWN_CASE)


# What is settled with the bank, or was told twice, ends without a posting.
_ENDED_AT_THE_BANK = frozenset({Why.OTHER_CURRENCY, Why.OTHER_CONTENTS, Why.OTHER_REFERENCE})


@rule("WP §4.9", "WP §7.10")
def why_not_closable(desk: DeskDeps, case: Case) -> Refusal | None:
    """Why the case can't be closed by hand: money is set aside, and nobody would see it any more."""
    if case.kind is CaseKind.REFUND and desk.refunds is not None:
        refund = desk.refunds.refunds.refund(case.id.removeprefix(f"{CaseKind.REFUND}:"))
        return Refusal.REFUND_NOT_OVER if refund is not None and not refund.is_over else None
    if case.kind is CaseKind.TRANSFER_WAITS and case.facts.get("reason") not in _ENDED_AT_THE_BANK:
        booked = desk.store.posting(posting_id(str(case.facts.get("origin", ""))))
        return Refusal.TRANSFER_UNDECIDED if booked is None else None
    return None


def close_case(desk: DeskDeps, command: CloseCase) -> Answer:
    """Close the case with the operator's finding. It moves no money: that takes a posting of its own."""
    _record(desk, "close_case", command, command.case)
    now = desk.clock.now()
    case = desk.store.case(command.case)
    if case is None:
        return CommandRefused(Refusal.UNKNOWN_CASE)
    if case.state is CaseState.OPEN:
        if (refusal := why_not_closable(desk, case)) is not None:
            return CommandRefused(refusal)
        closed = case.closed(command.who, command.why, now)
        if desk.store.close_case(closed):
            return CaseShown(Outcome.DONE, closed, now)
    # Closed before, or just now by somebody else: the first finding stays.
    return CaseShown(Outcome.UNCHANGED, desk.store.case(command.case) or case, now)


# ---------------------------------------------------------------- suspending


@rule("TG §10.5")
def warn_of_suspension(desk: DeskDeps, command: WarnOfSuspension) -> Answer:
    """Note that a holder was called on to stop a breach. Nothing is suspended yet."""
    ref, now = ref_of(Brand.TELEGROSIK, command.card), desk.clock.now()
    _record(desk, "warn_of_suspension", command, str(ref))
    if desk.store.card(ref) is None:
        return CommandRefused(Refusal.UNKNOWN_CARD)
    if command.served_on > day_of(now):
        return CommandRefused(Refusal.NOT_SERVED_YET)
    case = warned(ref, command.served_on, command.term_days, command.breach, command.who, command.why, now)
    opened = desk.store.open_case(case)
    kept = desk.store.case(case.id) or case
    return CaseShown(Outcome.DONE if opened else Outcome.UNCHANGED, kept, now)


@rule("TG §10.5")
def suspend_card(desk: DeskDeps, command: SuspendCard) -> Answer:
    """Block the card or account whose holder did not stop in time, and close the case. The card comes first:
    whoever dies between the two does both again."""
    _record(desk, "suspend_card", command, command.case)
    now, case = desk.clock.now(), desk.store.case(command.case)
    if case is None or case.kind is not CaseKind.SUSPENSION_WARNED or case.state is not CaseState.OPEN:
        return CommandRefused(Refusal.NOT_WARNED)
    if not may_suspend(case, day_of(now)):
        return CommandRefused(Refusal.TERM_RUNS)
    blocked = _with_status(desk, Ref.parse(case.subject), Status.BLOCKED)
    if isinstance(blocked, CommandRefused):
        return blocked
    closed = case.closed(command.who, command.why, now)
    desk.store.close_case(closed)
    return CaseShown(Outcome.DONE, closed, now)


# ---------------------------------------------------------------- corrections


def _correct(desk: DeskDeps, command: Correction) -> Answer:
    """Put a posting right by a new one. The posting is never changed."""
    now = desk.clock.now()
    if isinstance(command, ReversePosting):
        _record(desk, "reverse_posting", command, command.posting)
        answer = reverse_posting(desk.store, command, now)
    else:
        _record(desk, "correct_call", command, f"{command.posting} {command.duration_s} s")
        answer = correct_call(desk.store, desk.prices, command, now)
    return CommandRefused(answer) if isinstance(answer, CorrectionRefusal) else answer
