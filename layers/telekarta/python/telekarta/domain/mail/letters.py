"""A letter's text as the blocks that a reader sees: paragraphs, lists and sums.

The text is the letter; a document only sets it. So what a screen reader says of the PDF, what is printed in
large type and what is sent as plain text can't differ.

    - one            a list
    - two
      Fee: 20,00 zł (§ 7 ust. 6.1 Regulaminu)        sums: two blanks before a line of it,
    = To be paid: 30,00 zł                           an equals sign before a sum
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from telekarta.domain.rules import rule

_ROW = re.compile(r"(?P<mark>=|\s) (?P<text>.+): (?P<amount>[^:()]+?)(?: \((?P<clause>.+)\))?")


@dataclass(frozen=True, slots=True)
class Paragraph:
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    amount: str
    clause: str
    is_sum: bool


@dataclass(frozen=True, slots=True)
class Sums:
    rows: tuple[Row, ...]


Block = Paragraph | Bullets | Sums


@rule("WP §15.2", "WP §15.4")
def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text, in order; blank lines part them."""
    return tuple(_block(tuple(lines)) for lines in _parted(text))


def _parted(text: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip():
            lines.append(line)
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _block(lines: tuple[str, ...]) -> Block:
    if all(line.startswith("- ") for line in lines):
        return Bullets(tuple(line[2:].strip() for line in lines))
    found = [_ROW.fullmatch(line) for line in lines]
    rows = tuple(
        Row(each["text"].strip(), each["amount"], each["clause"] or "", each["mark"] == "=")
        for each in found
        if each
    )
    if len(rows) == len(lines):
        return Sums(rows)
    return Paragraph(tuple(line.strip() for line in lines))
