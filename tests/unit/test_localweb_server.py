"""The server over real sockets: as a proxy, as an origin, for one connection and for many."""

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing, contextmanager

import pytest

from backlink_crawler.localweb.message import response
from backlink_crawler.localweb.server import CONTROL_HOST, LocalWeb
from tests.waiting import SECONDS, until


async def slow(request, writer):
    await asyncio.sleep(3_600)
    return 200


async def reset(request, writer):
    writer.transport.abort()
    return 0


async def teapot(request, writer):
    writer.write(response(request, 418, (), b"short and stout"))
    return 418


@pytest.fixture(scope="module")
def web():
    with LocalWeb(handlers={"slow.example": slow, "reset.example": reset, "acme.example": teapot}) as web:
        yield web


def port(web):
    return int(web.proxy_url.rpartition(":")[2])


@pytest.fixture
def connection(web):
    connection = http.client.HTTPConnection("127.0.0.1", port(web), timeout=SECONDS)
    yield connection
    connection.close()


def get(connection, url, method="GET", **headers):
    connection.request(
        method, url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_serves_many_hosts_over_one_kept_connection(web, connection):
    status, headers, body = get(connection, "http://greenfingers.example/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Green Fingers" in body
    opened = connection.sock
    assert "庭の友" in get(connection, "http://niwa.example/")[2].decode("cp932")
    assert get(connection, "/", Host="spadeforum.example")[0] == 200
    assert connection.sock is opened


def test_works_as_the_proxy_of_the_environment(web, monkeypatch):
    monkeypatch.setenv("http_proxy", web.proxy_url)
    opener = urllib.request.build_opener()
    with opener.open("http://crossroads.example/first") as answer:
        assert answer.url == "http://crossroads.example/down"


ANSWERS = [
    ("GET", "http://greenfingers.example/nowhere", 404),
    ("GET", "http://brokenshed.example/cracked", 500),
    ("GET", "http://nobody.invalid/", 502),
    ("GET", "http://../", 502),
    ("GET", "http://acme.example/", 418),
    ("HEAD", "http://crossroads.example/found", 302),
    ("POST", "http://greenfingers.example/", 405),
    ("CONNECT", "greenfingers.example:443", 405),
]


@pytest.mark.parametrize(("method", "url", "expected"), ANSWERS)
def test_answers(connection, method, url, expected):
    connection.putrequest(method, url, skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status == expected


def test_head_says_the_length_of_what_it_does_not_send(connection):
    length = len(get(connection, "http://greenfingers.example/about")[2])
    status, headers, body = get(connection, "http://greenfingers.example/about", "HEAD")
    assert (status, int(headers["Content-Length"]), body) == (200, length, b"")


def test_repeats_a_header(connection):
    headers = get(connection, "http://signpost.example/header-twice")[1]
    assert headers.get_all("X-Robots-Tag") == ["noarchive", "noindex"]


def test_logs_what_was_asked_for(web, connection):
    get(connection, "http://attic.example/?q=1", User_Agent="tester")
    assert web.log[-1].url == "http://attic.example/?q=1"
    *_, told, itself = json.loads(get(connection, f"http://{CONTROL_HOST}/log")[2])
    assert told == {
        "method": "GET",
        "url": "http://attic.example/?q=1",
        "user_agent": "tester",
        "status": 404,
    }
    assert itself["status"] == 0


@pytest.mark.parametrize(
    "data", [b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"x" * 70_000]
)
def test_answers_nonsense_with_400_and_closes(web, data):
    with (
        socket.create_connection(("127.0.0.1", port(web)), timeout=SECONDS) as client,
        client.makefile("rb") as answer,
    ):
        client.sendall(data)
        assert answer.readline() == b"HTTP/1.1 400 Bad Request\r\n"


def test_a_handler_may_reset(connection):
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        get(connection, "http://reset.example/")


def test_stops_while_a_handler_hangs():
    with LocalWeb(handlers={"slow.example": slow}) as web:
        client = socket.create_connection(("127.0.0.1", port(web)), timeout=SECONDS)
        client.sendall(b"GET http://slow.example/ HTTP/1.1\r\n\r\n")
        until(lambda: web.log, lambda: "it was not asked")
    with client:
        assert client.recv(100) == b""
    assert {seen.status for seen in web.log} <= {0}


def test_a_taken_port_is_an_error_and_leaves_no_thread(web):
    with pytest.raises(OSError, match="in use"), LocalWeb(port=port(web)):
        pass


@contextmanager
def start(*arguments):
    """The command, which does not outlive the block."""
    command = [sys.executable, "-m", "backlink_crawler.localweb", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_port_and_stops_when_told(number):
    with (
        start("--print-port") as process,
        closing(
            http.client.HTTPConnection("127.0.0.1", int(process.stdout.readline()), timeout=SECONDS)
        ) as connection,
    ):
        assert get(connection, "http://greenfingers.example/")[0] == 200
        process.send_signal(number)
        out, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (0, "")
    assert "http_proxy=http://127.0.0.1:" in said
    assert "Traceback" not in said


def test_the_command_says_why_it_cannot_listen(web):
    with start("--port", str(port(web))) as process:
        out, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (2, "")
    assert said.startswith("error: cannot listen on port")
    assert "hint:" in said
