"""Disavow files: what holds for any lines and any marks."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.classify.source import parse_source
from backlink_crawler.classify.target import parse_target
from backlink_crawler.disavow.line import Line, Rules
from backlink_crawler.disavow.merge import idle_lines, merge, wanted
from backlink_crawler.errors import UsageError
from backlink_crawler.index.schema import Mark

RULES = Rules(parse_target("acme.example"))
TODAY = date(2026, 11, 23)
LABELS = st.sampled_from(["a", "b", "www", "bücher", "spam"])
HOSTS = st.builds(lambda labels: ".".join([*labels, "example"]), st.lists(LABELS, min_size=1, max_size=3))
PAGES = st.builds(lambda host, path: f"http://{host}/{path}", HOSTS, st.sampled_from(["", "1", "ü?x=1"]))
ENTRIES = st.one_of(st.builds("domain:{}".format, HOSTS), PAGES)
WRITTEN = st.one_of(
    st.text(),
    ENTRIES,
    st.text().map("domain:{}".format),
    st.text().map("http://{}".format),
    st.text().map("http://a.example/{}".format),
)
TEXTS = st.one_of(ENTRIES, st.just(""), st.text(max_size=20).map(lambda text: "#" + " ".join(text.split())))
MARKS = st.lists(
    st.builds(
        lambda said, note: Mark(
            "acme.example",
            (source := parse_source(said)).kind,
            source.name,
            ["disavow"],
            note,
            "2026-11-20T00:00:00Z",
        ),
        ENTRIES,
        st.text(max_size=30),
    ),
    max_size=6,
    unique_by=lambda mark: (mark.kind, mark.name),
)


def read(texts: list[str] | tuple[str, ...]) -> list[Line]:
    return [RULES.read(number, text) for number, text in enumerate(texts, 1)]


@given(WRITTEN)
def test_any_line_is_read(text: str) -> None:
    line = RULES.read(1, text)
    assert not line.is_entry or bool(line.name) + bool(line.key) + bool(line.problem) == 1 or line.problem
    if line.is_entry and not line.problem:
        assert line.text.isascii()
        assert RULES.read(1, line.text) == Line(1, line.text, line.text, line.name, line.key)


@given(WRITTEN)
def test_any_name_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        source = parse_source(text)
        assert source.name.isascii()
        # a key is cut from its URL, and is none
        assert (
            source.kind == "page"
            or parse_source(source.name) == parse_source(source.name, source.kind) == source
        )


@given(st.lists(TEXTS, max_size=8), MARKS)
def test_merging(texts: list[str], marks: list[Mark]) -> None:
    known = read(texts)
    new = wanted(marks, {}, RULES, "disavow")
    merged = merge(known, new, "acme.example", TODAY)
    lines = read(merged.lines)
    assert merged.lines[: len(known)] == tuple(line.text for line in known)
    assert not any(line.problem for line in lines)
    # the file disavows what stood there and what was marked, and nothing else
    covered = {line.name for line in lines if line.name} | {line.text for line in lines if line.key}
    asked = {line.text for line in (*known, *(one.line for one in new)) if line.is_entry}
    assert {line.text for line in lines if line.is_entry} <= asked
    for one in new:
        assert (
            one.line.text in covered or one.line.name in covered or not covered.isdisjoint(one.line.above())
        )
    # nothing that was added need not be there, and the same once more adds nothing
    idle = {line.number for line, _ in idle_lines(lines)}
    assert not any(number > len(known) for number in idle)
    assert merge(lines, new, "acme.example", TODAY).lines == merged.lines
