"""Words as they may be kept: what may be a PIN or a PUK is starred (WP §9.1, TG §10.1).

A code is 8 or 12 digits, and people write it in groups. Accounts and days are made of as many: an account is
known by its check digits, and a day by its signs between. What else could be a code is taken for one: better
a number too many starred than a code kept.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

from telekarta.domain.cards.terms import PUK_DIGITS, TELEGROSIK_PIN_DIGITS, WHITE_PHONE_PIN_DIGITS
from telekarta.domain.nrb import DIGITS as NRB_DIGITS
from telekarta.domain.nrb import is_nrb
from telekarta.domain.rules import rule

_CODE_DIGITS = frozenset({WHITE_PHONE_PIN_DIGITS, PUK_DIGITS, TELEGROSIK_PIN_DIGITS})
# As long as a card's number with a PIN behind it. Nothing that is needed here is so long, except an account.
_TOO_LONG_DIGITS = 14

# From where to where in the text.
Span = tuple[int, int]

# The groups of digits in which accounts are written, wherever they stand. In other ones an account must have
# nothing beside it, or a PIN before it could pass for its beginning.
_USUAL_GROUPS = {
    (26,),
    (2, 24),
    (2, 8, 16),
    (2, 8, 4, 4, 4, 4),
    (2, 4, 4, 4, 4, 4, 4),
    (10, 16),
}
_DIGIT, _GROUP = re.compile(r"\d"), re.compile(r"\d+")
_SET_ASIDE = "\x00"
_GAP = re.compile(r"[^\S\n]{1,2}|[^\S\n]?[-\u2010-\u2015][^\S\n]?|\.")
_LINE_BREAK = re.compile(r"[^\S\n]*\n[^\S\n]*")
_PL = re.compile(r"(?<![A-Za-z])PL[ -]?$", re.IGNORECASE)

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DAY_OF_YEAR = re.compile(
    rf"(?<!\d)(?:{_YEAR}(?P<iso>[-./]){_MONTH}(?P=iso){_DAY}"
    rf"|{_DAY}(?P<polish>[-./]){_MONTH}(?P=polish)(?:{_YEAR}|\d\d))(?!\d)"
)


@rule("WP §9.1", "TG §10.1")
def without_codes(text: str) -> str:
    """The text as it may be kept: what may be a PIN or a PUK is starred, valid accounts and days are not."""
    return _changed(text, _codes(_changed(text, _known(text), _SET_ASIDE)), "*")


@rule("WP §9.1", "TG §10.1")
def without_codes_and_accounts(title: str) -> str:
    """A transfer's title as it may be kept: nobody's account either, since the bank has it."""
    return without_codes(_changed(title, list(_accounts(title)), "*"))


def without_accounts_and_days(text: str) -> str:
    """The text with what is certainly no code starred: the place to look for codes."""
    return _changed(text, _known(text), "*")


def _changed(text: str, spans: list[Span], sign: str) -> str:
    """The text with this sign for each digit of the spans."""
    parts, end = [], 0
    for start, stop in sorted(spans):
        parts += [text[end:start], _DIGIT.sub(sign, text[start:stop])]
        end = stop
    return "".join([*parts, text[end:]])


def _known(text: str) -> list[Span]:
    accounts = list(_accounts(text))
    return [*accounts, *_days(_changed(text, accounts, _SET_ASIDE))]


def _runs(text: str) -> Iterator[list[Span]]:
    """Groups of digits that may be one number: nothing but a gap is between them."""
    run: list[Span] = []
    for found in _GROUP.finditer(text):
        group = found.span()
        if run and not _belong_together(text, run[-1], group):
            yield run
            run = []
        run.append(group)
    if run:
        yield run


def _belong_together(text: str, one: Span, other: Span) -> bool:
    gap = text[one[1] : other[0]]
    if _GAP.fullmatch(gap):
        return True
    # Programs break long lines, and people write one thing a line: only usual groups go on in the next.
    is_usual = _length(one) in (2, 4) and _length(other) == 4
    return is_usual and _LINE_BREAK.fullmatch(gap) is not None


def _length(group: Span) -> int:
    return group[1] - group[0]


def _pieces(run: list[Span], digits: int) -> Iterator[tuple[int, int]]:
    """From which group to before which one there are so many digits, in order."""
    before = list(accumulate(map(_length, run), initial=0))
    place = {so_far: at for at, so_far in enumerate(before)}
    return ((at, place[so_far + digits]) for at, so_far in enumerate(before) if so_far + digits in place)


def _accounts(text: str) -> Iterator[Span]:
    for run in _runs(text):
        free_from = 0
        for at, end in _pieces(run, NRB_DIGITS):
            if at >= free_from and _is_account(text, run, at, end):
                free_from = end
                yield run[at][0], run[end - 1][1]


def _is_account(text: str, run: list[Span], at: int, end: int) -> bool:
    lengths = tuple(map(_length, run[at:end]))
    is_alone = len(lengths) == len(run) and not _CODE_DIGITS & set(lengths)
    if not (is_alone or lengths in _USUAL_GROUPS or _PL.search(text, max(run[at][0] - 4, 0), run[at][0])):
        return False
    return is_nrb("".join(text[start:stop] for start, stop in run[at:end]))


def _days(text: str) -> Iterator[Span]:
    for found in _DAY_OF_YEAR.finditer(text):
        sign = found["iso"] or found["polish"]
        start, stop = found.span()
        goes_on = re.match(rf"\d\{sign}", text[max(start - 2, 0) : start])
        # A piece of something longer is no day.
        if not (goes_on or re.match(rf"\{sign}\d", text[stop : stop + 2])):
            yield start, stop


def _codes(text: str) -> list[Span]:
    """The groups that are a code, or a part of what may be one."""
    found: list[Span] = []
    for run in _runs(text):
        is_code = [_length(group) >= _TOO_LONG_DIGITS for group in run]
        for digits in _CODE_DIGITS:
            for at, end in _pieces(run, digits):
                is_code[at:end] = [True] * (end - at)
        found += [group for group, starred in zip(run, is_code, strict=True) if starred]
    return found
