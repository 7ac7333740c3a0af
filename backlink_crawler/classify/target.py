"""Which links count: the targets that backlinks are collected for, and the sites that are their own.

*Own* are the target's registrable domain, its aliases and its sister sites, each with all its subdomains:
links from there are internal. On shared hosting the own set is the site alone: for the target
``user.github.io`` the page of another user is a stranger's, while for ``github.io`` every page of it is own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .. import urls
from ..errors import UsageError
from .part import KINDS, Part, keys, parse_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@attrs.frozen
class Target:
    """What backlinks are collected for, with all that its table in ``backlinks.toml`` says."""

    part: Part
    aliases: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    exclude: tuple[Part, ...] = ()
    brand: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    domain: str = attrs.field(init=False)
    _owned: frozenset[str] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        owned = frozenset(map(_owner, (self.part.host, *self.aliases, *self.own)))
        object.__setattr__(self, "domain", urls.domain_of(self.part.host))
        object.__setattr__(self, "_owned", owned)

    @property
    def name(self) -> str:
        """Its canonical text: one name for all ways to write it."""
        return self.part.name

    @property
    def kind(self) -> str:
        """One of ``domain host prefix url``."""
        return self.part.kind

    @property
    def brand_words(self) -> tuple[str, ...]:
        """The brand words given, or else the one in its domain: ``example-shop`` for ``example-shop.com``."""
        return self.brand or (brand_word(self.part.host),)

    def covers(self, url: str, host: str | None = None) -> bool:
        """Whether a normalised absolute URL lies in the target; ``host`` is its host, where known already."""
        return self.part.covers(url, host) and not self.excludes(url, host)

    def excludes(self, url: str, host: str | None = None) -> bool:
        """Whether a URL lies in a part that does not count."""
        return any(part.covers(url, host) for part in self.exclude)

    def owns(self, domain: str, site: str = "") -> bool:
        """Whether a source, by its registrable domain and site, is own: its links are internal."""
        return domain in self._owned or site in self._owned


class Targets:
    """Many targets at once. A link to a domain without targets costs two dictionary look-ups."""

    def __init__(self, targets: Iterable[Target] = ()) -> None:
        self._all = {target.name: target for target in targets}
        self._by_key: dict[str, list[Target]] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}  # owner -> kinds of its targets
        self._aliases: dict[str, frozenset[str]] = {}
        for target in self._all.values():
            self._by_key.setdefault(target.part.key, []).append(target)
            owner = _owner(target.part.host)
            kinds = {target.kind, *self._kinds.get(owner, ())}
            self._kinds[owner] = tuple(kind for kind in KINDS if kind in kinds)
            for alias in target.aliases:
                domain = urls.domain_of(alias)
                self._aliases[domain] = self._aliases.get(domain, frozenset()) | {alias}

    def __iter__(self) -> Iterator[Target]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def get(self, name: str) -> Target | None:
        """The target of a canonical name."""
        return self._all.get(name)

    def matching(self, url: str, host: str, source_domain: str, source_site: str = "") -> list[Target]:
        """The targets that a link to ``url`` counts for: they cover it and do not own its source.

        ``url`` is absolute and normalised, ``host`` its host. Called for every link of every page.
        """
        kinds = self._kinds.get(urls.domain_of(host), ())
        site = urls.site_of(host)
        if site in self._kinds and site != urls.domain_of(host):
            kinds += self._kinds[site]
        if not kinds or not urls.is_http(url):
            return []
        found = {
            target.name: target
            for kind in kinds
            for key in keys(kind, url, host)
            for target in self._by_key.get(key, ())
            if not target.owns(source_domain, source_site) and not target.excludes(url, host)
        }
        return list(found.values())

    def names_for(self, url: str, host: str, source_domain: str, source_site: str) -> list[str]:
        """The names that a link is kept under, [] for a link that is not kept.

        Without any target every link to another site is kept, under its target's registrable domain.
        """
        if self._all:
            return [target.name for target in self.matching(url, host, source_domain, source_site)]
        outbound = host and urls.is_http(url) and urls.site_of(host) != source_site
        return [urls.domain_of(host)] if outbound else []

    def is_alias(self, host: str) -> bool:
        """Whether a host is an alias of some target, so that links to it are followed to their end."""
        aliases = self._aliases.get(urls.domain_of(host))
        return aliases is not None and not aliases.isdisjoint(keys("domain", "", host))


def parse_target(
    raw: str,
    *,
    aliases: Sequence[str] = (),
    own: Sequence[str] = (),
    exclude: Sequence[str] = (),
    brand: Sequence[str] = (),
    keywords: Sequence[str] = (),
    competitors: Sequence[str] = (),
) -> Target:
    """The target that a text stands for, with its options; raises UsageError where it stands for none."""
    return Target(
        parse_part(raw),
        aliases=_domains(aliases, "aliases"),
        own=_domains(own, "own"),
        exclude=tuple(parse_part(part, "exclude") for part in exclude),
        brand=tuple(brand),
        keywords=tuple(keywords),
        competitors=_domains(competitors, "competitors"),
    )


def split_targets(raw: str) -> list[str]:
    """The targets of a list parted by commas; inside a URL a comma is written ``%2C``."""
    return [part.strip() for part in raw.split(",") if part.strip()]


def brand_word(host: str) -> str:
    """The word that names a host's site, ``example-shop`` of ``example-shop.com``, in Unicode (RFC 3492)."""
    label = urls.site_of(host).partition(".")[0]
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _domains(names: Sequence[str], what: str) -> tuple[str, ...]:
    parts = [parse_part(name, what) for name in names]
    for part in parts:
        if part.kind != "domain":
            raise UsageError(f"{what} {part.name}: needs a domain", f"write {part.host}")
    return tuple(part.host for part in parts)


def _owner(host: str) -> str:
    """The site of a host that lies within one, as on shared hosting; else its registrable domain."""
    site = urls.site_of(host)
    return site if urls.site_of(f"x.{host}") == site else urls.domain_of(host)
