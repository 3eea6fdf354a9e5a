"""What a TwiML answer may say: read it, and name everything that is wrong with it.

Twilio's own generator validates almost nothing, and the carrier tolerates or misreads a good part of
what is wrong, so a typing error would be found by a caller. Here it is an error at once.

`check_twiml(xml)` is for tests; `read_twiml(body)` also hands back the document for the network to follow.
The table of elements, attributes and enums is `twiml_schema.json` (made by `tools/twiml_schema.py`);
ranges and the rules of order are written below. Codes are Twilio's own error codes.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

BODY_LIMIT_BYTES = 64 * 1024
SAY_LIMIT_CHARACTERS = 4096

TOO_LARGE = 11750
NOT_XML = 12100
NOT_TWIML = 12200

XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"

# (element, attribute) -> lowest and highest allowed number; None is no limit.
RANGES: dict[tuple[str, str], tuple[int, int | None]] = {
    ("Gather", "timeout"): (1, None),
    ("Gather", "numDigits"): (1, None),
    ("Dial", "timeout"): (5, 600),
    ("Dial", "timeLimit"): (1, 14400),
    ("Pause", "length"): (1, None),
    ("Say", "loop"): (0, None),
    ("Play", "loop"): (0, None),
    ("Record", "timeout"): (1, None),
    ("Record", "maxLength"): (1, 14400),
    ("Conference", "maxParticipants"): (1, 250),
}
TEXT_REQUIRED = {"Say", "Redirect", "Number", "Conference", "Queue", "Sms"}
ENDS_THE_DOCUMENT = {"Redirect", "Hangup", "Reject", "Leave"}
KEY = re.compile(r"[0-9#*]?")
DIALLED = re.compile(r"\+?[0-9][0-9 ().-]*")
BREAK_TIME = re.compile(r"\d+(\.\d+)?m?s")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class TwimlProblem:
    """Something wrong with an answer, or with the way to it. `where` is an element's path or a URL."""

    severity: Severity
    code: int
    message: str
    where: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.severity} {self.code}: {self.message}{place}"


def error(message: str, where: str = "", code: int = NOT_TWIML) -> TwimlProblem:
    return TwimlProblem(Severity.ERROR, code, message, where)


def warning(message: str, where: str = "", code: int = NOT_TWIML) -> TwimlProblem:
    return TwimlProblem(Severity.WARNING, code, message, where)


