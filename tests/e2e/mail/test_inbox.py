"""E-mails of customers and letters to them, through the deployed functions."""

import json
from typing import Any

import pytest

from local.processes import ROOT
from local.stack import Stack
from tests.kit import browsing
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

ACCOUNT = "61 1090 1014 0000 0712 1981 2874"
BY_US = {"who": "test", "why": "e-mails"}


def objects(stack: Stack, mark: str) -> dict[str, bytes]:
    """What lies in the bucket with this mark in its name."""
    s3 = stack.client("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if mark in each["Name"]]
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
    return {each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed}


@pytest.mark.rule("WP §7.2.1", "WP §7.3.2")
def test_an_application_by_mail_is_a_case_without_its_pin(stack: Stack) -> None:
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 2000, "count": 1, **BY_US}
    (card,) = stack.invoke("desk", order)["cards"]
    sent = browsing.post(
        f"{stack.base_url}/write",
        data={
            "from": "Jan Kowalski <jan@example.pl>",
            "subject": "Wniosek o zwrot",
            "text": f"Karta {card['card']}, PIN {card['pin']}. Proszę o zwrot środków.\nKonto: {ACCOUNT}",
        },
        files={"attachment": ("potwierdzenie.pdf", b"%PDF-1.7", "application/pdf")},
        follow_redirects=False,
    )
    assert sent.status_code == 303

    def found() -> dict[str, Any] | None:
        listed = stack.invoke("desk", {"command": "list_cases", "state": "open"})["cases"]
        mails = [each for each in listed if each["subject"] == f"card:white_phone:{card['card']}"]
        return mails[0] if mails else None

    case = until(found)
    assert (case["kind"], case["facts"]["codes"]) == ("mail_received", "right")
    kept = objects(stack, "documents")
    folder = case["facts"]["documents"]
    assert kept[f"{folder}/1-potwierdzenie.pdf"] == b"%PDF-1.7"
    words = kept[f"{folder}/message.txt"].decode()
    assert f"Konto: {ACCOUNT}" in words
    assert f"Received: {case['facts']['received_on']}, " in words
    assert not [each for each in kept.values() if card["pin"].encode() in each]
    until(lambda: not objects(stack, "-mail-"))


@pytest.mark.rule("WP §15.2", "WP §15.4")
def test_a_letter_is_made_in_all_its_forms(stack: Stack) -> None:
    letter = json.loads((ROOT / "events/documents/refund_granted.json").read_text())
    keys = stack.invoke("documents", letter)
    kept = objects(stack, "documents")
    assert kept[keys["letter.pdf"]].startswith(b"%PDF")
    assert b"pdfuaid" in kept[keys["letter-large.pdf"]]
    assert "Do wypłaty: 30,00 zł" in kept[keys["letter.txt"]].decode()
