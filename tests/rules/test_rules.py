"""Rules can be traced: from the clause to the code that does it and the tests that prove it, and back."""

import json

import pytest

from tools import rules_table
from tools.rules_table import (
    Citation,
    Clause,
    Document,
    NotLiteralError,
    Part,
    citation_problems,
    citations_in_code,
    citations_in_tests,
    citations_in_workflow,
    parse_register,
    read_code_citations,
    read_test_citations,
    render,
)


@pytest.fixture(scope="module")
def register():
    return parse_register(rules_table.REGISTER.read_text("utf-8"))


def test_every_coded_rule_has_code_and_a_test_and_every_citation_a_clause(register):
    problems = citation_problems(register, read_code_citations(), read_test_citations())
    assert not problems, "\n" + "\n".join(problems)


def test_the_table_is_current(register):
    rendered = render(register, read_code_citations(), read_test_citations())
    assert rules_table.TABLE.read_text("utf-8") == rendered, "write it anew: python -m tools.rules_table"


# --- and would the checks see it? -------------------------------------------------------------------------

CALLS = "telekarta/domain/calls/charging.py"
TEST = "tests/domain/test_calls.py"


def made_up(*clauses):
    return (Document("WP", "made up", (Part("§1 Calls", clauses),)),)


CODED = Clause("WP §1.1", "Calls cost money.", "coded")
PLANNED = Clause("WP §1.2", "Money comes back.", "planned", capability="refunds")
PARTLY = Clause("WP §1.3", "Cards expire, and are renewed.", "coded", capability="cards")
TOLD = Clause("WP §1.4", "Who we are.", "content")


@pytest.mark.parametrize(
    ("clause", "code", "tests", "problems"),
    [
        (CODED, [CALLS], [TEST], []),
        (PARTLY, [CALLS], [TEST], []),
        (PLANNED, [], [], []),
        (TOLD, [], [TEST], []),
        (CODED, [], [], ["WP §1.1: coded, but neither code nor a test cites it"]),
        (PARTLY, [], [], ["WP §1.3: coded, but neither code nor a test cites it"]),
        (CODED, [], [TEST], [f"WP §1.1: coded, but no code cites it (tests: {TEST})"]),
        (CODED, [CALLS], [], [f"WP §1.1: coded, but no test cites it (code: {CALLS})"]),
        (PLANNED, [CALLS], [TEST], [f"WP §1.2: planned, but cited in {CALLS}: is it coded?"]),
        (TOLD, [CALLS], [], [f"WP §1.4: content, but cited in {CALLS}: is it coded?"]),
    ],
)
def test_status_and_citations_must_agree(clause, code, tests, problems):
    assert problems == citation_problems(
        made_up(clause),
        code=[Citation(clause.id, path) for path in code],
        tests=[Citation(clause.id, path) for path in tests],
    )


def test_an_unknown_clause_is_named_with_every_kind_of_file_that_cites_it():
    unknown_in_code = [Citation("WP §9.9", CALLS), Citation("WP §9.9", CALLS)]
    unknown_in_tests = [Citation("WP §9.9", TEST), Citation("WP §8.8", TEST)]
    assert citation_problems(made_up(TOLD), unknown_in_code, unknown_in_tests) == [
        f"WP §8.8: no such clause, cited in {TEST}",
        f"WP §9.9: no such clause, cited in {CALLS}, {TEST}",
    ]


def test_code_cites_by_rule_and_cited():
    source = """
from telekarta.domain import rules
from telekarta.domain.rules import cited, rule

cited("WP §2.6")
FACE_VALUES = (300,)

@rule("WP §6.3", "TG §6.5")
def price(): ...

@rules.rule("WP §1.2.9")
class Card:
    @rule("WP §4.4")
    def expired(self): ...

register.rule("WP §9.9")
"""
    assert citations_in_code(source, CALLS) == [
        Citation(clause, CALLS) for clause in ("WP §2.6", "WP §6.3", "TG §6.5", "WP §1.2.9", "WP §4.4")
    ]


def test_tests_cite_by_mark_on_functions_modules_and_single_cases():
    source = """
import pytest
from pytest import mark

pytestmark = pytest.mark.rule("WP §3.1")

@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize("seconds", [pytest.param(1, marks=mark.rule("WP §3.5"))])
def test_price(seconds): ...

@pytest.mark.emulator
def test_other(): ...
"""
    assert sorted(citation.clause for citation in citations_in_tests(source, TEST)) == [
        "TG §6.5",
        "WP §3.1",
        "WP §3.5",
        "WP §6.3",
    ]


