"""What Twilio signs its webhooks with, and we our requests to it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TwilioCredentials:
    """The account and the tokens that may sign for it: the primary, and the secondary during a rotation."""

    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
