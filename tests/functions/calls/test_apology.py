"""The fallback document: what a caller hears when nothing else of ours works."""

import ast
import json
import sys
from pathlib import Path

from apology import entry
from local.network.twiml import check_twiml

EVENT = json.loads(Path("events/apology/fallback.json").read_text(encoding="utf-8"))


def test_the_apology_is_a_document_that_the_carrier_plays() -> None:
    answer = entry.handler(EVENT, None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"].startswith("text/xml")
    assert not check_twiml(answer["body"])
    assert "Przepraszamy" in answer["body"]
    assert "sorry" in answer["body"]


def test_an_empty_or_broken_request_hears_the_same() -> None:
    assert entry.handler({}, None) == entry.handler(EVENT, None)


def test_it_needs_no_database_and_nothing_else_of_ours() -> None:
    tree = ast.parse(Path(entry.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
