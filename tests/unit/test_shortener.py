"""Known shorteners."""

from importlib import resources

import pytest

from backlink_crawler import urls
from backlink_crawler.classify.shortener import is_shortener


@pytest.mark.parametrize(
    "host",
    [
        "bit.ly",
        "www.bit.ly",
        "t.co",
        "tinyurl.com",
        "goo.gl",
        "ow.ly",
        "buff.ly",
        "lnkd.in",
        "is.gd",
        "amzn.to",
    ],
)
def test_known_shorteners(host: str) -> None:
    assert is_shortener(host)


@pytest.mark.parametrize("host", ["", "youtu.be", "example.com", "notbit.ly", "bit.ly.evil.test", "habit.ly"])
def test_other_hosts_are_none(host: str) -> None:
    assert not is_shortener(host)


def test_the_list_holds_hosts_as_urls_have_them() -> None:
    text = resources.files("backlink_crawler.classify").joinpath("shorteners.txt").read_text(encoding="utf-8")
    hosts = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(hosts) > 80
    assert hosts == sorted(set(hosts))
    assert [host for host in hosts if urls.ascii_host(host) != host or not urls.known_suffix(host)] == []
