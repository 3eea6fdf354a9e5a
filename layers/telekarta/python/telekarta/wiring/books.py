"""The parts that the books are closed with, put together for the timers."""

from dataclasses import dataclass

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.price_lists import prices_of
from telekarta.adapters.aws.reports import S3Reports
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.usecases.books.closing import BooksDeps
from telekarta.usecases.ports import Clock
from telekarta.wiring.holds import twilio_carrier

# The environment variables without which no day can be closed.
NEEDED = (*OF_CARDS, "DESK_TABLE", "PRICE_LISTS_BUCKET", "REPORTS_BUCKET", "TWILIO_SECRET")


@dataclass(frozen=True, slots=True)
class BookJobDeps:
    """What the timers' jobs need that close a day."""

    books: BooksDeps
    clock: Clock


def book_job_deps(environment: Environment, store: DynamoStore) -> BookJobDeps:
    """Nothing is connected before it is asked, and no secret is read."""
    return BookJobDeps(
        BooksDeps(
            store,
            S3Reports(environment.reports_bucket, environment.region),
            twilio_carrier(environment),
            prices_of(environment),
        ),
        clock(environment),
    )
