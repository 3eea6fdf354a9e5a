"""The simulated carrier, awkward parts included, against a tiny product."""

import re

import pytest

from local.network import (
    HOSTILE,
    LOST,
    Answers,
    Busy,
    ConnectError,
    Doing,
    Kind,
    NeverAnswers,
    NoSuchNumber,
    TooLateError,
)
from local.network.webhook import signature
from tests.kit.phone import Phone, phone_network
from tests.network.fake_app import XML, app

OURS = "+48800007744"
FRIEND = "+48601234567"
GATHER = '<Gather numDigits="6" action="/voice/got?lang=pl&amp;tries=0"><Say>Enter the code.</Say></Gather>'
BYE = "<Say>Goodbye.</Say>"
DIAL = (
    '<Dial action="/voice/after" timeLimit="60" timeout="30" callerId="+48800007744">'
    '<Number statusCallback="/voice/child" statusCallbackEvent="initiated ringing answered completed">'
    f"{FRIEND}</Number></Dial>"
)


def dials(product, *, from_="+48221234567", tolerant=False, party=None, **settings):
    network = phone_network(product, numbers=(OURS,), **settings)
    phone = Phone(network, tolerant=tolerant)
    if party is not None:
        phone.knows(FRIEND, party)
    return phone.dials(OURS, from_=from_)


def test_the_signature_of_twilios_example():
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, params) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_first_request_says_what_twilio_says():
    product = app(BYE)
    dials(product).hears("goodbye").ends()
    request = product.requests[0]
    assert (request.method, request.url) == ("POST", "https://telekarta.test/voice/incoming")
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert request.headers["I-Twilio-Idempotency-Token"]
    assert re.fullmatch("CA[0-9a-f]{32}", request.form["CallSid"])
    wanted = {
        "From": "+48221234567",
        "To": OURS,
        "CallStatus": "ringing",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
        "FromCity": "",
        "CallerCountry": "PL",
    }
    assert wanted.items() <= request.form.items()


@pytest.mark.parametrize("withheld", ["anonymous", "unknown", "+266696687", "+8656696", "sip:him@jail.test"])
def test_a_withheld_number_comes_as_it_is(withheld):
    product = app(BYE)
    dials(product, from_=withheld).ends()
    assert product.requests[0].form["From"] == withheld
    assert product.requests[0].form["FromCountry"] == ""


GATHERED = [
    # the Gather's attributes       keys           what arrives at its action; None: it falls through
    ('numDigits="6"', "123456", "123456"),
    ('numDigits="6"', "1234#", "1234"),
    ("", "1234#", "1234"),
    ("", "1234", "1234"),
    ("", "#", None),
    ("", "", None),
    ('actionOnEmptyResult="true"', "#", ""),
    ('actionOnEmptyResult="true"', "", ""),
    ('finishOnKey="*"', "12#3*", "12#3"),
    ('finishOnKey=""', "12#*", "12#*"),
    ('finishOnKey="" numDigits="2"', "#*", "#*"),
    ('numDigits="1"', "7", "7"),
]


@pytest.mark.parametrize(("attributes", "keys", "digits"), GATHERED)
def test_what_a_gather_collects(attributes, keys, digits):
    product = app(f'<Gather {attributes} action="/voice/got">{BYE}</Gather><Say>Nothing.</Say>', got=BYE)
    call = dials(product).hears("goodbye")
    if keys:
        call.presses(keys)
    if call.call.doing is Doing.LISTENING:
        call.stays_silent()
    forms = product.forms("/voice/got")
    assert [form["Digits"] for form in forms] == ([] if digits is None else [digits])
    call.hears("Nothing" if digits is None else "goodbye").ends()


def test_the_action_keeps_the_query_byte_for_byte():
    product = app(GATHER + BYE, got=BYE)
    dials(product).presses("123456").ends()
    assert product.requests[1].url == "https://telekarta.test/voice/got?lang=pl&tries=0"
    assert product.requests[1].form["CallStatus"] == "in-progress"


def test_a_gather_without_an_action_asks_its_own_document_again():
    product = app(lambda request: BYE if request.form.get("Digits") else f"<Gather>{BYE}</Gather>{BYE}")
    dials(product).presses("1#").ends()
    assert [request.path for request in product.requests[:2]] == ["/voice/incoming"] * 2


def test_a_key_stops_the_prompt_and_counts():
    product = app(GATHER + BYE, got=BYE)
    call = dials(product)
    call.cuts_in("123456")
    assert product.forms("/voice/got")[0]["Digits"] == "123456"
    assert call.network.now.second < 3


