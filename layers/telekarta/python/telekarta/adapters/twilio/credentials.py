"""What Twilio signs its webhooks with, and we our requests to it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TwilioCredentials:
    """The account and the tokens that may sign for it: the primary, and the secondary during a rotation.

    `public_base_url`: scheme and host under which Twilio reaches us, without a closing slash; empty where it
    speaks to the gateway itself, which knows its own name.
    """

    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    public_base_url: str = ""
