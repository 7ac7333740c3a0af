"""Reasons to look at linking sites: what raises each, how sure it is, and what ordinary sites must not raise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.harm.assess import findings
from backlink_crawler.harm.finding import Finding
from backlink_crawler.harm.table import FACTORS, SIGNALS, SURE
from backlink_crawler.harm.velocity import bursts
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.index_rows import NOFOLLOW, UGC, link, visit

TARGET = parse_target("acme.example", brand=["Acme"], keywords=["garden tools"])
KEYWORD = {"anchor": "garden tools", "anchor_type": "exact"}
Row = dict[str, Any]


def page(url: str, minute: int = 0, **values: Any) -> Row:
    """A page of its own text, as it was read."""
    known = {"text_digest": f"text of {url}", "text_words": 400, "external_links": 5}
    return visit(url, minute, **{**known, **values})


def assess(
    folder: Path, links: list[Row], visits: list[Row] | None = None, target: Target = TARGET
) -> list[Finding]:
    """The findings on these links; a page without a visit of its own was read as an ordinary one."""
    given = {row["source_url"] for row in visits or []}
    others = [page(url) for url in dict.fromkeys(row["source_url"] for row in links) if url not in given]
    index = Index.open(folder / "index", create=True)
    index.append("job", 1, [*(visits or []), *others], links)
    fold(index)
    return findings(Reader(Index.open(folder / "index"), "acme.example"), target)


def told(found: list[Finding]) -> dict[tuple[str, str], str]:
    """(signal, site) -> how sure."""
    return {(one.signal, one.name): one.sure for one in found}


def expected(signal: str, table: dict[str, Any]) -> dict[tuple[str, str], str]:
    """What :func:`told` says where each row of a table, whose last value is how sure, has a site of its own."""
    return {(signal, f"{name}.example"): row[-1] for name, row in table.items() if row[-1]}


def test_an_ordinary_blog_raises_nothing(tmp_path: Path) -> None:
    links = [
        link("https://blog.example/garden", "/spades", context_before="I bought", context_after="last year", page_title="My garden", page_language="en"),
        link("https://blog.example/about", page_title="About", placement="aside"),
        link("https://news.example/1", anchor="acme.example", anchor_type="naked_url"),
        link("https://forum.example/t/1", **UGC, placement="comment"),
    ]  # fmt: skip
    assert assess(tmp_path, links) == []


def test_the_table_holds() -> None:
    for signal in SIGNALS.values():
        assert signal.weight > 0
        assert signal.means.endswith(".")
        assert all(word in signal.sure for word in ("Low:",))
        assert signal.cannot
        assert signal.source
    assert SURE == ("low", "medium", "high")
    assert sorted(FACTORS.values()) == list(FACTORS.values())


def test_a_target_without_links_has_none(tmp_path: Path) -> None:
    Index.open(tmp_path / "index", create=True)
    assert findings(Reader(Index.open(tmp_path / "index"), "acme.example"), TARGET) == []


class TestSitewide:
    TABLE: ClassVar[dict[str, Any]] = {
        "frame": (20, {}, "high"),
        "fewer": (12, {}, "medium"),
        "few": (9, {}, None),
        "partial": (30, {"anchor": "the best garden tools", "anchor_type": "partial"}, "low"),
        "signature": (30, {"placement": "content"}, "low"),
        "comment": (30, {"placement": "comment"}, "low"),
        "brand": (30, {"anchor": "Acme", "anchor_type": "branded"}, None),
        "credit": (30, {"anchor": "Theme by Acme", "anchor_type": "other"}, None),
        "nofollow": (30, NOFOLLOW, None),
        "ugc": (30, UGC, None),
    }

    def links(self, site: str, pages: int, **values: Any) -> list[Row]:
        return [
            link(f"https://{site}/{nth}", **{**KEYWORD, "placement": "footer", **values})
            for nth in range(pages)
        ]

    def test_links(self, tmp_path: Path) -> None:
        links = [
            row
            for name, (pages, values, _) in self.TABLE.items()
            for row in self.links(f"{name}.example", pages, **values)
        ]
        found = assess(tmp_path, links)
        assert told(found) == expected("sitewide_exact_anchor", self.TABLE)
        best = found[0]
        assert (best.name, best.links, best.weight, len(best.examples)) == ("frame.example", 20, 8.0, 3)
        assert best.evidence == [
            "“garden tools” (exact) is the text of followed links on 20 of 20 pages read, mostly in the frame of the page."
        ]

    def test_on_a_few_of_many_pages_it_is_none(self, tmp_path: Path) -> None:
        others = [page(f"https://a.example/other/{nth}") for nth in range(25)]
        links = self.links("a.example", 20)
        assert assess(tmp_path, links, [*others, *(page(row["source_url"]) for row in links)]) == []


class TestMostlyLinks:
    TABLE: ClassVar[dict[str, Any]] = {
        "long": (150, 300, "medium"), "short": (60, 120, "low"), "told": (150, 2000, None), "few": (40, 10, None), "wat": (60, None, None),
    }  # fmt: skip

    def test_pages(self, tmp_path: Path) -> None:
        visits = [
            page(f"https://{name}.example/", external_links=links, text_words=words)
            for name, (links, words, _) in self.TABLE.items()
        ]
        found = assess(tmp_path, [link(row["source_url"]) for row in visits], visits)
        assert told(found) == expected("mostly_links", self.TABLE)

    def test_one_page_of_many_is_less_sure(self, tmp_path: Path) -> None:
        links = [link(f"https://a.example/{nth}") for nth in range(3)]
        visits = [
            page(links[0]["source_url"], external_links=500, text_words=600),
            *(page(row["source_url"]) for row in links[1:]),
        ]
        assert told(assess(tmp_path, links, visits)) == {("mostly_links", "a.example"): "low"}

    def test_the_last_reading_decides(self, tmp_path: Path) -> None:
        url = "https://a.example/list"
        visits = [
            page(url, 0, external_links=500, text_words=600),
            page(url, 5),
            visit(url, 9, outcome="not_modified", external_links=900),
        ]
        assert assess(tmp_path, [link(url), link(url, minute=5)], visits) == []


class TestHidden:
    TABLE: ClassVar[dict[str, Any]] = {
        "away": ('<a href="/" style="position:absolute;left:-9999px">x</a>', "medium"),
        "small": ('<a style="font-size:0" href="/">x</a>', "medium"),
        "indent": ("<a href=/ style='text-indent: -999em'>x</a>", "medium"),
        "menu": ('<a href="/">x</a>', "low"),
        "none": ('<a href="/" style="display:none">x</a>', "low"),
        "smaller": ('<a href="/" style="font-size:0.9em">x</a>', "low"),
        "inside": ('<a href="/"><b style="left:-999px">x</b></a>', "low"),
    }

    def test_links(self, tmp_path: Path) -> None:
        links = [
            link(f"https://{name}.example/", hidden=True, html=html) for name, (html, _) in self.TABLE.items()
        ]
        links += [link("https://away.example/", path, hidden=True) for path in ("/1", "/2", "/3")]
        not_followed = link("https://not-followed.example/", hidden=True, **NOFOLLOW)
        found = assess(tmp_path, [*links, not_followed])
        assert told(found) == expected("hidden_link", self.TABLE)
        assert (found[0].links, found[0].examples) == (4, ["https://away.example/"])


class TestSpamAnchors:
    TABLE: ClassVar[dict[str, Any]] = {
        "english": ("best ONLINE casino", "medium"),
        "german": ("Viagra ohne Rezept", "medium"),
        "russian": ("лучшее онлайн казино", "medium"),
        "japanese": ("スーパーコピー時計", "medium"),
        "thai": ("สมัคร สล็อตออนไลน์", "medium"),
        "indonesian": ("slot gacor hari ini", "medium"),
        "film": ("Casino Royale", "low"),
        "garden": ("garden pharmacy", None),
        "town": ("Scunthorpe United", None),
        "inside": ("specialist", None),
        "bank": ("bank loan", None),
        "county": ("Essex", None),
    }

    def test_anchors(self, tmp_path: Path) -> None:
        links = [
            link(f"https://{name}.example/", anchor=anchor, anchor_type="other")
            for name, (anchor, _) in self.TABLE.items()
        ]
        not_followed = link("https://ugc.example/", anchor="online casino", anchor_type="other", **UGC)
        found = told(assess(tmp_path, [*links, not_followed]))
        assert found == {**expected("spam_anchor", self.TABLE), ("spam_anchor", "ugc.example"): "low"}

    def test_on_many_pages_it_is_sure(self, tmp_path: Path) -> None:
        links = [
            link(f"https://a.example/{nth}", anchor="buy cheap viagra", anchor_type="other")
            for nth in range(3)
        ]
        [found] = assess(tmp_path, links)
        assert (found.sure, found.weight, found.links) == ("high", 8.0, 3)
        assert "viagra" in found.evidence[0]

    def test_what_the_target_deals_in_is_no_spam(self, tmp_path: Path) -> None:
        target = parse_target("acme.example", keywords=["casino chips"])
        links = [
            link("https://a.example/", anchor="online casino", anchor_type="other"),
            link("https://b.example/", anchor="viagra", anchor_type="other"),
        ]
        assert told(assess(tmp_path, links, target=target)) == {("spam_anchor", "b.example"): "medium"}


class TestHacked:
    GARDEN: ClassVar[Row] = {"page_title": "Gardening in spring", "page_language": "en-GB"}
    RUSSIAN = "Скачать бесплатно без регистрации новые программы и игры на русском языке"

    TABLE: ClassVar[dict[str, Any]] = {
        "buy": ({"context_before": "buy viagra online", "hidden": True}, "high"),
        "casino": ({"context_before": "онлайн казино вулкан, " + RUSSIAN}, "high"),
        "hidden": ({"context_before": RUSSIAN, "hidden": True}, "medium"),
        "script": ({"context_before": RUSSIAN}, "low"),
        "casinos": ({"context_before": "online casino payday loans", "context_after": "buy cialis replica rolex"}, "medium"),
        "law": ({"context_before": "A law on online casino sites and payday loans was passed"}, "low"),
        "law2": ({"context_before": "A law on online casino sites was passed"}, None),
        "film": ({"context_before": "The film (Russian: Брат)"}, None),
        "default": ({"context_before": RUSSIAN, "page_title": "Программы"}, None),  # lang="en" is only the default
        "russian": ({"context_before": RUSSIAN, "page_language": "ru", "page_title": "Software"}, None),
        "english": ({"context_before": "Read this in English, please, it is a very good text indeed", "page_language": "ru", "page_title": "Сад"}, None),
        "unknown": ({"context_before": RUSSIAN, "page_language": None}, None),
        "same": ({"context_before": "online casino, payday loans, buy viagra", "page_title": "Online casino news"}, None),
    }  # fmt: skip

    def test_pages(self, tmp_path: Path) -> None:
        links = [
            link(f"https://{name}.example/", **{**self.GARDEN, **values})
            for name, (values, _) in self.TABLE.items()
        ]
        found = {key: sure for key, sure in told(assess(tmp_path, links)).items() if key[0] == "hacked_page"}
        assert found == expected("hacked_page", self.TABLE)


class TestNetworks:
    TABLE: ClassVar[dict[str, Any]] = {
        "text": (3, "text", {"same_text": "low"}),
        "two-texts": (2, "text", {}),
        "short-text": (3, "short text", {}),
        "account": (2, "account", {"same_account": "low"}),
        "owner": (3, "account text", {"same_account": "medium", "same_text": "medium"}),
        "agency": (35, "account text", {"same_account": "low", "same_text": "medium"}),
        "address": (3, "address", {"same_address": "low"}),
        "two-addresses": (2, "address", {}),
        "hoster": (21, "address", {}),
        "cloudflare": (5, "104.18.3.4", {}),
        "cloudflare6": (5, "2606:4700::6810:1", {}),
        "mapped": (5, "::ffff:104.18.3.4", {}),
        "local": (5, "127.0.0.1", {}),
        "nonsense": (5, "no.address", {}),
        "subnet": (5, "subnet", {"same_subnet": "low"}),
        "four": (4, "subnet", {}),
        "apart": (5, "apart", {}),
        "template": (3, "template", {"same_template": "low"}),
        "theme": (21, "template", {}),
        "cheap": (3, "template address", {"same_template": "low", "same_address": "low"}),
        "network": (3, "template address account", {"same_template": "medium", "same_address": "medium", "same_account": "medium"}),
    }  # fmt: skip
    """Name of a group -> how many domains, what they share, and what each is told for."""

    def sites(self, group: str, number: int, shared: str) -> list[Row]:
        """The pages of as many domains; what groups share differs between them."""
        block = 10 + list(self.TABLE).index(group) if group in self.TABLE else 9
        rows = []
        for nth in range(number):
            values: Row = {}
            for word in shared.split():
                values |= {
                    "text": {"text_digest": group},
                    "short": {"text_words": 20},
                    "account": {"tracking_ids": [f"adsense:{group}"]},
                    "address": {"remote_ip": f"185.{block}.10.1"},
                    "subnet": {"remote_ip": f"185.{block}.10.{nth}"},
                    "apart": {"remote_ip": f"185.{block}.{nth}.1"},
                    "template": {"template_digest": group},
                }.get(word, {"remote_ip": word})
            rows.append(page(f"https://{group}{nth}.example/post", **values))
        return rows

    def test_groups(self, tmp_path: Path) -> None:
        visits = [
            row
            for name, (number, shared, _) in self.TABLE.items()
            for row in self.sites(name, number, shared)
        ]
        found = told(assess(tmp_path, [link(row["source_url"]) for row in visits], visits))
        assert found == {
            (signal, f"{name}{nth}.example"): sure
            for name, (number, _, signals) in self.TABLE.items()
            for nth in range(number)
            for signal, sure in signals.items()
        }

    def test_what_is_shared_by_chance_joins_nothing(self, tmp_path: Path) -> None:
        """Two that share an account, and one of them and strangers on the address of a hoster."""
        visits = self.sites("cheap", 4, "address")
        visits[0]["tracking_ids"] = ["adsense:1"]
        visits.append(page("https://other.example/", tracking_ids=["adsense:1"], remote_ip="185.99.1.1"))
        found = told(assess(tmp_path, [link(row["source_url"]) for row in visits], visits))
        assert set(found.values()) == {"low"}

    def test_keywords_make_a_text_surer(self, tmp_path: Path) -> None:
        visits = self.sites("site", 3, "text account")
        links = [link(row["source_url"]) for row in visits]
        links[0] |= KEYWORD
        found = assess(tmp_path, links, visits)
        assert told(found)["same_text", "site2.example"] == "high"
        said = next(one for one in found if (one.signal, one.name) == ("same_text", "site2.example"))
        assert (
            said.evidence[0]
            == "3 linking domains have the same main text: this one, site0.example, site1.example."
        )
        assert "It shares an account" in said.evidence[1]

    def test_sites_of_one_platform_share_its_address_and_templates(self, tmp_path: Path) -> None:
        urls = [f"https://user{nth}.platform.example/" for nth in range(6)]
        place = {"source_domain": "platform.example"}
        links = [link(url, **place) for url in urls]
        visits = [
            page(
                url,
                **place,
                remote_ip="185.10.10.1",
                template_digest="d",
                tracking_ids=["adsense:1"],
                text_digest="t",
            )
            for url in urls
        ]
        assert assess(tmp_path, links, visits) == []


class TestRedirects:
    MOVED: ClassVar[Row] = {
        "link_type": "redirect",
        "follow": None,
        "rel_type": None,
        "anchor": "",
        "anchor_type": None,
    }

    def test_a_site_that_only_redirects(self, tmp_path: Path) -> None:
        links = [link("https://old.example/a", **self.MOVED), link("https://bit.ly/x", **self.MOVED), link("https://mixed.example/a", **self.MOVED), link("https://mixed.example/b")]  # fmt: skip
        visits = [visit(row["source_url"], outcome="moved_offsite") for row in links[:3]]
        [found] = assess(tmp_path, links, [*visits, page(links[3]["source_url"])])
        assert (found.signal, found.name, found.sure) == ("redirect_game", "old.example", "low")
        assert found.evidence == ["All it has for the target: 1 URL that redirects to https://acme.example/."]

    def test_a_chain(self, tmp_path: Path) -> None:
        headers = {"response_headers": ["Location: https://OLD.example/a?b", "server: x"]}
        visits = [
            visit("https://old.example/a", outcome="moved_offsite"),
            visit("https://older.example/", outcome="moved_offsite", **headers),
            visit("https://oldest.example/", outcome="moved_offsite", **headers),
            visit(
                "https://sub.old.example/", outcome="moved_offsite", source_domain="old.example", **headers
            ),
        ]
        [found] = assess(tmp_path, [link("https://old.example/a", **self.MOVED)], visits)
        assert found.sure == "medium"
        assert found.evidence[1] == "2 other domains redirect to it in turn: older.example, oldest.example."

    def test_an_own_domain_is_none(self, tmp_path: Path) -> None:
        target = parse_target("acme.example", own=["old.example"])
        links = [link("https://old.example/a", **self.MOVED)]
        assert (
            assess(tmp_path, links, [visit("https://old.example/a", outcome="moved_offsite")], target) == []
        )


class TestCopies:
    TABLE: ClassVar[dict[str, Any]] = {
        "later": ({"published_at": "2026-03-02T00:00:00Z"}, {"published_at": "2026-03-01T00:00:00Z"}, "medium"),
        "same-day": ({"published_at": "2026-03-01T00:00:00Z"}, {"published_at": "2026-03-01T00:00:00Z"}, None),
        "original": ({"published_at": "2026-02-01T00:00:00Z"}, {"published_at": "2026-03-01T00:00:00Z"}, None),
        "read-later": ({}, {"fetched_at": "2026-11-20T00:00:00Z"}, "low"),
        "same-crawl": ({}, {"fetched_at": "2026-11-22T01:00:00Z"}, None),
        "short": ({"text_words": 10}, {"fetched_at": "2026-11-20T00:00:00Z", "text_words": 10}, None),
    }  # fmt: skip

    def test_pages(self, tmp_path: Path) -> None:
        visits = [
            page(f"https://{where}{name}.example/", **{"text_digest": name, **values})
            for name, (copy, first, _) in self.TABLE.items()
            for where, values in (("", copy), ("first-", first))
        ]
        found = assess(tmp_path, [link(f"https://{name}.example/") for name in self.TABLE], visits)
        assert told(found) == expected("copied_page", self.TABLE)
        assert found[0].evidence == [
            "1 linking page has the text of older pages of other domains.",
            "https://later.example/ (published 2026-03-02) says what https://first-later.example/ (2026-03-01) said.",
        ]

    def test_two_pages_of_one_site_are_no_copies(self, tmp_path: Path) -> None:
        url = "https://copy.example/"
        visits = [
            page(url, text_digest="t"),
            page(f"{url}2", text_digest="t", fetched_at="2026-11-01T00:00:00Z"),
        ]
        assert assess(tmp_path, [link(url)], visits) == []


def test_the_order_is_that_of_the_sums(tmp_path: Path) -> None:
    links = [
        link("https://b.example/", hidden=True),
        *(link(f"https://c.example/{nth}", anchor="viagra", anchor_type="other") for nth in range(3)),
        link("https://a.example/", hidden=True, anchor="online casino", anchor_type="other"),
    ]
    found = assess(tmp_path, links)
    assert [(one.name, one.signal, one.weight) for one in found] == [
        ("c.example", "spam_anchor", 8.0),
        ("a.example", "spam_anchor", 4.8),
        ("a.example", "hidden_link", 1.0),
        ("b.example", "hidden_link", 1.0),
    ]


class TestVelocity:
    """Links that were added to pages which were read a week before without them."""

    MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)

    def week(self, nth: int, days: int = 0) -> str:
        """A time so many weeks before the last one."""
        return f"{self.MONDAY - timedelta(weeks=nth) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"

    def rows(
        self, domains: int, past: int, *, weeks: int = 12, before: int = 7, **values: Any
    ) -> tuple[list[Row], list[Row]]:
        """So many domains that began to link in the last week, and in each of the weeks before."""
        links, visits = [], []
        for nth in range(weeks + 1):
            visits.append(page(f"https://watched.example/{nth}", fetched_at=self.week(nth)))
            for one in range(past if nth else domains):
                url, seen = f"https://week{nth}-{one}.example/", {"fetched_at": self.week(nth)}
                visits += [page(url, fetched_at=self.week(nth, -before)), page(url, **seen)]
                links.append(link(url, **{**seen, "anchor_type": "other", "anchor": f"text {one}", **values}))
        return links, visits

    def test_a_burst(self, tmp_path: Path) -> None:
        links, visits = self.rows(22, 2)
        found = assess(tmp_path, links, visits)
        assert told(found) == {("sudden_velocity", f"week0-{one}.example"): "low" for one in range(22)}
        assert found[0].evidence == [
            "It came in the week of 2026-11-16, in which 22 domains began to link; usual were 2 a week."
        ]

    def test_one_text_of_many_makes_it_surer(self, tmp_path: Path) -> None:
        links, visits = self.rows(22, 2, anchor="cheap tools")
        links[0]["anchor"] = "another"
        found = told(assess(tmp_path, links, visits))
        assert (found["sudden_velocity", "week0-0.example"], found["sudden_velocity", "week0-1.example"]) == (
            "low",
            "medium",
        )

    def test_what_is_usual_is_none(self, tmp_path: Path) -> None:
        assert assess(tmp_path, *self.rows(22, 5)) == []

    def test_the_first_look_at_pages_is_no_growth(self, tmp_path: Path) -> None:
        links, visits = self.rows(30, 1)
        seen = [
            row for row in visits if row["fetched_at"] == self.week(0) or "week0" not in row["source_url"]
        ]
        assert assess(tmp_path, links, seen) == []

    @pytest.mark.parametrize(
        ("domains", "watched", "usual"),
        [(20, 12, 0.0), (19, 12, None), (20, 8, 0.0), (20, 7, None), (1000, 0, None)],
    )
    def test_weeks(self, domains: int, watched: int, usual: float | None) -> None:
        weeks = [self.MONDAY - timedelta(weeks=nth) for nth in range(20)]
        found = bursts({weeks[0]: domains}, {weeks[0], *weeks[1 : watched + 1]})
        assert found == ({} if usual is None else {weeks[0]: usual})

    def test_weeks_in_which_nothing_was_looked_at_are_not_quiet(self) -> None:
        weeks = [self.MONDAY - timedelta(weeks=nth) for nth in range(13)]
        numbers = dict.fromkeys(weeks[1::2], 10) | {weeks[0]: 40}
        assert bursts(numbers, {*weeks[1::2], weeks[0]}) == {}
