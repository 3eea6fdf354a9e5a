"""Whoever knocks, however: the forged are turned away, the odd are answered politely, faults cost nothing."""

import string
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.network import Answers
from local.network.twiml import Severity, check_twiml
from local.network.webhook import signature
from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.adapters.twilio.webhook import calling_line
from telekarta.dialog.nodes import NODES
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.house import CARD, LINE, LONG_PIN, PIN, House
from tests.kit.memory_store import When
from tests.kit.phone import ACCOUNT_SID, AUTH_TOKEN, BASE_URL
from voice.steps import Answer

WHITE_PHONE = "+48800007744"
TELEGROSIK = "+48800901900"

FORM = {
    "CallSid": "CA" + "1" * 32,
    "AccountSid": ACCOUNT_SID,
    "From": LINE,
    "To": WHITE_PHONE,
    "CallStatus": "in-progress",
    "ApiVersion": "2010-04-01",
    "Direction": "inbound",
    "FromCity": "",
}


@dataclass
class Known:
    credentials_: TwilioCredentials

    def credentials(self) -> TwilioCredentials:
        return self.credentials_


@pytest.fixture
def house() -> House:
    return House()


def post(house: House, path: str, form: dict[str, str], signed: str | None = None) -> Answer:
    """One webhook; `signed` is the signature, by default the right one."""
    url = BASE_URL + path
    right = signature(AUTH_TOKEN, url, form)
    headers = {"X-Twilio-Signature": right if signed is None else signed}
    house.transport("POST", url, headers, urlencode(form).encode())
    return house.answers[-1]


def is_polite(answer: Answer) -> bool:
    """A TwiML document that the carrier accepts."""
    problems = [each for each in check_twiml(answer.body) if each.severity is Severity.ERROR]
    return answer.status == 200 and not problems


PATHS = [
    "/voice/incoming",
    "/voice/card_pin?l=pl&c=123456",
    "/voice/talking?l=pl",
    "/voice/report?l=pl",
    "/voice/status",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signed", ["", "nonsense", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_a_webhook_without_the_right_signature_is_forbidden_and_nothing_is_touched(
    house: House, path: str, signed: str
) -> None:
    answer = post(house, path, FORM, signed)
    assert answer.status == 403
    assert house.store.told == []


def test_a_signature_covers_every_byte(house: House) -> None:
    path = "/voice/destination?l=pl&h=123456&p=1~1:2000"
    right = signature(AUTH_TOKEN, BASE_URL + path, FORM)
    richer = path.replace("2000", "9000")
    assert post(house, richer, FORM, right).status == 403
    assert post(house, path, FORM | {"Digits": "221112233"}, right).status == 403
    assert post(house, path, {k: v for k, v in FORM.items() if v}, right).status == 403
    assert post(house, path, FORM, right).status == 200


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8701", "https://calls.example"])
def test_what_stands_before_the_gateway_is_known_by_the_name_beside_the_credentials(
    house: House, base_url: str
) -> None:
    """The gateway routed by a name of its own; Twilio signs the one that it was given, and hears it again."""
    event = {
        "rawPath": "/voice/incoming",
        "headers": {"x-twilio-signature": signature(AUTH_TOKEN, f"{base_url}/voice/incoming", FORM)},
        "requestContext": {"domainName": "abc.execute-api.eu-central-1.amazonaws.com"},
        "body": urlencode(FORM),
    }
    assert house.door.incoming(event).status == 403
    credentials = TwilioCredentials(ACCOUNT_SID, (AUTH_TOKEN,), base_url)
    answer = replace(house.door, twilio=Known(credentials)).incoming(event)
    assert answer.status == 200
    assert f"{base_url}/voice/" in answer.body


def test_a_name_that_the_sender_wrote_is_not_believed(house: House) -> None:
    elsewhere = "https://elsewhere.test"
    event = {
        "rawPath": "/voice/incoming",
        "headers": {
            "host": "elsewhere.test",
            "x-forwarded-host": "elsewhere.test",
            "x-twilio-signature": signature(AUTH_TOKEN, f"{elsewhere}/voice/incoming", FORM),
        },
        "requestContext": {"domainName": "telekarta.test"},
        "body": urlencode(FORM),
    }
    assert house.door.incoming(event).status == 403