def test_keys_outside_a_gather_are_lost():
    product = app(f"<Say>Welcome.</Say>{GATHER}{BYE}", got=BYE)
    call = dials(product).cuts_in("99")
    call.hears("Enter the code").presses("123456").ends()
    assert product.forms("/voice/got")[0]["Digits"] == "123456"
    assert [event.text for event in call.call.events if event.kind is Kind.LOST_KEY] == ["9", "9"]


def test_a_habitual_hash_after_a_full_gather_is_no_input_for_the_next():
    product = app(
        GATHER, got='<Gather action="/voice/second"><Say>The number?</Say></Gather><Say>Silence.</Say>'
    )
    dials(product, tolerant=True).presses("123456#").hears("Silence").ends()
    assert product.forms("/voice/second") == []


def test_silence_falls_through_and_then_off_the_end():
    call = dials(app(GATHER), tolerant=True).hears("Enter the code").stays_silent()
    call.ends()
    assert "cut off" in call.call.problems[0].message


def test_digits_are_not_carried_over_a_redirect():
    product = app(GATHER + BYE, got="<Redirect>next?a=1</Redirect>", next=BYE)
    dials(product).presses("123456").hears("Goodbye").ends()
    assert product.requests[2].url == "https://telekarta.test/voice/next?a=1"
    assert "Digits" not in product.requests[2].form


def test_a_redirecting_answer_loses_the_form():
    product = app(GATHER + BYE, got=(303, {"Location": "/voice/next"}, b""), next=BYE)
    call = dials(product).presses("123456").hears("Goodbye").ends()
    assert (product.requests[2].method, product.requests[2].form) == ("GET", {})
    assert "lost" in call.call.problems[0].message


def test_a_get_redirect_is_signed_with_its_query():
    product = app('<Redirect method="GET">/voice/next?a=1</Redirect>', next=BYE)
    dials(product).hears("Goodbye").ends()
    assert product.requests[1].url.startswith("https://telekarta.test/voice/next?a=1&CallSid=CA")


def raises(failure):
    def page(request):
        raise failure

    return page


NO_TWIML = [
    # the answer                                                the fallback's ErrorCode
    ((500, XML, b"<Response/>"), "11200"),
    ((404, XML, b""), "11200"),
    ((200, XML, b"<Response><Say>"), "12100"),
    ((200, {"Content-Type": "application/json"}, b"{}"), "12300"),
    ((200, {}, b"<Response/>"), "12300"),
    ((200, XML, b"<Response><Shout/></Response>"), "12200"),
    ((200, XML, b"<Response>" + b" " * 66000 + b"</Response>"), "11750"),
    (raises(TooLateError("15 s")), "11200"),
    (raises(ConnectError("refused")), "11205"),
]


@pytest.mark.parametrize(("answer", "code"), NO_TWIML)
def test_no_valid_twiml_leads_to_the_fallback(answer, code):
    product = app(answer, fallback="<Say>One moment.</Say>")
    call = dials(product, tolerant=True).hears("One moment").ends()
    form = product.forms("/voice/fallback")[0]
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, "https://telekarta.test/voice/incoming")
    assert call.call.problems


def test_without_a_fallback_the_caller_hears_a_recorded_error():
    product = app((500, {}, b""), fallback=(500, {}, b""))
    call = dials(product, tolerant=True).hears("application error has occurred").ends()
    assert call.requests[-1]["url"].endswith("/voice/fallback")
    assert len(product.forms("/voice/incoming")) == 1, "a 5xx is not retried"


def test_a_refused_connection_is_tried_once_more_with_the_same_token():
    answers = iter([ConnectError("refused"), None])

    def page(request):
        if failure := next(answers):
            raise failure
        return BYE

    product = app(page)
    dials(product).hears("Goodbye").ends()
    first, second = product.requests[:2]
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]


NOT_SIMULATED = [
    ("<Record/>", "Record"),
    ("<Enqueue>q</Enqueue>", "Enqueue"),
    ("<Dial><Conference>room</Conference></Dial>", "Dial Conference"),
    ("<Dial><Number>+48601</Number><Number>+48602</Number></Dial>", "several parties"),
    ('<Dial><Number url="/voice/whisper">+48601</Number></Dial>', "Number url"),
    ('<Gather input="speech"/><Hangup/>', "speech"),
]


@pytest.mark.parametrize(("answer", "said"), NOT_SIMULATED)
def test_what_is_not_simulated_says_so(answer, said):
    call = dials(app(answer), tolerant=True).hears("application error").ends()
    assert said in call.call.problems[0].message
    assert "not simulated" in call.call.problems[0].message


