"""The register lists what the sources number: no clause more, none less, each with what its status needs."""

import pytest
import yaml

from telekarta.domain.rules import is_clause
from tools.rules_table import (
    REGISTER,
    Clause,
    Document,
    Part,
    clauses_of,
    entry_problems,
    numbering_problems,
    parse_register,
)

# Read from the documents, independently of the register: the items of each paragraph and, for those that
# have them, how many sub-items follow. The Telegrosik definitions begin at item 2, and so do we.
WHITE_PHONE = {
    1: (range(1, 5), {2: 19}),
    2: (range(1, 13), {4: 3}),
    3: (range(1, 11), {6: 2}),
    4: (range(1, 10), {1: 5, 6: 2}),
    5: (range(1, 6), {}),
    6: (range(1, 6), {}),
    7: (range(1, 11), {2: 3, 3: 6, 6: 2, 7: 3}),
    8: (range(1, 4), {}),
    9: (range(1, 6), {}),
    10: (range(1, 11), {}),
    11: (range(1, 22), {3: 6, 13: 6}),
    12: (range(1, 7), {4: 2}),
    13: (range(1, 5), {4: 4}),
    14: (range(1, 6), {}),
    15: (range(1, 5), {}),
    16: (range(1, 6), {}),
}
TELEGROSIK = {
    1: (range(1, 2), {}),
    2: (range(2, 23), {}),
    3: (range(1, 11), {}),
    4: (range(1, 6), {1: "abc"}),
    5: (range(1, 5), {2: "abc"}),
    6: (range(1, 13), {11: "ab"}),
    7: (range(1, 8), {5: "abc"}),
    8: (range(1, 3), {}),
    9: (range(1, 20), {2: "abcdefg", 10: "abcdef"}),
    10: (range(1, 8), {}),
    11: (range(1, 6), {2: "ab"}),
}

# Documents without numbers of their own: each heading, and how many lines or bullets stand below it.
HEADINGS = {
    "TK": {
        "on-demand": 4,
        "on-demand cost": 0,
        "on-demand inviting": 0,
        "on-demand reuse": 0,
        "moderated": 7,
        "moderated dialling in": 0,
    },
    "VT": {"notice": 0, "registering": 0, "receiving": 3, "price": 2, "information": 0},
    "VC": {
        "new app": 4,
        "what is happening": 2,
        "setup": 6,
        "setup help": 0,
        "several devices": 6,
        "example": 7,
        "several videophones": 8,
        "several videophones note": 0,
        "what to expect": 5,
        "group calls": 4,
        "group calls outgoing": 0,
        "group calls asking": 0,
        "faq link": 2,
        "faq recovery": 7,
        "faq recovery single": 6,
        "faq recovery needed": 0,
        "faq no videophone": 0,
        "faq ipad": 0,
        "faq not ringing": 2,
        "faq speaker": 2,
    },
}
# Their steps, which have numbers, and lines below a numbered line.
STEPS = {
    "TK": [
        *("step 1", "step 1.1", "step 1.2", "step 2", "step 3", "step 4", "step 4.1", "step 4.2", "step 4.3"),
        *("moderated 2.1", "moderated 2.2"),
    ],
    "VT": ["step 1", "step 1.1", "step 1.2", "step 1.3", "step 1.4", "step 2", "step 3"],
    "VC": ["important 1", "important 2", "important 3", "ios 1", "ios 2", "ios 3", "ios 3.1", "ios 3.2"],
}


def numbered(name, paragraphs):
    for paragraph, (items, below) in paragraphs.items():
        for item in items:
            yield f"{name} §{paragraph}.{item}"
            points = below.get(item, "")
            points = range(1, points + 1) if isinstance(points, int) else points
            yield from (f"{name} §{paragraph}.{item}.{point}" for point in points)


def headed(name):
    for heading, lines in HEADINGS[name].items():
        yield f"{name} {heading}"
        yield from (f"{name} {heading} {line}" for line in range(1, lines + 1))
    yield from (f"{name} {step}" for step in STEPS[name])


@pytest.fixture(scope="module")
def register():
    return parse_register(REGISTER.read_text("utf-8"))


@pytest.mark.parametrize(("name", "paragraphs"), [("WP", WHITE_PHONE), ("TG", TELEGROSIK)])
def test_the_terms_of_service_are_listed_clause_by_clause(register, name, paragraphs):
    listed = [clause.id for clause in clauses_of(register) if clause.id.startswith(f"{name} ")]
    assert listed == list(numbered(name, paragraphs))


