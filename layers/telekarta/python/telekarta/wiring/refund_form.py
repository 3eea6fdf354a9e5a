"""The parts that the form is made of on which money is asked back, put together for its pages."""

from telekarta.adapters.aws.document_store import S3Documents
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import Environment
from telekarta.usecases.refunds.form import RefundFormDeps
from telekarta.wiring.refunds import refund_desk


def refund_form_deps(environment: Environment, store: DynamoStore) -> RefundFormDeps:
    """What the form needs on which money is asked back."""
    return RefundFormDeps(
        desk=refund_desk(environment, store),
        cards=store,
        kept=S3Documents(environment.documents_bucket, environment.region),
    )