def test_an_endless_redirect_is_stopped():
    call = dials(app("<Redirect>/voice/incoming</Redirect>"), tolerant=True).ends()
    assert "round and round" in call.call.problems[0].message


PARTIES = [
    # the called party                 DialCallStatus  talk  the child's callbacks
    (Answers(4, hangs_up_after_s=25), "completed", 25, "initiated ringing in-progress completed"),
    (Answers(4), "completed", 60, "initiated ringing in-progress completed"),
    (Answers(4, hangs_up_after_s=60), "completed", 60, "initiated ringing in-progress completed"),
    (Answers(34, hangs_up_after_s=1), "completed", 1, "initiated ringing in-progress completed"),
    (Answers(35), "no-answer", None, "initiated ringing no-answer"),
    (Answers(2, hangs_up_after_s=0), "completed", 0, "initiated ringing in-progress completed"),
    (Answers(2, hangs_up_after_s=12.2), "completed", 13, "initiated ringing in-progress completed"),
    (Busy(), "busy", None, "initiated busy"),
    (NeverAnswers(), "no-answer", None, "initiated ringing no-answer"),
    (NoSuchNumber(), "failed", None, "initiated failed"),
]


@pytest.mark.parametrize(("party", "status", "talk_s", "callbacks"), PARTIES)
def test_how_a_dialled_call_ends(party, status, talk_s, callbacks):
    product = app(DIAL, after=BYE)
    call = dials(product, party=party)
    call.ends().hears("Goodbye")
    after = product.forms("/voice/after")[0]
    assert (after["DialCallStatus"], after["CallStatus"]) == (status, "in-progress")
    assert after.get("DialCallDuration") == (None if talk_s is None else str(talk_s))
    children = product.forms("/voice/child")
    assert " ".join(form["CallStatus"] for form in children) == callbacks
    assert [form["SequenceNumber"] for form in children] == [str(n) for n in range(len(children))]
    assert {form["ParentCallSid"] for form in children} == {call.call.sid}
    assert {form["CallSid"] for form in children} == {after["DialCallSid"]}
    durations = [form.get("CallDuration") for form in children]
    assert durations == [None] * (len(children) - 1) + [None if talk_s is None else str(talk_s)]


def test_the_time_limit_cuts_after_exactly_so_many_seconds():
    call = dials(app(DIAL, after=BYE), party=Answers(4)).is_cut_off(after_s=60)
    call.hears("Goodbye").ends()


def test_a_whole_talk_takes_no_time_at_all():
    call = dials(app(DIAL.replace('timeLimit="60"', 'timeLimit="14400"'), after=BYE))
    call.talks(65).hangs_up()
    assert call.talked_s == 65


WHEN = [
    # hangs up when                      the action's DialCallStatus, duration; the child's last status
    ("ringing", 2, "canceled", None),
    ("talking", 4 + 17, "completed", "17"),
]


@pytest.mark.parametrize(("when", "after_s", "status", "duration"), WHEN)
def test_the_action_is_asked_although_the_caller_is_gone(when, after_s, status, duration):
    product = app(DIAL, after="<Say>Nobody hears this.</Say>")
    call = dials(product).waits(after_s)
    assert call.call.doing == when
    call.hangs_up()
    assert call.call.over
    form = product.forms("/voice/after")[0]
    assert (form["CallStatus"], form["DialCallStatus"]) == ("completed", status)
    assert form.get("DialCallDuration") == duration
    assert product.forms("/voice/child")[-1]["CallStatus"] == status
    assert "Nobody" not in call.heard


HANG_UP_MOMENTS = [
    (BYE, 0.5),
    ('<Pause length="5"/>', 1),
    (GATHER + BYE, 0.5),
    (GATHER + BYE, 3),
    ("<Play>https://telekarta.test/a.mp3</Play>", 1),
    ("<Reject/>", 1),
]


@pytest.mark.parametrize(("page", "after_s"), HANG_UP_MOMENTS)
def test_hanging_up_at_any_moment_ends_the_call_once(page, after_s):
    product = app(page)
    call = dials(product).waits(after_s).hangs_up().hangs_up()
    call.network.settle()
    assert call.call.over
    assert len(product.forms("/voice/status")) == 1
    assert len(product.forms("/voice/incoming")) == 1


def test_the_status_callback_of_the_call_carries_its_duration():
    product = app('<Pause length="70"/>')
    dials(product).ends()
    form = product.forms("/voice/status")[0]
    assert (form["CallStatus"], form["CallDuration"], form["Duration"]) == ("completed", "70", "2")
    assert form["Timestamp"].endswith("2026 10:01:10 +0000")


