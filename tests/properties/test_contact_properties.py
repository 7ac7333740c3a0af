"""Contacts of any page: sound addresses, pages of its own site, and few of them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler import read_page
from backlink_crawler.page.contact import MAILTO, MOST, addresses
from backlink_crawler.urls import host_of, known_suffix, site_of

HOME = "https://www.blog.example/post"
SOUND = re.compile(r"mailto:[a-zA-Z0-9!$'*+._~%-]+@(?:[a-z0-9_-]+\.)+[a-z0-9-]+")

odd = st.text(st.characters(codec="utf-8"), max_size=20)
near = st.builds(
    "{}@{}".format,
    st.sampled_from(["ada", "a.b+c", "%41", "a%2Cb", "a%25b", "a/b=c"]) | odd,
    st.sampled_from(["b.example", "Bücher.de", "b.example.", "b"]) | odd,
)
hrefs = st.builds(
    "mailto:{}{}".format, near, st.sampled_from(["", "?subject=x@y.example", ",c@d.example"])
) | st.sampled_from(
    [
        "/contact",
        "//other.example/kontakt",
        "javascript:contact",
        "https://blog.example/impressum#x",
        "#contact",
    ]
)
links = st.lists(st.tuples(hrefs | odd, odd | st.sampled_from(["Contact", "Impressum"])), max_size=30)


@given(near | odd)
def test_an_address_is_sound_and_says_the_same_when_read_again(said: str) -> None:
    for address in addresses(said):
        assert SOUND.fullmatch(address)
        assert known_suffix(address.rpartition("@")[2])
        assert addresses(address.removeprefix(MAILTO)) == [address]


@given(links, st.sampled_from(["text/html", "application/xhtml+xml"]))
def test_contacts_of_any_page(said: list[tuple[str, str]], content_type: str) -> None:
    markup = "".join(f'<p><a href="{href}"><b>{text}</b></a></p>' for href, text in said)
    body = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{markup}</body></html>'.encode(
        "utf-8", "replace"
    )
    found = read_page(body, HOME, {"Content-Type": f"{content_type}; charset=utf-8"}, contacts=True).contacts
    assert len(found) == len(set(found)) <= MOST
    is_mail = [one.startswith(MAILTO) for one in found]
    assert is_mail == sorted(is_mail, reverse=True)
    assert all(site_of(host_of(one)) == "blog.example" for one in found if not one.startswith(MAILTO))
