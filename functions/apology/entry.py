"""The apology that a caller hears when their call's webhook failed or was too slow.

Twilio asks for it at the fallback URL of every number. It is one constant, so it needs no signature
check: there is nothing to learn and nothing to change behind it. It says that the fault costs nothing, and
not that the call did: the webhook which failed may be the one after a conversation that is settled later.
"""

from typing import Any

APOLOGY = """<?xml version="1.0" encoding="UTF-8"?>
<Response>\
<Say language="pl-PL" voice="Polly.Ewa">Przepraszamy, wystąpił błąd po naszej stronie. \
Za ten błąd nie pobieramy żadnej opłaty. Prosimy zadzwonić ponownie za chwilę.</Say>\
<Say language="en-GB" voice="Polly.Amy">We are sorry, something went wrong on our side. \
You are not charged for it. Please call again in a moment.</Say>\
<Hangup/>\
</Response>"""


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Any request of the fallback route -> an HTTP API answer (payload format 2.0) with the apology."""
    return {"statusCode": 200, "headers": {"content-type": "text/xml; charset=utf-8"}, "body": APOLOGY}
