"""The function `desk`, invoked as Lambda would, on tables as the template declares them."""

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from desk import entry
from desk.capabilities import prices, refunds
from desk.documentation import describe
from desk.masking import masked
from desk.registry import REGISTRY
from desk.spec import Invalid
from local.processes import ROOT
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import Environment
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.bank.statements import BankEntry
from telekarta.domain.bank.transfers import Why, waiting_case
from telekarta.domain.brands import Brand
from telekarta.domain.calls.charging import hold_for, quote, settle
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.issuing import issue, new_account
from telekarta.domain.cases.case import Case, CaseKind, new_case
from telekarta.domain.topups.payments import Channel, Method, Payment, PaymentStage
from telekarta.usecases.ports import StoreUnavailable
from telekarta.wiring.desk import desk_deps
from tests.kit.desk import StoppedClock, a_desk
from tests.kit.memory_store import Faults, MemoryStore, When
from tests.kit.prices import ShelfInMemory
from tests.kit.store import REGION, a_hold, new_tables, variables_of

EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events/desk").glob("*.json")}
NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
CALL_SID, CALLED = "CA0123456789abcdef0123456789abcdef", "+48221234567"
ANNA = {"who": "anna.kowalska", "why": "Zgłoszenie 2026/11/17"}

Invoke = Callable[[object], Any]


class Context:
    function_name = "telekarta-desk"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-desk"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f11"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def invoke(event: object) -> Any:
    """What an operator gets back: the answer after its way through JSON."""
    return json.loads(json.dumps(entry.handler(event, cast("LambdaContext", Context()))))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The function as it is composed in AWS, on a mocked one."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        tables = new_tables("cards", "postings", "desk", "payments", "refunds")
        boto3.client("secretsmanager", REGION).create_secret(Name="pepper", SecretString="grains")
        variables = {
            "STAGE": "test",
            **variables_of(tables),
            "REFUND_MACHINE": "arn:aws:states:eu-central-1:000000000000:stateMachine:refund",
            "PEPPER_SECRET": "pepper",
            "AWS_REGION": REGION,
        }
        built = desk_deps(Environment.from_os("DESK_TABLE", variables=variables))
        monkeypatch.setattr(entry, "the_desk", lambda: built)
        yield


