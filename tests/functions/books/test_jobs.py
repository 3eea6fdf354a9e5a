"""The two jobs of the books, as their schedules call them, and the alarms that hear of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.usecases.books.closing import BooksDeps
from telekarta.usecases.ports import CarrierCall
from telekarta.wiring.books import BookJobDeps
from tests.kit.memory_reports import MemoryReports
from tests.kit.memory_store import MemoryStore
from tests.kit.template import RESOURCES
from timers.job import Metric
from timers.registry import JOBS

AT_FIVE = datetime(2026, 11, 18, 4, tzinfo=UTC)
EVENTS = {path.stem: json.loads(path.read_text()) for path in Path("events/timers").glob("*.json")}


class AtFive:
    def now(self) -> datetime:
        return AT_FIVE


class Silence:
    """A carrier with one leg, of which our books know nothing."""

    def legs_between(self, since: datetime, until: datetime) -> tuple[CarrierCall, ...]:
        noon = datetime(2026, 11, 17, 12, tzinfo=UTC)
        leg = CarrierCall("CB1", "CA1", "+48221234567", "+48800007744", "completed", 61, noon, noon, noon)
        return (leg,)


@pytest.fixture
def parts() -> BookJobDeps:
    store = MemoryStore()
    for number in ("111111", "222222"):
        card, posting = issue(
            Ref.card(Brand.WHITE_PHONE, number), 2000, f"digest {number}", "A", None, AT_FIVE
        )
        assert store.issue(card, posting)
    books = BooksDeps(store, MemoryReports(), cast("Any", Silence()), load_price_book())
    return BookJobDeps(books, AtFive())


def test_a_day_in_order_tells_that_nothing_differs(parts: BookJobDeps) -> None:
    told = JOBS["trial_balance"].carry_out(parts, EVENTS["trial_balance"])
    assert told.facts == {"day": "2026-11-17", "since": "", "cards": 2, "read_again": 0, "differences": 0}
    assert told.metrics == (Metric("TrialBalanceDifferences", 0),)


def test_differences_are_counted_and_no_card_is_logged(parts: BookJobDeps) -> None:
    store = cast("MemoryStore", parts.books.store)
    for ref, card in store.cards.items():
        store.cards[ref] = replace(card, lots=(replace(card.lots[0], left_grosze=1),))
    told = JOBS["trial_balance"].carry_out(parts, EVENTS["trial_balance"])
    assert told.metrics == (Metric("TrialBalanceDifferences", 2),)
    assert [number for number in ("111111", "222222") if number in json.dumps(dict(told.facts))] == []


def test_findings_are_counted_each_time_and_cases_once(parts: BookJobDeps) -> None:
    first, second = (JOBS["reconciliation"].carry_out(parts, EVENTS["reconciliation"]) for _ in range(2))
    assert first.metrics == (Metric("ReconciliationFindings", 1), Metric("CaseOpened", 1))
    assert second.metrics == (Metric("ReconciliationFindings", 1),)


def test_another_day_can_be_named(parts: BookJobDeps) -> None:
    told = JOBS["trial_balance"].carry_out(parts, {"job": "trial_balance", "day": "2026-11-10"})
    assert told.facts["day"] == "2026-11-10"


# ---------------------------------------------------------------- what the template schedules and watches


def test_both_jobs_run_every_morning_in_warsaw_after_the_last_call_of_the_day_is_over() -> None:
    schedules = [each["Properties"] for each in RESOURCES["BooksFunction"]["Properties"]["Events"].values()]
    assert {json.loads(each["Input"])["job"] for each in schedules} == {"trial_balance", "reconciliation"}
    assert {each["ScheduleExpressionTimezone"] for each in schedules} == {"Europe/Warsaw"}
    assert [each["ScheduleExpression"].split()[1] for each in schedules] == ["5", "5"]


def test_one_difference_alarms_and_so_do_26_hours_without_a_look() -> None:
    differs = RESOURCES["TrialBalanceDiffers"]["Properties"]
    assert (differs["MetricName"], differs["Threshold"]) == ("TrialBalanceDifferences", 1)
    for name in ("TrialBalanceMissing", "ReconciliationMissing"):
        missing = RESOURCES[name]["Properties"]
        assert missing["Period"] * missing["EvaluationPeriods"] == 26 * 60 * 60
        assert missing["TreatMissingData"] == "breaching"


def test_the_books_may_read_everything_and_change_no_money() -> None:
    (policy,) = RESOURCES["BooksFunction"]["Properties"]["Policies"]
    rights = {each["Sid"]: each["Action"] for each in policy["Statement"] if "Sid" in each}
    assert set(rights["ReadBooks"]) == {"dynamodb:Scan", "dynamodb:GetItem", "dynamodb:BatchGetItem"}
    assert rights["OpenCases"] == "dynamodb:PutItem"
