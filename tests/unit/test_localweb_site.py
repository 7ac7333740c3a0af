"""A site file's tables, and the pages they become."""

import gzip

import pytest

from backlink_crawler.localweb import site
from backlink_crawler.localweb.message import parse

SITE = {"title": "Ärger & Söhne", "lang": "de", "layout": "<title>{title} | {site}</title>{body}{unknown}"}


def headers_of(page):
    return [value for name, value in page.headers if name == "Content-Type"]


def test_puts_the_layout_around_the_body_and_leaves_strange_marks():
    page = site.page({"path": "/", "title": "T {body}", "body": "<p>{title}</p>"}, SITE)
    assert page.body.decode() == "<title>T {body} | Ärger & Söhne</title><p>{title}</p>{unknown}"
    assert headers_of(page) == ["text/html; charset=utf-8"]


def test_the_layout_of_all_holds_title_and_language():
    body = site.page({"path": "/", "title": "T", "body": "<p>b"}, {"title": "S", "lang": "fr"}).body.decode()
    assert body.startswith('<!doctype html>\n<html lang="fr">')
    assert "<title>T | S</title>" in body


@pytest.mark.parametrize(
    "spec",
    [{"layout": ""}, {"layout": False}, {"type": "application/xml"}, {"type": "text/plain"}],
)
def test_leaves_alone_what_wants_no_layout(spec):
    assert site.page({"path": "/", "body": "<p>b", **spec}, SITE).body == b"<p>b"


def test_encodes_in_the_codec_said_whatever_the_header_says():
    page = site.page({"path": "/", "body": "сад", "layout": "", "encode": "koi8-r", "type": ""}, SITE)
    assert page.body == b"\xd3\xc1\xc4"
    assert headers_of(page) == []


def test_bodies_in_base64_and_as_a_gzip_file():
    assert site.page({"path": "/", "base64": "AAH/"}, SITE).body == b"\x00\x01\xff"
    packed = site.page({"path": "/", "body": "<urlset/>", "type": "application/gzip", "compress": True}, SITE)
    assert gzip.decompress(packed.body) == b"<urlset/>"


@pytest.mark.parametrize(("spec", "status"), [({}, 301), ({"status": 302}, 302), ({"status": 308}, 308)])
def test_redirects(spec, status):
    page = site.page({"path": "/", "redirect": "/new", **spec}, SITE)
    assert (page.status, page.body) == (status, b"")
    assert ("Location", "/new") in page.headers


def ask(page, *fields):
    status, data = page.answer(parse("\r\n".join(["GET / HTTP/1.1", *fields, "", ""]).encode()))
    head, _, body = data.partition(b"\r\n\r\n")
    return status, head.decode(), body


def test_conditional_requests():
    # RFC 9110, 13.2.2: If-None-Match goes before If-Modified-Since
    page = site.page({"path": "/", "body": "b"}, SITE)
    since = f"If-Modified-Since: {site.LAST_MODIFIED}"
    assert f"ETag: {page.etag}" in ask(page)[1]
    status, head, body = ask(page, f"If-None-Match: {page.etag}")
    assert (status, body) == (304, b"")
    assert "Content-Length" not in head
    assert ask(page, since)[0] == 304
    assert ask(page, 'If-None-Match: "other"', since)[0] == 200
    assert (
        ask(site.page({"path": "/", "status": 404, "body": "b"}, SITE), f"If-None-Match: {page.etag}")[0]
        == 404
    )


def test_gzip_when_asked_for_and_worth_it():
    long = site.page({"path": "/", "body": "soil " * 200}, SITE)
    _, head, body = ask(long, "Accept-Encoding: br, gzip")
    assert "Content-Encoding: gzip" in head
    assert gzip.decompress(body) == long.body
    assert "Content-Encoding" not in ask(long)[1]
    assert (
        "Content-Encoding" not in ask(site.page({"path": "/", "body": "b"}, SITE), "Accept-Encoding: gzip")[1]
    )


def test_a_host_without_a_file_is_none():
    assert site.load("nobody.example") is None
    assert site.load("../backlinks") is None
    assert site.read("") is None
