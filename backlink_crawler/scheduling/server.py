"""A Scrapyd server, asked over its JSON API: https://scrapyd.readthedocs.io/en/stable/api.html (1.3 and newer)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

import attrs
import requests
from requests.auth import HTTPBasicAuth

from ..errors import BacklinkError, UsageError
from ..options import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_TO_CONNECT = 5.0
SECONDS = 30.0
SECONDS_TO_LIST = 180.0
"""Asked for its spiders, Scrapyd starts the egg, and answers nobody else meanwhile."""
TRIES = 3
PAUSE = 1.0
MOST_TAIL = 65_536
"""Bytes of the end of a log."""
MOST_AT_ONCE = 16
"""Servers that are asked at the same time."""
BEHIND_A_PROXY = frozenset({502, 503, 504})
DEPLOY = "deploy it there, from a checkout: scrapyd-deploy"

Pairs = Sequence[tuple[str, str]]
Answer = TypeVar("Answer")


class ServerFault(BacklinkError):
    """A Scrapyd server does not answer, or not as it should; ``reason`` names it, without its password."""


class SilenceFault(ServerFault):
    """It does not answer: it may do so later."""


@attrs.frozen
class Server:
    """One Scrapyd, for one thread at a time. Every method raises ServerFault."""

    url: str
    """Without user name and password, with a slash at its end."""
    _http: requests.Session = attrs.field(eq=False, repr=False)

    @classmethod
    def of(cls, address: str, environment: Mapping[str, str]) -> Self:
        """The server at an address as ``http://USER:PASSWORD@HOST:6800/``. Raises UsageError.

        Without a user name there, SCRAPYD_USERNAME and SCRAPYD_PASSWORD say it, or else ``~/.netrc``.
        """
        whole = address.strip()
        shown = whole.rpartition("@")[2]
        parts = _split(whole if "://" in whole else f"http://{whole}")
        if parts is None or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise UsageError(f"--server {shown}: is no address of a Scrapyd", "write http://HOST:6800")
        http = requests.Session()
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not user:
            user, password = environment.get("SCRAPYD_USERNAME", ""), environment.get("SCRAPYD_PASSWORD", "")
        if user:
            http.auth = HTTPBasicAuth(user.encode(), password.encode())
        place = parts.netloc.rpartition("@")[2]
        return cls(f"{parts.scheme}://{place}{parts.path.rstrip('/')}/", http)

    def __str__(self) -> str:
        return self.url

    def check(self, project: str, spider: str) -> None:
        """Prove that it is a Scrapyd that can run this spider."""
        self._ask("daemonstatus")
        projects = self._names(self._ask("listprojects"), "projects")
        if project not in projects:
            known = f"; {nearest(project, projects)}" if projects else ""
            raise ServerFault(f"{self}: has no project {project}", DEPLOY + known)
        try:
            spiders = self._names(
                self._ask("listspiders", [("project", project)], SECONDS_TO_LIST), "spiders"
            )
        except SilenceFault:
            raise
        except ServerFault as fault:
            hint = "its Python lacks what the egg needs (see its log), or " + DEPLOY
            raise ServerFault(f"{self}: the egg of {project} does not run ({fault.reason})", hint) from None
        if spider not in spiders:
            raise ServerFault(
                f"{self}: the egg of {project} has no spider {spider}, it is another or an old one", DEPLOY
            )

    def jobs(self, project: str) -> dict[str, str]:
        """The state of every job that it knows: ``pending``, ``running`` or ``finished``, also after a crash."""
        said = self._ask("listjobs", [("project", project)])
        return {
            job: state for state in ("finished", "running", "pending") for job in self._names(said, state)
        }

    def schedule(
        self, project: str, spider: str, job: str, arguments: Mapping[str, str], settings: Mapping[str, str]
    ) -> None:
        """Schedule a job once, also when an answer is lost on its way."""
        pairs = [("project", project), ("spider", spider), ("jobid", job), *arguments.items()]
        pairs += [("setting", f"{name}={value}") for name, value in settings.items()]
        for tries_left in reversed(range(TRIES)):
            try:
                self._send("schedule", pairs, SECONDS_TO_LIST)
            except SilenceFault:
                with suppress(SilenceFault):
                    if job in self.jobs(project):
                        return
                if not tries_left:
                    raise
                time.sleep(PAUSE)
            else:
                return

    def cancel(self, project: str, job: str) -> str | None:
        """Have a job ended cleanly, as by Ctrl-C; returns the state it was in, None where it was over."""
        state: str | None = self._send("cancel", [("project", project), ("job", job)], SECONDS).get(
            "prevstate"
        )
        return state

    def log_url(self, project: str, spider: str, job: str) -> str:
        """Where a job's log can be read."""
        return f"{self.url}logs/{quote(project)}/{quote(spider)}/{quote(job)}.log"

    def log_tail(self, project: str, spider: str, job: str) -> str:
        """The end of a job's log; empty when it cannot be had."""
        url, waits = self.log_url(project, spider, job), (SECONDS_TO_CONNECT, SECONDS)
        try:
            # Asked for the last bytes of a shorter file, Twisted answers with an error: the size comes first.
            size = int(self._http.head(url, timeout=waits).headers.get("Content-Length", 0))
            part = {"Range": f"bytes={max(0, size - MOST_TAIL)}-{size - 1}"}
            with self._http.get(
                url, headers=part, stream=True, timeout=waits, allow_redirects=False
            ) as answer:
                if size and answer.status_code == requests.codes.partial:
                    return next(answer.iter_content(MOST_TAIL), b"").decode("utf-8", "replace")
        except (requests.RequestException, ValueError):
            pass
        return ""

    def _ask(self, service: str, pairs: Pairs = (), seconds: float = SECONDS) -> dict[str, Any]:
        """A service that changes nothing: asked again when it does not answer."""
        for _ in range(TRIES - 1):
            with suppress(SilenceFault):
                return self._call("GET", service, {"params": list(pairs)}, seconds)
            time.sleep(PAUSE)
        return self._call("GET", service, {"params": list(pairs)}, seconds)

    def _send(self, service: str, pairs: Pairs, seconds: float) -> dict[str, Any]:
        return self._call("POST", service, {"data": list(pairs)}, seconds)

    def _call(self, method: str, service: str, said: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        try:
            answer = self._http.request(
                method,
                f"{self.url}{service}.json",
                timeout=(SECONDS_TO_CONNECT, seconds),
                allow_redirects=False,
                **said,
            )
        except requests.exceptions.SSLError:
            hint = "REQUESTS_CA_BUNDLE=FILE names the authority that signed it"
            raise ServerFault(f"{self}: its certificate is not trusted", hint) from None
        except requests.RequestException:
            raise self._silence() from None
        return self._read(answer)

    def _read(self, answer: requests.Response) -> dict[str, Any]:
        """What an answer says; Scrapyd tells errors in the body, with status 200."""
        if answer.status_code in BEHIND_A_PROXY:
            raise self._silence()
        if answer.status_code in (401, 403):
            told = (
                "refuses the user name or password" if self._http.auth else "wants a user name and a password"
            )
            hint = (
                "set SCRAPYD_USERNAME and SCRAPYD_PASSWORD, or write --server http://USER:PASSWORD@HOST:6800"
            )
            raise ServerFault(f"{self}: {told}", hint)
        if answer.is_redirect:
            raise ServerFault(f"{self}: sends us to another address", "give that one, often with https")
        try:
            said = answer.json()
        except (requests.JSONDecodeError, RecursionError):
            said = None
        if not isinstance(said, dict) or said.get("status") not in ("ok", "error"):
            raise self._stranger(f"HTTP status {answer.status_code}")
        if said["status"] == "error":
            lines = str(said.get("message", "")).strip().splitlines() or ["an error without words"]
            raise ServerFault(f"{self}: {lines[-1][:300]}", "its own log tells more")
        return said

    def _names(self, said: dict[str, Any], what: str) -> list[str]:
        """What an answer lists: names, or jobs by their ids."""
        listed = said.get(what, [])
        if isinstance(listed, list):
            names = [one.get("id") if isinstance(one, dict) else one for one in listed]
            known = [name for name in names if isinstance(name, str)]
            if known == names:
                return known
        raise self._stranger(f"its list of {what} is none")

    def _stranger(self, why: str) -> ServerFault:
        hint = f"see what answers there: curl {self}daemonstatus.json"
        return ServerFault(f"{self}: is no Scrapyd ({why})", hint)

    def _silence(self) -> SilenceFault:
        hint = f"is it started, and can it be reached from here? curl {self}daemonstatus.json"
        return SilenceFault(f"{self}: no Scrapyd answers", hint)


def ask_all(servers: Sequence[Server], ask: Callable[[Server], Answer]) -> dict[Server, Answer | ServerFault]:
    """What each server answers, or why it does not; asked at the same time."""

    def one(server: Server) -> Answer | ServerFault:
        try:
            return ask(server)
        except ServerFault as fault:
            return fault

    with ThreadPoolExecutor(min(MOST_AT_ONCE, max(1, len(servers)))) as pool:
        return dict(zip(servers, pool.map(one, servers), strict=True))


def _split(address: str) -> SplitResult | None:
    """The parts of an address that names a host; None for another."""
    try:
        parts = urlsplit(address)
        is_place = parts.port != 0
    except ValueError:
        return None
    return parts if is_place and parts.hostname else None
