"""The brands, their services and the numbers that reach them.

A caller is known by the number that they dialled: it decides the brand, the service,
and whether the way in is the free one (``TG §4.2`` treats the two ways differently).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from telekarta.domain.rules import cited


class Brand(StrEnum):
    """Who issued the card. The value is the name used in commands, keys and URLs."""

    WHITE_PHONE = "white_phone"
    TELEGROSIK = "telegrosik"


NAMES: Mapping[Brand, str] = {Brand.WHITE_PHONE: "White Phone", Brand.TELEGROSIK: "Telegrosik"}


class Service(StrEnum):
    """What a dialled number offers."""

    WHITE_PHONE_CALL = "white_phone_call"
    TELEGROSIK_CALL = "telegrosik_call"
    TELEGROSIK_ACTIVATION = "telegrosik_activation"


class Access(StrEnum):
    """Who pays for the way in: nobody (800 numbers), or the caller at their own operator's price."""

    FREE = "free"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Line:
    """One number of ours, in E.164, and what is behind it."""

    number: str
    brand: Brand
    service: Service
    access: Access


_LINES = (
    # WP §1.2.3 and §1.2.12
    Line("+48800007744", Brand.WHITE_PHONE, Service.WHITE_PHONE_CALL, Access.FREE),
    Line("+48800450450", Brand.WHITE_PHONE, Service.WHITE_PHONE_CALL, Access.FREE),
    Line("+48222118066", Brand.WHITE_PHONE, Service.WHITE_PHONE_CALL, Access.LOCAL),
    # TG §2.3 and §2.13
    Line("+48800901900", Brand.TELEGROSIK, Service.TELEGROSIK_CALL, Access.FREE),
    Line("+48800909900", Brand.TELEGROSIK, Service.TELEGROSIK_CALL, Access.FREE),
    Line("+48223301900", Brand.TELEGROSIK, Service.TELEGROSIK_CALL, Access.LOCAL),
    # TG §2.2
    Line("+48800801919", Brand.TELEGROSIK, Service.TELEGROSIK_ACTIVATION, Access.FREE),
    Line("+48800901919", Brand.TELEGROSIK, Service.TELEGROSIK_ACTIVATION, Access.FREE),
    Line("+48322704889", Brand.TELEGROSIK, Service.TELEGROSIK_ACTIVATION, Access.LOCAL),
)

cited("WP §1.2.3", "WP §1.2.12", "WP §6.4", "TG §2.2", "TG §2.3", "TG §2.13")
LINES = {line.number: line for line in _LINES}

HELP_LINES = {
    Brand.WHITE_PHONE: "+48800007780",  # WP §8.1
    Brand.TELEGROSIK: "+48322704889",  # TG §8.1
}


@dataclass(frozen=True, slots=True)
class Company:
    """Who answers for a brand, as its terms name it. `email` takes applications and is "" where the terms
    know none, `complaints_email` takes complaints; `privacy` is its document about personal data, and
    `website` where that is published."""

    name: str
    address: str
    email: str
    complaints_email: str
    privacy: str
    website: str

    @property
    def reply_to(self) -> str:
        """Where an answer to an e-mail of ours is read by somebody."""
        return self.email or self.complaints_email


# WP §1.1, §7.2, §11.2, §14.5; TG §1.1, §9.1, §11.4
cited("WP §7.2.1", "WP §7.2.2")
COMPANIES: Mapping[Brand, Company] = {
    Brand.WHITE_PHONE: Company(
        "Telestrada S.A.",
        "al. Krakowska 22A, 02-284 Warszawa",
        "info@whitephone.pl",
        "info@whitephone.pl",
        "Kodeks przetwarzania danych osobowych, zgodnie z RODO, przez Telestrada S.A.",
        "www.telestrada.pl",
    ),
    Brand.TELEGROSIK: Company(
        "Galena Sp. z o.o.",
        "ul. Skierniewicka 34A/U01, 01-230 Warszawa",
        "",
        "reklamacje@telegrosik.pl",
        "Polityka Prywatności",
        "www.telegrosik.pl",
    ),
}
