"""Names to addresses as the system resolves them, for one crawler: remembered for a while, and with the cause of a failure."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import attrs
from scrapy.utils.datatypes import LocalCache
from twisted.internet._resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer  # type: ignore[import-untyped]

from ..classify.address import parse

SECONDS_KEPT = 600.0
"""``getaddrinfo`` tells no time to live."""
SECONDS_FAILED = 10.0
"""A failure spares the requests that wait for the same name; a later try asks again."""

Kinds = tuple[tuple[type[Any], str], ...]


@attrs.frozen
class Answer:
    """What a name resolved to, as (IPv4Address or IPv6Address, text); or why it did not, as an EAI code."""

    addresses: Kinds = ()
    code: int | None = None
    until: float = 0.0


@implementer(IHostnameResolver)
class SystemResolver:
    """IPv4 and IPv6 by ``getaddrinfo``, one question per name at a time.

    Each question has a daemon thread: one that hangs delays neither the others nor the end of the process. There are no
    more of them than requests in flight.
    """

    lookup: Callable[..., Any] = staticmethod(socket.getaddrinfo)

    def __init__(self, reactor: Any, *, timeout: float, remembered: int) -> None:
        self._reactor = reactor
        self._timeout = timeout
        self._answers: LocalCache[str, Answer] = LocalCache(limit=remembered)
        self._waiting: dict[str, list[Callable[[Answer], None]]] = {}
        self._works = False

    def is_gone(self, name: str) -> bool:
        """Does the name not exist (NXDOMAIN)? Only said once another name was found: an offline machine may say so of each."""
        answer = self._answers.get(name)
        return self._works and answer is not None and answer.code == socket.EAI_NONAME

    def resolveHostName(  # noqa: N802  IHostnameResolver
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[Any]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> HostResolution:
        """Tell the receiver each address; none when the name does not resolve in time."""
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        given_up: Any = None

        def tell(answer: Answer) -> None:
            if given_up is not None:
                if not given_up.active():
                    return
                given_up.cancel()
            for kind, host in answer.addresses:
                if addressTypes is None or kind in addressTypes:
                    resolutionReceiver.addressResolved(kind(transportSemantics, host, portNumber))
            resolutionReceiver.resolutionComplete()

        answer = self._known(hostName)
        if answer is not None:
            tell(answer)
        else:
            given_up = self._reactor.callLater(self._timeout, resolutionReceiver.resolutionComplete)
            self._ask(hostName, tell)
        return resolution

    def _known(self, name: str) -> Answer | None:
        if (literal := parse(name)) is not None:
            return Answer(((IPv4Address if literal.version == 4 else IPv6Address, str(literal)),))
        answer = self._answers.get(name)
        return answer if answer is not None and answer.until > self._reactor.seconds() else None

    def _ask(self, name: str, tell: Callable[[Answer], None]) -> None:
        waiting = self._waiting.setdefault(name, [])
        waiting.append(tell)
        if len(waiting) == 1:
            threading.Thread(
                target=self._look_up, args=(name,), name=f"backlinks-dns-{name}", daemon=True
            ).start()

    def _look_up(self, name: str) -> None:
        try:
            found = self.lookup(name, 0, type=socket.SOCK_STREAM)
            kinds = {socket.AF_INET: IPv4Address, socket.AF_INET6: IPv6Address}
            answer = Answer(
                tuple(
                    dict.fromkeys(
                        (kinds[family], address[0]) for family, _, _, _, address in found if family in kinds
                    )
                )
            )
        except OSError as error:
            answer = Answer(code=error.errno)
        except UnicodeError:
            answer = Answer(
                code=socket.EAI_FAIL
            )  # no name of the DNS: an empty label or one of more than 63 bytes
        with suppress(RuntimeError):  # the event loop has ended
            self._reactor.callFromThread(self._answered, name, answer)

    def _answered(self, name: str, answer: Answer) -> None:
        kept = SECONDS_KEPT if answer.addresses else SECONDS_FAILED
        answer = attrs.evolve(answer, until=self._reactor.seconds() + kept)
        self._works = self._works or bool(answer.addresses)
        self._answers[name] = answer
        for tell in self._waiting.pop(name):
            tell(answer)
