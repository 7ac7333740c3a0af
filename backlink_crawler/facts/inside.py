"""The links within the own set of a target: from one page of its sites to another of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ..urls import domain_of, host_of, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..classify.target import Target
    from ..items import Visit
    from ..page.link import PageLink


class Inside:
    """Tells of each URL on a page which targets own both; at most ``most`` links of a page are wanted in full.

    A reference to the page itself, such as to a fragment of it (RFC 3986, 4.4), is no link to another page.
    """

    def __init__(self, visit: Visit, targets: Iterable[Target], most: int) -> None:
        self._owners = [target for target in targets if target.owns(visit.source_domain, visit.source_site)]
        self._page = visit.source_url.partition("#")[0]
        self._known: dict[str, list[str]] = {}
        self._most = most
        self._asked = 0

    def names(self, url: str) -> list[str]:
        """The targets that own the page and what the URL leads to. Each URL is judged once."""
        known = self._known.get(url)
        if known is None:
            known = self._known[url] = self._judge(url)
        return known

    def beside(self, counts: Callable[[str], bool]) -> Callable[[str], bool]:
        """What asks for the details of links that count, asking for those of links within as well."""
        if not self._owners:
            return counts

        def wanted(url: str) -> bool:
            if counts(url):
                return True
            self._asked += bool(self.names(url))
            return self._asked <= self._most and bool(self.names(url))

        return wanted

    def of(self, links: Iterable[PageLink]) -> Iterator[tuple[PageLink, str]]:
        """The links of the page that lie within, each with the name of every target that they do for."""
        if self._owners:
            for link in islice((link for link in links if self.names(link.url)), self._most):
                for name in self.names(link.url):
                    yield link, name

    def _judge(self, url: str) -> list[str]:
        if not self._owners or url.partition("#")[0] == self._page:
            return []
        host = host_of(url)
        domain, site = domain_of(host), site_of(host)
        return [target.name for target in self._owners if target.owns(domain, site)]
