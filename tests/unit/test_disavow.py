"""Disavow files: their lines, their limits, what they cover, and how what was marked joins them."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path

import pytest
from deltalake import write_deltalake

from backlink_crawler.classify.target import parse_target
from backlink_crawler.disavow.cover import cover
from backlink_crawler.disavow.explain import explained, shared, urls_of
from backlink_crawler.disavow.file import MOST_BYTES, MOST_LINES, beyond, read, written
from backlink_crawler.disavow.line import LONGEST_URL, Line, Rules
from backlink_crawler.disavow.merge import Merged, merge, wanted
from backlink_crawler.errors import UsageError
from backlink_crawler.harm.finding import Finding
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import RATINGS, Mark, Rating, to_table
from backlink_crawler.index.store import Index
from backlink_crawler.urls import domain_of, host_of, site_of
from tests.index_rows import NOFOLLOW, link, visit

RULES = Rules(parse_target("acme.example", own=["acme.test"], aliases=["acme-old.example"]))
TODAY = date(2026, 11, 23)
EXAMPLE = """\
# example.com removed most links, but missed these
http://spam.example/stuff/comments.html
http://spam.example/stuff/paid-links.html

# Contacted the owner of shady.example, no answer
domain:shady.example
"""
"""As in the documents of Google."""


def lines(text: str, rules: Rules = RULES) -> list[Line]:
    return [rules.read(number, line) for number, line in enumerate(text.split("\n"), 1)]


class TestLine:
    def test_the_example_of_google_stands_as_it_is(self) -> None:
        read = lines(EXAMPLE)
        assert [line.text for line in read] == EXAMPLE.split("\n")
        assert [line.number for line in read if line.is_entry] == [2, 3, 6]
        assert not any(line.problem for line in read)

    @pytest.mark.parametrize(
        ("text", "clean", "names"),
        [
            ("domain:spam.example", "domain:spam.example", "spam.example"),
            (" Domain: Spam.Example./ ", "domain:spam.example", "spam.example"),
            (
                "domain:www.spam.example",
                "domain:www.spam.example",
                "www.spam.example",
            ),  # never more than is said
            ("domain:bücher.example", "domain:xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("domain:user.github.io", "domain:user.github.io", "user.github.io"),
            ("domain:192.0.2.1", "domain:192.0.2.1", "192.0.2.1"),
            ("domain:[2001:DB8::1]", "domain:[2001:db8::1]", "[2001:db8::1]"),
            ("http://Spam.example/A?b#c", "http://Spam.example/A?b#c", "spam.example/A?b"),
            (
                "https://www.bücher.example/ü",
                "https://www.xn--bcher-kva.example/%C3%BC",
                "xn--bcher-kva.example/%C3%BC",
            ),
            ("\ufeffdomain:spam.example", "domain:spam.example", "spam.example"),
        ],
    )
    def test_entries(self, text: str, clean: str, names: str) -> None:
        line = RULES.read(1, text)
        assert (line.text, line.name or line.key, line.problem) == (clean, names, "")

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("domain:http://spam.example/", "a scheme or path after domain: (write domain:spam.example"),
            ("domain:spam.example/en/", "a scheme or path after domain:"), ("domain:", "is no name"),
            ("domain:spam.example # why", "is no name"), ("domain:com", "is a public suffix"), ("domain:co.uk", "is a public suffix"),
            ("domain:spam.con", "no domain ends in .con (did you mean spam.com?)"),
            ("domain:github.io", "github.io is a platform"), ("domain:wordpress.com", "name the site, as domain:user.wordpress.com"),
            ("domain:amazonaws.com", "has platforms below it"), ("domain:core.windows.net", "has platforms below it"),
            ("domain:www.YouTube.com", "is a site on which different publishers have pages (name the URLs of these"),
            ("domain:acme.example", "acme.example is the target's own"), ("domain:shop.acme.test", "shop.acme.test is the target's own"),
            ("https://www.acme-old.example/a", "acme-old.example is the target's own"),
            ("spam.example", "is neither domain:NAME nor a URL with its scheme (write domain:spam.example)"),
            ("spam.example/a", "(write http://spam.example/a)"), ("ftp://spam.example/", "ftp is no scheme of web pages"),
            ("http://spam.example/a b", "is no name"), ("https://spam.example/" + "a" * LONGEST_URL, "is a URL of 2,069 characters; Google takes 2,048"),
            ("http://me:secret@spam.example/", "a user name in a URL"), ("x" * 9_000, "is no domain name"), ("\x1b]0;x\x07", "is no URL"),
        ],
    )  # fmt: skip
    def test_what_cannot_stand(self, text: str, problem: str) -> None:
        line = RULES.read(1, text)
        assert problem in line.problem
        assert line.is_entry
        assert "secret" not in line.text + line.problem

    def test_a_platform_is_allowed_when_that_is_said(self) -> None:
        for name in ("github.io", "windows.net", "youtube.com"):
            assert not Rules(RULES.target, allow_platforms=True).read(1, f"domain:{name}").problem
        assert not RULES.read(1, "https://www.youtube.com/@spammer").problem
        assert Rules(RULES.target, allow_platforms=True).read(1, "domain:acme.example").problem


class TestFile:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, tmp_path: Path, end: str) -> None:
        path = tmp_path / "disavow.txt"
        path.write_bytes(EXAMPLE.replace("\n", end).encode("utf-8-sig"))
        file = read(path, RULES)
        assert [line.text for line in file.lines] == EXAMPLE.split("\n")[:-1]
        assert not file.problems

    def test_a_line_separator_in_a_comment_ends_no_line(self, tmp_path: Path) -> None:
        path = tmp_path / "disavow.txt"
        path.write_text("# a\u2028domain:spam.example\x85x\n", encoding="utf-8")
        assert [line.is_entry for line in read(path, RULES).lines] == [False]

    def test_other_encodings_are_read_and_told(self, tmp_path: Path) -> None:
        path = tmp_path / "disavow.txt"
        path.write_text(EXAMPLE, encoding="utf-16")
        file = read(path, RULES)
        assert len([line for line in file.lines if line.is_entry]) == 3
        assert file.problems == ("is neither UTF-8 nor ASCII, which Google asks for",)

    def test_packed(self, tmp_path: Path) -> None:
        path = tmp_path / "disavow.txt.gz"
        path.write_bytes(gzip.compress(EXAMPLE.encode()))
        assert len(read(path, RULES).lines) == 6

    def test_an_empty_file_disavows_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "disavow.txt"
        path.write_bytes(b"")
        assert read(path, RULES).lines == ()

    def test_what_is_no_disavow_file_is_told(self, tmp_path: Path) -> None:
        for name, data, reason in (
            ("page.html", b"<!doctype html><html>", "is an HTML page"), ("a.pdf", b"%PDF-1.7", "is a PDF"),
            ("noise", bytes(range(1, 32)) * 99, "is no text"),
        ):  # fmt: skip
            (tmp_path / name).write_bytes(data)
            with pytest.raises(UsageError, match=reason):
                read(tmp_path / name, RULES)
        with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
            archive.writestr("a.txt", "# a")
            archive.writestr("b.txt", "# b")
        zipfile.ZipFile(tmp_path / "none.zip", "w").close()
        for name, reason in (
            ("two.zip", "archive of 2 files"),
            ("none.zip", "archive of 0 files"),
            ("missing", "no such file"),
            (".", "is a folder"),
        ):
            with pytest.raises(UsageError, match=reason):
                read(tmp_path / name, RULES)

    def test_limits(self) -> None:
        assert not list(beyond(["#"] * MOST_LINES, MOST_BYTES))
        assert len(list(beyond(["#"] * (MOST_LINES + 1), MOST_BYTES + 1))) == 2
        assert written(["# ü", "domain:spam.example"]) == "# ü\ndomain:spam.example\n".encode()
        with pytest.raises(UsageError, match=r"has 100,001 lines; Google takes 100,000"):
            written(["#"] * (MOST_LINES + 1))
        with pytest.raises(UsageError, match=r"Google takes 2 MB"):
            written(["#" * MOST_BYTES])


def mark(kind: str, name: str, *tags: str, note: str = "") -> Mark:
    return Mark("acme.example", kind, name, ["disavow", *tags], note, "2026-11-20T10:00:00+00:00")


def merged(text: str, marks: list[Mark], urls: dict[str, list[str]] | None = None) -> Merged:
    known = lines(text) if text else []
    return merge(known, wanted(marks, urls or {}, RULES, "disavow"), "acme.example", TODAY)


class TestMerge:
    def test_what_is_there_stays_and_what_is_new_comes_behind(self) -> None:
        marks = [
            mark("domain", "shady.example"), mark("site", "user.github.io", "pbn", note="sells links"),
            mark("host", "forum.other.example"), mark("page", "blog.example/post", note="sells links"),
        ]  # fmt: skip
        done = merged(
            EXAMPLE.rstrip("\n"),
            marks,
            {"blog.example/post": ["http://blog.example/post", "https://www.blog.example/post"]},
        )
        assert "\n".join(done.lines) == EXAMPLE + (
            "\n# Written on 2026-11-23 for acme.example\n"
            "# marked on 2026-11-20\ndomain:forum.other.example\n"
            "# marked on 2026-11-20 as pbn: sells links\ndomain:user.github.io\n"
            "# marked on 2026-11-20: sells links\nhttp://blog.example/post\nhttps://www.blog.example/post"
        )
        again = merged("\n".join(done.lines), marks, {"blog.example/post": ["http://blog.example/post"]})
        assert (again.lines, again.added) == (done.lines, ())

    def test_a_note_ends_no_comment(self) -> None:
        note = "x\ndomain:victim.example\r\x85\u2028\x1b[31m\x00domain:other.example"
        done = merged("", [mark("domain", "spam.example", note=note)])
        assert [line.name for line in lines("\n".join(done.lines)) if line.is_entry] == ["spam.example"]
        assert len(done.lines) == 3
        assert all(line.isprintable() for line in done.lines)

    def test_pages_and_hosts_of_a_domain_are_left_out(self) -> None:
        marks = [
            mark("domain", "spam.example"),
            mark("host", "blog.spam.example"),
            mark("page", "spam.example/a"),
        ]
        done = merged("domain:old.example", [*marks, mark("page", "www2.old.example/a")])
        assert [line.text for line in done.added] == ["domain:spam.example"]
        assert {why for _, why in done.left_out} == {
            "is marked, and covered by domain:spam.example",
            "is marked, and covered by domain:old.example",
        }

    def test_a_page_that_nobody_saw_is_written_by_both_schemes(self) -> None:
        done = merged("", [mark("page", "spam.example/a")])
        assert [line.text for line in done.added] == ["http://spam.example/a", "https://spam.example/a"]

    def test_what_cannot_be_disavowed_has_a_problem(self) -> None:
        marks = [mark("domain", "acme.test"), mark("domain", "github.io"), mark("domain", "spam.example")]
        problems = [one.line.problem for one in wanted(marks, {}, RULES, "disavow")]
        assert ["own" in problems[0], "platform" in problems[1], problems[2]] == [True, True, ""]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Pages of five sites that link to acme.example, and one that did."""
    index = Index.open(tmp_path_factory.mktemp("disavow") / "index", create=True)
    pages = [
        "http://spam.example/1", "https://www.spam.example/1", "http://forum.spam.example/t", "http://notspam.example/",
        "http://one.cdn.amazonaws.com/", "http://b1.s3.amazonaws.com/", "http://gone.example/",
    ]  # fmt: skip
    for crawl in (0, 1):
        index.record_crawl({"crawl_id": f"c{crawl}", "targets": ["acme.example"]})
        visits, links = [], []
        for page in pages:
            host = host_of(page)
            of = {
                "source_host": host,
                "source_domain": domain_of(host),
                "source_site": site_of(host),
                "crawl_id": f"c{crawl}",
            }
            visits.append(visit(page, 30 * crawl, **of))
            if crawl == 0 or "gone" not in page:
                links.append(link(page, "/", 30 * crawl, **{**of, **(NOFOLLOW if "forum" in page else {})}))
        index.append("job", crawl, visits, links)
        fold(index)
    rated = [Rating("domain", "spam.example", 42.5), Rating("page", "gone.example", 9.0)]
    write_deltalake(index.tables["ratings"], to_table(rated, RATINGS), mode="append")
    return Reader(Index.open(index.uri), "acme.example")


