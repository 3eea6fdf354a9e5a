"""The parts that bank transfers are made of, put together for the functions that take part in them."""

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.statement_files import S3StatementFiles
from telekarta.adapters.bank_formats import read_statements
from telekarta.adapters.chance import SystemChance
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.bank_notes import DynamoBankNotes
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.adapters.files.promotions import load_promotions
from telekarta.domain.bank.statements import BankEntry
from telekarta.usecases.bank.ports import BankDeps, StatementFiles
from telekarta.usecases.bank.transfers import TransferDeskDeps
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.payouts import PayoutTold, RefundNoticeDeps, told_of_payout
from telekarta.usecases.workflow import WorkflowUnavailable
from telekarta.wiring.refunds import refund_notices

# The environment variables without which no statement can be taken.
NEEDED = (*OF_CARDS, "DESK_TABLE", "PAYMENTS_TABLE", "REFUNDS_TABLE", "STATEMENTS_BUCKET")


def bank_deps(environment: Environment) -> BankDeps:
    """What taking a file needs. Nothing is connected before it is asked."""
    store = DynamoStore.from_environment(environment)
    notices = refund_notices(environment, store)
    return BankDeps(
        store=store,
        notes=DynamoBankNotes(store.tables),
        clock=clock(environment),
        read=read_statements,
        promotions=load_promotions(),
        payout=lambda entry: payout(notices, entry),
    )


def transfer_desk(environment: Environment, store: DynamoStore) -> TransferDeskDeps:
    """What operators' commands need."""
    return TransferDeskDeps(store, clock(environment), SystemChance(), load_promotions())


def payout(notices: RefundNoticeDeps, entry: BankEntry) -> PayoutTold:
    """What the entry tells of a refund that we pay out; its case then knows (WP §7.10)."""
    try:
        return told_of_payout(notices, entry)
    except WorkflowUnavailable as error:
        # The file is taken again, and the entry told again.
        raise StoreUnavailable(str(error)) from None


def statement_files(environment: Environment) -> StatementFiles:
    """The bucket where an accountant puts statements, and finds what became of them."""
    return S3StatementFiles(environment.statements_bucket, environment.region)
