"""Receipts on their way: mail by SES, SMS by Twilio's REST API as the simulated carrier speaks it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.network.carrier_api import routes, sent_messages
from telekarta.adapters.aws.mail import SesMail
from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.adapters.twilio.sms_sender import TwilioSms
from telekarta.usecases.topups.receipts import Message, Undeliverable, Unsent
from tests.network.fake_server import running

REGION = "eu-central-1"
SENDER = "doladowania@telekarta.test"
MAIL = Message("babcia@example.pl", "Potwierdzenie doładowania", "Kwota: 25,00 zł\n")
SMS = Message("+48600100200", "", "Telegrosik: doladowano 25,00 zl")
ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "2" * 32


def known() -> TwilioCredentials:
    return TwilioCredentials(ACCOUNT_SID, (AUTH_TOKEN,))


# ---------------------------------------------------------------------- mail


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def test_a_mail_leaves_as_it_was_written(aws: None) -> None:
    from moto.ses.models import ses_backends

    boto3.client("ses", REGION).verify_email_identity(EmailAddress=SENDER)
    SesMail(SENDER, REGION).send(MAIL)
    [sent] = next(iter(ses_backends.values()))[REGION].sent_messages
    assert (sent.source, sent.destinations["ToAddresses"]) == (SENDER, [MAIL.to])
    assert (sent.subject, sent.body) == (MAIL.subject, MAIL.body)


def test_an_answer_to_a_mail_goes_where_it_is_read() -> None:
    class Listening:
        told: dict[str, Any]

        def send_email(self, **told: Any) -> None:
            self.told = told

    mail, ses = SesMail(SENDER, REGION), Listening()
    mail._client = ses
    mail.send(replace(MAIL, reply_to="info@whitephone.pl"))
    assert ses.told["ReplyToAddresses"] == ["info@whitephone.pl"]
    mail.send(MAIL)
    assert "ReplyToAddresses" not in ses.told


class Refusing:
    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def send_email(self, **_: object) -> None:
        raise self.fault


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (
            ClientError({"Error": {"Code": "BadRequestException", "Message": f"{MAIL.to}"}}, "SendEmail"),
            Undeliverable,
        ),
        (ClientError({"Error": {"Code": "MessageRejected", "Message": ""}}, "SendEmail"), Unsent),
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "SendEmail"), Unsent),
        (EndpointConnectionError(endpoint_url="https://email"), Unsent),
    ],
)
def test_a_mail_that_does_not_leave_says_whether_to_try_again(
    fault: Exception, kind: type[Exception]
) -> None:
    mail = SesMail(SENDER, REGION)
    mail._client = Refusing(fault)
    with pytest.raises(kind) as raised:
        mail.send(MAIL)
    assert MAIL.to not in str(raised.value)
    assert raised.value.__context__ is None


# ---------------------------------------------------------------------- SMS


@pytest.fixture
def carrier() -> Iterator[tuple[Starlette, str]]:
    app = Starlette(routes=routes)
    app.state.stack = {"base_url": "", "twilio": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}}
    with running(app) as address:
        yield app, f"http://{address}"


def sent_by(app: Starlette) -> list[tuple[str, str, str]]:
    connection = Request({"type": "http", "app": app})
    return [(sms["From"], sms["To"], sms["Body"]) for sms in sent_messages(connection)]


def test_an_sms_leaves_and_shows_in_the_outbox(carrier: tuple[Starlette, str]) -> None:
    app, base_url = carrier
    TwilioSms(known, "Telekarta", base_url).send(SMS)
    assert sent_by(app) == [("Telekarta", SMS.to, SMS.body)]


@pytest.mark.parametrize("number", ["+48221234567", "nobody"])
def test_a_number_that_gets_no_sms_is_tried_once(carrier: tuple[Starlette, str], number: str) -> None:
    app, base_url = carrier
    with pytest.raises(Undeliverable) as raised:
        TwilioSms(known, "Telekarta", base_url).send(Message(number, "", "x"))
    assert number not in str(raised.value)
    assert sent_by(app) == []


def test_a_stranger_sends_nothing(carrier: tuple[Starlette, str]) -> None:
    app, base_url = carrier
    stranger = TwilioSms(lambda: TwilioCredentials(ACCOUNT_SID, ("3" * 32,)), "Telekarta", base_url)
    with pytest.raises(Unsent):
        stranger.send(SMS)
    assert sent_by(app) == []


@pytest.mark.parametrize(("status", "body"), [(503, {}), (429, {"code": 20429, "message": SMS.to})])
def test_a_carrier_that_is_busy_is_tried_again(status: int, body: dict[str, object]) -> None:
    async def busy(_: Request) -> Response:
        return JSONResponse(body, status)

    with (
        running(Starlette(routes=[Route("/{rest:path}", busy, methods=["POST"])])) as address,
        pytest.raises(Unsent) as raised,
    ):
        TwilioSms(known, "Telekarta", f"http://{address}").send(SMS)
    assert SMS.to not in str(raised.value)


def test_a_carrier_that_is_not_there_and_a_secret_that_does_not_come() -> None:
    with pytest.raises(Unsent):
        TwilioSms(known, "Telekarta", "http://127.0.0.1:9").send(SMS)

    def no_secret() -> TwilioCredentials:
        raise SecretUnavailable("twilio")

    with pytest.raises(Unsent):
        TwilioSms(no_secret, "Telekarta").send(SMS)
