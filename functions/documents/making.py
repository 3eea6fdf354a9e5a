"""One letter in three forms: the same words for eyes, for weak eyes, and for machines that read aloud."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from telekarta.domain.mail.letters import Block, Bullets, Paragraph, Sums, blocks
from telekarta.domain.rules import rule

_TEMPLATE = Path(__file__).parent / "letter.typ"
# ISO 14289-1: tagged, with its language, its title and its reading order.
_STANDARD: Final = "ua-1"
# What the typesetter's own font has. A letter must come out whatever a customer has typed, and PDF/UA allows
# no character without a shape.
_SHAPELESS = re.compile(
    "[^\n -~\xa0-\xac\xae-\u017f\u0400-\u045f\u0490\u0491\u2013\u2014\u2018-\u201e\u2026\u20ac]"
)
_KINDS: Mapping[type[Block], str] = {Paragraph: "paragraph", Bullets: "bullets", Sums: "sums"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `to` are the lines of the address, none for an e-mail's attachment."""

    id: str
    sender: str
    place_and_date: str
    to: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    content_type: str
    content: bytes


@rule("WP §15.2", "WP §15.4")
def documents(letter: Letter) -> tuple[Document, ...]:
    """The letter as a PDF, as one in large print, and as text. The same letter makes the same documents."""
    return (
        Document("letter.pdf", "application/pdf", _pdf(letter, "normal")),
        Document("letter-large.pdf", "application/pdf", _pdf(letter, "large")),
        Document("letter.txt", "text/plain; charset=utf-8", _text(letter).encode()),
    )


def _pdf(letter: Letter, size: str) -> bytes:
    import typst  # noqa: PLC0415 - the heaviest package, and only this needs it

    made: bytes = typst.compile(
        str(_TEMPLATE),
        format="pdf",
        pdf_standards=[_STANDARD],
        timestamp=0,
        sys_inputs={
            "letter": json.dumps(_shaped(_data(letter)), ensure_ascii=False),
            "print": size,
        },
    )
    return made


def _data(letter: Letter) -> dict[str, Any]:
    set_blocks = [{"kind": _KINDS[type(block)], **asdict(block)} for block in blocks(letter.body)]
    return {**asdict(letter), "blocks": set_blocks}


def _shaped(told: Any) -> Any:
    """The same, with every sign of every text one that can be set. JSON would hide some of them."""
    match told:
        case str():
            return _SHAPELESS.sub("?", told)
        case Mapping():
            return {name: _shaped(value) for name, value in told.items()}
        case list() | tuple():
            return [_shaped(value) for value in told]
        case _:
            return told


def _text(letter: Letter) -> str:
    head = [letter.place_and_date, "\n".join(letter.to), letter.subject.upper()]
    return "\n\n".join([*(each for each in head if each), letter.body.strip()]) + "\n"
