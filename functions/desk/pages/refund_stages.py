"""How far an application for unused money is, and what an operator does about it: by its stage, not by the
kind of the case that shows it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from desk.pages.actions import Choice
from telekarta.dialog.composer.written import written_money
from telekarta.dialog.language import Language
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.ledger.postings import Lot, Source
from telekarta.domain.nrb import masked
from telekarta.domain.refunds.refund import Payout, PayoutState, Refund, RefundStage, Way
from telekarta.usecases.refunds.commands import RefundRefusal, Verdict
from telekarta.usecases.refunds.desk.deciding import not_grantable
from telekarta.usecases.refunds.letters import rows

# Where documents lie in their bucket: letters of ours, what came with an application, mails of customers.
FOLDERS = ("letters/", "refunds/", "mail/")


@dataclass(frozen=True, slots=True)
class Standing:
    """`word` is for the list of cases; `is_decided`: the law's day does not press any more."""

    word: str
    do: str
    choices: tuple[Choice, ...] = ()
    is_decided: bool = True


def mark_of(refund: Refund) -> str:
    """What a page must have shown when a button of it is pressed. Notes of the workflow change nothing of
    it."""
    application, found = refund.application, refund.calculation
    seen = (
        refund.stage,
        application.asked_grosze,
        refund.missing,
        (application.pin, application.puk),
        [(each.posting, each.kind, each.document) for each in application.proofs],
        application.enclosed,
        [(lot.top_up, lot.left_grosze) for lot in refund.unproven],
        [lot.top_up for lot in refund.awaited],
        masked(application.nrb) if application.nrb else None,
        rows(refund),
        found.unmet if found else (),
        [(each.number, each.state, each.replaced) for each in refund.payouts],
    )
    return json.dumps(seen, ensure_ascii=False)


def standing(refund: Refund, today: date) -> Standing:
    """How far the refund is on that day, and what an operator may do about it."""
    match refund.stage:
        case RefundStage.OPEN:
            return _open(refund, today)
        case RefundStage.GRANTED:
            return Standing("granted", "It is granted: its money is booked within minutes. Look again.")
        case RefundStage.PAYING:
            return _paying(refund)
        case RefundStage.CLOSED:
            return Standing("over", "Nothing: it is over.")
        case stage:
            do = f"It is {stage}: the answer goes out and the money goes back on the card by itself."
            return Standing(str(stage), do)


# ---------------------------------------------------------------------- not decided yet


def _open(refund: Refund, today: date) -> Standing:
    word, do = _wants(refund, today)
    may_ask = refund.application.enclosed or refund.awaited
    has_voucher = any(lot.source is Source.PLUS_VOUCHER for lot in refund.unproven)
    choices = (
        *([Choice("check_voucher_code")] if has_voucher else []),
        *_proofs_to_accept(refund),
        *_proofs_to_take_back(refund),
        *([_ASK_FOR_PROOFS] if may_ask else []),
        _COMPLETE,
        Choice("decide_refund", "Grant the refund", {"decision": Verdict.GRANT.value}, "grant"),
        Choice("decide_refund", "Refuse the refund", {"decision": Verdict.REFUSE.value}, "refuse"),
        Choice("withdraw_refund"),
    )
    return Standing(word, do, choices, is_decided=False)


_ASK_FOR_PROOFS = Choice(
    "complete_application",
    "Ask the applicant for other documents",
    {"unfit": "yes"},
    "ask",
    ("reasons",),
    "The documents that are no proof yet do not do, or not for all: the applicant is asked for others, with"
    " your reasons, and has a new term. (WP §7.3.4)",
)
_COMPLETE = Choice(
    "complete_application",
    asks=("amount_grosze", "pin", "puk", "proofs", "account", "owner", "signed", "answer_by", "address"),
)


def _wants(refund: Refund, today: date) -> tuple[str, str]:
    """In a word, and in full, what an application that is not decided waits for."""
    missing = ", ".join(each.replace("_", " ") for each in refund.missing)
    awaited = "; ".join(map(_money, refund.awaited))
    lacks = f"It lacks: {missing}. " if missing else f"Not proven yet: {awaited}. " if awaited else ""
    refused, asked_until = not_grantable(refund, today), refund.complete_until
    reason = refused.reason if refused else None
    if refund.application.enclosed and reason not in (None, RefundRefusal.NOT_LOOKED_AT_YET):
        reason = RefundRefusal.DOCUMENTS_UNREAD
    word, do = _WANTS[reason]
    if reason is None and awaited:
        do = _NONE_CAME
    if reason is RefundRefusal.INCOMPLETE and asked_until is None:
        do = "The applicant is asked for it within minutes."
    unmet = refund.calculation.unmet if refund.calculation else ()
    ruled_out = ", ".join(each.replace("_", " ") for each in unmet)
    return word, f"{lacks}{do.format(until=asked_until, ruled_out=ruled_out)}"