class LastReport:
    """The port `LatestReport`: a report that is as up as the store is."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def latest_trial_balance(self) -> dict[str, Any]:
        self.store.faults(When.BEFORE, "latest_trial_balance")
        return {"schema": 1, "day": "2026-11-16", "balances": True}


def at_the_desk(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> None:
    """The function on a store in memory."""
    desk = a_desk(store, StoppedClock(NOW), reports=LastReport(store))
    shelf = ShelfInMemory(asked=lambda question: store.faults(When.BEFORE, question))
    desk = replace(desk, price_lists=replace(desk.price_lists, lists=shelf, shelf=shelf))
    monkeypatch.setattr(entry, "the_desk", lambda: desk)


PAYMENT = Payment(
    id="0123456789abcdef0123456789abcdef",
    ref=Ref.card(Brand.WHITE_PHONE, "123456"),
    method=Method.BLIK,
    amount_grosze=2500,
    stage=PaymentStage.CREDITED,
    created_at=NOW,
    email="babcia@example.pl",
    provider_order_id="WZHF5FFDRJ140731GUEST000P01",
    redirect_url="https://secure.payu.com/pay/?token=x",
    paid_at=NOW,
    settled_at=NOW,
    receipts_due=frozenset({Channel.EMAIL}),
)


def unknown_call() -> Case:
    """The case that the payloads speak of."""
    facts = {"card": "card:white_phone:123456", "held_grosze": 2000}
    return new_case(CaseKind.UNKNOWN_CALL, f"{CALL_SID}-1", CALL_SID, facts, "sweep_holds", NOW)


def waiting_transfer() -> Case:
    """The bank transfer that the payloads speak of."""
    account, day = "75109000046599000000001010", date(2026, 11, 20)
    reference = f"{account}/2026112000417/2000"
    entry = BankEntry(reference, account, day, 2000, "PLN", "dla syna", "JAN KOWALSKI", None, "f" * 32)
    why = Why.UNMATCHED
    return waiting_case(entry, reference, Brand.WHITE_PHONE, why, (), "wyciag.sta", NOW + timedelta(hours=1))


def a_call_of_40_s(store: MemoryStore) -> None:
    """The call that the payloads speak of."""
    card = store.cards[Ref.card(Brand.WHITE_PHONE, "123456")]
    prices = load_price_book().current(Brand.WHITE_PHONE, NOW.date())
    rate = prices.rate_for(CALLED)
    assert rate is not None
    quoted = quote(rate, card.balance_grosze)
    assert quoted is not None
    hold = hold_for(f"{CALL_SID}-1", CALL_SID, CALLED, rate, prices.version, quoted, NOW)
    held = store.place_hold(card.ref, card.purse, hold, "")
    assert isinstance(held, Card)
    _, posting = settle(card.ref, held.purse, hold, rate, 40, "CB1", NOW)
    assert posting is not None
    assert store.settle(card.ref, held.purse, hold.id, posting) is None


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """The cards, the account and the blocked number that the payloads speak of."""
    store = MemoryStore(blocked={"+48221234567": "nadużycie"})
    for ref, nominal in (
        (Ref.card(Brand.WHITE_PHONE, "123456"), 2000),
        (Ref.card(Brand.TELEGROSIK, "1234567890"), 1500),
    ):
        assert store.issue(*issue(ref, nominal, f"digest of {ref.number}", "2026-11", None, NOW))
    assert store.open_account(new_account("+48600700866", NOW))
    assert store.open_case(unknown_call())
    assert store.open_case(waiting_transfer())
    a_call_of_40_s(store)
    store.add_payment(PAYMENT)
    at_the_desk(monkeypatch, store)
    return store


# ---------------------------------------------------------------- payments


@pytest.mark.rule("WP §4.1.2", "TG §2.6")
def test_a_payment_is_shown_without_the_payer(shop: MemoryStore) -> None:
    shown = invoke(EVENTS["show_payment"])
    assert (shown["stage"], shown["card"], shown["provider"]) == ("credited", "123456", "payu")
    assert shown["provider_order_id"] == PAYMENT.provider_order_id
    assert shown["posting"] == f"topup:payu:{PAYMENT.id}"
    assert shown["receipts_due"] == ["email"]
    assert not [value for value in shown.values() if "babcia" in str(value) or "token" in str(value)]


def test_a_payment_that_there_is_not(deployed: None) -> None:
    assert invoke(EVENTS["show_payment"])["reason"] == "unknown_payment"


# ---------------------------------------------------------------- payloads and documentation


def test_no_payload_is_without_a_test() -> None:
    assert EVENTS.keys() == {*(spec.name for spec in REGISTRY.specs), *REFUSED, *DESCRIBED}


# Those that are not done on a shop's cards as they are.
OUTCOMES = {
    "check_voucher_code": "refused",  # no voucher is on it: tests/usecases/desk/test_voucher_codes.py
    "unblock_card": "unchanged",
    "remove_information_line": "unchanged",
    "block_number": "unchanged",
    "suspend_card": "refused",
    # These need more of a world: tests/functions/refunds and tests/functions/prices play them.
    **dict.fromkeys((spec.name for spec in (*refunds.SPECS, *prices.SPECS)), "refused"),
    "draft_price_list": "done",
}
REFUSED = {
    "refused_unknown_card": ("refused", "unknown_card"),
    "refused_premium_number": ("refused", "premium_number"),
    "refused_unknown_case": ("refused", "unknown_case"),
    "refused_not_an_information_line": ("refused", "not_registrable"),
    "invalid_nobody_signed": ("invalid", None),
    "invalid_unknown_command": ("invalid", None),
}
DESCRIBED = ("describe", "describe_plain")


@pytest.mark.parametrize("spec", REGISTRY.specs, ids=lambda spec: spec.name)
def test_a_payload_does_what_it_says(spec: Any, shop: MemoryStore) -> None:
    assert invoke(EVENTS[spec.name])["outcome"] == OUTCOMES.get(spec.name, "done")


SIGNED = [spec for spec in REGISTRY.specs if "who" in {field.name for field in spec.fields}]
# Of these the refund is looked up first, and a shop has none.
NOT_RECORDED = {"complete_application", "accept_proof"}


@pytest.mark.parametrize("spec", SIGNED, ids=lambda spec: spec.name)
def test_what_changes_something_is_recorded_under_its_own_name(spec: Any, shop: MemoryStore) -> None:
    invoke(EVENTS[spec.name])
    signed = (spec.name, spec.example["who"], spec.example["why"], NOW)
    told = {(each.command, each.who, each.why, each.at) for each in shop.commands.values()}
    assert told == (set() if spec.name in NOT_RECORDED else {signed})


@pytest.mark.parametrize("spec", SIGNED, ids=lambda spec: spec.name)
def test_what_cannot_be_recorded_is_not_done(spec: Any, shop: MemoryStore) -> None:
    before = kept_in(shop)
    shop.faults = failing("record", StoreUnavailable("down"))
    answer = invoke(EVENTS[spec.name])
    assert answer["outcome"] == ("refused" if spec.name in NOT_RECORDED else "unavailable")
    assert kept_in(shop) == before


def kept_in(store: MemoryStore) -> list[dict[Any, Any]]:
    return [dict(each) for each in (store.cards, store.booked, store.blocked, store.found, store.commands)]


LOOKING = [spec for spec in REGISTRY.specs if spec not in SIGNED]


@pytest.mark.parametrize("spec", LOOKING, ids=lambda spec: spec.name)
def test_looking_is_not_recorded_and_changes_nothing(spec: Any, shop: MemoryStore) -> None:
    before = kept_in(shop)
    invoke(EVENTS[spec.name])
    assert kept_in(shop) == before


@pytest.mark.parametrize("name", REFUSED)
def test_a_payload_that_cannot_be_done_says_why(name: str, shop: MemoryStore) -> None:
    answer = invoke(EVENTS[name])
    assert (answer["outcome"], answer.get("reason")) == REFUSED[name]
    assert answer.get("message") or answer["problems"]


def test_the_documentation_needs_no_store_at_all() -> None:
    assert invoke(EVENTS["describe_plain"]) == describe()
    assert invoke(EVENTS["describe"]) == {"outcome": "done", "markdown": describe()}


# ---------------------------------------------------------------- a day at the desk


@pytest.mark.rule("WP §1.2.9", "WP §2.6", "WP §16.1")
def test_a_card_is_issued_shown_blocked_and_shown_again(deployed: None) -> None:
    (issued,) = invoke(EVENTS["issue_cards"] | {"count": 1})["cards"]
    assert re.fullmatch("[1-9][0-9]{5}", issued["card"])
    assert re.fullmatch("[0-9]{8}", issued["pin"])
    card = {"brand": "white_phone", "card": issued["card"]}

    shown = invoke({"command": "show_card", **card})
    ref = f"card:white_phone:{issued['card']}"
    assert {**shown, "lots": None, "postings": None, "issued_at": None} == {
        "outcome": "done",
        **card,
        "kind": "card",
        "status": "active",
        "version": 1,
        "balance_grosze": 2000,
        "held_grosze": 0,
        "lots": None,
        "postings": None,
        "valid_through": None,
        "nominal_grosze": 2000,
        "series": "2026-11",
        "issued_at": None,
        "first_used_at": None,
        "last_active_at": None,
        "language": "",
        "information_lines": [],
        "wrong_pin_tries": 0,
    }
    lot = {"id": "1", "source": "canteen", "left_grosze": 2000, "granted_at": shown["issued_at"]}
    assert shown["lots"] == [lot | {"origin": f"issue:{ref}", "top_up": f"issue:{ref}"}]
    (posting,) = shown["postings"]
    assert (posting["kind"], posting["credit"], posting["amount_grosze"]) == ("card_issued", ref, 2000)
    assert posting["grants"] == shown["lots"]

    assert invoke({"command": "block_card", **card, **ANNA})["status"] == "blocked"
    assert invoke({"command": "show_card", **card})["status"] == "blocked"


def test_the_second_telling_of_a_request_shows_no_pin(deployed: None) -> None:
    first = invoke(EVENTS["issue_cards"])
    again = invoke(EVENTS["issue_cards"])
    assert again["outcome"] == "already_done"
    assert "block_card" in again["message"]
    assert not any(card["pin"] in json.dumps(again) for card in first["cards"])


@pytest.mark.rule("TG §2.8")
def test_an_account_is_shown_by_its_line(deployed: None) -> None:
    assert cast("DynamoStore", entry.the_desk().store).open_account(new_account("+48600700866", NOW))
    shown = invoke({"command": "show_card", "brand": "telegrosik", "card": "+48600700866"})
    assert (shown["kind"], shown["balance_grosze"]) == ("account", 0)


@pytest.mark.rule("WP §6.3")
def test_a_call_that_was_charged_too_long_is_put_right_by_a_posting_with_a_reason(shop: MemoryStore) -> None:
    card = {"command": "show_card", "brand": "white_phone", "card": "123456"}
    posting = f"call:{CALL_SID}-1"
    before = invoke(card)
    corrected = invoke({"command": "correct_call", "posting": posting, "duration_s": 20, **ANNA})
    after = invoke(card)
    back = corrected["correction"]["amount_grosze"]
    assert (corrected["outcome"], corrected["correction"]["kind"]) == ("done", "correction")
    assert corrected["correction"]["details"] | ANNA == corrected["correction"]["details"]
    assert after["balance_grosze"] == before["balance_grosze"] + back == corrected["balance_grosze"]
    assert {each["id"] for each in after["postings"]} == {each["id"] for each in before["postings"]} | {
        f"correct:{posting}:1"
    }
    whole = invoke(EVENTS["reverse_posting"] | {"amount_grosze": None})
    assert (whole["standing_grosze"], whole["balance_grosze"]) == (0, 2000)
    assert invoke(EVENTS["reverse_posting"] | {"amount_grosze": None})["outcome"] == "already_done"


def test_the_last_trial_balance_is_shown_as_it_was_kept(shop: MemoryStore) -> None:
    shown = invoke(EVENTS["trial_balance"])
    assert shown == {"outcome": "done", "schema": 1, "day": "2026-11-16", "balances": True}


def test_before_the_first_morning_there_is_no_trial_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = a_desk(MemoryStore(), StoppedClock(NOW))
    monkeypatch.setattr(entry, "the_desk", lambda: desk)
    assert invoke(EVENTS["trial_balance"])["reason"] == "no_trial_balance"


def test_a_hold_is_listed_with_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    card, posting = issue(Ref.card(Brand.WHITE_PHONE, "123456"), 2000, "digest", "2026-11", None, NOW)
    assert store.issue(card, posting)
    hold = replace(a_hold(), placed_at=NOW - timedelta(hours=2), expires_at=NOW - timedelta(minutes=7))
    assert isinstance(store.place_hold(card.ref, card.purse, hold, ""), Card)
    at_the_desk(monkeypatch, store)

    (listed,) = invoke(EVENTS["list_open_holds"])["holds"]

    assert (listed["card"], listed["age_s"], listed["expired_for_s"]) == ("123456", 7200, 420)
    assert (listed["hold"]["call_sid"], listed["hold"]["amount_grosze"]) == ("CA1", 500)


def test_a_case_is_listed_shown_closed_once_and_kept(deployed: None) -> None:
    case = unknown_call()
    assert cast("DynamoStore", entry.the_desk().store).open_case(case)
    (listed,) = invoke(EVENTS["list_cases"])["cases"]
    assert (listed["case"], listed["kind"], listed["facts"]) == (case.id, "unknown_call", dict(case.facts))
    assert (listed["state"], listed["closed_by"]) == ("open", None)

    closed = invoke(EVENTS["close_case"])
    assert (closed["outcome"], closed["state"], closed["closed_by"]) == ("done", "closed", ANNA["who"])
    again = invoke(EVENTS["close_case"] | {"who": "jan.nowak", "why": "inaczej"})
    assert again == closed | {"outcome": "unchanged", "age_s": again["age_s"]}
    assert [event["kind"] for event in again["history"]] == ["opened", "closed"]

    assert invoke(EVENTS["list_cases"])["cases"] == []
    assert [each["case"] for each in invoke(EVENTS["list_cases"] | {"state": "closed"})["cases"]] == [case.id]
    assert invoke(EVENTS["show_case"])["closing_reason"] == ANNA["why"]


@pytest.mark.rule("TG §6.4", "TG §6.5")
def test_a_rate_is_told_to_the_fraction_of_a_grosz(shop: MemoryStore) -> None:
    rate = load_price_book().current(Brand.TELEGROSIK, NOW.date()).rate_for("+12125550100")
    assert rate is not None
    told = invoke({"command": "rate", "brand": "telegrosik", "number": "+12125550100", "duration_s": 90})
    assert (told["prefix"], told["name_pl"], told["name_en"]) == (rate.prefix, rate.name_pl, rate.name_en)
    assert float(told["grosze_per_min"]) * rate.units_per_grosz == rate.units_per_min
    assert told["price_grosze"] == rate.price_grosze(90)
    assert "longest_s" not in told


# ---------------------------------------------------------------- what is no command

CASES = [
    ([], [""]),
    ("block_card", [""]),
    (None, [""]),
    ({}, ["command"]),
    ({"command": ["block_card"]}, ["command"]),
    ({"command": "show_card"}, ["brand", "card"]),
    ({"command": "show_card", "brand": "white_phone", "card": 123456}, ["card"]),
    ({"command": "show_card", "brand": "white_phone", "card": "012345"}, ["card"]),
    ({"command": "show_card", "brand": "white_phone", "card": "+48600700866"}, ["card"]),
    ({"command": "show_card", "brand": "telegrosik", "card": "123456"}, ["card"]),
    ({"command": "show_card", "brand": "telegrosik", "card": "１２３４５６７８９０"}, ["card"]),
    ({"command": "show_card", "brand": "nobody", "card": "123456"}, ["brand"]),
    ({"command": "show_card", "brand": "white_phone", "card": "123456", "who": "anna"}, ["who"]),
    ({"command": "block_card", "brand": "white_phone", "card": "123456"}, ["who", "why"]),
    (EVENTS["block_card"] | {"who": " \n\t"}, ["who"]),
    (EVENTS["block_card"] | {"why": "x" * 501}, ["why"]),
    (EVENTS["block_card"] | {"why": "\ud800"}, ["why"]),
    (EVENTS["block_card"] | {"why": "a\x00b"}, ["why"]),
    (EVENTS["issue_cards"] | {"count": 0}, ["count"]),
    (EVENTS["issue_cards"] | {"count": 201}, ["count"]),
    (EVENTS["issue_cards"] | {"count": "two"}, ["count"]),
    (EVENTS["issue_cards"] | {"count": "２"}, ["count"]),
    (EVENTS["issue_cards"] | {"count": 2.0}, ["count"]),
    (EVENTS["issue_cards"] | {"count": True}, ["count"]),
    (EVENTS["issue_cards"] | {"nominal_grosze": 2001}, ["nominal_grosze"]),
    (EVENTS["issue_cards"] | {"nominal_grosze": 1500}, ["nominal_grosze"]),
    (EVENTS["issue_cards"] | {"nominal_grosze": 2000.0}, ["nominal_grosze"]),
    (EVENTS["issue_cards"] | {"valid_months": 6}, ["valid_months"]),
    (EVENTS["issue_cards"] | {"request_id": "a b"}, ["request_id"]),
    (EVENTS["issue_cards"] | {"pin": "12345678"}, ["pin"]),
    (EVENTS["block_number"] | {"prefix": "+48"}, ["prefix"]),
    (EVENTS["block_number"] | {"prefix": "+4"}, ["prefix"]),
    (EVENTS["block_number"] | {"prefix": "48700"}, ["prefix"]),
    (EVENTS["rate"] | {"duration_s": -1}, ["duration_s"]),
    (EVENTS["rate"] | {"balance_grosze": 10**400}, ["balance_grosze"]),
    (EVENTS["rate"] | {"number": "1" * 41}, ["number"]),
    (EVENTS["rate"] | {"access": "back_door"}, ["access"]),
]


@pytest.mark.parametrize(("event", "fields"), CASES)
def test_what_is_no_command_is_told_field_by_field(event: object, fields: list[str]) -> None:
    answer = invoke(event)
    assert answer["outcome"] == "invalid"
    assert [problem["field"] for problem in answer["problems"]] == fields


def test_a_huge_heap_of_fields_is_answered_briefly() -> None:
    heap = {f"{'x' * 1000}{n}": "y" * 1000 for n in range(1000)}
    assert len(json.dumps(invoke(EVENTS["show_card"] | heap))) < 4000


@pytest.mark.rule("TG §6.12")
def test_only_a_telegrosik_series_has_a_validity_of_its_own(deployed: None) -> None:
    series = EVENTS["issue_cards"] | {"brand": "telegrosik", "valid_months": 6, "count": 1}
    assert invoke(series)["outcome"] == "done"
    assert "TG §6.12" in invoke(series | {"brand": "white_phone"})["problems"][0]["message"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_field_names = sorted({field.name for spec in REGISTRY.specs for field in spec.fields})


@given(st.sampled_from(REGISTRY.specs), st.dictionaries(st.sampled_from(_field_names), _json))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_value_of_any_field_is_a_surprise(spec: Any, values: dict[str, Any]) -> None:
    command = REGISTRY.read(spec.payload | values)
    assert isinstance(command, Invalid | spec.command)


# ---------------------------------------------------------------- faults, logs and metrics


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the function logs."""
    log = io.StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    return log


