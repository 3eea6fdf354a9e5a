"""A refund as JSON for operators: without the applicant's name and address, the account masked."""

from collections.abc import Mapping
from enum import StrEnum

from desk.answers import Json, outcome_of, refused
from telekarta.domain.calendar.deadlines import as_text, day_of
from telekarta.domain.nrb import masked
from telekarta.domain.refunds.application import CLAUSE_OF_MISSING
from telekarta.domain.refunds.calculation import last_day_to_apply, total
from telekarta.domain.refunds.next_action import next_action, reminder_days
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.commands import Outcome
from telekarta.usecases.refunds.commands import RefundAnswer, RefundRefusal, RefundRefused, RefundShown
from telekarta.usecases.refunds.desk.deciding import not_grantable
from telekarta.usecases.refunds.letters import rows

WHY_REFUND_REFUSED: Mapping[StrEnum, str] = {
    RefundRefusal.UNKNOWN_CARD: "There is no such card or account. Check the number and the brand.",
    RefundRefusal.CARD_USED_UP: "The card was used up onto an account. Give the command for that account.",
    RefundRefusal.UNKNOWN_REFUND: "There is no such refund. list_cases shows those that are open.",
    RefundRefusal.MAIL_WITHOUT_CODES: "That case is no e-mail about this card with right codes. Leave `mail`"
    " out, and ask for the codes.",
    RefundRefusal.UNKNOWN_PAYOUT: "No payout has this reference. show_refund lists those of a refund.",
    RefundRefusal.REFUND_IS_OPEN: "The card has an application that is not over: `case` names it.",
    RefundRefusal.REQUEST_TAKEN: "This request_id stands for an application about another card.",
    RefundRefusal.NOT_RECEIVED_YET: "The day of arrival is in the future.",
    RefundRefusal.PROOF_UNKNOWN: "A proof names a posting that is no top-up. show_card lists the top-ups.",
    RefundRefusal.PROOF_DOES_NOT_FIT: "A proof is about another card's money, or of a kind that does not"
    " prove this top-up (WP §7.4).",
    RefundRefusal.NOT_LOOKED_AT_YET: "The money is not set aside yet: a call is going on, or the workflow"
    " has just begun. Try again in a minute.",
    RefundRefusal.INCOMPLETE: "The application is not complete: show_refund names what is missing.",
    RefundRefusal.DOCUMENTS_UNREAD: "Documents came that nobody has read: accept what they prove, or say with"
    " `unfit` that they do not do.",
    RefundRefusal.PROOFS_NOT_ASKED_FOR: "Some of what is asked back is not proven, and nobody asked for its"
    " proof: ask with complete_application and `unfit`. A second application would cost a second fee.",
    RefundRefusal.PROOFS_AWAITED: "The applicant was asked for more proofs, and has time until"
    " `complete_until`. Who wants no more than what is proven names that amount.",
    RefundRefusal.REASONS_MISSING: "Nothing in the terms rules it out: give the `reasons` for the applicant.",
    RefundRefusal.CONDITIONS_UNMET: "The terms rule this refund out; `unmet` names why (WP §7.4 to §7.9).",
    RefundRefusal.DECIDED_BEFORE: "It was decided otherwise before. show_refund has the history.",
    RefundRefusal.TOO_LATE_TO_WITHDRAW: "It was decided already, and no money came back.",
    RefundRefusal.NOTHING_TO_COMPLETE: "Nothing is missing: it is decided, and no transfer came back.",
    RefundRefusal.TOO_MANY_DOCUMENTS: "The application has as many unread documents as it may have.",
    RefundRefusal.WRONG_STATE: "The payout is not where this could happen to it. show_refund shows it.",
}


_ENTERED_BEFORE = (
    "This number is in the register already, as it is shown here; what you gave now was not taken."
    " What differs is entered with complete_application."
)


