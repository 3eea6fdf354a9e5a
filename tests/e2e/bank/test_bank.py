"""Bank statements on the deployed stack: a file is put into the bucket, a report says what became of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from local.bank import put_statement, read_report
from local.frontdoor import ask_desk, stack_now
from local.stack import Stack
from tests.kit import browsing
from tests.kit.bank import Transfer, mt940
from tests.kit.stack_time import in_the_morning
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

BY_US = {"who": "test", "why": "bank transfers"}


def command(stack: Stack, name: str, **given: Any) -> Any:
    status, answer = ask_desk(stack, json.dumps({"command": name, **given}))
    assert status == 200, answer
    return answer


@pytest.fixture
def card(stack: Stack) -> str:
    issued = command(
        stack,
        "issue_cards",
        brand="white_phone",
        nominal_grosze=2000,
        count=1,
        **BY_US,
    )
    number: str = issued["cards"][0]["card"]
    return number


def balance(stack: Stack, card: str) -> int:
    shown = command(stack, "show_card", brand="white_phone", card=card)
    grosze: int = shown["balance_grosze"]
    return grosze


def report(stack: Stack, name: str, *, but_not: Any = None) -> Any:
    """The report about a file, newer than the one given."""

    def found() -> Any:
        text = read_report(stack, name, "json")
        document = json.loads(text) if text else None
        return document if document and document != but_not and document["finished"] else None

    return until(found)


def fates(document: Any) -> list[str]:
    return [entry["fate"] for each in document["statements"] for entry in each["entries"]]


def of_card(card: str, mark: str, grosze: int = 1500) -> Transfer:
    return Transfer(f"karta {card}", grosze, reference=f"{card}{mark}", sender=f"SENDER {mark}")


@pytest.mark.rule("WP §4.1.1", "WP §4.9")
def test_an_accountant_drops_a_statement_and_sees_it_matched(stack: Stack, card: str) -> None:
    raw = mt940(of_card(card, "A"), Transfer("dla syna", 700, reference=f"{card}B"))
    name = f"{card}/wyciąg z dnia.sta"
    put_statement(stack, name, raw)
    first = report(stack, name)
    assert fates(first) == ["credited", "waits"]
    assert balance(stack, card) == 3500
    page = read_report(stack, name)
    assert page is not None
    assert f"doładowane teraz: karta {card}" in page
    assert "Saldo końcowe" in page

    put_statement(stack, name, raw)
    again = report(stack, name, but_not=first)
    assert fates(again) == ["credited_before", "waits"]
    assert balance(stack, card) == 3500


@pytest.mark.rule("WP §4.9")
def test_overlapping_files_at_the_same_time_credit_each_transfer_once(stack: Stack, card: str) -> None:
    transfers = [of_card(card, mark, 100 * (at + 1)) for at, mark in enumerate("ABCDEF")]
    files = {"a": transfers[:4], "b": transfers[2:], "c": transfers, "d": transfers[::-1]}
    ready = Barrier(len(files))

    def drop(name: str) -> None:
        ready.wait()
        put_statement(stack, f"{card}/{name}.sta", mt940(*files[name]))

    with ThreadPoolExecutor() as pool:
        list(pool.map(drop, files))
    found = [fates(report(stack, f"{card}/{name}.sta")) for name in files]
    told = [each for document in found for each in document]
    assert (told.count("credited"), told.count("credited_before")) == (6, 14)
    assert balance(stack, card) == 2000 + sum(each.grosze for each in transfers)


@pytest.mark.rule("WP §4.9")
@pytest.mark.parametrize(
    ("name", "raw", "advice"),
    [
        ("broken.sta", mt940(Transfer("karta 123456")).rpartition(b":62F:")[0], "plik mógł zostać ucięty"),
        ("statement.pdf", b"%PDF-1.7", "dokument PDF"),
        ("empty.sta", b"", "Plik jest pusty"),
    ],
)
def test_a_bad_file_says_what_to_do(stack: Stack, card: str, name: str, raw: bytes, advice: str) -> None:
    put_statement(stack, f"{card}/{name}", raw)
    page = until(lambda: read_report(stack, f"{card}/{name}"))
    assert advice in page
    case = json.loads(read_report(stack, f"{card}/{name}", "json") or "{}")["case"]
    assert command(stack, "show_case", case=case)["kind"] == "statement_not_read"


@pytest.mark.rule("WP §4.9")
def test_of_two_operators_who_assign_and_return_at_once_one_wins(stack: Stack, card: str) -> None:
    marks = "ABCD"
    waiting = [Transfer("bez numeru", 100, reference=f"{card}{mark}", sender=mark) for mark in marks]
    put_statement(stack, f"{card}/w.sta", mt940(*waiting))
    (told,) = report(stack, f"{card}/w.sta")["statements"]
    credited = 0
    for entry in told["entries"]:
        ready = Barrier(2)
        about = {"case": entry["case"], **BY_US}

        def decide(name: str, ready: Barrier = ready, about: dict[str, str] = about) -> Any:
            more = {"brand": "white_phone", "card": card} if name == "assign_transfer" else {}
            ready.wait()
            return command(stack, name, **about, **more)

        with ThreadPoolExecutor() as pool:
            assigned, returned = pool.map(decide, ["assign_transfer", "return_transfer"])
        assert sorted([assigned["outcome"], returned["outcome"]]) == ["done", "refused"]
        credited += assigned["outcome"] == "done"
        assert command(stack, "show_case", case=entry["case"])["state"] == "closed"
    assert balance(stack, card) == 2000 + 100 * credited


def test_the_page_puts_a_sample_where_an_accountant_would(stack: Stack) -> None:
    in_the_morning(stack)
    with browsing.browser(base_url=stack.base_url) as browser:
        assert browser.post("/bank", data={"sample": "wyciag.pdf"}).status_code == 303
        name = f"{stack_now(stack):%Y-%m-%d}/wyciag.pdf"
        until(lambda: read_report(stack, name))
        assert name in browser.get("/bank").text
        assert "dokument PDF" in browser.get(f"/bank/reports/{name}").text
        own = browser.put("/bank/statements/own.sta", content=mt940(Transfer("x", reference="OWN")))
        assert own.status_code == 201
        until(lambda: read_report(stack, "own.sta"))
        assert (
            browser.post("/bank", data={"sample": "x"}, headers={"origin": "http://a.b"}).status_code == 403
        )