def counted(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The metrics that were told since the last look."""
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return [m["Name"] for each in told for m in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]]


def failing(operation: str, error: Exception) -> Faults:
    def faults(when: When, name: str) -> None:
        if (when, name) == (When.BEFORE, operation):
            raise error

    return faults


@pytest.mark.parametrize(
    ("event", "metric"),
    [
        ("issue_cards", "CommandDone"),
        ("unblock_number", "CommandUnchanged"),
        ("refused_unknown_card", "CommandRefused"),
        ("invalid_unknown_command", "CommandInvalid"),
        ("describe_plain", "CommandDone"),
    ],
)
def test_each_outcome_is_counted(
    event: str, metric: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_the_desk(monkeypatch, MemoryStore())
    invoke(EVENTS[event])
    assert counted(capsys) == [metric]


@pytest.mark.parametrize("spec", REGISTRY.specs, ids=lambda spec: spec.name)
def test_a_store_that_is_down_is_no_traceback(
    spec: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def faults(when: When, name: str) -> None:
        raise StoreUnavailable("down")

    at_the_desk(monkeypatch, MemoryStore(faults=faults))
    answer = invoke(spec.payload)
    assert (answer["outcome"], counted(capsys)) == ("unavailable", ["CommandUnavailable"])


def test_a_fault_of_ours_is_raised_and_repeats_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: io.StringIO
) -> None:
    at_the_desk(monkeypatch, MemoryStore(faults=failing("record", KeyError("PIN 12345678"))))
    with pytest.raises(entry.CommandFailed) as raised:
        invoke(EVENTS["block_card"])
    assert str(raised.value) == "block_card: KeyError"
    assert raised.value.__suppress_context__
    line = json.loads(said.getvalue())
    assert line["level"] == "ERROR"
    assert re.match(r"KeyError at .* < desk/entry\.py:\d+$", line["error"])
    assert "12345678" not in said.getvalue()
    assert counted(capsys) == ["CommandFailed"]


@pytest.mark.rule("WP §9.1", "TG §10.1")
@pytest.mark.parametrize("name", EVENTS)
def test_no_log_line_and_no_metric_holds_a_pin_a_number_a_name_or_a_reason(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: io.StringIO
) -> None:
    at_the_desk(monkeypatch, MemoryStore())
    event = EVENTS[name]
    answer = invoke(event)
    told = said.getvalue() + capsys.readouterr().out
    cards = answer.get("cards", []) if isinstance(answer, dict) else []
    secrets = [card[key] for card in cards for key in ("card", "pin")]
    given = [
        event[key] for key in ("card", "number", "prefix", "who", "why") if str(event.get(key, "")).strip()
    ]
    assert told
    assert [text for text in (*secrets, *given) if text in told] == []


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+48600700866", "+48*******66"),
        ("123456", "*****6"),
        ("1234567890", "********90"),
        ("+48700", "+48**0"),
        ("+252", "***" + "*"),
        ("112", "**2"),
    ],
)
def test_a_masked_number_shows_too_little_to_call_it(number: str, shown: str) -> None:
    assert masked(number) == shown
