"""Published price lists: read once, looked for again, and kept when the bucket is silent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from telekarta.adapters.aws import price_lists
from telekarta.adapters.aws.price_lists import PublishedPrices, S3PriceShelf, prepared_prices, prices_of
from telekarta.adapters.environment import Environment
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.prices.price_files import LARGEST_FILE_BYTES, published_text
from telekarta.domain.prices.tariff import PriceBook, UnknownPriceListError
from telekarta.usecases.prices.publishing import PricesUnavailable
from tests.kit.prices import ROWS, a_draft, a_list
from tests.kit.store import REGION

TG, BUCKET = Brand.TELEGROSIK, "price-lists"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
OLD = a_list("2026-09", date(2026, 9, 1))
DAY = date(2027, 2, 1)
VARIABLES = {"STAGE": "test", "CARDS_TABLE": "c", "POSTINGS_TABLE": "p", "AWS_REGION": REGION}


def dearer(day: date = DAY) -> str:
    return published_text(a_draft(day, {**ROWS, "49": "Niemcy,Germany,160"}), NOW)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    with mock_aws():
        client = boto3.client("s3", REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client
    price_lists._of_bucket.cache_clear()


@dataclass
class Process:
    """A process of a function, with a clock of its own, and every request that it made."""

    bucket: str = BUCKET
    moment: datetime = NOW
    requests: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelf = S3PriceShelf(self.bucket, REGION)
        self.shelf._s3().meta.events.register("before-parameter-build.s3", self._note)
        self.prices = PublishedPrices(self.shelf, PriceBook((OLD,)), lambda: self.moment, self.told.append)

    def _note(self, model: Any, **_: Any) -> None:
        self.requests.append(model.name)

    def in_force(self, day: date = TODAY) -> str:
        return self.prices.current(TG, day).version

    def spent(self) -> list[str]:
        spent, self.requests = self.requests, []
        return spent

    def loses_the_bucket(self) -> None:
        self.shelf.bucket = "gone"

    def finds_it_again(self) -> None:
        self.shelf.bucket = BUCKET


@pytest.fixture
def process(s3: Any) -> Process:
    return Process()


@pytest.mark.rule("WP §6.1", "TG §6.4")
def test_a_published_list_holds_from_its_day(process: Process) -> None:
    assert process.shelf.publish(TG, "2027-02", dearer())
    assert process.in_force() == "2026-09"
    process.moment = datetime(2027, 2, 1, 12, tzinfo=UTC)
    assert process.in_force(DAY - timedelta(days=1)) == "2026-09"
    assert process.in_force(DAY) == "2027-02"


def test_a_list_is_fetched_once_and_looked_for_once_an_hour(process: Process) -> None:
    process.shelf.publish(TG, "2027-02", dearer())
    process.spent()
    process.in_force()
    assert process.spent() == ["ListObjectsV2", "GetObject"]
    process.moment += timedelta(minutes=59)
    process.in_force()
    process.prices.version(TG, "2027-02")
    assert process.spent() == []
    process.moment += timedelta(minutes=1)
    process.in_force()
    assert process.spent() == ["ListObjectsV2"]


def test_a_new_day_is_a_reason_to_look(process: Process) -> None:
    process.in_force()
    process.spent()
    process.moment += timedelta(minutes=1)
    process.in_force(TODAY + timedelta(days=1))
    process.in_force(TODAY + timedelta(days=1))
    assert process.spent() == ["ListObjectsV2"]


def test_a_list_that_another_process_quoted_is_looked_for_at_once(process: Process) -> None:
    process.in_force()
    Process().shelf.publish(TG, "2027-02", dearer())
    assert process.prices.version(TG, "2027-02").valid_from == DAY
    with pytest.raises(UnknownPriceListError):
        process.prices.version(TG, "2031-01")


def test_two_at_once_publish_once(process: Process) -> None:
    assert process.shelf.publish(TG, "2027-02", dearer())
    assert not Process().shelf.publish(TG, "2027-02", dearer(DAY + timedelta(days=1)))
    assert process.prices.version(TG, "2027-02").valid_from == DAY


# ---------------------------------------------------------------------- the bucket is silent


@pytest.mark.rule("WP §6.5", "TG §6.11")
@pytest.mark.parametrize("after_days", [0, 1, 29])
def test_what_was_read_is_used_for_as_long_as_nothing_else_can_hold(
    process: Process, after_days: int
) -> None:
    process.in_force()
    process.loses_the_bucket()
    process.moment += timedelta(days=after_days, hours=1)
    assert process.in_force(TODAY + timedelta(days=after_days)) == "2026-09"
    assert process.told == ["list_objects_v2: NoSuchBucket"]


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_after_that_nothing_is_sold_at_a_price_that_may_be_wrong(process: Process) -> None:
    process.in_force()
    process.loses_the_bucket()
    process.moment += timedelta(days=30)
    with pytest.raises(PricesUnavailable):
        process.in_force(TODAY + timedelta(days=30))
    assert process.in_force(TODAY + timedelta(days=29)) == "2026-09"


def test_a_new_process_that_has_read_nothing_sells_nothing_but_settles_what_it_knows(
    process: Process,
) -> None:
    process.loses_the_bucket()
    with pytest.raises(PricesUnavailable):
        process.in_force()
    assert process.prices.version(TG, "2026-09") == OLD
    with pytest.raises(PricesUnavailable):
        process.prices.version(TG, "2027-02")
    process.finds_it_again()
    assert process.in_force() == "2026-09"


def test_not_every_caller_waits_for_a_bucket_that_is_silent(process: Process) -> None:
    process.in_force()
    process.loses_the_bucket()
    process.moment += timedelta(hours=1)
    process.spent()
    process.in_force()
    process.in_force()
    assert process.spent() == ["ListObjectsV2"]
    process.moment += timedelta(minutes=5)
    process.finds_it_again()
    process.in_force()
    assert process.spent() == ["ListObjectsV2"]
    assert len(process.told) == 1


def test_what_nobody_should_have_put_there_changes_nothing(process: Process, s3: Any) -> None:
    process.in_force()
    for key in ("published/readme.txt", "published/orange/2027-02.csv", "drafts/x.csv"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"?")
    process.prices.look()
    assert process.told == []
    s3.put_object(Bucket=BUCKET, Key="published/telegrosik/2027-02.csv", Body=b"\xff?")
    process.prices.look()
    assert process.told == ["malformed: published/telegrosik/2027-02.csv"]
    assert process.in_force() == "2026-09"


def test_whoever_has_no_bucket_to_ask_is_told_of(capsys: pytest.CaptureFixture[str], s3: Any) -> None:
    prices = PublishedPrices(S3PriceShelf("gone", REGION), PriceBook((OLD,)))
    prices.look()
    assert "PriceListsNotRead" in capsys.readouterr().out


# ---------------------------------------------------------------------- drafts and pages


def test_a_draft_is_read_by_its_name_and_no_further_than_needed(process: Process, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="drafts/a.csv", Body=b"x" * (LARGEST_FILE_BYTES + 7))
    assert process.shelf.draft("b.csv") is None
    assert process.shelf.draft("a.csv") == b"x" * (LARGEST_FILE_BYTES + 1)


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_prices_that_are_asked_for_anew_have_what_was_published_a_moment_ago(s3: Any) -> None:
    environment = Environment.from_os(variables=VARIABLES | {"PRICE_LISTS_BUCKET": BUCKET})
    before = prepared_prices(environment).lists
    S3PriceShelf(BUCKET, REGION).publish(TG, "2099-01", dearer(date(2099, 1, 1)))
    assert [each.version for each in prepared_prices(environment).lists if each not in before] == ["2099-01"]


def test_all_of_a_process_share_one_book(s3: Any) -> None:
    without = Environment.from_os(variables=VARIABLES)
    assert prices_of(without) is load_price_book()
    named = Environment.from_os(variables=VARIABLES | {"PRICE_LISTS_BUCKET": BUCKET})
    assert prices_of(named) is prices_of(named) is not load_price_book()
