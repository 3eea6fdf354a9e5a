"""Price lists at the desk: from the draft in the bucket to the call that is charged by it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from desk import entry
from desk.runbooks import RunbookFailed, told_in_runbook
from telekarta.adapters.aws import price_lists
from telekarta.adapters.aws.price_lists import PublishedPrices, S3PriceShelf
from telekarta.adapters.environment import Environment
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.prices.price_files import published_text
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.wiring.desk import desk_deps
from tests.functions.desk.test_desk import invoke
from tests.kit.house import CARD, PIN, House
from tests.kit.phone import START
from tests.kit.prices import ROWS, a_draft
from tests.kit.store import REGION, new_tables, variables_of

BUCKET = "price-lists"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2027, 2, 1)
DRAFT = {"brand": "telegrosik", "version": "2027-02", "draft": "spring.csv"}
CHECK = {"command": "check_price_list", **DRAFT}
ANNA = {"who": "anna.kowalska", "why": "Uchwała 2026/31"}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client
    price_lists._of_bucket.cache_clear()


@pytest.fixture
def desk(s3: Any, monkeypatch: pytest.MonkeyPatch) -> DeskDeps:
    """The function as it is composed in AWS, on the 21st of November."""
    tables = new_tables("cards", "postings", "desk", "payments", "refunds")
    variables = {
        "STAGE": "test",
        **variables_of(tables),
        "REFUND_MACHINE": "arn:aws:states:eu-central-1:000000000000:stateMachine:refund",
        "PEPPER_SECRET": "pepper",
        "PRICE_LISTS_BUCKET": BUCKET,
        "AWS_REGION": REGION,
    }
    built = desk_deps(Environment.from_os(variables=variables))

    class Stopped:
        def now(self) -> datetime:
            return NOW

    stopped = replace(built, clock=Stopped(), price_lists=replace(built.price_lists, clock=Stopped()))
    monkeypatch.setattr(entry, "the_desk", lambda: stopped)
    return stopped


def writes(s3: Any, text: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="drafts/spring.csv", Body=text.encode())


def publish(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = invoke(CHECK)
    command = {
        "command": "publish_price_list",
        **DRAFT,
        "mark": told["mark"],
        "warnings": told["warnings"],
        **ANNA,
    }
    answer: dict[str, Any] = invoke({**command, **changes})
    return answer


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_a_draft_is_checked_published_and_published_no_second_time(desk: DeskDeps, s3: Any) -> None:
    writes(s3, a_draft(DAY))
    checked = invoke(CHECK)
    assert (checked["outcome"], checked["published"], checked["why_not"]) == ("done", False, None)
    assert (checked["valid_from"], checked["earliest_valid_from"]) == ("2027-02-01", "2026-12-22")
    assert (checked["compared_with"], checked["rows"]) == ("2026-09", len(ROWS))
    assert checked["changes"]["dearer"] == len(checked["dearer"]) > 0
    assert {"prefix": "48", "name_en": "Poland (fixed)", "before": "9.5", "after": "29"} in checked["dearer"]
    assert "4850" in checked["rows_removed"]
    assert {"warning": "not_connected", "prefix": "1", "message": "would no longer be connected"} in checked[
        "warned_of"
    ]
    published = publish()
    assert (published["outcome"], published["published"]) == ("done", True)
    assert publish()["outcome"] == "unchanged"
    (key,) = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="published/")["Contents"]]
    assert key == "published/telegrosik/2027-02.csv"
    # The desk's own prices know it from then on.
    assert desk.prices.version(Brand.TELEGROSIK, "2027-02").valid_from == DAY
    assert desk.prices.current(Brand.TELEGROSIK, NOW.date()).version == "2026-09"


@pytest.mark.parametrize("brand", Brand)
def test_a_draft_begins_as_the_file_of_the_last_list(desk: DeskDeps, s3: Any, brand: Brand) -> None:
    command = {"command": "draft_price_list", "brand": brand, "draft": "spring.csv", **ANNA}
    drafted = invoke(command)
    assert (drafted["outcome"], drafted["copied_from"]) == ("done", "2026-09")
    draft = s3.get_object(Bucket=BUCKET, Key="drafts/spring.csv")["Body"].read().decode()
    writes(s3, draft.replace("2026-09-01", DAY.isoformat()))
    checked = invoke({**CHECK, "brand": brand})
    assert (checked["why_not"], checked["warnings"], sum(checked["changes"].values())) == (None, 0, 0)
    assert invoke(command)["reason"] == "draft_taken"
    # What was published can be the beginning of the next one.
    named = {"brand": brand, "version": "2027-02", "draft": "spring.csv", "mark": checked["mark"]}
    assert invoke({"command": "publish_price_list", **named, **ANNA})["outcome"] == "done"
    assert invoke({**command, "draft": "summer.csv"})["copied_from"] == "2027-02"


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"mark": "0" * 12}, "not_as_checked", "Check it again"),
        ({"warnings": 0}, "warnings_not_accepted", "warnings: 1 would no longer be connected"),
        ({"draft": "summer.csv"}, "unknown_draft", "no such file"),
    ],
)
def test_what_is_not_published_says_why(
    desk: DeskDeps, s3: Any, changes: dict[str, Any], reason: str, words: str
) -> None:
    writes(s3, a_draft(DAY))
    answer = publish(**changes)
    assert (answer["outcome"], answer["reason"]) == ("refused", reason)
    assert words in answer["message"]


def test_a_day_that_is_too_near_is_refused_with_the_nearest(desk: DeskDeps, s3: Any) -> None:
    writes(s3, a_draft(date(2026, 12, 21)))
    assert invoke(CHECK)["why_not"] == "too_soon"
    assert publish()["message"].endswith("Today's earliest is 2026-12-22.")


def test_a_list_that_was_replaced_says_by_which(desk: DeskDeps, s3: Any) -> None:
    writes(s3, a_draft(DAY))
    publish()
    s3.put_object(
        Bucket=BUCKET,
        Key="published/telegrosik/2027-02b.csv",
        Body=published_text(a_draft(DAY), NOW + timedelta(days=1)).encode(),
    )
    again = publish()
    assert (again["outcome"], again["replaced_by"]) == ("unchanged", "2027-02b")


def test_everything_that_is_wrong_with_a_draft_is_told_with_its_row(desk: DeskDeps, s3: Any) -> None:
    writes(s3, a_draft(DAY, {"48": "Polska,Poland,2.9", "049": "Niemcy,Germany,150"}))
    answer = invoke(CHECK)
    assert (answer["reason"], [each["row"] for each in answer["wrong_rows"]]) == ("draft_unreadable", [6, 7])

    class Nobody:
        def put(self, name: str, document: Any) -> str:
            raise AssertionError("nothing to hand over")

    with pytest.raises(RunbookFailed, match="2 problems: row 6: units_per_min"):
        told_in_runbook(answer, Nobody(), "publish_price_list/1.json")


@pytest.mark.parametrize("field", ["version", "draft", "mark"])
def test_no_name_leads_out_of_its_folder(field: str) -> None:
    event = {"command": "publish_price_list", **DRAFT, "mark": "0" * 12, **ANNA, field: "../x"}
    answer = invoke(event)
    assert (answer["outcome"], [each["field"] for each in answer["problems"]]) == ("invalid", [field])


def test_a_bucket_that_is_silent_is_no_refusal(desk: DeskDeps, s3: Any) -> None:
    assert desk.price_lists is not None
    shelf = desk.price_lists.shelf
    assert isinstance(shelf, S3PriceShelf)
    shelf.bucket = "gone"
    assert invoke(CHECK)["outcome"] == "unavailable"


# ---------------------------------------------------------------------- a call


@pytest.mark.rule("WP §6.1", "WP §6.5")
def test_a_call_is_charged_by_a_published_list_from_its_day_and_asks_for_it_once(s3: Any) -> None:
    house = House()
    card = house.white_phone()
    shelf = S3PriceShelf(BUCKET, REGION)
    asked: list[str] = []
    shelf._s3().meta.events.register("before-parameter-build.s3", lambda model, **_: asked.append(model.name))
    begins = START.date() + timedelta(days=40)
    text = published_text(a_draft(begins, {"48": "Polska,Poland,600"}), START)
    assert shelf.publish(Brand.WHITE_PHONE, "spring", text)

    def calls(ahead: timedelta) -> int:
        house.clock.ahead = ahead
        prices = PublishedPrices(shelf, load_price_book(), house.clock.now)
        prices.look()
        house.needs(prices=prices)
        asked.clear()
        house.phone.dials("+48800007744").presses(CARD).presses(PIN).presses("221112233#").talks(
            60
        ).hangs_up()
        house.network.settle()
        return house.charges(card)[-1]

    assert calls(timedelta(days=39)) < 60
    assert asked == []
    assert calls(timedelta(days=40)) == 60
    assert asked == []
    assert json.dumps([each.details["tariff_version"] for each in house.calls(card)]).count("spring") == 1
