"""A text message that orders money from a Lajt mobile card to a White Phone card (WP §4.1.4, §5).

People write "123456 20", "20zl 123 456" or "WP123456, kwota 20,-". A text is understood if there is exactly
one way to read it, as one card and one amount; every number in it must find its place. Anything else moves no
money and is answered with what was missing. Answers are Polish without Polish letters, so that each fits one
message of the GSM alphabet, and name no example card: it could be somebody's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from telekarta.domain.brands import HELP_LINES, Brand
from telekarta.domain.rules import cited, rule
from telekarta.domain.text import plain
from telekarta.domain.topups.terms import SMS_ORDER_LEAST_GROSZE


class Misunderstanding(StrEnum):
    """Why a text is no order that can be carried out."""

    NO_CARD = "no_card"
    SEVERAL_CARDS = "several_cards"
    NO_AMOUNT = "no_amount"
    SEVERAL_AMOUNTS = "several_amounts"
    AMOUNT_NOT_WHOLE = "amount_not_whole"
    AMOUNT_TOO_SMALL = "amount_too_small"
    OTHER_CURRENCY = "other_currency"
    UNCLEAR = "unclear"  # it can be read in more than one way


class OrderNews(StrEnum):
    """What becomes of an order that was understood."""

    ACCEPTED = "accepted"
    CARRIED_OUT = "carried_out"
    # One answer for a card that is nobody's and one that is somebody else's: texts find out no cards.
    NOT_YOUR_CARD = "not_your_card"
    NOT_LAJT = "not_lajt"
    NOT_ENOUGH_MONEY = "not_enough_money"
    CARD_TAKES_NO_MONEY = "card_takes_no_money"
    TRY_LATER = "try_later"


@rule("WP §5.2", "WP §5.3")
@dataclass(frozen=True, slots=True)
class Order:
    """So much for this card. ValueError: not 6 digits, not whole zlotys, or less than one."""

    card: str
    amount_grosze: int

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9]{6}", self.card):
            raise ValueError("a White Phone card has 6 digits")
        if self.amount_grosze < SMS_ORDER_LEAST_GROSZE or self.amount_grosze % 100:
            raise ValueError("an order is for whole zlotys, at least one")


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What the text lacks."""

    reason: Misunderstanding


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in the text, and what the words around make of it."""

    digits: str
    start: int
    end: int
    part: str = ""  # behind the comma
    is_money: bool = False
    is_pennies: bool = False
    is_labelled_card: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the text: a card, and the numbers that are left."""

    card: str
    is_whole: bool
    rest: tuple[_Number, ...]

    @property
    def is_complete(self) -> bool:
        """Whether what is left is one amount. Six digits are one only if the text calls them money."""
        return len(self.rest) == 1 and len(self.rest[0].digits) <= (6 if self.rest[0].is_money else 5)


_ZLOTYS = r"(?:ZL|ZLOTYCH|ZLOTE|ZLOTY|ZLOTOWEK|PLN)(?![A-Z])"
_NUMBER = re.compile(
    # A letter O, I or L in a lone group of six is a slip of the finger for 0 or 1.
    r"(?P<digits>(?<![0-9A-Z])(?=(?:[OIL]*[0-9]){4})[0-9OIL]{6}(?![0-9A-Z])|[0-9]+)"
    r"(?:[.,](?P<part>[0-9]{1,2})(?![0-9])(?![.,][0-9]))?"
    rf"(?P<money>[.,]-| ?{_ZLOTYS})?(?P<pennies> ?(?:GR|GROSZ[EY]?)(?![A-Z]))?"
)
_SLIPS = str.maketrans("OIL", "011")
_OTHER_MONEY = re.compile(r"(?<![A-Z])(?:EUR|EURO|USD|GBP|CHF)(?![A-Z])|[€$£]")
_MONEY_LABEL = re.compile(r"(?:KWOT[AEY]|SUM[AEY]) ?[.:=-]? ?$")
_CARD_LABEL = re.compile(r"(?:KART[AEY]|KARTE NR|KARTY NR|KARTA NR|WP|PHONE) ?[.:#=-]? ?$")
_GROUPS = {(3, 3), (2, 2, 2), (1,) * 6}


@rule("WP §5.2", "WP §5.3")
def read_order(text: str) -> Order | Misunderstood:
    """What a text orders, or what it lacks."""
    message = re.sub(" +", " ", plain(text))
    if _OTHER_MONEY.search(message):
        return Misunderstood(Misunderstanding.OTHER_CURRENCY)
    written = list(_numbers(message))
    numbers = [each for each in written if not each.is_pennies]
    has_pennies = any(each.is_pennies and int(each.digits) for each in written)
    readings = list(_readings(message, numbers))
    complete = {(each.card, each.rest[0]) for each in readings if each.is_complete}
    if len(complete) != 1:
        return Misunderstood(_what_is_wrong(readings, len(complete), has_pennies))
    card, amount = complete.pop()
    if int(amount.digits) == 0:
        return Misunderstood(Misunderstanding.AMOUNT_TOO_SMALL)
    if has_pennies or amount.part.strip("0"):
        return Misunderstood(Misunderstanding.AMOUNT_NOT_WHOLE)
    return Order(card, int(amount.digits) * 100)


