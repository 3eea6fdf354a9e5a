"""The steps that write to the applicant. Each letter leaves before it is noted: at worst it is read twice."""

from datetime import datetime

from telekarta.dialog.composer.written import written_date
from telekarta.dialog.language import Language
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.refunds.calculation import total
from telekarta.domain.refunds.next_action import Do, complete_until, letter_about, news_of, next_action
from telekarta.domain.refunds.refund import ACKNOWLEDGED, Event, Refund, RefundStage
from telekarta.domain.rules import rule
from telekarta.usecases.refunds import letters
from telekarta.usecases.refunds.payouts import BY_US
from telekarta.usecases.refunds.ports import keeper_of
from telekarta.usecases.refunds.steps.running import (
    Change,
    RefundStepDeps,
    answer,
    close_listed,
    do_once,
    refund_of,
    send_letter,
)
from telekarta.usecases.workflow import StepAnswer


def acknowledge(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Tell the applicant that the application is there, and by when it is answered. It leaves before it is
    noted: at worst it is read twice."""
    refund, now = refund_of(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.ACKNOWLEDGE:
        return answer(work, refund)
    send_letter(work, refund, letters.acknowledgement(refund, work.base_url), now)

    def noted(seen: Refund, at: datetime) -> Change:
        return seen.noted(Event.ACKNOWLEDGED, at, BY_US, answered=(*seen.answered, ACKNOWLEDGED)), (), None

    return do_once(work, case_id, Do.ACKNOWLEDGE, noted)


def call_to_complete(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Ask for all that is missing at once; again only if what came does not do. It leaves before it is
    noted: dying between sends it twice, and never not at all. The time to answer is counted from the last
    sending."""
    refund, now = refund_of(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.CALL_TO_COMPLETE:
        return answer(work, refund)
    until = complete_until(refund.policy, day_of(now), refund.answered_by)
    letter = letters.call_to_complete(refund, written_date(until, Language.PL), work.base_url)
    send_letter(work, refund, letter, now)

    def noted(seen: Refund, at: datetime) -> Change:
        return seen.noted(Event.CALLED_TO_COMPLETE, at, BY_US, complete_until=until), (), None

    return do_once(work, case_id, Do.CALL_TO_COMPLETE, noted, ("RefundCalledToComplete",))


@rule("WP §7.10")
def send_answer(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """The answer, by e-mail or letter. It leaves before it is noted: at worst it is read twice."""
    refund, now = refund_of(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.ANSWER:
        return answer(work, refund)
    about = RefundStage.GRANTED if refund.stage is RefundStage.PAYING else refund.stage
    keeper = keeper_of(work.store, refund.ref).ref
    send_letter(work, refund, letters.answer(refund, work.base_url, keeper), now)

    def noted(seen: Refund, at: datetime) -> Change:
        return seen.noted(Event.ANSWERED, at, BY_US, answered=(*seen.answered, about)), (), None

    return do_once(work, case_id, Do.ANSWER, noted, ("RefundAnswered",))


def inform(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Tell the applicant that a payout failed and another account is wanted, or that the money is on the card
    again. It leaves before it is noted: at worst it is read twice."""
    refund, now = refund_of(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.INFORM:
        return answer(work, refund)
    news = news_of(refund)
    payout = next((each for each in refund.stranded if letter_about(each) == news), None)
    back = total(refund.put_back) - refund.put_back_told_grosze
    letter = (
        letters.account_wanted(refund, payout, work.base_url)
        if payout
        else letters.put_back(refund, back, work.base_url, keeper_of(work.store, refund.ref).ref)
    )
    send_letter(work, refund, letter, now)

    def noted(seen: Refund, at: datetime) -> Change:
        told = 0 if payout else back
        changed = seen.noted(
            Event.INFORMED, at, BY_US, news, answered=tuple(dict.fromkeys((*seen.answered, news))),
            put_back_told_grosze=seen.put_back_told_grosze + told,
        )  # fmt: skip
        return changed, (), None

    if payout is not None:
        close_listed(work, [f"{CaseKind.PAYOUT_TO_ORDER}:{refund.id}:{payout.number}"], "it came back")
    return do_once(work, case_id, Do.INFORM, noted)
