"""SMS through Twilio's REST API. `twilio.rest` is imported at the first message (see `carrier`)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.adapters.twilio.carrier import _http_client
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.usecases.topups.receipts import Message, Undeliverable, Unsent

if TYPE_CHECKING:
    from twilio.rest import Client

logger = logging.getLogger(__name__)

# https://www.twilio.com/docs/api/errors: no such number, not a mobile, not reachable, opted out, not allowed.
_FOR_EVER = frozenset({21211, 21214, 21217, 21408, 21610, 21612, 21614})


@dataclass(slots=True)
class TwilioSms:
    """The port `Messenger`. `sender` is a number or a name that Twilio knows as ours; `base_url` leads to
    another server that speaks the same API, "" is Twilio's own."""

    credentials: Callable[[], TwilioCredentials]
    sender: str
    base_url: str = ""
    _client: "Client | None" = field(default=None, init=False, repr=False)
    _known: TwilioCredentials | None = field(default=None, init=False, repr=False)

    def send(self, message: Message) -> None:
        from requests import RequestException  # noqa: PLC0415
        from twilio.base.exceptions import TwilioException, TwilioRestException  # noqa: PLC0415

        gone = False
        try:
            self._twilio().messages.create(to=message.to, from_=self.sender, body=message.body)
        except TwilioRestException as error:
            problem, gone = f"answered {error.status} {error.code}", error.code in _FOR_EVER
        except (TwilioException, RequestException, SecretUnavailable, ValueError) as error:
            problem = type(error).__name__
        else:
            return
        logger.warning("sms not sent: %s", problem)
        # Outside of the handlers: what Twilio raises repeats the number.
        raise Undeliverable(problem) if gone else Unsent(problem)

    def _twilio(self) -> "Client":
        known = self.credentials()
        if self._client is None or known != self._known:
            from twilio.rest import Client  # noqa: PLC0415

            http = _http_client(self.base_url)
            self._client = Client(
                known.account_sid, known.auth_tokens[0], http_client=http, environment={"": ""}
            )
            self._known = known
        return self._client
