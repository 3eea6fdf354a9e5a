"""The letters' documents: what they say, and that everybody can read it."""

import io
import json
from collections.abc import Iterator
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from pypdf import PdfReader

from documents import entry
from documents.entry import DocumentsDeps, NoLetter, read
from documents.making import documents
from local.processes import ROOT
from telekarta.adapters.aws.document_store import LambdaDocuments, S3Documents
from telekarta.domain.mail.letters import Bullets, Paragraph, Row, Sums, blocks
from telekarta.usecases.mail.ports import DocumentsUnavailable
from tests.functions.desk.test_desk import Context
from tests.kit.store import REGION

EVENT: dict[str, Any] = json.loads((ROOT / "events/documents/refund_granted.json").read_text())
LETTER = read(EVENT)


def pdf(name: str = "letter.pdf") -> PdfReader:
    (made,) = [each for each in documents(LETTER) if each.name == name]
    return PdfReader(io.BytesIO(made.content))


def words_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


# ---------------------------------------------------------------- the text's blocks


@pytest.mark.rule("WP §15.4")
def test_a_text_is_paragraphs_lists_and_sums() -> None:
    text = """\
Szanowni Państwo,

- jeden
- dwa

  Opłata manipulacyjna: 20,00 zł (§ 7 ust. 6.1 Regulaminu)
= Do wypłaty: 30,00 zł

Z poważaniem
Telestrada S.A.
"""
    assert blocks(text) == (
        Paragraph(("Szanowni Państwo,",)),
        Bullets(("jeden", "dwa")),
        Sums(
            (
                Row("Opłata manipulacyjna", "20,00 zł", "§ 7 ust. 6.1 Regulaminu", is_sum=False),
                Row("Do wypłaty", "30,00 zł", "", is_sum=True),
            )
        ),
        Paragraph(("Z poważaniem", "Telestrada S.A.")),
    )


@given(st.text())
def test_no_word_of_a_text_is_lost(text: str) -> None:
    told = json.dumps([str(block) for block in blocks(text)])
    for word in text.split():
        if word.isalnum() and word.isascii():
            assert word in told


# ---------------------------------------------------------------- the documents


@pytest.mark.rule("WP §15.2")
@pytest.mark.parametrize("name", ["letter.pdf", "letter-large.pdf"])
def test_a_pdf_is_tagged_and_says_its_language_and_title(name: str) -> None:
    reader = pdf(name)
    root = cast("dict[str, Any]", reader.trailer["/Root"])
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == "pl"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == LETTER.subject
    (made,) = [each for each in documents(LETTER) if each.name == name]
    assert b"pdfuaid" in made.content


def test_all_forms_say_the_same_words() -> None:
    (text,) = [each for each in documents(LETTER) if each.name == "letter.txt"]
    plain = text.content.decode()
    for words in ("Szanowni Państwo", "Opłata manipulacyjna", "20,00 zł", "Do wypłaty", "żółć"):
        assert words in plain
        assert words in words_of(pdf())
        assert words in words_of(pdf("letter-large.pdf"))


@pytest.mark.rule("WP §15.2")
def test_large_print_is_large() -> None:
    sizes: dict[str, set[int]] = {}
    for name in ("letter.pdf", "letter-large.pdf"):
        seen = sizes.setdefault(name, set())

        def note(text: str, _cm: Any, tm: Any, _font: Any, size: float, seen: set[int] = seen) -> None:
            if text.strip():
                seen.add(round(size * abs(tm[0])))

        pdf(name).pages[0].extract_text(visitor_text=note)
    assert min(sizes["letter-large.pdf"]) >= 18 > max(sizes["letter.pdf"])


def test_the_same_letter_is_the_same_documents() -> None:
    assert documents(LETTER) == documents(LETTER)


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1))
def test_what_a_letter_says_is_never_markup(words: str) -> None:
    body = f'#panic() $x$ *a* _b_ @c <d> {words} ```\n\n- #include("/etc/passwd")'
    told = EVENT["letter"] | {"body": body}
    (made, *_) = documents(read({"letter": told}))
    assert "#panic() $x$ *a* _b_ @c <d>" in words_of(PdfReader(io.BytesIO(made.content)))


def test_a_letter_comes_out_whatever_sign_is_in_it() -> None:
    every_control = "".join(map(chr, (*range(0x20), 0x7F, 0x85, 0x200B, 0x202E, 0xFFFD)))
    told = EVENT["letter"] | {"to": [f"Іван {every_control} Ґанок"], "subject": every_control}
    (made, *_) = documents(read({"letter": told}))
    assert "Іван" in words_of(PdfReader(io.BytesIO(made.content)))


# ---------------------------------------------------------------- the function


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3 = boto3.client("s3", REGION)
        s3.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": REGION})
        monkeypatch.setattr(entry, "parts", lambda: DocumentsDeps(S3Documents("documents", REGION)))
        yield s3


def test_a_letter_is_kept_in_all_forms_once(cloud: Any) -> None:
    for _ in range(2):
        keys = entry.handler(EVENT, cast("LambdaContext", Context()))
    folder = f"letters/{LETTER.id}/"
    assert keys == {name: folder + name for name in ("letter.pdf", "letter-large.pdf", "letter.txt")}
    listed = cloud.list_objects_v2(Bucket="documents")["Contents"]
    assert {each["Key"] for each in listed} == set(keys.values())


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "../x"},
        {"id": "a//b"},
        {"body": None},
        {"subject": 7},
        {"to": "one line"},
        {"to": [1]},
    ],
)
def test_what_is_no_letter_is_refused_without_quoting_it(change: dict[str, Any]) -> None:
    with pytest.raises(NoLetter) as refused:
        read({"letter": EVENT["letter"] | change})
    assert "Kowalsk" not in str(refused.value)


@pytest.mark.parametrize("event", [None, {}, {"letter": None}, []])
def test_an_event_without_a_letter(event: object) -> None:
    with pytest.raises(NoLetter):
        read(event)


class FakeLambda:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def invoke(self, **_: Any) -> dict[str, Any]:
        return self.answer


def maker(answer: dict[str, Any]) -> LambdaDocuments:
    made = LambdaDocuments("documents")
    made.__dict__["_lambda"] = FakeLambda(answer)
    return made


def test_who_has_a_letter_gets_its_keys_or_asks_again() -> None:
    assert maker({"Payload": io.BytesIO(b'{"letter.pdf": "k"}')}).make({}) == {"letter.pdf": "k"}
    with pytest.raises(DocumentsUnavailable):
        maker({"Payload": io.BytesIO(b"{}"), "FunctionError": "Unhandled"}).make({})
