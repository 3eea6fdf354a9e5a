"""A function's settings: one typed object, read once when the function starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

LOCAL_STAGE = "local"

# What every function that touches a card needs: its store is made of both.
OF_CARDS = ("CARDS_TABLE", "POSTINGS_TABLE")


class MissingVariable(LookupError):
    """Environment variables that the function can't do without are not set; the message names them."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings. One that a function did not ask for may be the empty text."""

    stage: str
    cards_table: str = ""
    postings_table: str = ""
    pepper_secret: str = ""
    desk_table: str = ""
    twilio_secret: str = ""
    twilio_api_base_url: str = ""  # the simulated carrier's, for a local stack; else Twilio's own
    timers_function: str = ""
    reports_bucket: str = ""
    payments_table: str = ""
    statements_bucket: str = ""
    stack_name: str = ""  # begins the names of the operators' runbooks
    handover_bucket: str = ""
    documents_bucket: str = ""
    documents_function: str = ""  # its name: it sets letters
    claims_table: str = ""
    lajt_api_url: str = ""
    lajt_secret: str = ""
    plus_api_url: str = ""
    plus_secret: str = ""
    mail_bucket: str = ""  # what customers write by e-mail
    voice_function: str = ""  # its name: the operators' page tells how fast it is
    payu_secret: str = ""
    payu_api_url: str = ""
    przelewy24_secret: str = ""
    przelewy24_api_url: str = ""
    web_secret: str = ""  # the key that seals what a visitor of the web pages has answered
    mail_sender: str = ""  # the address of the SES identity; empty: no mail is sent
    sms_sender: str = ""  # a number or a name at Twilio; empty: no SMS is sent
    refunds_table: str = ""
    refund_machine: str = ""  # the ARN of the state machine; the tasks themselves start none
    payouts_bucket: str = ""
    payout_format: str = ""  # elixir0, if it is left out, or pain001
    price_lists_bucket: str = ""
    public_base_url: str = ""  # scheme and host for families and payment providers, no closing slash
    clock_offset_parameter: str = ""
    region: str = ""

    @classmethod
    def from_os(cls, *needed: str, variables: Mapping[str, str] | None = None) -> "Environment":
        """The settings of this process. `needed` are the variables that this function can't do without,
        besides STAGE. Raises MissingVariable, with the names of all that are missing."""
        found = os.environ if variables is None else variables
        missing = [name for name in ("STAGE", *needed) if not found.get(name)]
        if missing:
            raise MissingVariable(f"not set: {', '.join(missing)}")
        return cls(
            stage=found["STAGE"],
            cards_table=found.get("CARDS_TABLE", ""),
            postings_table=found.get("POSTINGS_TABLE", ""),
            pepper_secret=found.get("PEPPER_SECRET", ""),
            desk_table=found.get("DESK_TABLE", ""),
            twilio_secret=found.get("TWILIO_SECRET", ""),
            twilio_api_base_url=found.get("TWILIO_API_BASE_URL", ""),
            timers_function=found.get("TIMERS_FUNCTION", ""),
            reports_bucket=found.get("REPORTS_BUCKET", ""),
            payments_table=found.get("PAYMENTS_TABLE", ""),
            statements_bucket=found.get("STATEMENTS_BUCKET", ""),
            stack_name=found.get("STACK_NAME", ""),
            handover_bucket=found.get("HANDOVER_BUCKET", ""),
            documents_function=found.get("DOCUMENTS_FUNCTION", ""),
            documents_bucket=found.get("DOCUMENTS_BUCKET", ""),
            claims_table=found.get("CLAIMS_TABLE", ""),
            lajt_api_url=found.get("LAJT_API_URL", ""),
            lajt_secret=found.get("LAJT_SECRET", ""),
            plus_api_url=found.get("PLUS_API_URL", ""),
            plus_secret=found.get("PLUS_SECRET", ""),
            mail_bucket=found.get("MAIL_BUCKET", ""),
            voice_function=found.get("VOICE_FUNCTION", ""),
            payu_secret=found.get("PAYU_SECRET", ""),
            payu_api_url=found.get("PAYU_API_URL", ""),
            przelewy24_secret=found.get("PRZELEWY24_SECRET", ""),
            przelewy24_api_url=found.get("PRZELEWY24_API_URL", ""),
            web_secret=found.get("WEB_SECRET", ""),
            mail_sender=found.get("MAIL_SENDER", ""),
            sms_sender=found.get("SMS_SENDER", ""),
            refunds_table=found.get("REFUNDS_TABLE", ""),
            refund_machine=found.get("REFUND_MACHINE", ""),
            payouts_bucket=found.get("PAYOUTS_BUCKET", ""),
            payout_format=found.get("PAYOUT_FORMAT", ""),
            price_lists_bucket=found.get("PRICE_LISTS_BUCKET", ""),
            public_base_url=found.get("PUBLIC_BASE_URL", ""),
            clock_offset_parameter=found.get("CLOCK_OFFSET_PARAMETER", ""),
            region=found.get("AWS_REGION") or found.get("AWS_DEFAULT_REGION", ""),
        )