def test_a_rejected_call_is_not_billed():
    product = app('<Reject reason="busy"/>')
    call = dials(product).ends(status="busy")
    assert call.call.record.duration_s is None
    assert "CallDuration" not in product.forms("/voice/status")[0]


def test_hostile_callbacks_come_twice_and_out_of_order():
    product = app(DIAL, after=BYE)
    network = phone_network(product, numbers=(OURS,), deliveries=HOSTILE, seed=3)
    Phone(network).knows(FRIEND, Answers(4, hangs_up_after_s=5)).dials(OURS).ends()
    network.settle()
    numbers = [form["SequenceNumber"] for form in product.forms("/voice/child")]
    assert sorted(numbers) == list("00112233")
    assert numbers != sorted(numbers)
    assert len(product.forms("/voice/status")) == 2


def test_callbacks_can_be_lost():
    product = app(DIAL, after=BYE)
    dials(product, deliveries=LOST).talks(5).hangs_up()
    assert product.forms("/voice/child") == product.forms("/voice/status") == []


CALLER_IDS = [
    # the caller id    allowed
    (OURS, True),
    ("+48221234567", True),
    ("+48222118066", True),
    ("+48111111111", False),
]


@pytest.mark.parametrize(("caller_id", "allowed"), CALLER_IDS)
def test_a_caller_id_must_be_ours_or_the_callers(caller_id, allowed):
    product = app(DIAL.replace(f'callerId="{OURS}"', f'callerId="{caller_id}"'), after=BYE)
    call = dials(product, tolerant=True, verified=["+48222118066"], party=Answers(1, hangs_up_after_s=9))
    call.ends()
    status = product.forms("/voice/after")[0]["DialCallStatus"]
    assert status == ("completed" if allowed else "failed")
    assert bool(call.call.problems) is not allowed


@pytest.mark.parametrize("number", ["112", "+48112", "999"])
def test_an_emergency_number_must_never_be_dialled(number):
    call = dials(app(f'<Dial action="/voice/after">{number}</Dial>', after=BYE), tolerant=True).ends()
    assert "emergency" in call.call.problems[0].message


def test_star_leaves_the_talk_when_asked_for():
    product = app(DIAL.replace("<Dial ", '<Dial hangupOnStar="true" '), after=BYE)
    call = dials(product).talks(7).presses("1*").hears("Goodbye").ends()
    assert call.talked_s == 8  # 7 s and the time to press a second key, begun seconds count


def test_answer_on_bridge_keeps_the_caller_ringing():
    product = app(DIAL.replace("<Dial ", '<Dial answerOnBridge="true" '), after=BYE)
    call = dials(product, party=Answers(10)).waits(5)
    assert call.call.record.status == "ringing"
    call.is_cut_off(after_s=60).ends()
    assert call.call.record.duration_s == 61


def test_an_unanswered_bridge_is_no_answered_call():
    product = app(DIAL.replace("<Dial ", '<Dial answerOnBridge="true" '), after="<Hangup/>")
    call = dials(product, party=Answers(10)).waits(5).hangs_up()
    assert call.call.record.status == "no-answer"


def test_two_calls_share_one_time():
    product = app(DIAL, after=BYE)
    network = phone_network(product)
    first, second = (Phone(network).dials(OURS, from_=caller) for caller in ("+48221", "+48222"))
    first.talks(10)
    assert second.call.doing is Doing.TALKING
    second.hangs_up()
    first.talks(20).hangs_up()
    assert (first.talked_s, second.talked_s) == (30, 10)


def test_our_numbers_are_the_only_ones_that_reach_us():
    with pytest.raises(ValueError, match="not one of our numbers"):
        phone_network(app(BYE), numbers=(OURS,)).place("+48123", "+48221234567")


def test_a_story_fails_on_a_problem():
    with pytest.raises(AssertionError, match="no Shout"):
        dials(app("<Shout/>"))


def test_the_transcript_reads_like_a_call():
    product = app(DIAL, after=BYE)
    call = dials(product, party=Answers(4, hangs_up_after_s=65 - 6)).ends()
    shown = [str(event) for event in call.call.events if event.kind not in {Kind.REQUEST, Kind.CALLBACK}]
    assert shown == [
        "00:00  dialled    +48221234567 calls +48800007744",
        "00:00  answered",
        "00:00  ringing    calling +48601234567",
        "00:04  connected  +48601234567",
        "01:03  parted     +48601234567: completed",
        "01:03  heard      Goodbye.",
        "01:04  ended      completed",
    ]
