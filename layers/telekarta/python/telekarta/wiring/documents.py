"""The place where documents are kept, for every function that puts some there."""

from telekarta.adapters.aws.document_store import S3Documents
from telekarta.adapters.environment import Environment


def kept_documents(environment: Environment) -> S3Documents:
    """The bucket of documents."""
    return S3Documents(environment.documents_bucket, environment.region)