@pytest.mark.parametrize("argument", ["CLAUSE", "f'WP §{n}'", "*CLAUSES", "clauses=('WP §6.3',)", "63"])
def test_a_citation_that_is_not_a_plain_string_is_refused_with_its_place(argument):
    with pytest.raises(NotLiteralError, match=f"{CALLS}:2"):
        citations_in_code(f"\n@rule({argument})\ndef price(): ...", CALLS)
    with pytest.raises(NotLiteralError, match=f"{TEST}:2"):
        citations_in_tests(f"\n@pytest.mark.rule({argument})\ndef test_price(): ...", TEST)


def test_workflows_cite_in_their_comments():
    workflow = {
        "Comment": "A refund, as in WP §7.10.",
        "States": {
            "Fee": {"Comment": "WP §7.6.1, WP §7.6.2"},
            "Answer": {"Choices": [{"Comment": "(TG §9.10.a)"}]},
        },
    }
    for escaped in (True, False):
        found = citations_in_workflow(
            json.dumps(workflow, ensure_ascii=escaped), "statemachines/refund.asl.json"
        )
        assert [citation.clause for citation in found] == ["WP §7.10", "WP §7.6.1", "WP §7.6.2", "TG §9.10.a"]


def test_the_project_is_read_room_by_room(tmp_path):
    for path, text in {
        "layers/telekarta/python/telekarta/domain/calls/charging.py": '@rule("WP §1.1")\ndef price(): ...',
        "layers/dependencies/python/other.py": '@rule("not ours")\ndef other(): ...',
        "functions/voice/app.py": 'cited("WP §1.2")',
        "statemachines/refund.asl.json": '{"Comment": "WP §1.3"}',
        "tests/domain/test_calls.py": '@pytest.mark.rule("WP §1.1")\ndef test_price(): ...',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")

    assert read_code_citations(tmp_path) == [
        Citation("WP §1.1", "layers/telekarta/python/telekarta/domain/calls/charging.py"),
        Citation("WP §1.2", "functions/voice/app.py"),
        Citation("WP §1.3", "statemachines/refund.asl.json"),
    ]
    assert read_test_citations(tmp_path) == [Citation("WP §1.1", "tests/domain/test_calls.py")]


def test_the_table_says_where_each_clause_lives():
    clauses = (CODED, PLANNED, PARTLY, Clause("WP §1.5", "A | B", "not_ours", because="the carrier does it"))
    code = [
        Citation("WP §1.1", f"layers/telekarta/python/{CALLS}"),
        Citation("WP §1.1", "functions/voice/app.py"),
    ]
    page = render(made_up(*clauses), code, [Citation("WP §1.1", TEST)])

    assert page.endswith(
        "## WP: made up\n\n### §1 Calls\n\n"
        "| clause | says | status | code | tests |\n"
        "|---|---|---|---|---|\n"
        f"| WP §1.1 | Calls cost money. | coded | `functions/voice/app.py`<br>`{CALLS}` | `{TEST}` |\n"
        "| WP §1.2 | Money comes back. | with refunds |  |  |\n"
        "| WP §1.3 | Cards expire, and are renewed. | coded, the rest with cards |  |  |\n"
        "| WP §1.5 | A \\| B | not ours: the carrier does it |  |  |\n"
    )
    assert "| WP | 2 | 1 | 0 | 0 | 1 | 4 |" in page


def test_running_it_writes_the_table_and_names_what_does_not_fit(tmp_path, monkeypatch, capsys):
    register = tmp_path / "rules.yaml"
    register.write_text(
        'documents: [{name: WP, title: made up, parts: [{heading: "§1", clauses: [\n'
        "  {id: WP §1.1, status: coded, gist: Calls cost money.},\n"
        "  {id: WP §1.3, status: content, gist: Us.}]}]}]",
        "utf-8",
    )
    monkeypatch.setattr(rules_table, "REGISTER", register)
    monkeypatch.setattr(rules_table, "TABLE", tmp_path / "rules.md")
    monkeypatch.setattr(rules_table, "read_code_citations", lambda: [Citation("WP §1.1", CALLS)])
    monkeypatch.setattr(rules_table, "read_test_citations", list)

    assert rules_table.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "WP §1.3: expected 2 at this place of WP §1",
        f"WP §1.1: coded, but no test cites it (code: {CALLS})",
    ]
    assert "Calls cost money." in (tmp_path / "rules.md").read_text("utf-8")