def _numbers(message: str) -> Iterator[_Number]:
    for match in _NUMBER.finditer(message):
        digits, before = match["digits"].translate(_SLIPS), message[: match.start()]
        part = match["part"] or ""
        number = _Number(
            digits,
            match.start(),
            match.end("digits"),
            part,
            is_money=match["money"] is not None or _MONEY_LABEL.search(before) is not None,
            is_pennies=match["pennies"] is not None and match["money"] is None,
            is_labelled_card=_CARD_LABEL.search(before) is not None,
        )
        if part and len(digits) == 6:
            # "123456,20" is a card and an amount.
            yield _Number(digits, number.start, number.end, is_labelled_card=number.is_labelled_card)
            yield _Number(part, match.start("part"), match.end("part"), is_money=number.is_money)
        else:
            yield number


def _readings(message: str, numbers: Sequence[_Number]) -> Iterator[_Reading]:
    """Every way to read it.

    Six digits in one piece are preferred to pieces, and what is called a card to what is not.
    """
    whole = [
        _Reading(each.digits, True, tuple(other for other in numbers if other.digits != each.digits))
        for each in numbers
        if len(each.digits) == 6 and not each.is_money
    ]
    if whole:
        yield from whole
        return
    labelled = [at for at, each in enumerate(numbers) if each.is_labelled_card]
    for first in labelled or range(len(numbers)):
        for groups in _GROUPS:
            pieces = numbers[first : first + len(groups)]
            if tuple(len(each.digits) for each in pieces) == groups and _hang_together(message, pieces):
                rest = (*numbers[:first], *numbers[first + len(groups) :])
                yield _Reading("".join(each.digits for each in pieces), False, rest)


def _hang_together(message: str, pieces: Sequence[_Number]) -> bool:
    gaps = {message[one.end : other.start] for one, other in pairwise(pieces)}
    return gaps <= {" ", "-"} and not any(each.is_money or each.part for each in pieces)


def _what_is_wrong(readings: Sequence[_Reading], complete: int, has_pennies: bool) -> Misunderstanding:
    """Why there is not one complete reading."""
    if not readings:
        return Misunderstanding.NO_CARD
    if len({each.card for each in readings if each.is_whole}) > 1:
        return Misunderstanding.SEVERAL_CARDS
    if complete:
        return Misunderstanding.UNCLEAR
    if all(not each.rest for each in readings):
        return Misunderstanding.AMOUNT_NOT_WHOLE if has_pennies else Misunderstanding.NO_AMOUNT
    if any(len(each.rest) == 1 for each in readings):
        return Misunderstanding.UNCLEAR
    return Misunderstanding.SEVERAL_AMOUNTS


_HELP = HELP_LINES[Brand.WHITE_PHONE].removeprefix("+48")
_HOW = "Prosze napisac: numer karty (6 cyfr), odstep, kwota w pelnych zlotych."

cited("WP §5.2", "WP §5.3", "WP §5.4", "WP §5.5", "WP §4.1.4")
_REPLIES = {
    Misunderstanding.NO_CARD: f"Nie znalezlismy numeru karty White Phone. {_HOW}",
    Misunderstanding.SEVERAL_CARDS: "Znalezlismy kilka numerow kart. Jeden SMS zasila jedna karte. " + _HOW,
    Misunderstanding.NO_AMOUNT: f"Nie znalezlismy kwoty. {_HOW}",
    Misunderstanding.SEVERAL_AMOUNTS: f"Znalezlismy kilka liczb, ktore moga byc kwota. {_HOW}",
    Misunderstanding.AMOUNT_NOT_WHOLE: f"Kwota musi byc w pelnych zlotych, bez groszy. {_HOW}",
    Misunderstanding.AMOUNT_TOO_SMALL: f"Najmniejsza kwota to 1 zl. {_HOW}",
    Misunderstanding.OTHER_CURRENCY: f"Przyjmujemy tylko kwoty w zlotych. {_HOW}",
    Misunderstanding.UNCLEAR: f"Nie wiemy, co jest karta, a co kwota. {_HOW}",
    OrderNews.ACCEPTED: "Przyjelismy zlecenie: {zlotys} zl na karte White Phone {card}. "
    "Zasilimy ja w ciagu 48 godzin roboczych. Usluga jest bezplatna.",
    OrderNews.CARRIED_OUT: "Karta White Phone {card} zostala zasilona kwota {zlotys} zl. Dziekujemy.",
    OrderNews.NOT_YOUR_CARD: "Karta White Phone {card} nie jest przypisana do tego numeru, "
    "wiec nie mozemy jej zasilic. Pomoc: {help}.",
    OrderNews.NOT_LAJT: "Karte White Phone mozna zasilic SMS-em tylko z karty prepaid Lajt mobile. "
    "Pomoc: {help}.",
    OrderNews.NOT_ENOUGH_MONEY: "Na karcie Lajt mobile jest za malo srodkow, aby przelac {zlotys} zl "
    "na karte White Phone {card}.",
    OrderNews.CARD_TAKES_NO_MONEY: "Karty White Phone {card} nie mozna juz zasilic. "
    "Srodki zostaja na karcie Lajt mobile. Pomoc: {help}.",
    OrderNews.TRY_LATER: "Nie udalo sie teraz przyjac zlecenia. Srodki zostaja na karcie Lajt mobile. "
    "Prosze sprobowac pozniej. Pomoc: {help}.",
}


def how_to_write(misunderstood: Misunderstood) -> str:
    """The answer to a text that was not understood."""
    return _REPLIES[misunderstood.reason]


@rule("WP §5.4", "WP §5.5", "WP §4.1.4")
def news_of(order: Order, news: OrderNews) -> str:
    """The answer to an order that was understood."""
    return _REPLIES[news].format(card=order.card, zlotys=order.amount_grosze // 100, help=_HELP)
