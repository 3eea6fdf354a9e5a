"""Published price lists, in a bucket that all functions read.

::

    drafts/telegrosik-2027.csv            put there by an operator
    published/telegrosik/2027-02.csv      written once by the desk, and never changed

A process keeps what it has read. It asks for the names again once an hour, when the day has turned, and when
a list is quoted that it does not know; and fetches only what it does not have. A bucket that does not answer
changes nothing for 30 days, because whatever was published since can't hold earlier than that (WP §6.5).
A process that has read nothing yet knows nothing of the kind, and raises: a call at a price that may be wrong
is worse than a call that has to be tried again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from telekarta.adapters.environment import Environment
from telekarta.adapters.files.tariffs import load_price_book, packaged_text
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.prices.changes import book_of, knows_all_until
from telekarta.domain.prices.price_files import LARGEST_FILE_BYTES, read_price_list
from telekarta.domain.prices.tariff import PriceBook, PriceList, Prices, TariffError, UnknownPriceListError
from telekarta.domain.rules import rule
from telekarta.usecases.prices.publishing import PricesUnavailable

DRAFTS, PUBLISHED = "drafts/", "published/"
LOOKS_EVERY = timedelta(hours=1)
# A caller is waiting, so a bucket that is silent is not asked by each of them; unless nothing was ever read,
# for then it is the call's only chance.
LOOKS_AGAIN_AFTER = timedelta(minutes=5)
_KEY = re.compile(f"{PUBLISHED}({'|'.join(Brand)})/([^/]+)\\.csv")


@dataclass(slots=True)
class S3PriceShelf:
    """The port `PriceShelf`, and what reads it."""

    bucket: str
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def published(self) -> list[str]:
        """The keys of all published lists."""
        # A thousand names fit into one answer: lists of centuries.
        listed = self._ask("list_objects_v2", Prefix=PUBLISHED)
        return [each["Key"] for each in listed.get("Contents", ()) if _KEY.fullmatch(each["Key"])]

    def read(self, key: str) -> str:
        text: str = self._ask("get_object", Key=key)["Body"].read().decode()
        return text

    def draft(self, name: str) -> bytes | None:
        """The draft's beginning if it is too large: enough to see that it is."""
        answer = self._ask("get_object", Key=DRAFTS + name, or_none="NoSuchKey")
        if answer is None:
            return None
        content: bytes = answer["Body"].read(LARGEST_FILE_BYTES + 1)
        answer["Body"].close()
        return content

    def text(self, prices: PriceList) -> str:
        """The file of a list that is known."""
        if prices.published_at is None:
            return packaged_text(prices.brand, prices.version)
        return self.read(f"{PUBLISHED}{prices.brand}/{prices.version}.csv")

    def keep_draft(self, name: str, text: str) -> bool:
        return self._put_new(DRAFTS + name, text)

    def publish(self, brand: Brand, version: str, text: str) -> bool:
        return self._put_new(f"{PUBLISHED}{brand}/{version}.csv", text)

    def _put_new(self, key: str, text: str) -> bool:
        put = self._ask(
            "put_object",
            Key=key,
            Body=text.encode(),
            ContentType="text/csv; charset=utf-8",
            IfNoneMatch="*",
            or_none="PreconditionFailed",
        )
        return put is not None

    def _ask(self, operation: str, *, or_none: str = "", **parameters: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return getattr(self._s3(), operation)(Bucket=self.bucket, **parameters)
        except ClientError as error:
            problem = str(error.response["Error"]["Code"])
        except BotoCoreError as error:
            problem = type(error).__name__
        if problem == or_none:
            return None
        raise PricesUnavailable(f"{operation}: {problem}")

    def _s3(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            patience = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
            self._client = boto3.client("s3", region_name=self.region or None, config=patience)
        return self._client


def _tell(problem: str) -> None:
    """Count and log that the bucket could not be read, whichever function it was."""
    from aws_lambda_powertools import Logger, single_metric  # noqa: PLC0415
    from aws_lambda_powertools.metrics import MetricUnit  # noqa: PLC0415

    Logger().warning("price lists not read", problem=problem)
    with single_metric("PriceListsNotRead", MetricUnit.Count, 1, namespace="Telekarta") as metric:
        metric.add_dimension("service", "prices")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class PublishedPrices:
    """The packaged lists and the published ones: `Prices`, and `PublishedLists` for operators."""

    shelf: S3PriceShelf
    packaged: PriceBook
    now: Callable[[], datetime] = _now  # the real time, not the stack's: it only says when to look again
    tell: Callable[[str], None] = _tell
    _known: dict[str, PriceList] = field(default_factory=dict, init=False, repr=False)
    _book: PriceBook = field(init=False, repr=False)
    _read_for: date | None = field(default=None, init=False)  # the latest day for which all was read
    _next_look: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    _silent_until: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    def __post_init__(self) -> None:
        self._book = self.packaged

    @property
    def lists(self) -> tuple[PriceList, ...]:
        """All that count, as they were last read."""
        return self._book.lists

    @rule("WP §6.1", "WP §6.5", "TG §6.4", "TG §6.11")
    def current(self, brand: Brand, on: date) -> PriceList:
        """The list in force on the day: today, or one before.

        UnknownPriceListError: the brand had none yet. PricesUnavailable: there may be one that is not known.
        """
        now = self.now()
        if now >= self._next_look or self._read_for is None or on > self._read_for:
            self._try_to_look(now, on)
        if self._read_for is None or on >= knows_all_until(self._read_for):
            raise PricesUnavailable("published price lists were not read")
        return self._book.current(brand, on)

    @rule("WP §6.1", "TG §6.4")
    def version(self, brand: Brand, version: str) -> PriceList:
        """The list by its name, looked for at once if another process quoted it and this one has not read it.

        UnknownPriceListError: the brand never had it. PricesUnavailable.
        """
        try:
            # By its name a list never changes, so it does not matter when it was read.
            return self._book.version(brand, version)
        except UnknownPriceListError:
            self.read_anew()
            return self._book.version(brand, version)

    def look(self) -> None:
        """Read what was published since, if the bucket answers. Never raises."""
        self._try_to_look(self.now(), None)

    def read_anew(self) -> tuple[PriceList, ...]:
        self._look(self.now(), None)
        return (*self.packaged.lists, *self._known.values())

    def _try_to_look(self, now: datetime, on: date | None) -> None:
        if self._read_for is not None and now < self._silent_until:
            return
        try:
            self._look(now, on)
        except PricesUnavailable as error:
            self._silent_until = now + LOOKS_AGAIN_AFTER
            self.tell(str(error))

    def _look(self, now: datetime, on: date | None) -> None:
        """All or nothing: what can't be read leaves the book as it was. Raises PricesUnavailable."""
        known = {
            key: self._known[key] if key in self._known else self._read(key) for key in self.shelf.published()
        }
        self._book = book_of((*self.packaged.lists, *known.values()))
        self._known = known
        # The stack's clock may be ahead of ours, which only a local one's can be.
        self._read_for = max(filter(None, (self._read_for, on, day_of(now))))
        self._next_look = now + LOOKS_EVERY

    def _read(self, key: str) -> PriceList:
        named = _KEY.fullmatch(key)
        assert named is not None, "only such keys are listed"
        try:
            return read_price_list(Brand(named[1]), named[2], self.shelf.read(key))
        except (TariffError, UnicodeDecodeError) as error:
            # Only the desk writes there, and what it writes it has read before: somebody else did.
            raise PricesUnavailable(f"malformed: {key}") from error


@cache
def _of_bucket(bucket: str, region: str) -> PublishedPrices:
    return PublishedPrices(S3PriceShelf(bucket, region), load_price_book())


def published_prices(environment: Environment) -> PublishedPrices:
    """The prices of this process with the bucket that they are published in."""
    return _of_bucket(environment.price_lists_bucket, environment.region)


def prices_of(environment: Environment) -> Prices:
    """The prices of this process, the same whoever asks. Without a bucket only the packaged ones: functions
    ask for `PRICE_LISTS_BUCKET` when they start."""
    return published_prices(environment) if environment.price_lists_bucket else load_price_book()


def prepared_prices(environment: Environment) -> Prices:
    """The prices, read anew if the bucket answers: the first caller does not wait for it."""
    prices = prices_of(environment)
    if isinstance(prices, PublishedPrices):
        prices.look()
    return prices
