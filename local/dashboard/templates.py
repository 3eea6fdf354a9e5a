"""The pages of the operators' consoles."""

from pathlib import Path

import jinja2

HERE = Path(__file__).parent / "page"

pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader([HERE, Path(__file__).parents[1] / "pages"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