def test_another_account_with_our_token_is_not_ours(house: House) -> None:
    assert post(house, "/voice/incoming", FORM | {"AccountSid": "AC" + "9" * 32}).status == 403


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/voice/incoming", {"To": ""}),
        ("/voice/incoming", {"To": "+48123456789"}),
        ("/voice/incoming", {"CallSid": ""}),
        ("/voice/incoming", {"CallSid": "../../etc"}),
        ("/voice/nowhere?l=pl", {}),
        ("/voice/goodbye?l=pl", {"Digits": "1"}),
        ("/voice/destination", {"Digits": "221112233"}),  # nobody was let in
        ("/voice/menu?l=xx", {"Digits": "1"}),
        ("/voice/menu?p=1~", {"Digits": "1"}),
        ("/voice/talking?l=pl&h=123456&p=1~1:5", {"DialCallStatus": "completed"}),
        ("/voice/report?l=pl", {}),
        (
            "/voice/report?l=pl&in=%2B48800007744&by=hidden",
            {"ParentCallSid": "CA1", "CallStatus": "completed"},
        ),
    ],
)
def test_a_webhook_that_makes_no_sense_ends_politely(house: House, path: str, form: dict[str, str]) -> None:
    assert is_polite(post(house, path, FORM | form))
    assert house.store.booked == {}


def test_missing_fields_end_politely(house: House) -> None:
    for missing in FORM:
        form = {key: value for key, value in FORM.items() if key != missing}
        answer = post(house, "/voice/incoming", form)
        assert answer.status == (403 if missing == "AccountSid" else 200)


@pytest.mark.parametrize("node", sorted(NODES))
@pytest.mark.parametrize(
    "digits", ["9" * 200, "abc", "*" * 50, "#" * 50, "'; drop table", "٣٤٥", "0" * 12, "-1", " "]
)
def test_storms_of_keys_at_every_node_end_politely(house: House, node: str, digits: str) -> None:
    house.white_phone()
    for state in ("l=pl", "l=pl&h=123456&p=1~1:2000", "l=en&c=123456"):
        assert is_polite(post(house, f"/voice/{node}?{state}", FORM | {"Digits": digits}))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(NODES)),
    st.text(string.printable, max_size=60),
    st.dictionaries(
        st.sampled_from(["Digits", "DialCallStatus", "DialCallDuration", "From"]), st.text(max_size=40)
    ),
)
def test_no_signed_request_whatever_does_worse_than_a_polite_end(
    node: str, state: str, odd: dict[str, str]
) -> None:
    house = House()
    query = urlencode({"l": "pl"}) + "&" + urlencode([tuple(state.partition("=")[::2])])
    assert is_polite(post(house, f"/voice/{node}?{query}", FORM | odd))


def test_a_caller_who_says_nothing_hears_goodbye(house: House) -> None:
    call = house.phone.dials(WHITE_PHONE).stays_silent().does_not_hear("Nic nie wybrano")
    call.stays_silent().hears("Nic nie wybrano").stays_silent()
    call.hears("Prosimy zadzwonić jeszcze raz", "Do usłyszenia").ends()


def test_a_hash_after_a_full_entry_is_no_mistake(house: House) -> None:
    house.white_phone()
    call = house.phone.dials(WHITE_PHONE).presses(CARD + "#").does_not_hear("Nic nie wybrano").hears("PIN")
    call.presses(PIN + "#").hears("wybrać numer")


KEYS = [CARD, PIN, "0#", "2", "221112233#"]


@pytest.mark.parametrize("after", range(len(KEYS) + 1))
def test_a_caller_who_hangs_up_at_any_prompt_is_charged_nothing_and_holds_nothing(
    house: House, after: int
) -> None:
    card = house.white_phone()
    call = house.phone.dials(WHITE_PHONE)
    for keys in KEYS[:after]:
        call.presses(keys)
    call.hangs_up()
    house.network.settle()
    assert house.balance(card) == 2000
    assert house.card(card).hold is None


