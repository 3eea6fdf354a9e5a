"""The checker of TwiML answers: what the carrier would misread is an error here."""

import pytest

from local.network.twiml import Severity, check_twiml, read_twiml, schema, text_of

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Gather numDigits="6" timeout="5" finishOnKey="#" action="/voice/pin?lang=pl&amp;tries=1" method="POST"
          input="dtmf" actionOnEmptyResult="true">
    <Say language="pl-PL" voice="Polly.Ewa">Proszę podać PIN.<break time="500ms"/>
      <say-as interpret-as="digits">1 2 3</say-as> <prosody rate="90%">i krzyżyk</prosody></Say>
    <Pause length="1"/>
    <Play>https://example.test/beep.wav</Play>
  </Gather>
  <Dial action="/voice/after" timeLimit="14400" timeout="30" callerId="+48222118066" ringTone="pl"
        answerOnBridge="true" hangupOnStar="true">
    <Number statusCallback="/voice/child"
            statusCallbackEvent="initiated ringing answered completed">+48221234567</Number>
  </Dial>
</Response>"""


def errors_in(xml):
    return [problem for problem in check_twiml(xml) if problem.severity is Severity.ERROR]


def test_a_good_answer_has_no_problems():
    assert check_twiml(GOOD) == []
    assert check_twiml(GOOD.encode()) == []


NO_DOCUMENT = [
    ("", "not XML"),
    ("<Response><Say>half", "not XML"),
    ("<!DOCTYPE a><Response/>", "DOCTYPE"),
    ("<response/>", "root is response"),
]

WRONG = [
    # inside the Response, what is said of it
    ("" + "<Pause/>" * 8200 + "", "64 kB"),
    ("<Shout>hey</Shout>", "no Shout"),
    ("<say>hey</say>", "case-sensitive"),
    ("hey", "loose text"),
    ("<Say/>", "Say is empty"),
    ("<Say>" + "a" * 4097 + "</Say>", "4096"),
    ("<Say voice='Polly.Nobody'>a</Say>", "SayVoice"),
    ("<Say language='pl'>a</Say>", "SayLanguage"),
    ("<Say><break time='2'/>a</Say>", "500ms"),
    ("<Say><Pause/>a</Say>", "may not stand inside Say"),
    ("<Gather numDigits='abc'/><Hangup/>", "of the kind int"),
    ("<Gather numDigits='0'/><Hangup/>", "outside 1 to any"),
    ("<Gather numDigits='1.5'/><Hangup/>", "of the kind int"),
    ("<Gather timeout='0'/><Hangup/>", "outside 1"),
    ("<Gather num_digits='6'/><Hangup/>", "no attribute num_digits"),
    ("<Gather finishOnKey='##'/><Hangup/>", "not one key"),
    ("<Gather input='dtmf voice'/><Hangup/>", "GatherInput"),
    ("<Gather actionOnEmptyResult='yes'/><Hangup/>", "of the kind bool"),
    ("<Gather method='PUT'/><Hangup/>", "of the kind method"),
    ("<Gather><Dial>+48221234567</Dial></Gather><Hangup/>", "may not stand inside Gather"),
    ("<Dial><Gather/></Dial>", "may not stand inside Dial"),
    ("<Dial timeout='4'>+48221234567</Dial>", "outside 5 to 600"),
    ("<Dial timeout='601'>+48221234567</Dial>", "outside 5 to 600"),
    ("<Dial timeLimit='14401'>+48221234567</Dial>", "outside 1 to 14400"),
    ("<Dial timeLimit='-5'>+48221234567</Dial>", "of the kind int"),
    ("<Dial/>", "nobody to call"),
    ("<Dial><Number>dom</Number></Dial>", "can't be dialled"),
    ("<Dial><Number statusCallbackEvent='answered,completed'>+48221234567</Number></Dial>", "NumberEvent"),
    ("<Redirect/>", "Redirect is empty"),
    ("<Play/>", "neither a URL nor digits"),
    ("<Say>a</Say><Reject/>", "must be the first"),
    ("<Reject reason='angry'/>", "RejectReason"),
]


@pytest.mark.parametrize(("answer", "said"), NO_DOCUMENT)
def test_what_is_no_document_is_refused(answer, said):
    (problem,) = check_twiml(answer)
    assert said in problem.message


@pytest.mark.parametrize(("inside", "said"), WRONG, ids=[said for _, said in WRONG])
def test_an_error_is_named(inside, said):
    errors = [
        problem
        for problem in check_twiml(f"<Response>{inside}</Response>")
        if problem.severity is Severity.ERROR
    ]
    assert len(errors) == 1, errors
    assert said in str(errors[0])


RISKY = [
    ("<Gather/>", "a silent caller is cut off"),
    ("<Dial action='/a'>+48221234567</Dial><Say>a</Say>", "never reached"),
    ("<Redirect>/a</Redirect><Say>a</Say>", "what follows Redirect"),
    ("<Hangup/><Say>a</Say>", "what follows Hangup"),
]


@pytest.mark.parametrize(("inside", "said"), RISKY)
def test_a_risky_order_is_a_warning(inside, said):
    (problem,) = check_twiml(f"<Response>{inside}</Response>")
    assert problem.severity is Severity.WARNING
    assert said in problem.message


def test_the_words_of_a_prompt_are_read_through_its_ssml():
    root, _ = read_twiml(
        "<Response><Say>Saldo:<break time='1s'/><say-as interpret-as='digits'>12</say-as> "
        "<sub alias='złotych'>zł</sub><p>Do widzenia.</p></Say></Response>"
    )
    assert text_of(root[0]) == "Saldo: 12 złotych Do widzenia."


def test_the_table_knows_the_polish_voices():
    assert {"Polly.Ewa", "Polly.Ola-Neural"} <= set(schema()["enums"]["SayVoice"])
    assert "pl-PL" in schema()["enums"]["SayLanguage"]
    assert "pl" in schema()["enums"]["DialRingTone"]
