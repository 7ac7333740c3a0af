"""Seeds by comma and from files."""

from pathlib import Path

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.seeds import Seed, parse_seed, read_seeds


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "seed"),
    [
        ("example.com", Seed("http://example.com/")),
        ("Bücher.example/Straße", Seed("http://xn--bcher-kva.example/Stra%C3%9Fe")),
        ("https://example.com/a?b#c", Seed("https://example.com/a?b")),
        ("example.com:8080/x", Seed("http://example.com:8080/x")),
        ("localhost:8000", Seed("http://localhost:8000/")),
        ("127.0.0.1:8000/x", Seed("http://127.0.0.1:8000/x")),
        ("http://intranet/", Seed("http://intranet/")),
        ("https://example.com/sitemap.xml", Seed("https://example.com/sitemap.xml", is_sitemap=True)),
        (
            "example.com/sitemaps/posts-1.xml.gz",
            Seed("http://example.com/sitemaps/posts-1.xml.gz", is_sitemap=True),
        ),
        ("Sitemap: https://example.com/map", Seed("https://example.com/map", is_sitemap=True)),
        ("https://example.com/sitemap.html", Seed("https://example.com/sitemap.html")),
        ("https://example.com/?f=sitemap.xml", Seed("https://example.com/?f=sitemap.xml")),
    ],
)
def test_what_a_seed_may_be(text: str, seed: Seed) -> None:
    assert parse_seed(text) == seed
    assert list(read_seeds(text)) == [seed]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "seeds: no seeds in it"),
        (" , ", "seeds: no seeds in it"),
        ("nowhere.txt", "nowhere.txt: is no URL, and there is no such file"),
        ("/nowhere/seeds.txt", "there is no such file"),
        ("lists/seeds.txt", "there is no such file"),
        ("@nowhere.txt", "nowhere.txt: No such file"),
        ("@.", ".: Is a directory"),
        ("empty.txt", "empty.txt: no seeds in it"),
        ("bad.txt", "bad.txt, line 3: not a url: is no URL"),
        ("binary.txt", "binary.txt: is no text in UTF-8"),
        ("ftp://example.com/", "ftp is no scheme of web pages"),
        ("mailto:me@example.com", "mailto is no scheme of web pages"),
        ("me@example.com", "an e-mail address or a user name"),
        ("http://me:hush@example.com/", "seeds: http://…@example.com/: an e-mail address or a user name"),
        ("example.com,exam ple.com", "exam ple.com: is no URL"),
        ("https://", "https://: is no URL"),
        ("example", "example: is no URL"),
        ("a\0b", "is no URL"),
        ("x" * 5000, "is no URL"),
    ],
)
def test_wrong_seeds_are_refused_before_the_crawl(tmp_path: Path, raw: str, reason: str) -> None:
    (tmp_path / "empty.txt").write_text("\n# none\n")
    (tmp_path / "bad.txt").write_text("example.com\n\nnot a url\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError) as caught:
        read_seeds(raw)
    assert reason in caught.value.reason
    assert len(caught.value.reason) < 400


def test_a_file_has_one_seed_a_line(tmp_path: Path) -> None:
    path = tmp_path / "seeds.txt"
    path.write_bytes(
        b"\xef\xbb\xbfa.test\r\n  # a comment\r\n\r\nhttps://b.test/x#y   # another\r\nhttp://c.test/?a,b"
    )
    seeds = read_seeds(str(path))
    urls = ["http://a.test/", "https://b.test/x", "http://c.test/?a,b"]
    assert [seed.url for seed in seeds] == urls
    assert [seed.url for seed in seeds] == urls  # read anew
    assert len(seeds) == 3
    assert seeds.digest == read_seeds("@seeds.txt").digest != read_seeds("a.test").digest


def test_a_file_wins_over_a_domain_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "example.com").write_text("b.test\n")
    assert [seed.url for seed in read_seeds("example.com")] == ["http://b.test/"]
