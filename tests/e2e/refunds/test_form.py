"""The refund form in a real browser, on the deployed stack: from the card's codes to the money's way out.

`make screenshots` keeps the pages' pictures in docs/screenshots.
"""

import os
import random
import re
import struct
import zlib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from local.bank import put_statement
from local.frontdoor import emulator_inspection
from local.stack import Stack
from telekarta.usecases.refunds.form import MOST_DOCUMENTS_BYTES
from tests.kit import browsing
from tests.kit.bank import Transfer, mt940
from tests.kit.browser import SCREENSHOTS, Opens, goes, looks
from tests.kit.refunds import ACCOUNT
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

WIDGET = {"widgetContext": {"theme": "light", "forms": {"all": {}}}}
BY_US = {"who": "test", "why": "refund form"}
PDF = b"%PDF-1.7 potwierdzenie przelewu"


def issued(stack: Stack, topped_up_grosze: int) -> dict[str, str]:
    """A card with its codes, whose money came by bank transfer."""
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 500, "count": 1, **BY_US}
    (card,) = stack.invoke("desk", order)["cards"]
    put_statement(
        stack, f"form/{card['card']}.sta", mt940(Transfer(f"karta {card['card']}", topped_up_grosze))
    )
    until(lambda: shown(stack, card)["balance_grosze"] > 500)
    return {"number": card["card"], "pin": card["pin"]}


def shown(stack: Stack, card: dict[str, Any]) -> Any:
    number = card.get("number") or card["card"]
    return stack.invoke("desk", {"command": "show_card", "brand": "white_phone", "card": number})


def a_photo(folder: Path) -> Path:
    """A picture that no form takes as it is: the browser has to make it smaller."""
    width, height = 1600, 1200
    noise = random.Random(1).randbytes(width * 3)
    rows = b"".join(b"\0" + noise[at:] + noise[:at] for at in (row % len(noise) for row in range(height)))
    parts = ((b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 0)))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*parts, (b"IEND", b""))
    )
    assert len(png) > MOST_DOCUMENTS_BYTES
    path = folder / "zdjecie.png"
    path.write_bytes(png)
    return path


def mails(stack: Stack) -> list[str]:
    found = emulator_inspection(stack, "/_ministack/ses/messages", "messages")
    return [mail["BodyText"] for mail in found]


@pytest.mark.rule("WP §7.1", "WP §7.3", "WP §7.10", "WP §15.3")
@pytest.mark.parametrize(
    ("width", "colours", "language", "script"),
    [(320, "light", "pl", True), (1280, "dark", "en", False)],
)
def test_an_applicant_gets_through_and_the_money_is_set_aside(
    stack: Stack, opens: Opens, tmp_path: Path, width: int, colours: str, language: str, script: bool
) -> None:
    card = issued(stack, 6000)
    before = shown(stack, card)["balance_grosze"]
    keep = bool(os.environ.get("KEEP_SCREENSHOTS"))
    page = opens(width=width, color_scheme=colours, java_script_enabled=script)

    def see(name: str) -> None:
        if script:
            looks(page, f"refund-{name}", keep)
        elif keep:
            page.screenshot(path=SCREENSHOTS / f"refund-{name}-{width}.png", full_page=True)

    page.goto(f"/refund?lang={language}")
    see("1-card")
    goes(page.locator("[value=white_phone]"))
    page.locator("#number").fill(card["number"])
    page.locator("#pin").fill("00000000")
    see("2-codes")
    goes(page.locator("main button"))
    page.wait_for_selector(".summary")
    see("2-codes-error")
    page.locator("#pin").fill(card["pin"])
    goes(page.locator("main button"))
    page.wait_for_url("**/amount?*")
    see("3-amount")
    goes(page.locator("main form").nth(0).locator("button"))
    page.locator("#account").fill(ACCOUNT)
    page.locator("#owner").fill("Jan Kowalski")
    see("4-account")
    goes(page.locator("main button"))
    page.locator("[value=email]").check()
    page.locator("#email").fill("jan@example.pl")
    see("5-answer")
    goes(page.locator("main button"))
    page.wait_for_url("**/check?*")
    document = tmp_path / "przelew.pdf"
    document.write_bytes(PDF)
    page.locator("#documents").set_input_files([document, *([a_photo(tmp_path)] if script else [])])
    expect(page.locator("#check")).to_be_enabled()
    see("6-check")
    goes(page.locator("#check"))
    page.wait_for_url("**/application/*")
    see("7-received")

    assert until(lambda: shown(stack, card)["balance_grosze"] == before - 6000)
    request_id = page.url.partition("/application/")[2].partition("?")[0]
    refund = stack.invoke("desk", {"command": "show_refund", "case": f"refund-{request_id}"})
    assert (refund["arrived"], refund["asked_grosze"], refund["missing"]) == ("web", 6000, [])
    assert until(lambda: any(request_id in mail and "60,00" in mail for mail in mails(stack)))
    key, *photos = refund["enclosed"]
    assert [photo.rpartition(".")[2] for photo in photos] == (["jpg"] if script else [])
    page_of_case = stack.invoke("desk", {"page": "case", "case": f"refund:refund-{request_id}", **WIDGET})
    link = re.search(rf'href="([^"]+{re.escape(key)}[^"]*)"', page_of_case)
    assert link
    assert browsing.get(unescape(link[1])).content == PDF
    assert card["pin"] not in page.content()