class TestCover:
    TEXT = """\
domain:spam.example
domain:www.spam.example
http://spam.example/1
domain:pam.example
domain:gone.example
domain:amazonaws.com
http://spam.example/1
# domain:notspam.example
spam
"""

    def test_by_line_and_in_all(self, reader: Reader) -> None:
        listed = lines(self.TEXT)
        found = cover(reader, listed)
        numbers = [(one.backlinks, one.lost, one.domains, one.follow) for one in map(found.of, listed[:7])]
        # two forms of one page are one page, and one backlink
        assert numbers == [
            (2, 0, 1, 1),
            (1, 0, 1, 1),
            (1, 0, 1, 1),
            (0, 0, 0, 0),
            (0, 1, 0, 0),
            (2, 0, 1, 2),
            (1, 0, 1, 1),
        ]
        assert (found.backlinks, found.all_backlinks) == (4, 5)
        assert (found.domains, found.all_domains, found.follow) == (2, 3, 3)

    def test_the_index_knows_platforms_that_no_list_has(self, reader: Reader) -> None:
        listed = lines(self.TEXT)
        found = cover(reader, listed)
        told = [shared(line, found.of(line)) for line in listed]
        assert [bool(one) for one in told] == [False] * 5 + [True] + [False] * 4

    def test_explained(self, reader: Reader) -> None:
        listed = lines(self.TEXT)
        findings = [
            Finding("hidden_link", "spam.example", 1, 3.0, "high", ["…"], []),
            Finding("same_text", "notspam.example", 1, 1, "low", [], []),
        ]
        rows = explained(
            listed, cover(reader, listed), [mark("domain", "spam.example", note="why")], findings
        ).to_pylist()
        assert [row["line"] for row in rows] == [1, 2, 3, 4, 5, 6, 7, 9]
        assert [row["remark"] for row in rows] == [
            None, "is covered by line 1, domain:spam.example", "is covered by line 1, domain:spam.example", "covers no backlink that is known",
            "covers 1 backlinks, all of them lost", None, "is the same as line 3", None,
        ]  # fmt: skip
        assert (rows[0]["tags"], rows[0]["note"], rows[0]["harm"]) == (
            ["disavow"],
            "why",
            ["hidden_link (high)"],
        )
        assert rows[5]["harm"] == []
        assert [row["rating"] for row in rows[:6]] == [42.5, 42.5, 42.5, None, None, None]
        assert "write domain:spam" not in rows[0]["entry"]
        assert rows[7]["problem"]

    def test_nothing(self, reader: Reader) -> None:
        assert cover(reader, lines("# nothing\n")).backlinks == 0

    def test_the_urls_of_a_page(self, reader: Reader) -> None:
        assert urls_of(reader, [mark("page", "spam.example/1"), mark("page", "nobody.example/")]) == {
            "spam.example/1": ["http://spam.example/1", "https://www.spam.example/1"]
        }
