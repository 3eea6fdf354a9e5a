"""The parts that refunds are made of, put together for the functions that take part in them."""

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.document_store import LambdaDocuments
from telekarta.adapters.aws.letters import MailAndPaper, Paper
from telekarta.adapters.aws.mail import SesMail
from telekarta.adapters.aws.payout_files import S3PayoutFiles
from telekarta.adapters.aws.secrets import SecretPepper
from telekarta.adapters.aws.workflows import StepFunctions
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.letters import DynamoLetters
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.dynamodb.refunds import DynamoRefunds
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.domain.refunds.next_action import WORKFLOW
from telekarta.domain.refunds.payment_orders import OrderFormat
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from telekarta.usecases.refunds.payouts import RefundNoticeDeps
from telekarta.usecases.refunds.steps.running import RefundStepDeps
from telekarta.usecases.refunds.watch import RefundWatchDeps
from telekarta.wiring.payments import gateways

# The environment variables without which the workflow's steps can't be done.
NEEDED = (
    *OF_CARDS,
    "DESK_TABLE",
    "DOCUMENTS_FUNCTION",
    "PAYMENTS_TABLE",
    "PAYOUTS_BUCKET",
    "PAYU_API_URL",
    "PAYU_SECRET",
    "PRZELEWY24_API_URL",
    "PRZELEWY24_SECRET",
    "PUBLIC_BASE_URL",
    "REFUNDS_TABLE",
)
# What leaves the house by the steps alone.
_OF_STEPS = frozenset({"DOCUMENTS_FUNCTION", "PAYOUTS_BUCKET"})
WATCH_NEEDED = ("REFUND_MACHINE", *(name for name in NEEDED if name not in _OF_STEPS))


def refund_desk(environment: Environment, store: DynamoStore) -> RefundDeskDeps:
    """What operators' commands need. Nothing is connected before it is asked."""
    return RefundDeskDeps(
        store=store,
        refunds=DynamoRefunds(store.tables),
        workflow=StepFunctions(WORKFLOW, environment.refund_machine, environment.region),
        clock=clock(environment),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
    )


def refund_work(environment: Environment) -> RefundStepDeps:
    """What the workflow's steps need."""
    store = DynamoStore.from_environment(environment)
    mail = SesMail(environment.mail_sender, environment.region) if environment.mail_sender else None
    documents = LambdaDocuments(environment.documents_function, environment.region)
    paper = Paper(documents, store, clock(environment))
    return RefundStepDeps(
        store=store,
        refunds=DynamoRefunds(store.tables),
        workflow=StepFunctions(WORKFLOW, region=environment.region),
        clock=clock(environment),
        letters=MailAndPaper(DynamoLetters(store.tables), paper, mail),
        files=S3PayoutFiles(environment.payouts_bucket, environment.region),
        payments=DynamoPayments(store.tables),
        gateways=gateways(environment),
        base_url=environment.public_base_url,
        order_format=OrderFormat(environment.payout_format or OrderFormat.ELIXIR0),
    )


def refund_watch(environment: Environment, store: DynamoStore) -> RefundWatchDeps:
    """What the hourly look at all open refunds needs."""
    return RefundWatchDeps(
        store=store,
        refunds=DynamoRefunds(store.tables),
        workflow=StepFunctions(WORKFLOW, environment.refund_machine, environment.region),
        clock=clock(environment),
        payments=DynamoPayments(store.tables),
        gateways=gateways(environment),
        base_url=environment.public_base_url,
    )


def refund_notices(environment: Environment, store: DynamoStore) -> RefundNoticeDeps:
    """What a provider's word of a refund is taken to."""
    return RefundNoticeDeps(
        DynamoRefunds(store.tables),
        store,
        StepFunctions(WORKFLOW, region=environment.region),
        clock(environment),
    )