# Faults of ours

OPERATIONS = ["card", "place_hold", "settle", "blocked_prefixes"]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("when", When)
def test_a_store_that_fails_is_apologised_for_and_charges_nothing_wrong(
    house: House, operation: str, when: When
) -> None:
    card = house.white_phone()
    broken = True

    def fault(moment: When, name: str) -> None:
        if broken and (moment, name) == (when, operation):
            raise StoreUnavailable

    house.store.faults = fault
    house.phone.knows("+48221112233", Answers(hangs_up_after_s=60))
    call = house.phone.dials(WHITE_PHONE).presses(CARD).presses(PIN)
    if operation != "card":
        call.presses("221112233#")
    if operation == "settle":
        call.talks_on().hears("Rozmowa została zakończona").ends()
        assert ("SettleFailed",) in [answer.counts for answer in house.answers]
    else:
        call.hears("Przepraszamy", "nie pobieramy opłaty").ends()
        assert ("VoiceFault",) in [answer.counts for answer in house.answers]
    assert all(answer.status == 200 for answer in house.answers)
    broken = False
    charged = operation == "settle" and when is When.AFTER
    assert house.balance(card) == (1975 if charged else 2000)


def test_a_secret_that_does_not_come_is_counted_and_no_webhook_fails(house: House) -> None:
    class Silent:
        def credentials(self) -> TwilioCredentials:
            raise SecretUnavailable("the secret twilio did not come")

    door = replace(house.door, twilio=Silent())
    answers = [door.incoming({}), door.step({}, "menu"), door.report({}), door.status({})]
    assert [(answer.status, answer.counts) for answer in answers] == [(200, ("VoiceFault",))] * 4


def test_a_fault_of_ours_shows_the_caller_an_apology_and_the_log_no_secret(house: House) -> None:
    house.white_phone()

    def fault(moment: When, name: str) -> None:
        raise ValueError(f"the PIN {PIN} of {CARD}")

    house.store.faults = fault
    house.phone.dials(WHITE_PHONE).presses(CARD).presses(PIN).hears("Przepraszamy").ends()
    facts = " ".join(value for answer in house.answers for value in answer.facts.values())
    assert "ValueError" in facts
    assert PIN not in facts


def test_no_log_line_holds_a_code_or_a_telephone_number(house: House) -> None:
    house.white_phone()
    house.telegrosik()
    house.phone.dials(WHITE_PHONE).presses(CARD).presses(PIN).presses("221112233#").talks(5).hangs_up()
    house.phone.dials(TELEGROSIK).presses(LONG_PIN).presses("602123456#").talks(5).hangs_up()
    logged = " ".join(value for answer in house.answers for value in answer.facts.values())
    for secret in (PIN, LONG_PIN, "221112233", "602123456", LINE.removeprefix("+48"), CARD):
        assert secret not in logged


def test_no_url_holds_a_pin(house: House) -> None:
    house.white_phone()
    house.telegrosik()
    calls = [
        house.phone.dials(WHITE_PHONE).presses(CARD).presses(PIN).presses("221112233#").talks(5).hangs_up(),
        house.phone.dials(TELEGROSIK).presses(LONG_PIN).presses("221112233#").talks(5).hangs_up(),
    ]
    for call in calls:
        urls = " ".join(request["url"] for request in [*call.requests, *call.callbacks])
        assert PIN not in urls
        assert LONG_PIN not in urls


@pytest.mark.rule("TG §2.8")
@pytest.mark.parametrize(
    ("from_", "line"),
    [
        ("+48221234567", "+48221234567"),
        ("+266696687", "hidden"),
        ("+7378742833", "hidden"),
        ("+86282452253", "hidden"),
        ("+8656696", "hidden"),
        ("+2562533", "hidden"),
        ("anonymous", "hidden"),
        ("48221234567", "hidden"),
        ("+0221234567", "hidden"),
        ("", "hidden"),
        ("+48221234567\n", "hidden"),
    ],
)
def test_whose_line_it_is(from_: str, line: str) -> None:
    assert calling_line(from_) == line
