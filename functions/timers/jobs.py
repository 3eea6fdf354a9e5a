"""The jobs by name. Each may run twice or stop half-way: the next run finds what is left to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.price_lists import prices_of
from telekarta.adapters.aws.reports import S3Reports
from telekarta.adapters.aws.secrets import TwilioSecret
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import Environment, MissingVariable
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.adapters.twilio.carrier import TwilioCarrier
from telekarta.adapters.twilio.sms_sender import TwilioSms
from telekarta.domain.cards.card import Ref
from telekarta.domain.prices.tariff import Prices
from telekarta.domain.topups.claims import Claim
from telekarta.usecases.books.closing import BooksDeps, BooksStore, day_before, reconcile_day, trial_balance
from telekarta.usecases.calls.lost_hangups import HoldDeps, HoldOutcome, Looked, SweepStore, check_hold, sweep
from telekarta.usecases.ports import Carrier, CarrierLog, Clock, Reports
from telekarta.usecases.refunds.watch import LEFT_ALONE, PayoutAnswer, RefundWatchDeps, Seen
from telekarta.usecases.refunds.watch import watch_refunds as watch_all
from telekarta.usecases.topups import claims
from telekarta.usecases.topups.claims import ClaimDeps
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.usecases.topups.receipts import Message, Messenger, MessengerError
from telekarta.usecases.topups.sms import last_news
from telekarta.usecases.topups.unfinished_payments import FAILED, ask_about_payments
from telekarta.wiring.claims import NEEDED as CLAIMS_NEEDED
from telekarta.wiring.claims import claim_deps
from telekarta.wiring.payments import NEEDED, payment_deps
from telekarta.wiring.refunds import WATCH_NEEDED, refund_watch


class Store(SweepStore, BooksStore, Protocol):
    """What all jobs need."""


class CarrierRecords(Carrier, CarrierLog, Protocol):
    """The carrier's records, one by one and of a time."""


