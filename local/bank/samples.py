"""Statements as a bank would write them today, about the demo card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

ACCOUNT = "75109000046599000000001010"  # WP §4.1.1
OPENING_GROSZE = 1_250_000


@dataclass(frozen=True, slots=True)
class Booking:
    title: str
    grosze: int  # below zero for money that left
    sender: str
    number: int  # of the booking within the day


def bookings(card: str) -> tuple[Booking, ...]:
    """A day: what can be credited, what only a person can decide, and a fee."""
    return (
        Booking(f"Doladowanie karty {card}", 2000, "ANNA WISNIEWSKA", 1),
        Booking(f"nr karty:{card[:3]} {card[3:]} tel 600 700 800", 3000, "ZOFIA ZOLC", 2),
        Booking("dla syna na telefon", 5000, "JAN KOWALSKI", 3),
        Booking("karta 999999", 1000, "EWA NOWAK", 4),
        Booking("OPLATA ZA RACHUNEK", -250, "BANK", 5),
    )


def mt940(day: date, told: tuple[Booking, ...], marker: str) -> bytes:
    """`marker` makes the bank's references those of one day only."""
    closing = OPENING_GROSZE + sum(each.grosze for each in told)
    number = day.timetuple().tm_yday
    lines = [":20:MT940", f":25:PL{ACCOUNT}", f":28C:{number}", f":60F:{_balance(day, OPENING_GROSZE)}"]
    for each in told:
        sign = "C" if each.grosze > 0 else "D"
        amount = _decimal(abs(each.grosze))
        lines.append(f":61:{day:%y%m%d}{day:%m%d}{sign}{amount}NTRFNONREF//{marker}{each.number:03}")
        lines.append(f":86:020~00240~20{each.title}~32{each.sender}")
    lines += [f":62F:{_balance(day, closing)}", "-"]
    return ("\r\n".join(lines) + "\r\n").encode("cp1250")


def _decimal(grosze: int) -> str:
    return f"{grosze // 100},{grosze % 100:02}"


def _balance(day: date, grosze: int) -> str:
    return f"C{day:%y%m%d}PLN{_decimal(grosze)}"


def _day(day: date, card: str) -> bytes:
    return mt940(day, bookings(card), f"{day:%Y%m%d}")


def _part(day: date, card: str) -> bytes:
    return mt940(day, bookings(card)[1:4], f"{day:%Y%m%d}")


def _broken_off(day: date, card: str) -> bytes:
    return _day(day, card).rpartition(b":62F:")[0]


def _pdf(_day: date, _card: str) -> bytes:
    return b"%PDF-1.7\n"


# file's name: what it is, and who writes it
SAMPLES: Mapping[str, tuple[str, Callable[[date, str], bytes]]] = {
    "dzien.sta": ("today's statement: credits, and transfers that wait for a person", _day),
    "czesc.sta": ("a part of the same day once more: nothing is credited twice", _part),
    "uciety.sta": ("the same, broken off: nothing is credited, and the report says why", _broken_off),
    "wyciag.pdf": ("a PDF: the report says what is wanted", _pdf),
}
