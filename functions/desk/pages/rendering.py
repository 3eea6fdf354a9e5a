"""Pages as CloudWatch shows them: HTML without scripts, or plain text in Markdown's clothes."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from desk.pages.page import Page
from telekarta.dialog.composer.written import written_money
from telekarta.dialog.language import Language
from telekarta.domain.calendar.deadlines import WARSAW


def as_html(page: Page, endpoint: str, *, dark: bool) -> str:
    """`endpoint` is this function's ARN, which the page's buttons call."""
    return _templates(endpoint).get_template(f"{page.name}.html").render(page=page, dark=dark)


def as_text(page: Page) -> str:
    return _templates("").get_template(f"{page.name}.txt").render(page=page).strip() + "\n"


@cache
def _templates(endpoint: str) -> Environment:
    templates = Environment(
        loader=PackageLoader("desk.pages"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"zl": _zl, "moment": _moment, "words": _words}
    templates.globals |= {"calls": partial(_call, endpoint), "in_console": partial(_in_console, endpoint)}
    return templates


def _zl(amount_grosze: int) -> str:
    return written_money(amount_grosze, Language.PL)


def _moment(at: datetime | str) -> str:
    """Polish time: the law's days are Polish days."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{moment.astimezone(WARSAW):%Y-%m-%d %H:%M}"


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def _in_console(endpoint: str, bucket: str, key: str) -> str:
    """Where S3's console shows the file, to who may read it; in the region of this function."""
    region = endpoint.split(":")[3]
    asked = urlencode({"region": region, "prefix": key})
    return f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?{asked}"


def _call(endpoint: str, event: Mapping[str, Any], confirmation: str = "") -> Markup:
    """What CloudWatch does when the element just before it is clicked: it calls us with the event."""
    asks = Markup(' confirmation="{}"').format(confirmation) if confirmation else Markup("")
    return Markup('<cwdb-action action="call" display="widget" endpoint="{}"{}>{}</cwdb-action>').format(
        endpoint, asks, json.dumps(event, ensure_ascii=False)
    )
