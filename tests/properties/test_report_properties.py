"""Whatever a page says: in a report it is text, in HTML and in Markdown."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from backlink_crawler.printable import printable
from backlink_crawler.report.data import Column, Report, Section, Table
from backlink_crawler.report.html import page
from backlink_crawler.report.markdown import markdown, plain
from backlink_crawler.report.words import cut

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARKS = st.text(
    st.sampled_from("<>&\"'`*_[]()!|\\~#+-=:/.@wW{}$% \t\n\r\x00\x1b\u202e\u2028\u200baé漢") | st.characters()
)
GITHUB = MarkdownIt("gfm-like", {"linkify": False, "html": True})
COLUMNS = (Column("url", "Page", "url"), Column("anchor", "Anchor"), Column("why", "Why", "texts"))


def report(url: str, anchor: str) -> Report:
    table = Table("top_links", "Top", COLUMNS, ({"url": url, "anchor": anchor, "why": [anchor, anchor]},))
    return Report("acme.example", NOW, NOW, NOW, (), (Section("one", "One", tables=(table,)),))


def seen(text: str) -> str:
    return " ".join(printable(text).split())


@given(url=MARKS, anchor=MARKS)
def test_html_shows_it_and_does_nothing(url: str, anchor: str) -> None:
    whole = page(report(url, anchor))
    tree = lxml_html.document_fromstring(whole)
    rows = tree.xpath("//tbody/tr")
    assert len(rows) == 1
    assert [cell.tag for cell in rows[0]] == ["th", "td", "td"]
    assert seen(rows[0][1].text_content()) == (seen(cut(printable(anchor))) if anchor else "–")
    links = {element.get("href") for element in rows[0].iter("a")}
    assert links <= ({url} if url.startswith(("http://", "https://")) else set())
    assert all(character.isprintable() or character in "\n\u200c\u200d" for character in whole)


@given(MARKS)
@example("__0__")
def test_markdown_shows_it_and_does_nothing(text: str) -> None:
    (inline,) = GITHUB.parseInline(plain(text))
    children = inline.children or []
    assert {token.type for token in children} <= {"text", "text_special"}
    assert "".join(token.content for token in children) == printable(text).strip()


@given(url=MARKS, anchor=MARKS)
def test_a_row_of_markdown_stays_a_row(url: str, anchor: str) -> None:
    tokens = GITHUB.parse(markdown(report(f"https://a.example/{url}", anchor)))
    assert [token.type for token in tokens].count("td_open") == len(COLUMNS)
    links = [child for token in tokens for child in token.children or [] if child.type == "link_open"]
    assert all(str(link.attrs["href"]).startswith("https://a.example/") for link in links)
    assert {token.type for token in tokens if token.type.startswith("html")} == set()
