"""What a page weighs on its way to a cheap phone: the page and all that it loads, as it is and compressed."""

import gzip
import re
from urllib.parse import urljoin, urlsplit

import httpx

from tools.bench.figures import Figure

PAGES = ("/topup", "/refund", "/prices/white_phone", "/terms/white_phone", "/terms/telegrosik")
_LOADED = re.compile(r"(?:src|href)=\"([^\"]+\.(?:css|js|svg|png|woff2|ico)[^\"]*)\"")


def weights(base_url: str) -> list[Figure]:
    """Two figures a page. Raises httpx.HTTPStatusError for a page that is not there."""
    figures = []
    with httpx.Client(base_url=base_url, follow_redirects=True, trust_env=False) as visitor:
        for page in PAGES:
            answer = visitor.get(page).raise_for_status()
            found = _LOADED.findall(answer.text)
            addresses = {urljoin(str(answer.url), each) for each in found if not urlsplit(each).netloc}
            bodies = [answer.content, *(visitor.get(each).raise_for_status().content for each in addresses)]
            whole = sum(map(len, bodies))
            small = sum(len(gzip.compress(each)) for each in bodies)
            figures.append(Figure("weight of a page", page, whole / 1024, "KiB"))
            figures.append(Figure("weight of a page", f"{page}, compressed", small / 1024, "KiB"))
    return figures
