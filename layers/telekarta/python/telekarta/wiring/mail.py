"""The parts that mail and letters are made of, put together for the functions that take and set them."""

from collections.abc import Callable
from dataclasses import dataclass

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.mail_bucket import MailBucket
from telekarta.adapters.aws.secrets import SecretPepper
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.adapters.mail_formats.messages import read_mail
from telekarta.domain.mail.incoming import Mail
from telekarta.usecases.mail.incoming import InboxDeps
from telekarta.wiring.documents import kept_documents
from telekarta.wiring.stores import store_of

# The environment variables without which no mail is taken.
NEEDED = (*OF_CARDS, "DESK_TABLE", "DOCUMENTS_BUCKET", "MAIL_BUCKET", "PEPPER_SECRET")


@dataclass(frozen=True, slots=True)
class InboxFunctionDeps:
    """What taking a mail needs, and the bucket in which it lies until it is taken."""

    deps: InboxDeps
    bucket: MailBucket
    read: Callable[[bytes], Mail] = read_mail


def inbox_deps(environment: Environment) -> InboxFunctionDeps:
    """Nothing is connected before it is asked, and no secret is read."""
    deps = InboxDeps(
        store=store_of(environment),
        kept=kept_documents(environment),
        clock=clock(environment),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
    )
    return InboxFunctionDeps(deps, MailBucket(environment.mail_bucket, environment.region))