@pytest.mark.parametrize("name", ["TK", "VT", "VC"])
def test_documents_without_numbers_are_listed_line_by_line(register, name):
    listed = [clause.id for clause in clauses_of(register) if clause.id.startswith(f"{name} ")]
    assert sorted(listed) == sorted(headed(name))


def test_every_entry_is_whole_and_counts_on_from_the_one_before(register):
    assert entry_problems(register) == []
    assert numbering_problems(clause.id for clause in clauses_of(register)) == []


def test_every_id_can_be_cited(register):
    assert [clause.id for clause in clauses_of(register) if not is_clause(clause.id)] == []


# --- and would the checks see it? -------------------------------------------------------------------------


def wp(*clauses):
    return (Document("WP", "made up", (Part("§1", clauses),)),)


@pytest.mark.parametrize(
    ("clause", "problem"),
    [
        (Clause("WP §1.1", "Says it.", "done"), "WP §1.1: unknown status 'done'"),
        (Clause("WP §1.1", "", "coded"), "WP §1.1: says nothing"),
        (
            Clause("WP §1.1", "Says it.", "planned"),
            "WP §1.1: planned, but not with which capability (`with`)",
        ),
        (
            Clause("WP §1.1", "Says it.", "planned", capability="someday"),
            "WP §1.1: unknown capability 'someday'",
        ),
        (
            Clause("WP §1.1", "Says it.", "content", capability="video"),
            "WP §1.1: content, yet `with` names a capability",
        ),
        (
            Clause("WP §1.1", "Says it.", "not_ours"),
            "WP §1.1: `because` belongs to not_ours, and not_ours needs it",
        ),
        (
            Clause("WP §1.1", "Says it.", "coded", because="no"),
            "WP §1.1: `because` belongs to not_ours, and not_ours needs it",
        ),
        (Clause("TG §1.1", "Says it.", "coded"), "TG §1.1: listed under WP"),
    ],
)
def test_an_entry_that_is_not_whole_is_named(clause, problem):
    assert entry_problems(wp(clause)) == [problem]


def test_whole_entries_pass():
    assert not entry_problems(
        wp(
            Clause("WP §1.1", "Says it.", "coded"),
            Clause("WP §1.2", "Says it.", "coded", capability="cards"),
            Clause("WP §1.3", "Says it.", "planned", capability="video"),
            Clause("WP §1.4", "Says it.", "not_ours", because="the carrier does it"),
        )
    )


def test_an_id_listed_twice_is_named():
    twice = Clause("WP §1.1", "Says it.", "coded")
    assert entry_problems(wp(twice, twice)) == ["WP §1.1: listed 2 times"]


@pytest.mark.parametrize(
    ("ids", "problems"),
    [
        (["WP §1.1", "WP §1.2", "WP §1.2.1", "WP §1.2.2", "WP §1.3", "WP §2.1"], []),
        (["TG §4.1", "TG §4.1.a", "TG §4.1.b", "TG §4.2"], []),
        (["TK on-demand", "TK on-demand 1", "TK on-demand 2", "TK step 1", "TK step 1.1", "TK step 2"], []),
        (["TG §2.2", "TG §2.3"], []),
        (["WP §1.1", "WP §1.3"], ["WP §1.3: expected 2 at this place of WP §1"]),
        (["TG §4.1", "TG §4.1.b"], ["TG §4.1.b: expected a at this place of TG §4.1"]),
        (["TG §2.1"], ["TG §2.1: expected 2 at this place of TG §2"]),
        (["VC setup 2"], ["VC setup 2: expected 1 at this place of VC setup"]),
    ],
)
def test_a_gap_in_the_numbering_is_named(ids, problems):
    assert numbering_problems(ids) == problems


def test_an_unknown_or_missing_field_is_refused():
    def text(**entry):
        part = {"heading": "§1", "clauses": [entry]}
        return yaml.safe_dump({"documents": [{"name": "WP", "title": "made up", "parts": [part]}]})

    assert parse_register(text(id="WP §1.1", gist="Says it.", status="planned", **{"with": "video"})) == wp(
        Clause("WP §1.1", "Says it.", "planned", capability="video")
    )
    with pytest.raises(TypeError):
        parse_register(text(id="WP §1.1", gist="Says it.", status="coded", color="red"))
    with pytest.raises(TypeError):
        parse_register(text(id="WP §1.1", gist="Says it."))