@dataclass(frozen=True, slots=True)
class JobDeps:
    """What the jobs are made of. Nothing is connected before it is asked."""

    store: Store
    carrier: CarrierRecords
    clock: Clock
    reports: Reports
    payments: PaymentDeps | None = None  # not everywhere where jobs are done can payments be finished
    claims: ClaimDeps | None = None
    sms: Messenger | None = None
    prices: Prices = field(default_factory=load_price_book)
    refunds: RefundWatchDeps | None = None

    @property
    def holds(self) -> HoldDeps:
        return HoldDeps(self.store, self.carrier, self.prices)

    @property
    def books(self) -> BooksDeps:
        return BooksDeps(self.store, self.reports, self.carrier, self.prices)


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    value: float = 1
    unit: MetricUnit = MetricUnit.Count


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a job did: facts to log and to answer with, and what to count."""

    facts: Mapping[str, Any]
    metrics: tuple[Metric, ...] = field(default=())


class NoSuchJob(LookupError):
    """The event names no job; nothing was done."""


Job = Callable[[JobDeps, Mapping[str, Any]], JobReport]

# Each outcome of a hold that somebody may want to see on a graph or be told of.
_HOLD_METRICS = {
    HoldOutcome.CHARGED: "LostCallCharged",
    HoldOutcome.RELEASED: "LostCallReleased",
    HoldOutcome.CASE_OPENED: "CaseOpened",
    HoldOutcome.CARRIER_UNAVAILABLE: "CarrierUnavailable",
    HoldOutcome.FAILED: "HoldFailed",
}


# Each outcome of a payment that somebody may want to see on a graph or be told of.
_PAYMENT_METRICS = {
    NotificationOutcome.CREDITED: "LatePaymentCredited",
    NotificationOutcome.NOT_CREDITED: "CaseOpened",
    NotificationOutcome.PAID_TWICE: "CaseOpened",
    NotificationOutcome.UNAVAILABLE: "GatewayUnavailable",
    FAILED: "PaymentFailed",
}


# Each outcome of a try at a claim that somebody may want to see on a graph or be told of.
_CLAIM_METRICS = {claims.UNAVAILABLE: "SourceUnavailable", claims.FAILED: "ClaimFailed"}


# Each outcome of the look at refunds that somebody may want to see on a graph or be told of.
_REFUND_METRICS = {
    Seen.RESUMED: "RefundResumed",
    Seen.STARTED: "RefundResumed",
    Seen.WOKEN: "RefundWoken",
    Seen.CASE_OPENED: "CaseOpened",
    Seen.FAILED: "RefundFailed",
    PayoutAnswer.UNAVAILABLE: "GatewayUnavailable",
}


def build(environment: Environment) -> JobDeps:
    twilio = TwilioSecret(environment.twilio_secret, environment.region)
    store = DynamoStore.from_environment(environment)
    return JobDeps(
        store,
        TwilioCarrier(twilio.credentials, environment.twilio_api_base_url),
        clock(environment),
        S3Reports(environment.reports_bucket, environment.region),
        claims=claim_deps(environment, store) if environment.claims_table else None,
        sms=TwilioSms(twilio.credentials, environment.sms_sender, environment.twilio_api_base_url)
        if environment.sms_sender
        else None,
        payments=payment_deps(environment, store) if environment.payments_table else None,
        prices=prices_of(environment),
        refunds=refund_watch(environment, store) if environment.refunds_table else None,
    )


def sweep_holds(parts: JobDeps, _event: Mapping[str, Any]) -> JobReport:
    """`{"job": "sweep_holds"}`: settle the calls whose end nobody told us of."""
    swept = sweep(parts.holds, parts.clock.now())
    age = Metric("OldestHoldAge", swept.oldest_hold_age_s, MetricUnit.Seconds)
    return JobReport(
        {
            "holds": [_hold(looked) for looked in swept.looked],
            "oldest_hold_age_s": swept.oldest_hold_age_s,
        },
        (age, *_counted(swept.looked)),
    )


def check_one_hold(parts: JobDeps, event: Mapping[str, Any]) -> JobReport:
    """`{"job": "check_hold", "ref": "card:white_phone:123456"}`: is the call over for which it is held?"""
    looked = check_hold(parts.holds, Ref.parse(event["ref"]), parts.clock.now())
    found = (looked,) if looked else ()
    return JobReport({"holds": [_hold(each) for each in found]}, _counted(found))


def _hold(looked: Looked) -> dict[str, str]:
    error = {"error": looked.error} if looked.error else {}
    return {"hold": looked.hold_id, "outcome": looked.outcome.value, **error}


def _counted(looked: tuple[Looked, ...]) -> tuple[Metric, ...]:
    outcomes = [each.outcome for each in looked]
    return tuple(
        Metric(name, outcomes.count(outcome))
        for outcome, name in _HOLD_METRICS.items()
        if outcome in outcomes
    )


def ask_providers(parts: JobDeps, _event: Mapping[str, Any]) -> JobReport:
    """`{"job": "ask_about_payments"}`: finish the payments that nobody finished."""
    if parts.payments is None:
        raise MissingVariable(f"not set: some of {', '.join(NEEDED)}")
    asked = ask_about_payments(parts.payments)
    age = Metric("OldestPaymentAge", asked.oldest_age_s, MetricUnit.Seconds)
    counted = (
        Metric(name, asked.outcomes[outcome])
        for outcome, name in _PAYMENT_METRICS.items()
        if outcome in asked.outcomes
    )
    facts = {**asked.outcomes, "oldest_age_s": asked.oldest_age_s, **_faults(asked.faults)}
    return JobReport(facts, (age, *counted))


def _faults(faults: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    return {"faults": faults} if faults else {}


def finish_claims(parts: JobDeps, _event: Mapping[str, Any]) -> JobReport:
    """`{"job": "finish_claims"}`: vouchers and orders by SMS that nobody finished (WP §5.4)."""
    if parts.claims is None:
        raise MissingVariable(f"not set: some of {', '.join(CLAIMS_NEEDED)}")
    worked = claims.finish_claims(parts.claims)
    told = sum(_has_news(parts.claims, parts.sms, claim) for claim in worked.ended)
    age = Metric("OldestClaimAge", worked.oldest_age_s, MetricUnit.Seconds)
    counted = (
        Metric(name, worked.stages[outcome])
        for outcome, name in _CLAIM_METRICS.items()
        if outcome in worked.stages
    )
    facts = {**worked.stages, "told": told, "oldest_age_s": worked.oldest_age_s, **_faults(worked.faults)}
    return JobReport(facts, (age, *counted))


def _has_news(deps: ClaimDeps, sms: Messenger | None, claim: Claim) -> bool:
    """Tell the sender how it ended. Noted before it is sent: of two rounds at once one sends, and a message
    that got lost is not sent again, for what it says can be heard on the card (WP §4.8)."""
    if sms is None or deps.claims.change_claim(claim, claim.told(due=False)) is not None:
        return False
    try:
        sms.send(Message(claim.payer, "", last_news(claim)))
    except MessengerError:
        return False
    return True


def watch_refunds(parts: JobDeps, event: Mapping[str, Any]) -> JobReport:
    """`{"job": "watch_refunds"}`: refunds whose execution got lost go on, and providers are asked about
    payouts (WP §7.10). With `left_alone_s` also those that were touched a moment ago, after an outage."""
    if parts.refunds is None:
        raise MissingVariable(f"not set: some of {', '.join(WATCH_NEEDED)}")
    left_alone = timedelta(seconds=event.get("left_alone_s", LEFT_ALONE.total_seconds()))
    watched = watch_all(parts.refunds, left_alone)
    counted: dict[str, int] = {}
    for outcome, name in _REFUND_METRICS.items():
        if outcome in watched.outcomes:
            counted[name] = counted.get(name, 0) + watched.outcomes[outcome]
    # JobReport also when there is none, so that a job that does not run is seen too.
    still = Metric("RefundsAtAStandstill", len(watched.still))
    at_a_standstill = {"at_a_standstill": list(watched.still)}
    facts = {**watched.outcomes, "open": watched.open, **at_a_standstill, **_faults(watched.faults)}
    return JobReport(facts, (still, *(Metric(name, count) for name, count in counted.items())))


def close_day(parts: JobDeps, event: Mapping[str, Any]) -> JobReport:
    """`{"job": "trial_balance"}`: close the day before, or the `day` that the event names."""
    now = parts.clock.now()
    report = trial_balance(parts.books, _day(event, now), now)
    facts = {
        "day": str(report.day),
        "since": str(report.since or ""),
        "cards": report.cards_on_file,
        "read_again": report.read_again,
        "differences": len(report.differences),
    }
    # JobReport also when there is none, so that a job that does not run is seen too.
    return JobReport(facts, (Metric("TrialBalanceDifferences", len(report.differences)),))


def reconcile(parts: JobDeps, event: Mapping[str, Any]) -> JobReport:
    """`{"job": "reconciliation"}`: compare the day before, or the `day`, with the carrier's records."""
    now = parts.clock.now()
    report, opened = reconcile_day(parts.books, _day(event, now), now)
    facts = {
        "day": str(report.day),
        "legs": report.legs,
        "charged": report.charged,
        "capped": report.capped,
        "corrected": report.corrected,
        "waiting": report.waiting,
        "findings": len(report.findings),
    }
    return JobReport(facts, (Metric("ReconciliationFindings", len(report.findings)), *_opened(opened)))


def _opened(cases: int) -> tuple[Metric, ...]:
    return (Metric("CaseOpened", cases),) if cases else ()


def _day(event: Mapping[str, Any], now: datetime) -> date:
    return date.fromisoformat(event["day"]) if event.get("day") else day_before(now)


JOBS: Mapping[str, Job] = {
    "sweep_holds": sweep_holds,
    "check_hold": check_one_hold,
    "ask_about_payments": ask_providers,
    "finish_claims": finish_claims,
    "watch_refunds": watch_refunds,
    "trial_balance": close_day,
    "reconciliation": reconcile,
}


def job_of(event: object) -> Job:
    """The job that the event names. Raises NoSuchJob."""
    name = event.get("job") if isinstance(event, Mapping) else None
    job = JOBS.get(name) if isinstance(name, str) else None
    if job is None:
        raise NoSuchJob(f"must be one of {', '.join(JOBS)}")
    return job
