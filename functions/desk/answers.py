"""A command's answer as JSON: what is asked for by name, amounts in grosze, moments in UTC."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from desk.capabilities.price_answers import WHY_PRICES_REFUSED, grosze_per_min
from desk.capabilities.price_answers import drafted as prices_drafted
from desk.capabilities.price_answers import looked_at as prices_looked_at
from desk.capabilities.price_answers import refused as prices_refused
from desk.capabilities.refund_answers import WHY_REFUND_REFUSED
from desk.capabilities.refund_answers import refused as refund_refused
from desk.capabilities.refund_answers import shown as refund_shown
from desk.capabilities.transfer_answers import WHY_TRANSFER_REFUSED
from desk.capabilities.transfer_answers import decided as transfer_decided
from desk.capabilities.transfer_answers import refused as transfer_refused
from desk.registry import Invalid
from telekarta.domain.books.corrections import CorrectionRefusal
from telekarta.domain.calendar.deadlines import as_text, day_of
from telekarta.domain.cards.card import Card, Status, is_expired, valid_through
from telekarta.domain.cases.case import Case
from telekarta.domain.ledger.postings import Hold, Lot, Posting
from telekarta.domain.prices.dialling import DialRefusal
from telekarta.domain.topups.payments import Payment, PaymentStage
from telekarta.usecases.bank.commands import TransferDecided, TransferRefused
from telekarta.usecases.books.correcting import Corrected
from telekarta.usecases.desk.commands import (
    Answer,
    BlockListChanged,
    BlockListShown,
    CardChanged,
    CardShown,
    CardsIssued,
    CaseShown,
    CasesListed,
    Command,
    CommandRefused,
    HoldsListed,
    IssuedBefore,
    Outcome,
    PaymentShown,
    RateQuoted,
    Refusal,
    TrialBalanceShown,
    VoucherFound,
)
from telekarta.usecases.prices.publishing import (
    PriceListDrafted,
    PriceListLookedAt,
    PriceListRefused,
    Publication,
)
from telekarta.usecases.refunds.commands import ApplyForRefund, RefundRefused, RefundShown

Json = dict[str, Any]

INVALID = "invalid"
UNAVAILABLE = "unavailable"

WHY_REFUSED: Mapping[StrEnum, str] = {
    **WHY_REFUND_REFUSED,
    **WHY_TRANSFER_REFUSED,
    **WHY_PRICES_REFUSED,
    Refusal.UNKNOWN_CARD: "There is no such card or account. Check the number and the brand.",
    Refusal.CARD_USED_UP: "The card was used up onto an account. Give the command for that account.",
    Refusal.NOT_REGISTRABLE: "Only a Polish information line that is not ours can be registered (WP §2.8).",
    Refusal.UNKNOWN_CASE: "There is no such case. list_cases shows those that there are.",
    Refusal.REFUND_NOT_OVER: "The money of this application is still set aside. End it by granting, refusing"
    " or withdrawing; its case then closes by itself.",
    Refusal.TRANSFER_UNDECIDED: "The money of this transfer is nobody's yet. Put it on a card, or return it"
    " to its sender; that closes the case.",
    Refusal.NOT_WARNED: "That case is no open call to stop a breach. warn_of_suspension makes one.",
    Refusal.TERM_RUNS: "The holder still has time to stop: the case says until when (TG §10.5).",
    Refusal.NOT_SERVED_YET: "The day on which the holder got the call to stop is in the future.",
    Refusal.UNKNOWN_PAYMENT: "There is no such payment. Its number is on the payer's receipt.",
    Refusal.OTHER_VOUCHER: "No voucher with this code topped up the card. Read the photo once more.",
    Refusal.OUT_OF_NUMBERS: "Too few free card numbers were found. Nothing was issued; tell the engineers.",
    Refusal.NO_TRIAL_BALANCE: "No day was closed yet. The first trial balance is made in the morning.",
    CorrectionRefusal.UNKNOWN_POSTING: "There is no such posting. show_card lists those of a card.",
    CorrectionRefusal.NOT_CORRECTABLE: "This kind of posting can't be corrected so: a call can be corrected"
    " or reversed, an issue reversed. A move onto an account is final (TG §5.3).",
    CorrectionRefusal.MORE_THAN_BOOKED: "That is more than is left of the posting after its corrections.",
    CorrectionRefusal.NOT_ENOUGH_MONEY: "The card has not that much, beside what is held for a call.",
    CorrectionRefusal.NO_SUCH_PRICE: "The posting's price list has no price for its destination.",
    CorrectionRefusal.REQUEST_DIFFERS: "This request_id stands for another correction of the posting.",
    DialRefusal.EMERGENCY_NUMBER: "Emergency numbers are not connected (WP §2.7).",
    DialRefusal.SHORT_NUMBER: "Short numbers are not connected (WP §2.7).",
    DialRefusal.INFORMATION_LINE: "An information line is connected only from a White Phone card that has it"
    " registered (WP §2.8).",
    DialRefusal.PREMIUM_NUMBER: "Premium-rate numbers are not connected (WP §2.7).",
    DialRefusal.SHARED_COST_NUMBER: "A shared-cost number is connected only from a White Phone card that has"
    " it registered (WP §2.8).",
    DialRefusal.SATELLITE_NUMBER: "Satellite numbers are not connected.",
    DialRefusal.UNPRICED_DESTINATION: "The price list has no price for this number.",
    DialRefusal.BLOCKED_NUMBER: "The number, or a prefix of it, is on the block list (WP §10.7).",
    DialRefusal.INTERNATIONAL_ONLY_HERE: "The local access number connects abroad only (TG §4.2).",
    DialRefusal.NO_SUCH_NUMBER: "There is no such number.",
    DialRefusal.NUMBER_TOO_SHORT: "The number is too short.",
    DialRefusal.OWN_NUMBER: "This is one of our own numbers.",
}


ENTERED_BEFORE = (
    "This number is in the register already, as it is shown here; what you gave now was not taken."
    " What differs is entered with complete_application."
)


def answered(command: Command, answer: Answer) -> Json:
    """The answer to this command."""
    told = to_json(answer)
    if isinstance(command, ApplyForRefund) and told["outcome"] == Outcome.UNCHANGED:
        return {**told, "message": ENTERED_BEFORE}
    return told


def to_json(answer: Answer) -> Json:
    """The answer; `outcome` is always there."""
    match answer:
        case CommandRefused(reason):
            return {"outcome": Outcome.REFUSED, "reason": reason, "message": WHY_REFUSED[reason]}
        case CardsIssued():
            return _issued(answer)
        case IssuedBefore(record):
            return {
                "outcome": Outcome.ALREADY_DONE,
                "record": record,
                "message": "This request was given before, and PINs are not shown twice. If they are lost,"
                " block_card each number of the series that the record names, and issue it again under"
                " another request_id.",
            }
        case CardShown():
            return _shown(answer)
        case VoucherFound(posting):
            return {
                "outcome": Outcome.DONE,
                "posting": posting.id,
                "amount_grosze": posting.amount_grosze,
                "booked_at": as_text(posting.booked_at),
                "message": f"The code is that of {posting.id}, booked on {day_of(posting.booked_at)}.",
            }
        case CardChanged(outcome, card):
            return {"outcome": outcome, **_named(card), "information_lines": sorted(card.information_lines)}
        case BlockListChanged(outcome, prefix, still_blocked_by):
            blocked_by = {"still_blocked_by": list(still_blocked_by)} if still_blocked_by else {}
            return {"outcome": outcome, "prefix": prefix, **blocked_by}
        case BlockListShown(reasons):
            blocked = [{"prefix": prefix, "reason": reason} for prefix, reason in sorted(reasons.items())]
            return {"outcome": Outcome.DONE, "blocked": blocked}
        case RateQuoted():
            return _rate(answer)
        case HoldsListed(cards, now):
            return {
                "outcome": Outcome.DONE,
                "holds": [_held(card, card.hold, now) for card in cards if card.hold],
            }
        case CasesListed(cases, now):
            return {"outcome": Outcome.DONE, "cases": [_case(case, now) for case in cases]}
        case PaymentShown(payment, now):
            return _payment(payment, now)
        case TrialBalanceShown(document):
            return {"outcome": Outcome.DONE, **document}
        case Corrected():
            return _corrected(answer)
        case RefundShown():
            outcome = Outcome.DONE if answer.done else Outcome.UNCHANGED
            return {"outcome": outcome, **refund_shown(answer)}
        case RefundRefused():
            return {"outcome": Outcome.REFUSED, **refund_refused(answer)}
        case TransferDecided():
            outcome = Outcome.DONE if answer.done else Outcome.UNCHANGED
            return {"outcome": outcome, **transfer_decided(answer)}
        case TransferRefused():
            return {"outcome": Outcome.REFUSED, **transfer_refused(answer)}
        case PriceListLookedAt():
            outcome = Outcome.DONE if answer.publication is not Publication.DONE_BEFORE else Outcome.UNCHANGED
            return {"outcome": outcome, **prices_looked_at(answer)}
        case PriceListDrafted():
            return {"outcome": Outcome.DONE, **prices_drafted(answer)}
        case PriceListRefused():
            return {"outcome": Outcome.REFUSED, **prices_refused(answer)}
        case CaseShown(outcome, case, now):
            history = [{**asdict(event), "at": as_text(event.at)} for event in case.history]
            return {"outcome": outcome, **_case(case, now), "history": history}


def invalid(found: Invalid) -> Json:
    return {"outcome": INVALID, "problems": [asdict(problem) for problem in found.problems]}


def unavailable() -> Json:
    return {
        "outcome": UNAVAILABLE,
        "message": "The records did not answer, so it is not known whether the change was made. It is safe to"
        " give the same command again.",
    }


def _issued(answer: CardsIssued) -> Json:
    told: Json = {"outcome": answer.outcome, "cards": [asdict(card) for card in answer.cards]}
    if answer.outcome is Outcome.PARTLY_DONE:
        told["uncertain"] = list(answer.uncertain)
        told["message"] = (
            "Not all cards could be issued. Keep the PINs that are shown here, block_card the uncertain"
            " numbers, and issue the missing cards under another request_id."
        )
    return told


def _named(card: Card) -> Json:
    return {
        "brand": card.ref.brand,
        "card": card.ref.number,
        "kind": card.ref.kind,
        "status": card.status,
        "version": card.version,
    }


def _shown(shown: CardShown) -> Json:
    card = shown.card
    last_day = valid_through(card)
    # What an operator or a movement made of the card outlasts its last day, as for a caller.
    expired = card.status is Status.ACTIVE and is_expired(card, shown.now)
    return {
        "outcome": Outcome.DONE,
        **_named(card),
        "status": "expired" if expired else card.status,
        "balance_grosze": card.balance_grosze,
        "held_grosze": card.held_grosze,
        **({"hold": _hold(card.hold)} if card.hold else {}),
        "lots": [_lot(lot) for lot in card.lots],
        "postings": [_posting(posting) for posting in shown.postings],
        "valid_through": last_day.isoformat() if last_day else None,
        "nominal_grosze": card.nominal_grosze,
        "series": card.series,
        "issued_at": as_text(card.issued_at),
        "first_used_at": as_text(card.first_used_at) if card.first_used_at else None,
        "last_active_at": as_text(card.last_active_at) if card.last_active_at else None,
        "language": card.language,
        "information_lines": sorted(card.information_lines),
        "wrong_pin_tries": card.pin_tries.count,
    }


def _hold(hold: Hold) -> Json:
    times = {"placed_at": as_text(hold.placed_at), "expires_at": as_text(hold.expires_at)}
    return {**asdict(hold), **times}


def _held(card: Card, hold: Hold, now: datetime) -> Json:
    return {
        **_named(card),
        "hold": _hold(hold),
        "age_s": _seconds(now - hold.placed_at),
        "expired_for_s": max(_seconds(now - hold.expires_at), 0),
    }


def _case(case: Case, now: datetime) -> Json:
    closing = case.closing
    return {
        "case": case.id,
        "kind": case.kind,
        "state": case.state,
        "subject": case.subject,
        "opened_at": as_text(case.opened_at),
        "age_s": _seconds((closing.at if closing else now) - case.opened_at),
        "facts": dict(case.facts),
        "closed_at": as_text(closing.at) if closing else None,
        "closed_by": closing.who if closing else None,
        "closing_reason": closing.why if closing else None,
    }


def _payment(payment: Payment, now: datetime) -> Json:
    """Without the address and the way to the provider's page: both are the payer's own."""
    return {
        "outcome": Outcome.DONE,
        "payment": payment.id,
        "stage": payment.stage,
        "brand": payment.ref.brand,
        "card": payment.ref.number,
        "kind": payment.ref.kind,
        "method": payment.method,
        "provider": payment.provider,
        "provider_order_id": payment.provider_order_id,
        "amount_grosze": payment.amount_grosze,
        "bonus_grosze": payment.bonus_grosze,
        "created_at": as_text(payment.created_at),
        "age_s": _seconds(now - payment.created_at),
        "paid_at": as_text(payment.paid_at) if payment.paid_at else None,
        "settled_at": as_text(payment.settled_at) if payment.settled_at else None,
        "posting": payment.money().posting_id if payment.stage is PaymentStage.CREDITED else None,
        "receipts_due": sorted(payment.receipts_due),
    }


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _corrected(answer: Corrected) -> Json:
    booked = {"correction": _posting(answer.correction)} if answer.correction else {}
    return {
        "outcome": answer.outcome,
        **_named(answer.card),
        "balance_grosze": answer.card.balance_grosze,
        "posting": answer.posting.id,
        "standing_grosze": answer.standing_grosze,
        **booked,
    }


def _lot(lot: Lot) -> Json:
    known = {name: value for name, value in asdict(lot).items() if name != "paid_in"}
    return {**known, "granted_at": as_text(lot.granted_at), "top_up": lot.top_up}


def _posting(posting: Posting) -> Json:
    return {
        "id": posting.id,
        "kind": posting.kind,
        "debit": posting.debit,
        "credit": posting.credit,
        "amount_grosze": posting.amount_grosze,
        "rule": posting.rule,
        "booked_at": as_text(posting.booked_at),
        "draws": [asdict(draw) for draw in posting.draws],
        "grants": [_lot(lot) for lot in posting.grants],
        "details": dict(posting.details),
    }


def _rate(quoted: RateQuoted) -> Json:
    rate = quoted.rate
    asked = {"price_grosze": quoted.price_grosze, "longest_s": quoted.longest_s}
    return {
        "outcome": Outcome.DONE,
        "number": quoted.number,
        "list_version": quoted.tariff_version,
        "prefix": rate.prefix,
        "name_pl": rate.name_pl,
        "name_en": rate.name_en,
        "grosze_per_min": grosze_per_min(rate),
        **{name: value for name, value in asked.items() if value is not None},
    }
