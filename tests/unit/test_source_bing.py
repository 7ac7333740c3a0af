"""Bing Webmaster Tools, by the JSON samples of its reference (learn.microsoft.com, ``IWebmasterApi``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery.bing import Bing
from backlink_crawler.errors import SourceFault
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import KEY, assert_named, fault_of, walked, web_of

API = "/webmaster/api.svc/json"
_NAMESPACE = "#Microsoft.Bing.Webmaster.Api"


def sites(*sites: tuple[str, bool]) -> Reply:
    return Reply({
        "d": [
            {"__type": f"Site:{_NAMESPACE}", "AuthenticationCode": "AUTHCODE", "DnsVerificationCode": "DNSCODE", "IsVerified": verified, "Url": url}
            for url, verified in sites
        ]
    })  # fmt: skip


def counts(*urls: Any, pages: int = 1) -> Reply:
    links = [{"__type": f"LinkCount:{_NAMESPACE}", "Count": 10, "Url": url} for url in urls]
    return Reply({"d": {"__type": f"LinkCounts:{_NAMESPACE}", "Links": links, "TotalPages": pages}})


def details(*links: tuple[Any, Any], pages: int = 1) -> Reply:
    found = [
        {"__type": f"LinkDetail:{_NAMESPACE}", "AnchorText": anchor, "Url": url} for url, anchor in links
    ]
    return Reply({"d": {"__type": f"LinkDetails:{_NAMESPACE}", "Details": found, "TotalPages": pages}})


ONE_SITE = sites(("https://www.example.com/", True))


def test_both_lists_are_read_to_their_ends(tmp_path: Path) -> None:
    tree = {
        "https://example.com/": [["http://example.com/a", "http://example.com"], ["http://example.com/b"]],
        "http://shop.example.com/": [["http://shop.example.com/"]],
    }
    linking = {
        "http://example.com/a": [["https://x.test/1"], ["https://x.test/2"], ["https://x.test/3"]],
        "http://example.com": [["https://y.test/"]],
        "http://example.com/b": [["https://x.test/1"]],
        "http://shop.example.com/": [["https://z.test/"]],
    }

    def count(asked: Request) -> Reply:
        pages = tree[asked.query["siteUrl"]]
        return counts(*pages[int(asked.query["page"])], pages=len(pages))

    def links(asked: Request) -> Reply:
        pages = linking[asked.query["link"]]
        return details(
            *((url, f"to {asked.query['link']}") for url in pages[int(asked.query["page"])]), pages=len(pages)
        )

    with ReplayServer() as server, web_of(server, tmp_path, key=KEY) as web:
        account = sites(
            ("https://example.com/", True),
            ("https://other.test/", True),
            ("http://shop.example.com/", True),
            ("http://example.com/", False),
        )
        server.on(f"{API}/GetUserSites", account).on(f"{API}/GetLinkCounts", count).on(
            f"{API}/GetUrlLinks", links
        )
        found = walked(Bing, web)
    assert [(one.source_url, one.target_url, one.anchor) for one in found] == [
        ("https://x.test/1", "http://example.com/a", "to http://example.com/a"),
        ("https://x.test/2", "http://example.com/a", "to http://example.com/a"),
        ("https://x.test/3", "http://example.com/a", "to http://example.com/a"),
        ("https://y.test/", "http://example.com/", "to http://example.com"),
        ("https://x.test/1", "http://example.com/b", "to http://example.com/b"),
        ("https://z.test/", "http://shop.example.com/", "to http://shop.example.com/"),
    ]
    assert {one.kind for one in found} == {"link"}
    assert {one.why for one in found} == {"inbound link, Bing Webmaster Tools"}
    assert all(asked.query["apikey"] == KEY for asked in server.requests)
    assert not any(KEY in one.origin for one in found)
    assert len(server.requests) == len({asked.target for asked in server.requests}) == 10


def test_the_codes_of_the_sites_are_not_kept(tmp_path: Path) -> None:
    with ReplayServer() as server, web_of(server, tmp_path, key=KEY) as web:
        server.on(f"{API}/GetUserSites", ONE_SITE).on(f"{API}/GetLinkCounts", counts())
        assert walked(Bing, web) == walked(Bing, web) == []
    assert [asked.path.rpartition("/")[2] for asked in server.requests] == [
        "GetUserSites",
        "GetLinkCounts",
        "GetUserSites",
    ]


def test_only_pages_in_the_target_are_read(tmp_path: Path) -> None:
    with (
        ReplayServer(details(("https://x.test/", "x"))) as server,
        web_of(server, tmp_path, key=KEY) as web,
    ):
        server.on(f"{API}/GetUserSites", ONE_SITE)
        server.on(
            f"{API}/GetLinkCounts",
            counts(
                "https://www.example.com/",
                "https://www.example.com/shop/a",
                "https://www.example.com/shopping",
            ),
        )
        found = walked(Bing, web, parse_target("prefix:example.com/shop"))
    assert [(one.source_url, one.target_url) for one in found] == [
        ("https://x.test/", "https://www.example.com/shop/a")
    ]


def test_own_pages_and_odd_entries_are_passed_over(tmp_path: Path) -> None:
    odd_links = [
        ("https://blog.example.com/", "own"),
        (None, "x"),
        (7, "x"),
        ("mailto:a@b.test", "x"),
        ("https://x.test/1", 5),
        ("https://x.test/2", ""),
    ]
    with ReplayServer() as server, web_of(server, tmp_path, key=KEY) as web:
        server.on(
            f"{API}/GetUserSites",
            Reply({"d": [None, "x", {"Url": 5, "IsVerified": True}, *ONE_SITE.body["d"]]}),
        )
        server.on(
            f"{API}/GetLinkCounts",
            Reply(
                {"d": {"Links": [None, {}, {"Url": 5}, {"Url": "https://example.com/a"}], "TotalPages": 1}}
            ),
        )
        server.on(f"{API}/GetUrlLinks", details(*odd_links))
        found = walked(Bing, web)
    assert [(one.source_url, one.anchor) for one in found] == [
        ("https://x.test/1", None),
        ("https://x.test/2", None),
    ]


@pytest.mark.parametrize(
    ("target", "site", "fits"),
    [
        ("example.com", "http://example.com/", True),
        ("example.com", "https://blog.example.com/", True),
        ("host:blog.example.com", "https://example.com/", True),
        ("host:example.com", "https://WWW.example.com/", True),
        ("example.com", "https://notexample.com/", False),
        ("example.com", "https://example.com.evil.test/", False),
    ],
)
def test_which_sites_of_the_account(tmp_path: Path, target: str, site: str, fits: bool) -> None:
    with ReplayServer(counts()) as server, web_of(server, tmp_path, key=KEY) as web:
        server.on(f"{API}/GetUserSites", sites((site, True)))
        if fits:
            assert walked(Bing, web, parse_target(target)) == []
            assert server.requests[-1].query["siteUrl"] == site
        else:
            with pytest.raises(SourceFault, match="no verified site"):
                walked(Bing, web, parse_target(target))


@pytest.mark.parametrize(
    "account", [sites(), sites(("https://example.com/", False))], ids=["none", "not verified"]
)
def test_a_site_that_is_not_verified(tmp_path: Path, account: Reply) -> None:
    fault = fault_of(Bing, account, tmp_path, key=KEY)
    assert fault.reason == "no verified site of example.com is in the account of the key"
    assert fault.hint == "verify the site at https://www.bing.com/webmasters"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply({"ErrorCode": 3, "Message": f"ERROR!!! InvalidApiKey {KEY}"}, 400), "it refuses the key, or its quota is spent"),
        (Reply({"ErrorCode": 3, "Message": "ERROR!!! InvalidApiKey"}), "it refuses the key"),
        (Reply({"ErrorCode": 4, "Message": "ERROR!!! ThrottleUser"}), "its quota is spent"),
        (Reply({"ErrorCode": 14, "Message": "ERROR!!! NotAuthorized"}), "the site is not verified in the account of the key"),
        (Reply({"ErrorCode": 99, "Message": "?"}), "it reports an error"),
        (Reply("", 429), "its quota is spent"),
        (Reply("", 503), "it is down"),
        (Reply("<html>"), "its answer is no JSON"),
    ],
    ids=["400", "key", "throttled", "not verified", "unknown", "429", "down", "html"],
)  # fmt: skip
def test_faults(tmp_path: Path, reply: Reply, reason: str) -> None:
    fault = fault_of(Bing, reply, tmp_path, key=KEY)
    assert fault.reason == reason
    assert KEY not in str(fault)


@pytest.mark.parametrize(
    "body",
    [{}, [], {"d": None}, {"d": 5}, {"d": [{"IsVerified": True, "Url": "https://example.com/"}]}],
    ids=str,
)
def test_nonsense_raises_what_the_runner_names(tmp_path: Path, body: object) -> None:
    """The last is nonsense for the second method only."""
    assert_named(Bing, body, tmp_path, key=KEY)


@pytest.mark.parametrize(
    "data", [{"Links": None, "TotalPages": 1}, {"Links": []}, {"Links": [], "TotalPages": "x"}], ids=str
)
def test_nonsense_of_the_second_method(tmp_path: Path, data: object) -> None:
    with ReplayServer(Reply({"d": data})) as server, web_of(server, tmp_path, key=KEY) as web:
        server.on(f"{API}/GetUserSites", ONE_SITE)
        with pytest.raises((KeyError, TypeError, ValueError)):
            walked(Bing, web)