@cache
def schema() -> dict[str, Any]:
    """The table of elements and enums, see `tools/twiml_schema.py` for its shape."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "twiml_schema.json").read_text())
    return loaded


def check_twiml(xml: str | bytes) -> list[TwimlProblem]:
    """Everything that is wrong with the answer, in document order; an empty list if nothing is."""
    return read_twiml(xml)[1]


def read_twiml(xml: str | bytes) -> tuple[ElementTree.Element | None, list[TwimlProblem]]:
    """The `Response` element (None if there is none) and everything that is wrong with it."""
    body = xml.encode() if isinstance(xml, str) else xml
    if len(body) > BODY_LIMIT_BYTES:
        return None, [error(f"the answer has {len(body)} bytes, 64 kB are allowed", code=TOO_LARGE)]
    if b"<!DOCTYPE" in body:
        return None, [error("a DOCTYPE has no place in TwiML", code=NOT_XML)]
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as broken:
        return None, [error(f"the answer is not XML: {broken}", code=NOT_XML)]
    if root.tag != "Response":
        return None, [error(f"the answer's root is {root.tag}, not Response")]
    return root, [*_element_problems(root, "VoiceResponse", "Response"), *_order_problems(root)]


def has_errors(problems: list[TwimlProblem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def text_of(element: ElementTree.Element) -> str:
    """The words of an element with those of its SSML children; `sub` is heard as its alias."""
    return " ".join("".join(_pieces(element)).split())


def pause_s(element: ElementTree.Element) -> float:
    """How long the `break` elements inside a `Say` keep silence, in seconds."""
    times = [pause.get("time", "0s") for pause in element.iter("break")]
    return sum(float(t[:-2]) / 1000 if t.endswith("ms") else float(t[:-1]) for t in times)


def _pieces(element: ElementTree.Element) -> Iterator[str]:
    if element.tag == "sub":
        yield element.get("alias", "")
    else:
        yield element.text or ""
        for child in element:
            yield " " if child.tag in {"break", "p", "s"} else ""
            yield from _pieces(child)
            yield " " if child.tag in {"p", "s"} else ""
            yield child.tail or ""


def _element_problems(element: ElementTree.Element, cls: str, where: str) -> Iterator[TwimlProblem]:
    rules = schema()["elements"][cls]
    for name, value in element.attrib.items():
        yield from _attribute_problems(rules, element.tag, name.replace(XML_NAMESPACE, "xml:"), value, where)
    yield from _text_problems(element, rules, where)
    for number, child in enumerate(element, start=1):
        inside = f"{where}/{child.tag}[{number}]"
        if child.tag in rules["children"]:
            yield from _element_problems(child, rules["children"][child.tag], inside)
        elif any(child.tag == known["tag"] for known in schema()["elements"].values()):
            yield error(f"{child.tag} may not stand inside {element.tag}", inside)
        else:
            yield error(f"there is no {child.tag} (names are case-sensitive)", inside)


def _attribute_problems(
    rules: dict[str, Any], tag: str, name: str, value: str, where: str
) -> Iterator[TwimlProblem]:
    kind = rules["attributes"].get(name)
    if kind is None:
        yield error(f"{tag} has no attribute {name}", where)
    elif not _has_kind(kind, value):
        yield error(f"{tag} {name}={value!r} is not of the kind {kind}", where)
    elif (tag, name) in RANGES:
        low, high = RANGES[tag, name]
        if int(value) < low or (high is not None and int(value) > high):
            yield error(f"{tag} {name}={value} is outside {low} to {high or 'any'}", where)
    elif (tag, name) == ("Gather", "finishOnKey") and not KEY.fullmatch(value):
        yield error(f"Gather finishOnKey={value!r} is not one key, nor empty", where)
    elif (tag, name) == ("break", "time") and not BREAK_TIME.fullmatch(value):
        yield error(f"break time={value!r} is not like 500ms or 1s", where)


def _has_kind(kind: str, value: str) -> bool:
    base, _, enum = kind.partition(":")
    match base:
        case "int":
            return value.isascii() and value.isdecimal()
        case "ints":
            return all(part.isascii() and part.isdecimal() for part in value.split())
        case "bool":
            return value in {"true", "false"}
        case "method":
            return value in {"GET", "POST"}
        case "url":
            return not re.search(r"\s", value)
        case "enum":
            return value in schema()["enums"][enum]
        case "enums":
            return bool(value) and set(value.split()) <= set(schema()["enums"][enum])
        case _:
            return True


def _text_problems(element: ElementTree.Element, rules: dict[str, Any], where: str) -> Iterator[TwimlProblem]:
    text = text_of(element)
    own_text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if own_text and not rules["text"]:
        yield error(f"{element.tag} holds loose text: {own_text[:40]!r}", where)
    if element.tag in TEXT_REQUIRED and not text:
        yield error(f"{element.tag} is empty", where)
    if element.tag == "Say" and len(text) > SAY_LIMIT_CHARACTERS:
        yield error(f"Say has {len(text)} characters, {SAY_LIMIT_CHARACTERS} are allowed", where)
    if element.tag == "Play" and not text and "digits" not in element.attrib:
        yield error("Play has neither a URL nor digits", where)
    if element.tag == "Redirect" and re.search(r"\s", own_text):
        yield error("Redirect's URL has spaces in it", where)
    if element.tag == "Number" and text and not DIALLED.fullmatch(text):
        yield error(f"Number {text!r} can't be dialled", where)
    if element.tag == "Dial" and len(element) == 0 and not DIALLED.fullmatch(text):
        yield error("Dial has nobody to call", where)


def _order_problems(root: ElementTree.Element) -> Iterator[TwimlProblem]:
    verbs = list(root)
    for number, verb in enumerate(verbs, start=1):
        where = f"Response/{verb.tag}[{number}]"
        last = number == len(verbs)
        if verb.tag == "Gather" and last:
            yield warning("nothing follows this Gather: a silent caller is cut off", where)
        if verb.tag == "Dial" and verb.get("action") and not last:
            yield warning("Dial has an action, so what follows it is never reached", where)
        if verb.tag in ENDS_THE_DOCUMENT and not last:
            yield warning(f"what follows {verb.tag} is never reached", where)
        if verb.tag == "Reject" and number > 1:
            yield error("Reject must be the first verb: the call is already answered", where)