# By what stands in the way of a grant.
_WANTS: Mapping[RefundRefusal | None, tuple[str, str]] = {
    RefundRefusal.NOT_LOOKED_AT_YET: (
        "being looked at",
        "The money is being set aside. Look again in a minute; if a call is going on, after its end.",
    ),
    RefundRefusal.DOCUMENTS_UNREAD: (
        "documents to read",
        "Open the documents and press the button of each top-up that one proves. If they do not do, ask the"
        " applicant for others.",
    ),
    RefundRefusal.INCOMPLETE: (
        "waits for the applicant",
        "The applicant was asked, and has time until {until}; what comes is entered with Complete the"
        " application.",
    ),
    RefundRefusal.PROOFS_NOT_ASKED_FOR: (
        "proofs to ask for",
        "Ask the applicant for proofs before you grant: a second application would cost a second fee. Who"
        " wants no more than what is proven names that amount.",
    ),
    RefundRefusal.PROOFS_AWAITED: (
        "waits for the applicant",
        "The applicant was asked for proofs, and has time until {until}. Who wants no more than what is"
        " proven names that amount.",
    ),
    RefundRefusal.CONDITIONS_UNMET: (
        "to be decided",
        "The terms rule it out: {ruled_out}. Refuse it; the answer names why by itself.",
    ),
    None: ("to be decided", "All is there: grant it. To refuse it, give reasons for the applicant."),
}
_NONE_CAME = "The applicant was asked for proofs until {until}, and none came: grant what is proven."


def _money(lot: Lot) -> str:
    """`60,00 zł (bank, 2026-10-03)`, by the day in Poland."""
    return f"{_zl(lot.left_grosze)} ({lot.source.replace('_', ' ')}, {day_of(lot.granted_at)})"


def _proofs_to_accept(refund: Refund) -> Iterable[Choice]:
    """A button for each document that came and each top-up that it may prove."""
    application = refund.application
    came = (*application.enclosed, *(each.document for each in application.proofs))
    documents = dict.fromkeys(each for each in came if each.startswith(FOLDERS))
    for lot in refund.unproven:
        for document in documents:
            label = f"{_money(lot)} is proven by {_name(document)}"
            yield Choice("accept_proof", label, {"posting": lot.top_up, "document": document})


def _proofs_to_take_back(refund: Refund) -> Iterable[Choice]:
    for posting, document in {each.posting: each.document for each in refund.application.proofs}.items():
        label = f"Take back: {_name(document)} does not prove {posting}"
        yield Choice("take_back_proof", label, {"posting": posting})


def _name(document: str) -> str:
    return document.rpartition("/")[2]


# ---------------------------------------------------------------------- granted


def _paying(refund: Refund) -> Standing:
    failed = refund.stranded
    sent = tuple(each for each in refund.payouts if each.state is PayoutState.SENT)
    choices = (*_for_failed(failed), *_for_sent(sent))
    told = " ".join((*map(_of_failed, failed), *map(_of_sent, sent)))
    if failed:
        return Standing("came back, another account is needed", told, choices)
    if sent:
        return Standing("granted, being paid", told, choices)
    paid = _zl(refund.paid_grosze)
    return Standing("granted, being paid", f"Nothing: the workflow goes on by itself. Paid so far: {paid}.")


def _for_failed(failed: Sequence[Payout]) -> Iterable[Choice]:
    if failed:
        asks = ("account", "owner", "answer_by", "address")
        yield Choice("complete_application", "Send it to another account", asks=asks)
        yield Choice("withdraw_refund", "Put the money back on the card")


def _for_sent(sent: Sequence[Payout]) -> Iterable[Choice]:
    for name, does in (("confirm_payout", "is paid"), ("mark_payout_returned", "came back")):
        for each in sent:
            label = f"The payout of {_zl(each.amount_grosze)} {does} ({each.reference})"
            yield Choice(name, label, {"reference": each.reference})


def _of_failed(payout: Payout) -> str:
    return (
        f"The payout of {_zl(payout.amount_grosze)} ({payout.reference}) came back. A letter asks the"
        " applicant for another account; enter it when it comes, or put the money back on the card."
    )


def _of_sent(payout: Payout) -> str:
    amount = _zl(payout.amount_grosze)
    if payout.way is not Way.BANK:
        return f"{payout.way} gives {amount} back; it is asked every hour, and this closes by itself."
    return (
        f"Take the file {payout.file} ({amount}) from the bucket of payouts to the bank, unless that is"
        f" done. The bank's statement with {payout.reference} closes this."
    )


def _zl(amount_grosze: int) -> str:
    return written_money(amount_grosze, Language.PL)
