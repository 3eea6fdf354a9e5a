"""One request in the browser that sent it: its cookie, its seals, and whether a form is our own."""

import ipaddress
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from telekarta.dialog.language import Language
from telekarta.usecases.attempts import Allowance, AttemptStore
from web import rendering, visit_seals
from web.wire import Reply, Request

KEPT_S = 30 * 60
# Tries that came to nothing, an hour: a wing's families may share an address, a guesser shall not get far.
OF_AN_ADDRESS = Allowance("address", 10)
_NAME_SIGNS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(
    rf"(?=.{{1,64}}@){_NAME_SIGNS}(?:\.{_NAME_SIGNS})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{{2,24}}"
)
_EMAIL_AT_MOST = 100
_GAPS = re.compile(r"[\s\u00a0\u202f.-]+")


class House(Protocol):
    """What all pages have. `secret` seals the answers, each function's with its own; `providers` are the
    addresses that a payer may be sent on to."""

    @property
    def base_url(self) -> str: ...

    @property
    def providers(self) -> Sequence[str]: ...

    @property
    def secret(self) -> Callable[[], bytes]: ...

    @property
    def attempts(self) -> AttemptStore: ...


Parts = TypeVar("Parts", bound=House)


@dataclass(frozen=True, slots=True)
class Exchange(Generic[Parts]):
    parts: Parts
    request: Request
    now: datetime
    browser: str
    is_new: bool

    def seal(self, content: bytes, purpose: str = "") -> str:
        """What is sealed for one purpose opens for no other."""
        nonce = secrets.token_bytes(16)
        return visit_seals.seal(self.parts.secret(), self.browser + purpose, content, nonce, self.now)

    def unseal(self, token: str, purpose: str = "") -> tuple[bytes, bool] | None:
        """What was answered, and whether it is too old; None if it was never ours or another browser's."""
        opened = visit_seals.unseal(self.parts.secret(), self.browser + purpose, token, self.now)
        return None if opened is None else (opened.content, opened.age_s > KEPT_S)

    def digest(self, *parts: str) -> str:
        """What a counter of tries may know."""
        return visit_seals.digest(self.parts.secret(), *parts)

    @property
    def client(self) -> str:
        """Who tries, as a counter may know it."""
        return self.digest("address", network_of(self.request.source_ip))

    def page(self, status: int, body: str, *metrics: str) -> Reply:
        return Reply(status, body, rendering.headers(self.parts) | self._cookie(), metrics)

    def go(self, address: str, *metrics: str) -> Reply:
        where = {"location": address}
        return Reply(303, "", rendering.headers(self.parts) | self._cookie() | where, metrics)

    def not_found(self) -> Reply:
        return trouble(self.parts, "not_found", 404, language_of(self.request), self.home)

    @property
    def home(self) -> str:
        """Where the pages of this kind begin; prices and terms are read by who tops up."""
        return "/refund" if self.request.path.startswith("/refund") else "/topup"

    def _cookie(self) -> dict[str, str]:
        if not self.is_new:
            return {}
        secure = "; Secure" if self.parts.base_url.startswith("https:") else ""
        crumb = f"{cookie_name(self.parts)}={self.browser}; Path=/; HttpOnly; SameSite=Lax{secure}"
        return {"set-cookie": crumb}


def begin(parts: Parts, request: Request, now: datetime) -> Exchange[Parts]:
    known = request.cookies.get(cookie_name(parts), "")
    is_known = bool(re.fullmatch(r"[0-9a-f]{32}", known))
    return Exchange(parts, request, now, known if is_known else secrets.token_hex(16), not is_known)


def cookie_name(parts: House) -> str:
    """A browser takes the prefix only with Secure, which plain http on loopback can't have."""
    return "__Host-visit" if parts.base_url.startswith("https:") else "visit"


def trouble(
    parts: House, name: str, status: int, language: Language = Language.PL, home: str = "/topup"
) -> Reply:
    """A page that says what is wrong; `name` begins the names of its words."""
    return Reply(status, rendering.message(name, language, home), rendering.headers(parts))


def is_own_form(parts: House, request: Request) -> bool:
    """Browsers tell where a form was; what tells nothing still needs a seal made for its cookie."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    ours = urlsplit(parts.base_url)
    return site in {"same-origin", "none"} and origin in {None, f"{ours.scheme}://{ours.netloc}"}


def language_of(request: Request, otherwise: str = "pl") -> Language:
    asked = request.query.get("lang", "")
    return Language(asked) if asked in set(Language) else Language(otherwise)


def network_of(address: str) -> str:
    """One subscriber of IPv6 has a /64 of addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def plain_digits(typed: str) -> str | None:
    """The digits of a number as people write it, with blanks, dots or hyphens; None if there is more."""
    bare = _GAPS.sub("", typed)
    return bare if not bare or (bare.isascii() and bare.isdecimal()) else None


def printable(text: str) -> str:
    """One line of what was typed, without signs that have no shape: they are slips, or no good."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def is_email(text: str) -> bool:
    return len(text) <= _EMAIL_AT_MOST and bool(_EMAIL.fullmatch(text))
