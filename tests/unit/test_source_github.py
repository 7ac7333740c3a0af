"""GitHub code search, by the answers of its reference (docs.github.com/en/rest/search/search#search-code)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.discovery.github import QUERIES, GitHub
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import KEY, assert_named, fault_of, walked, web_of

PATH = "/search/code"
SHA = "825ac3773694e0cd23ee74895fd5aeb535b27da4"


def file(
    path: str,
    fragment: str = "see <https://example.com/a> now",
    *,
    repository: str = "ann/notes",
    **more: Any,
) -> dict[str, Any]:
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": "d7212f9d",
        "html_url": f"https://github.com/{repository}/blob/{SHA}/{path}",
        "repository": {"full_name": repository, "private": False, "html_url": f"https://github.com/{repository}"},
        "score": 1.0,
        "text_matches": [
            {"object_type": "FileContent", "property": "content", "fragment": fragment, "matches": [{"text": "example.com", "indices": [4, 15]}]}
        ],
        **more,
    }  # fmt: skip


def files(*items: Any, total: int | None = None) -> Reply:
    return Reply(
        {
            "total_count": len(items) if total is None else total,
            "incomplete_results": False,
            "items": list(items),
        }
    )


def test_rendered_files_first_then_the_rest(tmp_path: Path) -> None:
    def reply(asked: Request) -> Reply:
        if asked.query["q"].endswith('" extension:md'):
            return files(file("docs/a.md"), file("README.md", repository="bob/tool"))
        return files(file("src/a.py")) if "-extension:md" in asked.query["q"] else files()

    with ReplayServer(reply) as server, web_of(server, tmp_path, key=KEY) as web:
        found = walked(GitHub, web)
    assert [(one.source_url, one.kind, one.why, one.target_url) for one in found] == [
        ("https://github.com/ann/notes/blob/HEAD/docs/a.md", "link", "file docs/a.md of ann/notes", "https://example.com/a"),
        ("https://github.com/bob/tool", "link", "file README.md of bob/tool", "https://example.com/a"),
        ("https://github.com/ann/notes/blob/HEAD/src/a.py", "hint", "file src/a.py of ann/notes", "https://example.com/a"),
    ]  # fmt: skip
    assert [asked.query["q"] for asked in server.requests] == [
        template.format(domain="example.com") for template in QUERIES
    ]
    asked = server.requests[0]
    assert (asked.path, asked.query["per_page"], asked.query["page"]) == (PATH, "100", "1")
    assert asked.headers["accept"] == "application/vnd.github.text-match+json"
    assert asked.headers["x-github-api-version"] == "2022-11-28"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert not any(KEY in one.origin or KEY in asked.target for one in found)


def numbered(asked: Request, total: int) -> Reply:
    page = int(asked.query["page"])
    numbers = range((page - 1) * 100, min(page * 100, total))
    return files(*(file(f"{number}.md") for number in numbers), total=total)


@pytest.mark.parametrize(
    ("total", "expected", "asked"), [(0, 0, 1), (100, 100, 1), (250, 250, 3), (5000, 1000, 10)]
)
def test_pages_to_the_thousandth(tmp_path: Path, total: int, expected: int, asked: int) -> None:
    """It says: "The REST API provides up to 1,000 results for each search"; beyond it answers 422."""
    with (
        ReplayServer(lambda request: numbered(request, total)) as server,
        web_of(server, tmp_path, key=KEY, queries=('"{domain}"',)) as web,
    ):
        found = walked(GitHub, web)
    assert [one.source_url for one in found] == [
        f"https://github.com/ann/notes/blob/HEAD/{number}.md" for number in range(expected)
    ]
    assert len(server.requests) == asked


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("[a](https://example.com/a) b", ["https://example.com/a"]),
        ("([a](https://www.example.com/a_(b)). c", ["https://www.example.com/a_(b)"]),
        ('<a href="http://sub.example.com/?q=1">x</a>', ["http://sub.example.com/?q=1"]),
        ("`https://example.com`, https://example.com/b.", ["https://example.com/", None]),
        ("look at www.example.com/c, please", ["http://www.example.com/c"]),  # GFM 6.9, extended www autolink
        ("https://example.com/a https://example.com/a ", ["https://example.com/a"]),
        ("ann@example.com", []),
        ("example.com is nice; import example.com.Main", []),
        ("https://notexample.com/ https://example.com.evil.test/ ", []),
        ("https://evil.test/?u=https://example.com/ ", []),
        (
            "https://example.com/cut-he",
            [None],
        ),  # what the fragment's end may have cut is not said to be the target
    ],
)
def test_urls_of_a_fragment(tmp_path: Path, fragment: str, expected: list[str | None]) -> None:
    with (
        ReplayServer(files(file("a.md", fragment))) as server,
        web_of(server, tmp_path, key=KEY, queries=("q",)) as web,
    ):
        found = walked(GitHub, web)
    assert [one.target_url for one in found] == ([url for url in expected if url] or expected)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.markdown", "link"),
        ("A.MD", "link"),
        ("x/b.rst", "link"),
        ("n.ipynb", "link"),
        ("index.html", "hint"),
        ("Makefile", "hint"),
        ("a.mdx", "hint"),
    ],
)
def test_kind(tmp_path: Path, path: str, kind: str) -> None:
    with (
        ReplayServer(files(file(path))) as server,
        web_of(server, tmp_path, key=KEY, queries=("q",)) as web,
    ):
        (found,) = walked(GitHub, web)
    assert found.kind == kind


def test_private_and_odd_files_are_passed_over(tmp_path: Path) -> None:
    private = {"full_name": "ann/secret", "private": True, "html_url": "https://github.com/ann/secret"}
    odd = [
        None, 7, "text", {}, file("a.md", repository="ann/secret") | {"repository": private}, file("b.md", text_matches=None),
        file("c.md", text_matches=[]), file("d.md", text_matches=[None, {"property": "content"}, {"property": "path", "fragment": "https://example.com/ "}]),
        file("e.md") | {"path": 5}, file("f.md", html_url=None), file("g.md", repository="x") | {"repository": None},
        file("good.md"),
    ]  # fmt: skip
    with ReplayServer(files(*odd)) as server, web_of(server, tmp_path, key=KEY, queries=("q",)) as web:
        assert [one.why for one in walked(GitHub, web)] == ["file good.md of ann/notes"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply({"message": "Bad credentials", "status": "401"}, 401), "it refuses the key"),
        (Reply({"message": "Validation Failed"}, 422), "it does not take the question"),
        (
            Reply({"message": "You have exceeded a secondary rate limit"}, 403, {"Retry-After": "3600"}),
            "its quota is spent",
        ),
        (Reply({"message": "API rate limit exceeded"}, 429), "its quota is spent"),
        (Reply({"message": "Server Error"}, 500), "it is down"),
    ],
    ids=["token", "query", "secondary", "primary", "down"],
)
def test_faults(tmp_path: Path, reply: Reply, reason: str) -> None:
    fault = fault_of(GitHub, reply, tmp_path, key=KEY)
    assert fault.reason == reason
    assert KEY not in str(fault)


@pytest.mark.parametrize("kind", ["secondary", "primary"])
def test_a_rate_limit_is_waited_for(tmp_path: Path, kind: str) -> None:
    headers = {
        "secondary": {"Retry-After": "1"},
        "primary": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 30)},
    }[kind]
    replies = (Reply({"message": "rate limit"}, 403, headers), files(file("a.md")))
    with ReplayServer(*replies) as server, web_of(server, tmp_path, key=KEY, queries=("q",)) as web:
        assert len(walked(GitHub, web)) == 1


@pytest.mark.parametrize(
    "body",
    [{}, [], {"items": None}, {"items": [file("a.md")]}, {"items": [file("a.md")], "total_count": "many"}],
    ids=lambda body: ",".join(body),
)
def test_nonsense_raises_what_the_runner_names(tmp_path: Path, body: object) -> None:
    assert_named(GitHub, body, tmp_path, key=KEY)
