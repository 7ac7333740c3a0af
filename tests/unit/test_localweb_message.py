"""Requests as they are read, responses as they are written."""

import pytest

from backlink_crawler.localweb.message import BadRequestError, parse, response

HEADS = [
    # absolute form, as a proxy is asked (RFC 9112, 3.2.2)
    ("GET http://blog.example/a?b=c HTTP/1.1", "blog.example", 80, "/a?b=c", "http://blog.example/a?b=c"),
    ("GET http://blog.example HTTP/1.1", "blog.example", 80, "/", "http://blog.example/"),
    ("GET http://blog.example?b HTTP/1.1", "blog.example", 80, "/?b", "http://blog.example/?b"),
    ("GET http://blog.example/?u=http://x/ HTTP/1.1", "blog.example", 80, "/?u=http://x/", "http://blog.example/?u=http://x/"),
    ("GET HTTP://Blog.Example:8080/ HTTP/1.1", "blog.example", 8080, "/", "http://blog.example:8080/"),
    ("GET http://ada:moss@blog.example./ HTTP/1.1", "blog.example", 80, "/", "http://blog.example/"),
    # origin form: the host is that of the Host field (RFC 9112, 3.2.1)
    ("GET /a HTTP/1.1\r\nhOST:  Wiki.Example:80 ", "wiki.example", 80, "/a", "http://wiki.example/a"),
    ("GET /?u=http://x/ HTTP/1.1\r\nHost: wiki.example", "wiki.example", 80, "/?u=http://x/", "http://wiki.example/?u=http://x/"),
    ("GET / HTTP/1.0", "", 80, "/", "http:///"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "host", "port", "target", "url"), HEADS)
def test_reads_where_a_request_goes(head, host, port, target, url):
    request = parse(f"{head}\r\n\r\n".encode())
    assert (request.host, request.port, request.target, request.url) == (host, port, target, url)


@pytest.mark.parametrize("head", ["", "GET /", "GET / now HTTP/1.1", "GET / HTTP/2.0", "\x16\x03\x01"])
def test_refuses_what_is_no_request(head):
    with pytest.raises(BadRequestError):
        parse(f"{head}\r\n\r\n".encode())


KEPT = [
    # RFC 9112, 9.3
    ("HTTP/1.1", "", True),
    ("HTTP/1.1", "Connection: close", False),
    ("HTTP/1.1", "Proxy-Connection: Close", False),
    ("HTTP/1.0", "", False),
    ("HTTP/1.0", "Connection: Keep-Alive", True),
]


@pytest.mark.parametrize(("version", "field", "kept"), KEPT)
def test_knows_whether_the_connection_stays(version, field, kept):
    assert parse(f"GET / {version}\r\n{field}\r\n\r\n".encode()).keep_alive is kept


def test_writes_repeated_headers_and_the_true_length():
    request = parse(b"GET / HTTP/1.1\r\n\r\n")
    data = response(request, 200, (("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "nofollow")), "ä".encode())
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"X-Robots-Tag: noindex",
        b"X-Robots-Tag: nofollow",
        b"Content-Length: 2",
    ]
    assert body == "ä".encode()


def test_answers_head_without_the_body_and_a_strange_status_with_a_word():
    request = parse(b"HEAD / HTTP/1.0\r\n\r\n")
    assert (
        response(request, 299, (), b"12345")
        == b"HTTP/1.1 299 Unknown\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    )
