"""How the people of a page are reached: addresses and contact pages that it links to."""

from __future__ import annotations

import pytest

from backlink_crawler import read_page
from backlink_crawler.page.contact import MOST, addresses

HOME = "https://www.blog.example/post"


def contacts(markup: str, url: str = HOME) -> list[str]:
    return read_page(
        markup.encode(), url, {"Content-Type": "text/html; charset=utf-8"}, contacts=True
    ).contacts


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ada@blog.example", ["ada@blog.example"]),
        (
            "ada@blog.example?subject=Hi&body=x,y@z.example",
            ["ada@blog.example"],
        ),  # RFC 6068: fields are no addresses
        ("ada@blog.example,%20bob@blog.example", ["ada@blog.example", "bob@blog.example"]),
        ("gorby%25kremvax@example.com", ["gorby%25kremvax@example.com"]),  # RFC 6068, section 6.1
        ("unlikely%3Faddress@example.com", ["unlikely%3Faddress@example.com"]),
        ("Ada.L+web@BLOG.Example.", ["Ada.L+web@blog.example"]),
        ("info@bücher.example", ["info@xn--bcher-kva.example"]),
        ("%22not%40me%22@example.org", []),  # a quoted local part: not asked for in earnest
        ("a..b@blog.example", []),
        ("a@localhost", []),
        ("a@[192.0.2.1]", []),
        ("a@192.0.2.1", []),
        ("icon@2x.png", []),
        ("@blog.example", []),
        ("ada", []),
        ("", []),
        ("%ff@blog.example", []),
        ("a%0d%0aBcc:%20b@blog.example", []),
        ("a@blog.example%0d%0aBcc: x", []),
        ("<script>@blog.example", []),
        ("a%E2%80%AE@blog.example", []),
        (f"{'a' * 65}@blog.example", []),
        (f"a@{'b' * 300}.example", []),
    ],
)
def test_addresses(said: str, expected: list[str]) -> None:
    assert addresses(said) == [f"mailto:{one}" for one in expected]


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="/contact">Say hello</a>',
        '<a href="/en/Contact-Us/">x</a>',
        '<a href="/kontakt.html">x</a>',
        '<a href="/7">Impressum</a>',
        '<a href="/7"> <span>Nous&nbsp;contacter</span> </a>',
        '<a href="/7">联系我们</a>',
        '<a href="/7">お問い合わせ</a>',
        '<a href="/%E3%81%8A%E5%95%8F%E3%81%84%E5%90%88%E3%82%8F%E3%81%9B">x</a>',
        '<a href="/7">Контакты</a>',
        '<a href="/7">İletişim</a>',
        '<a href="https://blog.example/7">CONTACT US →</a>',
        '<base href="/a/"><a href="contact">x</a>',
        '<map><area href="/contact" alt="x"></map>',
    ],
)
def test_contact_pages(markup: str) -> None:
    [page] = contacts(markup)
    assert page.startswith(("https://www.blog.example/", "https://blog.example/"))


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="/contact-lenses">Contact lenses</a>',
        '<a href="https://other.example/contact">Contact</a>',
        '<a href="#contact">Contact</a>',
        '<a href="/post#contact">Contact</a>',
        '<a href="javascript:contact()">Contact</a>',
        '<a name="contact">Contact</a>',
        '<a href="/about">About us</a>',
        '<a href="https://me:secret@www.blog.example/contact">Contact</a>',
        f'<a href="/{"x" * 2_000}/contact">Contact</a>',
        '<a href="javascript://www.blog.example/contact">Contact</a>',
        '<a href="/">Home</a>',
        f'<a href="/x">{"Contact " * 20}</a>',
        "<p>Write to ada@blog.example</p><!-- <a href='mailto:ada@blog.example'>x</a> -->",
        '<a href="/cdn-cgi/l/email-protection#8dece9eccdeff1">[protected]</a>',
    ],
)
def test_what_is_none(markup: str) -> None:
    assert contacts(markup) == []


def test_mail_comes_first_and_that_of_the_site_before_others() -> None:
    said = (
        '<a href="/contact">Contact</a><a href="mailto:a@gmail.com">a</a><a href="MAILTO:ed@news.blog.example">b</a>'
        '<a href="mailto:a@gmail.com?subject=again">a</a><a href="/contact#form">Contact</a>'
    )
    assert contacts(said) == [
        "mailto:ed@news.blog.example",
        "mailto:a@gmail.com",
        "https://www.blog.example/contact",
    ]


def test_on_shared_hosting_the_page_of_another_is_no_contact() -> None:
    said = '<a href="https://bob.github.io/contact">Contact</a><a href="https://ada.github.io/contact">Contact</a>'
    assert contacts(said, "https://ada.github.io/post") == ["https://ada.github.io/contact"]


def test_there_is_a_most() -> None:
    said = "".join(f'<a href="mailto:a{n}@b.example">x</a><a href="/{n}/contact">x</a>' for n in range(500))
    assert len(contacts(said)) == MOST


def test_nested_links_cost_no_more_than_their_number() -> None:
    assert contacts('<a href="/x"><object>' * 5_000 + '<a href="/contact">x</a>') == [
        "https://www.blog.example/contact"
    ]


def test_it_is_off_unless_asked_for() -> None:
    assert read_page(b'<a href="mailto:ada@blog.example">x</a>', HOME).contacts == []
