"""What every page has: its frame, its style, and what it says to the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import jinja2

from telekarta.dialog.composer.written import written_telephone
from telekarta.dialog.language import Language
from telekarta.domain.brands import HELP_LINES, NAMES
from web.words import words

BRANDS = {brand.value: name for brand, name in NAMES.items()}
_HERE = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Static:
    text: str
    content_type: str


def _static() -> dict[str, Static]:
    """Each file under a name that changes with it, so that a browser may keep it for good."""
    found = {}
    for path in sorted((_HERE / "static").iterdir()):
        if path.suffix in _TYPES:
            text = path.read_text(encoding="utf-8")
            mark = sha256(text.encode()).hexdigest()[:12]
            found[f"/topup/static/{path.stem}-{mark}{path.suffix}"] = Static(text, _TYPES[path.suffix])
    return found


STATIC = _static()
_CSS = next(path for path in STATIC if path.endswith(".css"))
_JS = next(path for path in STATIC if path.endswith(".js"))


class Addresses(Protocol):
    @property
    def base_url(self) -> str: ...

    @property
    def providers(self) -> Sequence[str]: ...


def headers(of: Addresses) -> dict[str, str]:
    """What every page says to its browser.

    The provider's page is reached by a redirect after a form, which `form-action` covers too. A referrer
    goes to ourselves only; with none at all a browser would not tell us where our own form was either.
    """
    said = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; form-action 'self'{''.join(_form_targets(of))}; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "cross-origin-opener-policy": "same-origin",
    }
    if of.base_url.startswith("https:"):
        said["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return said


def _form_targets(of: Addresses) -> list[str]:
    """The providers' hosts, and their sisters: a provider may send on within its own house."""
    targets = []
    for address in of.providers:
        parts = urlsplit(address)
        if not of.base_url.startswith(f"{parts.scheme}://{parts.netloc}"):
            house = ".".join(parts.netloc.split(".")[-2:])
            targets.append(f" {parts.scheme}://{parts.netloc} {parts.scheme}://*.{house}")
    return targets


def static_headers(of: Addresses, static: Static) -> dict[str, str]:
    kept = {"content-type": static.content_type, "cache-control": "public, max-age=31536000, immutable"}
    return headers(of) | kept


def render(template: str, language: Language, other_address: str, **values: object) -> str:
    """The page. `home` is where its kind of pages begins; `other_address` shows it in the other language."""
    shared: dict[str, object] = {
        "home": "/topup",
        "t": words(language),
        "language": language.value,
        "other": other(language),
        "other_address": other_address,
        "brands": BRANDS,
        "help": {
            brand.value: {"number": number, "shown": written_telephone(number)}
            for brand, number in HELP_LINES.items()
        },
        "css": _CSS,
        "js": _JS,
        "errors": {},
        "large": False,
    }
    return _templates.get_template(template).render(shared | values)


def other(language: Language) -> str:
    return (Language.EN if language is Language.PL else Language.PL).value


def message(name: str, language: Language, home: str) -> str:
    t = words(language)
    address = f"{home}?lang={other(language)}"
    return render("message.html", language, address, home=home, title=t[f"{name}_title"], text=t[name])