def answered(answer: RefundAnswer) -> Json:
    """The refund as it is, or why nothing was done."""
    if isinstance(answer, RefundRefused):
        return _refused(answer)
    return {"outcome": outcome_of(answer.done), **_shown(answer)}


def application_answered(answer: RefundAnswer) -> Json:
    """The answer to an application; one that was entered before is told so."""
    told = answered(answer)
    return {**told, "message": _ENTERED_BEFORE} if told["outcome"] == Outcome.UNCHANGED else told


def _refused(answer: RefundRefused) -> Json:
    more: Json = {"case": answer.case} if answer.case else {}
    if answer.unmet:
        more["unmet"] = list(answer.unmet)
    return {**refused(answer.reason, WHY_REFUND_REFUSED), **more}


def _shown(answer: RefundShown) -> Json:
    """The case; nothing in it names the applicant."""
    case, now = answer.refund, answer.now
    application, found = case.application, case.calculation
    return {
        "case": case.id,
        "stage": case.stage,
        "brand": case.ref.brand,
        "card": case.ref.number,
        "kind": case.ref.kind,
        "arrived": application.arrived,
        "received_on": application.received_on.isoformat(),
        "decide_by": case.decide_by.isoformat(),
        "days_left": (case.decide_by - day_of(now)).days,
        "reminders_at": [as_text(moment) for moment in reminder_days(case)],
        "asked_why": case.asked_why,
        "complete_until": case.complete_until.isoformat() if case.complete_until else None,
        "next_step": next_action(case, now).do,
        "asked_grosze": application.asked_grosze,
        "missing": [{"what": each, "clause": CLAUSE_OF_MISSING[each]} for each in case.missing],
        "codes": {"pin": application.pin, "puk": application.puk},
        "proofs": [
            {"posting": each.posting, "kind": each.kind, "document": each.document}
            for each in application.proofs
        ],
        "enclosed": list(application.enclosed),
        "unproven": [
            {
                "posting": lot.top_up,
                "source": lot.source,
                "since": as_text(lot.granted_at),
                "amount_grosze": lot.left_grosze,
            }
            for lot in case.unproven
        ],
        "awaited": [lot.top_up for lot in case.awaited],
        "account": masked(application.nrb) if application.nrb else None,
        "same_way": application.same_way,
        "answer_by": application.answer_by,
        "held_grosze": case.held_grosze,
        "calculation": _calculation(case),
        "unmet": list(found.unmet) if found else [],
        "not_grantable": in_the_way.reason if (in_the_way := not_grantable(case, day_of(now))) else None,
        **_to_apply(case),
        "payable_grosze": found.payable_grosze if found else None,
        "payouts": [
            {
                "number": each.number,
                "way": each.way,
                "amount_grosze": each.amount_grosze,
                "reference": each.reference,
                "state": each.state,
                "payment": each.payment or None,
                "sent_at": as_text(each.sent_at) if each.sent_at else None,
                "file": each.file or None,
            }
            for each in case.payouts
        ],
        "stranded": [payout.number for payout in case.stranded],
        "paid_grosze": case.paid_grosze,
        "put_back_grosze": total(case.put_back),
        "answered": list(case.answered),
        "history": [
            {"event": line.event, "at": as_text(line.at), "who": line.who, "why": line.why}
            for line in case.history
        ],
    }


def _to_apply(case: Refund) -> Json:
    """The last top-up, and the last day of applying; None for what there is not (WP §7.9)."""
    at = case.found.last_top_up_at if case.found else None
    last_day = last_day_to_apply(case.policy, at) if at else None
    return {
        "last_top_up_on": day_of(at).isoformat() if at else None,
        "last_day_to_apply": last_day.isoformat() if last_day else None,
    }


def _calculation(case: Refund) -> list[Json]:
    return [
        {
            "line": kind,
            "says": text,
            "amount_grosze": amount_grosze,
            "clause": clause or None,
        }
        for kind, text, amount_grosze, clause in rows(case)
    ]
