"""E-mail through SES: plain text, from an identity that is a parameter of the stack."""

import logging
from dataclasses import dataclass, field
from typing import Any

from telekarta.usecases.topups.receipts import Message, Undeliverable, Unsent

logger = logging.getLogger(__name__)

# SES says by it that this is no address. Anything else passes, or an operator can mend it: a message is also
# rejected while the sender's identity is not verified.
_NO_ADDRESS = "BadRequestException"


@dataclass(slots=True)
class SesMail:
    """The port `Messenger`. `sender` is an address of a verified identity."""

    sender: str
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def send(self, message: Message) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        more = {"ReplyToAddresses": [message.reply_to]} if message.reply_to else {}
        try:
            self._ses().send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [message.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": message.body, "Charset": "UTF-8"}},
                    }
                },
                **more,
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
        except BotoCoreError as error:
            code = type(error).__name__
        else:
            return
        logger.warning("mail not sent: %s", code)
        # Outside of the handlers: SES's exceptions repeat the address.
        raise Undeliverable(code) if code == _NO_ADDRESS else Unsent(code)

    def _ses(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            # One attempt: one that timed out may have left, and the reconciler tries again anyway.
            patience = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1})
            self._client = boto3.client("sesv2", region_name=self.region or None, config=patience)
        return self._client
