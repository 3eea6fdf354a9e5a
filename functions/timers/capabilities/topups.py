"""Payments, vouchers and orders by SMS that nobody finished."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from telekarta.usecases.topups import claims
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.usecases.topups.sms import NewsDeps, tell_news
from telekarta.usecases.topups.unfinished_payments import FAILED, ask_about_payments
from telekarta.wiring.claims import NEEDED as CLAIMS_NEEDED
from telekarta.wiring.payments import NEEDED as PAYMENTS_NEEDED
from telekarta.wiring.payments import payment_deps
from telekarta.wiring.sms import news_deps
from timers.job import Event, Job, JobReport, Metric, counted, faults_of

# Each outcome of a payment that somebody may want to see on a graph or be told of.
_PAYMENT_METRICS = {
    NotificationOutcome.CREDITED: "LatePaymentCredited",
    NotificationOutcome.NOT_CREDITED: "CaseOpened",
    NotificationOutcome.PAID_TWICE: "CaseOpened",
    NotificationOutcome.UNAVAILABLE: "GatewayUnavailable",
    FAILED: "PaymentFailed",
}
_PAYMENT_AGE = "OldestPaymentAge"

# Each outcome of a try at a claim that somebody may want to see on a graph or be told of.
_CLAIM_METRICS = {claims.UNAVAILABLE: "SourceUnavailable", claims.FAILED: "ClaimFailed"}
_CLAIM_AGE = "OldestClaimAge"


def ask_providers(parts: PaymentDeps, _event: Event) -> JobReport:
    """`{"job": "ask_about_payments"}`: finish the payments that nobody finished."""
    asked = ask_about_payments(parts)
    age = Metric(_PAYMENT_AGE, asked.oldest_age_s, MetricUnit.Seconds)
    facts = {**asked.outcomes, "oldest_age_s": asked.oldest_age_s, **faults_of(asked.faults)}
    return JobReport(facts, (age, *counted(_PAYMENT_METRICS, asked.outcomes)))


def finish_claims(parts: NewsDeps, _event: Event) -> JobReport:
    """`{"job": "finish_claims"}`: vouchers and orders by SMS that nobody finished (WP §5.4)."""
    worked = claims.finish_claims(parts.claims)
    told = sum(tell_news(parts, claim) for claim in worked.ended)
    age = Metric(_CLAIM_AGE, worked.oldest_age_s, MetricUnit.Seconds)
    facts = {**worked.stages, "told": told, "oldest_age_s": worked.oldest_age_s, **faults_of(worked.faults)}
    return JobReport(facts, (age, *counted(_CLAIM_METRICS, worked.stages)))


JOBS: Mapping[str, Job[Any]] = {
    "ask_about_payments": Job(
        PAYMENTS_NEEDED, payment_deps, ask_providers, (_PAYMENT_AGE, *_PAYMENT_METRICS.values())
    ),
    "finish_claims": Job(CLAIMS_NEEDED, news_deps, finish_claims, (_CLAIM_AGE, *_CLAIM_METRICS.values())),
}
