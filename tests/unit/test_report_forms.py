"""The forms of a report: each holds all of it, and crawled text does no harm in any."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from backlink_crawler.errors import UsageError
from backlink_crawler.printable import printable
from backlink_crawler.report.charts import svg
from backlink_crawler.report.data import Chart, Column, Figure, Report, Section, Series, Table
from backlink_crawler.report.html import page
from backlink_crawler.report.saving import FORMS, save
from backlink_crawler.report.words import MOST_TEXT, MOST_URL, is_link, shown
from backlink_crawler.wording import counted

DAY = datetime(2026, 11, 22, 10, tzinfo=UTC)
BAD = "<img src=x onerror=alert(1)>\x1b[2J\u202e|`*_[a](javascript:alert(1))&amp;\n=1+1"
COLUMNS = (
    Column("source_url", "Page", "url"), Column("anchor", "Anchor"), Column("links", "Links", "number"),
    Column("share", "Share", "share"), Column("when", "When", "time"), Column("why", "Why", "texts"), Column("seen", "Seen", "urls"),
    Column("follow", "Follow", "truth"),
)  # fmt: skip


def row(url: str = "https://blog.example/", anchor: str = "Acme", **values: Any) -> dict[str, Any]:
    known = {
        "source_url": url, "anchor": anchor, "links": 1234, "share": 0.5, "when": DAY, "why": ["one", anchor],
        "seen": [url, "javascript:alert(1)"], "follow": True,
    }  # fmt: skip
    return {**known, **values}


def report(*rows: dict[str, Any], values: tuple[int, ...] = (3, 0, 2)) -> Report:
    table = Table(
        "top_links", "Top", COLUMNS, rows, "Nothing.", len(rows) + 7, "backlinks links acme.example"
    )
    behind = Table("links_over_time", "Weeks", (Column("start", "Week", "day"),), ({"start": "2026-11-16"},))
    series = (Series("Added", values, "gain"), Series("Lost", values, "loss"))
    chart = Chart("over_time", "Over time", ("2 Nov", "9 Nov", "16 Nov"), series, behind)
    figures = (
        Figure("domains", "Domains", 5),
        Figure("change", "Change in 28 days", None, "signed", "too early"),
        Figure("change_90d", "Change in 90 days", -3, "signed"),
        Figure("share", "Share", 0.25, "share"),
    )
    section = Section("one", "One", ("A sentence.",), figures, (chart,), (table,))
    return Report("acme.example", DAY, DAY, DAY, ("In short.",), (section,))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "number", "–"), (None, "time", "–"), ("", "text", "–"), ([], "texts", "–"), (0, "number", "0"),
        (1234567, "number", "1,234,567"), (200, "status", "200"), (-3, "signed", "−3"), (3, "signed", "+3"), (0, "signed", "0"),
        (0.12345, "share", "12.3%"), (0.0, "share", "0.0%"), (63.21, "rating", "63.2"), (False, "truth", "no"),
        (DAY, "day", "2026-11-22"), ("2026-11-22T10:00:00Z", "time", "2026-11-22 10:00"), (["a", "b"], "texts", "a, b"),
        ("a\u202eb\x1b[0m\nc", "text", "a\\u202eb\\x1b[0m c"), ("x" * 500, "text", "x" * (MOST_TEXT - 1) + "…"),
    ],
)  # fmt: skip
def test_values_as_people_read_them(value: Any, kind: str, text: str) -> None:
    assert shown(value, kind) == text


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://a.example/", True), ("http://a.example/?q=1&r=%3C", True), ("javascript:alert(1)", False),
        ("data:text/html,x", False), ("ftp://a.example/", False), ("HTTPS://a.example", False), (" https://a.example/", False),
        ("https://a.example/\u202e", False), ("https://a.example/" + "a" * MOST_URL, False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_what_may_become_a_link(url: Any, may: bool) -> None:
    assert is_link(url) is may


def test_numbers_with_their_nouns() -> None:
    assert [counted(count, "page") for count in (0, 1, 2000)] == ["0 pages", "1 page", "2,000 pages"]


@pytest.mark.parametrize("name", [f"report{ending}" for ending in FORMS])
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new" / name
    size = save(report(row()), path)
    assert size == path.stat().st_size > 0
    assert [each.name for each in path.parent.iterdir()] == [name]
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no time"):
        save(
            report(row(when="no time")) if path.suffix != ".json" and path.suffix != ".zip" else _raising(),
            path,
        )
    assert path.read_bytes() == before


def _raising() -> Report:
    class Bad(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise ValueError("no time")

    return report(Bad())


@pytest.mark.parametrize("name", ["report.pdf", "report.html.gz", "report.txt"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="names no form"):
        save(report(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        save(report(), tmp_path / "file" / "report.html")
    (tmp_path / "dir.html").mkdir()
    with pytest.raises(UsageError, match="is a directory"):
        save(report(), tmp_path / "dir.html")


def test_json_has_values_by_name(tmp_path: Path) -> None:
    save(report(row(anchor=BAD)), tmp_path / "r.json")
    view = json.loads((tmp_path / "r.json").read_text("utf-8"))
    one = view["sections"]["one"]
    assert one["figures"] == {"domains": 5, "change": None, "change_90d": -3, "share": 0.25}
    assert one["tables"]["top_links"]["rows"] == [{**row(anchor=BAD), "when": "2026-11-22T10:00:00Z"}]
    assert one["tables"]["top_links"]["total"] == 8
    assert one["tables"]["links_over_time"]["rows"] == [{"start": "2026-11-16"}]


def test_csv_is_the_same_in_a_directory_and_packed(tmp_path: Path) -> None:
    hostile = row(anchor=BAD.replace("<img", "=cmd"))
    save(report(hostile), tmp_path / "bundle")
    for nth in (1, 2):
        save(report(hostile), tmp_path / f"bundle{nth}.zip")
    assert (tmp_path / "bundle1.zip").read_bytes() == (tmp_path / "bundle2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "bundle1.zip") as archive:
        packed = {name.split("/")[1]: archive.read(name) for name in archive.namelist()}
    assert packed == {path.name: path.read_bytes() for path in (tmp_path / "bundle").iterdir()}
    assert set(packed) == {"figures.csv", "links_over_time.csv", "top_links.csv"}
    (top,) = csv.DictReader(io.StringIO(packed["top_links.csv"].decode("utf-8-sig")))
    assert top["anchor"].startswith("'=cmd")
    assert top["links"] == "1234"
    assert top["when"] == "2026-11-22T10:00:00Z"
    told = list(csv.DictReader(io.StringIO(packed["figures.csv"].decode("utf-8-sig"))))
    assert told[0]["label"] == "In short."
    assert [each["value"] for each in told] == ["", "5", "", "-3", "0.25"]
    assert b'"domains","Domains",5,""' in packed["figures.csv"], "a number, not text"


def test_a_directory_holds_the_last_report_and_no_more(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / ".keep").write_text("mine")
    save(report(row(), values=(1, 2, 3)), bundle)
    before = {path.name for path in bundle.iterdir()}
    section = Section("one", "One", tables=(Table("gap", "Gap", COLUMNS),))
    save(Report("acme.example", DAY, DAY, DAY, (), (section,)), bundle)
    assert before == {".keep", "figures.csv", "links_over_time.csv", "top_links.csv"}
    assert {path.name for path in bundle.iterdir()} == {".keep", "figures.csv", "gap.csv"}


def _header(**said: str) -> dict[str, str]:
    return {"figures.csv": '\ufeff"section","name","label","value","note"\r\n', **said}


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"notes.txt": "mine"}, "notes.txt"), (_header(**{"notes.txt": "mine"}), "notes.txt"), ({"runs.csv": "mine"}, "runs.csv"),
        ({"figures.csv": "mine", "gap.csv": "mine"}, "figures.csv"), (_header(**{"gap.csv/": ""}), "gap.csv"),
    ],
)  # fmt: skip
def test_a_directory_with_anything_else_is_left_alone(
    tmp_path: Path, files: dict[str, str], named: str
) -> None:
    for name, text in files.items():
        if name.endswith("/"):
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_text(text, "utf-8", newline="")
    with pytest.raises(UsageError, match=f"holds what is no report: {named}"):
        save(report(row()), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {name.rstrip("/") for name in files}
    assert all((tmp_path / name).read_bytes().decode() == text for name, text in files.items() if text)


def test_html_has_no_way_in() -> None:
    tree = lxml_html.document_fromstring(
        page(report(row("javascript:alert(1)", BAD), row("https://b.example/\u202e", BAD)))
    )
    assert {element.tag for element in tree.iter() if element.tag in ("script", "img", "iframe", "link", "object", "base")} == set()  # fmt: skip
    for element in tree.iter():
        assert not {
            name for name in element.attrib if name.startswith("on") or name in ("style", "src", "srcset")
        }
        assert element.get("href", "#").startswith(("#", "https://"))
    text = tree.text_content()
    assert printable(BAD) in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_the_page_names_its_own_style_alone() -> None:
    tree = lxml_html.document_fromstring(page(report(row())))
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert len(tree.xpath("//style")) == 1
    assert "url(" not in tree.xpath("string(//style)")
    assert "@import" not in tree.xpath("string(//style)")


def test_every_chart_has_its_table_and_a_list_says_what_it_leaves_out() -> None:
    tree = lxml_html.document_fromstring(page(report(row())))
    assert tree.xpath("//figure//details//table//td | //figure//details//table//tbody//th")
    assert "7 more. All of them: backlinks links acme.example" in " ".join(tree.text_content().split())
    (title,) = tree.xpath("//figure//svg/@aria-labelledby")
    assert tree.get_element_by_id(title).text.startswith("Over time")


def test_losses_hang_down() -> None:
    drawn = lxml_html.fragment_fromstring(str(svg(report().sections[0].charts[0])))
    gains, losses = drawn.xpath("//*[contains(@class, 'series')]")
    zero = {float(bar.get("y")) + float(bar.get("height")) for bar in gains}
    assert len(zero) == 1
    assert {float(bar.get("y")) for bar in losses} == zero
    assert [bar.get("fill") for bar in gains] == ["var(--gain)"] * 3
    labels = [text.text for text in drawn.xpath("//*[local-name()='text']") if text.text]
    assert {"2 Nov", "16 Nov", "0"} <= set(labels)
    assert not any(label.startswith("-") for label in labels)


def test_the_last_label_of_many_ends_where_the_drawing_does() -> None:
    def last(count: int) -> str:
        labels = tuple(f"week {nth}" for nth in range(count))
        chart = Chart("c", "C", labels, (Series("Added", (1,) * count, "gain"),), Table("runs", "T", ()))
        drawn = lxml_html.fragment_fromstring(str(svg(chart)))
        (text,) = drawn.xpath(f"//*[local-name()='text'][text()='{labels[-1]}']")
        return str(text.get("text-anchor"))

    assert (last(1), last(12), last(60)) == ("middle", "middle", "end")


def test_a_chart_of_nothing_is_a_sentence() -> None:
    text = page(report(values=(0, 0, 0)))
    assert "<svg viewBox" not in text
    assert "Nothing was seen to come or go" in text


def test_long_lists_stay_small() -> None:
    long = row("https://long.example/" + "a" * 5_000, "W" * 5_000, why=["x" * 5_000] * 3, seen=["https://a.example/" + "b" * 5_000] * 3)  # fmt: skip
    assert len(page(report(*[long] * 500)).encode()) < 2_000_000
