"""The parts of the operators' desk, put together. Nothing is connected before the first command."""

from dataclasses import dataclass

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.document_store import S3Documents
from telekarta.adapters.aws.price_lists import prices_of, published_prices
from telekarta.adapters.aws.reports import S3Reports
from telekarta.adapters.aws.runbooks import S3Handover, SsmExecutions
from telekarta.adapters.aws.secrets import SecretPepper
from telekarta.adapters.aws.service_metrics import CloudWatchFigures
from telekarta.adapters.chance import SystemChance
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.ports import CommandLog
from telekarta.usecases.prices.publishing import PriceDeskDeps
from telekarta.wiring.bank import transfer_desk
from telekarta.wiring.refunds import refund_desk

# The environment variables without which no command can be carried out, no page shown, no runbook believed.
NEEDED = (
    *OF_CARDS,
    "DESK_TABLE",
    "PAYMENTS_TABLE",
    "PEPPER_SECRET",
    "PRICE_LISTS_BUCKET",
    "REFUND_MACHINE",
    "REFUNDS_TABLE",
    "REPORTS_BUCKET",
)
PAGES_NEED = ("DOCUMENTS_BUCKET", "PAYOUTS_BUCKET", "VOICE_FUNCTION")
RUNBOOKS_NEED = ("HANDOVER_BUCKET", "STACK_NAME")


def desk_deps(environment: Environment) -> DeskDeps:
    """What operators' commands need."""
    store = DynamoStore.from_environment(environment)
    return DeskDeps(
        store=store,
        clock=clock(environment),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
        chance=SystemChance(),
        prices=prices_of(environment),
        reports=S3Reports(environment.reports_bucket, environment.region),
        payments=DynamoPayments(store.tables),
        refunds=refund_desk(environment, store),
        transfers=transfer_desk(environment, store),
        price_lists=price_desk(environment, store),
    )


def price_desk(environment: Environment, commands: CommandLog) -> PriceDeskDeps:
    """What operators' commands about price lists need."""
    lists = published_prices(environment)
    return PriceDeskDeps(lists, lists.shelf, commands, clock(environment), SystemChance())


@dataclass(frozen=True, slots=True)
class PageParts:
    """What the pages need besides. Of the bucket of payouts it is the name only: the desk has no right to
    read what is in it."""

    figures: CloudWatchFigures
    documents: S3Documents
    payouts_bucket: str


def page_parts(environment: Environment) -> PageParts:
    return PageParts(
        CloudWatchFigures(environment.voice_function, environment.region),
        S3Documents(environment.documents_bucket, environment.region),
        environment.payouts_bucket,
    )


@dataclass(frozen=True, slots=True)
class RunbookParts:
    """What a command from a runbook needs besides. `stack` begins the runbooks' names."""

    stack: str
    executions: SsmExecutions
    handover: S3Handover


def runbook_parts(environment: Environment) -> RunbookParts:
    return RunbookParts(
        environment.stack_name,
        SsmExecutions(environment.region),
        S3Handover(environment.handover_bucket, environment.region),
    )
