"""Which refusals of AWS pass by themselves. All others are faults of ours: a missing right, a wrong name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

# Those whose status is one of the 400s all the same.
_PASSING = frozenset(
    {"RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)


def passes(refusal: "ClientError") -> bool:
    """Whether asking again later may help."""
    status = refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or refusal.response["Error"]["Code"] in _PASSING
