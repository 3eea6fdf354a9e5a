"""The ways by which a message leaves, put together for every function that writes to customers."""

from collections.abc import Mapping

from telekarta.adapters.aws.mail import SesMail
from telekarta.adapters.aws.secrets import TwilioSecret
from telekarta.adapters.environment import Environment
from telekarta.adapters.twilio.sms_sender import TwilioSms
from telekarta.domain.topups.payments import Channel
from telekarta.usecases.topups.receipts import Messenger


def messengers(environment: Environment) -> Mapping[Channel, Messenger]:
    """Mail and SMS, as far as this function has a sender for them."""
    found: dict[Channel, Messenger] = {}
    if environment.mail_sender:
        found[Channel.EMAIL] = SesMail(environment.mail_sender, environment.region)
    if environment.sms_sender:
        twilio = TwilioSecret(environment.twilio_secret, environment.region)
        found[Channel.SMS] = TwilioSms(
            twilio.credentials, environment.sms_sender, environment.twilio_api_base_url
        )
    return found
