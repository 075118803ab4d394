"""What crosses from the cage is checked: a worker that read hostile bytes is not trusted."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.identity import OwnIds
from mailrouter.core.model import Draft, Span
from mailrouter.core.packing import pack, pack_draft, pack_own, unpack, unpack_draft, unpack_own
from mailrouter.core.understand import Job, understand
from tests.core.routings import routing

RAW = (
    b"From: Raad <x@dorpsraad-oosterdorp.example>\r\nSubject: Tegel\r\nMessage-ID: <1@x.example>\r\n"
    b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\nHallo.\r\n'
    b"--a\r\nContent-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: base64\r\n\r\naGFsbG8=\r\n--a--\r\n"
)
TABLE = routing()
FOUND = understand(Job(RAW, len(RAW), datetime(2026, 9, 14, tzinfo=UTC)), TABLE)


REPORT: dict[str, Any] = {
    "outcome": "hard", "recipients": [], "subject": "", "returned_ids": [], "returned_tokens": [], "told": "",
}  # fmt: skip
REPLY = {"uid": "1", "attendee": "", "partstat": "ACCEPTED", "summary": "", "comment": ""}


def changed(**values: Any) -> tuple[dict[str, Any], bytes]:
    """A packed understanding with some of its values replaced."""
    value, own = pack(FOUND)
    return json.loads(json.dumps(value)) | values, own


def test_an_understanding_crosses_unchanged() -> None:
    """Packed, through JSON, and unpacked: the same."""
    value, own = changed()
    found = unpack(value, own, len(RAW), TABLE)
    assert json.dumps(FOUND.explanation) == json.dumps(found.explanation)
    assert FOUND == replace(found, explanation=FOUND.explanation)
    assert {"own", "raw"} == {span.source for span in found.draft.body} if found.draft else False


def test_one_without_a_letter_crosses_too() -> None:
    """A mail that is filed has no draft."""
    filed = replace(FOUND, outcome="file", recipients=(), draft=None)
    value, own = pack(filed)
    assert b"" == own
    assert filed == replace(unpack(value, own, len(RAW), TABLE), explanation=filed.explanation)


@pytest.mark.parametrize(
    "span",
    [["raw", 0, len(RAW) + 1], ["own", 0, 10**9], ["raw", -1, 4], ["raw", 5, 4], ["other", 0, 0], ["raw", 0]],
    ids=str,
)
def test_a_span_outside_its_bytes_is_refused(span: list[Any]) -> None:
    """A worker cannot make us send bytes that are not of the mail or of its own parts."""
    value, own = changed()
    value["draft"]["body"].append(span)
    with pytest.raises((ValueError, TypeError)):
        unpack(value, own, len(RAW), TABLE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fingerprint": "0" * 63},
        {"fingerprint": "G" * 64},
        {"fingerprint": None},
        {"outcome": "delete"},
        {"explanation": None},
        {"recipients": [["desk", "desk"]]},
        {"draft": {"headers": []}},
        {"draft": None},
        {"recipients": []},
        {"recipients": [["ambassador", "x", "x", "dief@elders.example", "to", "b"]]},
        {"explanation": {"report": {"outcome": "hard"}}},
        {"explanation": {"report": REPORT | {"outcome": "eaten"}}},
        {"explanation": {"report": REPORT | {"recipients": [{"who": "x"}]}}},
        {"explanation": {"report": REPORT | {"returned_ids": 1}}},
        {"explanation": {"calendar_reply": "yes"}},
        {"explanation": {"calendar_reply": {"uid": "1"}}},
        {"explanation": {"calendar_reply": REPLY | {"partstat": "PERHAPS"}}},
    ],
    ids=str,
)
def test_what_is_no_understanding_is_refused(wrong: dict[str, Any]) -> None:
    """Nonsense in any place, a letter to nobody and one to a stranger are errors here, and never travel on."""
    value, own = changed(**wrong)
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpack(value, own, len(RAW), TABLE)


@given(st.lists(st.tuples(st.sampled_from(["own", "raw"]), st.integers(-3, 30), st.integers(-3, 30)), max_size=4))
def test_a_draft_that_is_accepted_can_be_written(spans: list[tuple[str, int, int]]) -> None:
    """Whatever spans are claimed: refused, or each of them is whole within its bytes."""
    own, raw = b"o" * 10, b"r" * 20
    value = pack_draft(Draft((), (), own, ())) | {"body": [list(span) for span in spans]}
    try:
        draft = unpack_draft(value, own, len(raw))
    except ValueError:
        return
    assert sum(end - start for _, start, end in spans) == len(draft.content(raw))


def test_spans_join_own_and_raw() -> None:
    """The body of a letter is the stretches in their order."""
    draft = Draft((("Subject", "x"),), ("<1@x.example>",), b"abcdef", (Span("own", 0, 3), Span("raw", 1, 2)))
    again = unpack_draft(json.loads(json.dumps(pack_draft(draft))), b"abcdef", 4)
    assert (draft, b"abcy") == (again, again.content(b"xyzw"))


@pytest.mark.parametrize("own", [None, OwnIds(), OwnIds("a" * 32, ("b" * 32, "c" * 32))])
def test_own_ids_cross_unchanged(own: OwnIds | None) -> None:
    """The ids of our letters in a mail, or that nobody could look for them."""
    assert own == unpack_own(json.loads(json.dumps(pack_own(own))))
