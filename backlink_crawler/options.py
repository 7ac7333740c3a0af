"""The one table of all options: name, type, default, help.

Spider arguments, ``BACKLINKS_*`` settings and environment variables, keys of ``backlinks.toml``, command flags and the
reference page all come from :data:`OPTIONS`. What a user says nearest to the run wins::

    default < backlinks.toml < Scrapy setting < environment < spider argument or command flag
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from .errors import UsageError
from .threshold import FIGURES, Limit

Value = Any  # str | int | float | bool | list[str] | None: what an option's parser returns


def text(raw: Value) -> str:
    """Any text without surrounding white space."""
    return str(raw).strip()


def place(raw: Value) -> str:
    """Where something lies. An unset variable of a shell must not mean the directory that one happens to be in."""
    if not (said := text(raw)):
        raise ValueError("names no place")
    return said


def words(raw: Value) -> list[str]:
    """A list: as it is, or a text parted by commas (``acme, acme shop``)."""
    parts = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    return [part.strip() for part in map(str, parts) if part.strip()]


def flag(raw: Value) -> bool:
    """A truth value: true/false, yes/no, on/off, 1/0."""
    if isinstance(raw, bool):
        return raw
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return known[str(raw).strip().lower()]
    except KeyError:
        raise ValueError("say yes or no") from None


def whole(low: int, high: int | None = None) -> Callable[[Value], int]:
    """A whole number from ``low`` to ``high``, both allowed."""

    def parse(raw: Value) -> int:
        wanted = (
            f"a whole number of {low} or more" if high is None else f"a whole number from {low} to {high}"
        )
        try:
            number = int(str(raw).strip())
        except ValueError:
            raise ValueError(f"needs {wanted}") from None
        if number < low or (high is not None and number > high):
            raise ValueError(f"needs {wanted}")
        return number

    return parse


def seconds(raw: Value) -> list[float]:
    """Times in seconds: as they are, or a text parted by commas (``10, 60``)."""
    try:
        times = [float(word) for word in words(raw if isinstance(raw, list | tuple) else str(raw))]
    except ValueError:
        times = [-1.0]
    if any(not 0 <= time < math.inf for time in times):
        raise ValueError("needs seconds, several by comma")
    return times


_SPAN = re.compile(r"(\d{1,9}) ?([smhdw]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST = 100 * 366 * 86_400


def duration(raw: Value) -> int:
    """A length of time, in seconds: ``24h``, ``2d``, ``90m``, ``1w``, or plain seconds; at most a hundred years."""
    said = _SPAN.fullmatch(str(raw).strip().lower())
    length = int(said[1]) * _UNITS[said[2]] if said else -1
    if not 0 <= length <= _LONGEST:
        raise ValueError("needs a time such as 24h, 2d, 90m or 1w")
    return length


def maybe(parse: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """The same, where nothing said is null."""
    return lambda raw: None if raw is None or str(raw).strip() == "" else parse(raw)


def choice(*allowed: str) -> Callable[[Value], str]:
    """One of a few words."""

    def parse(raw: Value) -> str:
        word = str(raw).strip().lower()
        if word not in allowed:
            raise ValueError(f"needs one of {', '.join(allowed)}")
        return word

    return parse


def some(*allowed: str) -> Callable[[Value], list[str]]:
    """Some of a few words, parted by commas."""
    one = choice(*allowed)
    return lambda raw: [one(word) for word in words(raw)]


_SHARD = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")


def _shard(raw: Value) -> str:
    """One part of so many, ``3/16``; empty is all."""
    said = _SHARD.fullmatch(str(raw).strip().replace(" ", ""))
    if said is None and str(raw).strip():
        raise ValueError("needs K/N, such as 3/16")
    if said is None:
        return ""
    number, count = int(said[1]), int(said[2])
    if not 1 <= number <= count:
        raise ValueError(f"needs a shard from 1 to {count}")
    return f"{number}/{count}"


def limits(raw: Value) -> list[str]:
    """Limits on the figures of a run, parted by commas: ``errors>5%, lost>10``."""
    try:
        return [str(Limit.of(word)) for word in words(raw)]
    except KeyError as unknown:
        name = unknown.args[0]
        raise ValueError(f"there is no figure {name}, {nearest(name, FIGURES)}") from None


_PLACE = re.compile(r"(?:(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253}):)?([0-9]{1,5})", re.ASCII | re.IGNORECASE)


def metrics_place(raw: Value) -> str:
    """Where figures are served, ``ADDRESS:PORT``, or written, ``FILE.prom``. A bare port is one of this machine alone."""
    said = str(raw).strip()
    if said.endswith(".prom"):
        try:
            said % {"job": ""}
        except (KeyError, TypeError, ValueError):
            raise ValueError("only %(job)s stands for something") from None
    if not said or said.endswith(".prom"):
        return said
    place = _PLACE.fullmatch(said)
    if place is None or int(place[2]) > 65_535:
        raise ValueError("needs a port, ADDRESS:PORT or a file that ends in .prom")
    return f"{place[1] or '127.0.0.1'}:{int(place[2])}"


@attrs.frozen
class Option:
    """One row of the table. ``on`` says where it can be set: spider (the crawl), recheck, mine, target (a table of
    backlinks.toml), index, process (before there is a spider). A default is written as a user would write it.
    """

    name: str
    parse: Callable[[Value], Value]
    default: Value
    help: str
    metavar: str = ""
    on: frozenset[str] = frozenset({"spider", "recheck"})

    @property
    def setting(self) -> str:
        """Its name as a Scrapy setting and as an environment variable."""
        return f"BACKLINKS_{self.name.upper()}"

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def default_text(self) -> str:
        """The default as a user would write it; empty when there is none."""
        if isinstance(self.default, list):
            return ",".join(f"{part:g}" if isinstance(part, float) else str(part) for part in self.default)
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        return str(self.default)

    def read(self, raw: Value, where: str) -> Value:
        """The value that ``raw`` stands for; raises UsageError naming ``where`` it was said."""
        try:
            return self.parse(raw)
        except ValueError as error:
            raise UsageError(f"{where} {self.name}={raw!s}: {error}", self.help) from None


CRAWL = frozenset({"spider"})
RECHECK = frozenset({"recheck"})
RUN = frozenset({"spider", "recheck", "mine"})
MINE = frozenset({"mine"})
TARGET = RUN | {"target"}
STORE = RUN | {"index"}
PROCESS = RUN | {"process"}

OPTIONS: tuple[Option, ...] = (
    Option("target", text, "", "What to collect backlinks for: a domain, host:NAME, prefix:URL or url:URL; several by comma, or @FILE with one a line. Empty: every outbound link, kept per target domain.", "TARGET", RUN),
    Option("seeds", text, "", "Where to start: domains, URLs or sitemap URLs by comma, or a file with one a line.", "SEEDS", CRAWL),
    Option("discover", words, [], "Where to find pages that may link, besides the seeds: names of sources by comma; claims for what was imported, feeds for news of known referrers, auto for all that can be asked, none. By default auto where there are no seeds, else none.", "SOURCES", CRAWL),
    Option("crawl", text, "", "The crawl of Common Crawl whose archives are mined, such as CC-MAIN-2026-43.", "NAME", MINE),
    Option("paths", words, [], "Archives to mine instead: files, directories, patterns, URLs, or lists of paths, one a line; several by comma.", "PATHS", MINE),
    Option("kind", choice("", "wat", "warc"), "", "Which archives of the crawl: wat, its links without the pages (what is read by default), or warc, the pages: every field and proof, five times as large. Of other archives, the kind of those whose names do not tell it.", "KIND", MINE),
    Option("mirror", text, "https://data.commoncrawl.org/", "Where the files of Common Crawl lie: a URL, s3://BUCKET or a directory.", "PLACE", MINE),
    Option("keep", choice("linking", "all"), "linking", "The visits of pages that link, or of all pages in WARC files: what was lost between two crawls shows in these only, and they are many.", "PAGES", MINE),
    Option("processes", whole(0), 0, "How many archives are mined at the same time; 0 is one for each processor.", "N", MINE),
    Option("scope", choice("site", "host", "page"), "site", "How far from a seed to go: its whole site (registrable domain), its one host, or only the given pages.", "SCOPE", CRAWL),
    Option("max_pages", whole(0), 0, "Stop after this many pages in all; 0 is no limit.", "N"),
    Option("max_pages_per_domain", whole(0), 10_000, "Fetch at most this many pages of one registrable domain; 0 is no limit.", "N"),
    Option("max_hosts_per_domain", whole(0), 1000, "Go to at most this many hosts of one registrable domain; 0 is no limit.", "N", CRAWL),
    Option("max_copies", whole(0), 20, "Leave a group of similar URLs after so many copies in a row of pages read already, or five times as many that differ in numbers only; a group that brought much gets more patience. 0 leaves none.", "N", CRAWL),
    Option("depth", whole(0), 0, "Follow internal links at most this many steps from a seed; 0 is no limit.", "N", CRAWL),
    Option("hops", whole(0, 10), 0, "How many steps to go on to other domains found on the way.", "N", CRAWL),
    Option("sitemaps", flag, True, "Read the sitemaps that robots.txt names.", "YES|NO", CRAWL),
    Option("brand", words, [], "Brand words of the target, for anchor types; by default derived from its domain.", "WORDS", TARGET),
    Option("keywords", words, [], "Keywords of the target, for the anchor types exact and partial.", "WORDS", TARGET),
    Option("aliases", words, [], "Domains that redirect to the target; links to them are followed to their end.", "DOMAINS", TARGET),
    Option("own", words, [], "Sister sites of the target: links from there are internal, never backlinks.", "DOMAINS", TARGET),
    Option("exclude", words, [], "Parts of the target that do not count: host:NAME, prefix:URL or url:URL.", "PARTS", TARGET),
    Option("competitors", words, [], "Domains to compare the target with.", "DOMAINS", frozenset({"target"})),
    Option("resolve", flag, True, "Follow links to shorteners and aliases to their end.", "YES|NO"),
    Option("index", place, "data/index", "The index: a directory or s3://BUCKET/PREFIX.", "URI", STORE),
    Option("confirm_after", duration, "24h", "A loss that one bad answer could explain counts after a second visit that shows it, this long after the first.", "TIME", STORE),
    Option("trust_seeds", words, [], "Domains that you vouch for: from these, trust spreads along links (TrustRank).", "DOMAINS", frozenset({"index"})),
    Option("statuses", some("live", "unverified", "lost"), ["live", "unverified", "lost"], "Check the pages of links with these statuses only.", "WORDS", RECHECK),
    Option("older_than", maybe(duration), "", "Check every page whose last visit is this long ago; 0 is every page. By default those that are due.", "TIME", RECHECK),
    Option("jobs", place, "data/jobs", "Directory of the job files, which let a crawl go on after it was stopped.", "DIR", RUN),
    Option("job", text, "", "Name of the job; by default derived from its arguments, so that the same command goes on with it.", "NAME"),
    Option("if_running", choice("fail", "skip"), "fail", "When another process works on the same job: fail with exit code 5, or skip this run with a note and exit code 0, for a schedule.", "WORD", PROCESS),
    Option("internal_links", flag, False, "Also keep the links within the own set of a target that stand on pages of it, for backlinks internal. They are no backlinks: no number, list or feed has them.", "YES|NO", CRAWL),
    Option("obey_meta", flag, False, "Take noindex and nofollow of a page, in meta robots or the header, as a ban on keeping its links and on going on from it. They are recorded in any case.", "YES|NO"),
    Option("allow_private", flag, False, "Also fetch from private, loopback and other addresses that are not public.", "YES|NO"),
    Option("retry_delays", seconds, [10.0, 60.0], "Seconds until a page that failed is asked for again: after the first try, the second, and so on.", "SECONDS"),
    Option("contact", text, "", "A URL or e-mail address in the user agent, where site owners reach you.", "URL"),
    Option("contacts", flag, False, "Also keep how the people of a page are reached: the addresses of mail and the contact pages that it links to, for backlinks gap. These are personal data; nothing of the kind is kept by default.", "YES|NO"),
    Option("per_target", text, "", "Also write files of each target when the crawl ends, as data/feeds/%(target)s.jsonl or s3://BUCKET/%(target)s/%(crawl_id)s-%(batch_id)05d.jsonl.gz; the ending names the format (jsonl, json, csv, parquet; .gz compresses), %(batch_id)05d parts large ones.", "FILE"),
    Option("warc", text, "", "Keep every response, as it came, in WARC files in this directory: the proof of what was read.", "DIR"),
    Option("shard", _shard, "", "Crawl one part of the sites only, such as 3/16: the third of sixteen parts, by registrable domain. URLs of other parts are handed over through the index, and taken up when these run the next time.", "K/N", RUN),
    Option("new_round", flag, True, "Begin anew where the last round of the job has ended. No: end at once, unless other shards handed something over.", "YES|NO"),
    Option("summary_json", text, "", "Write the summary of the run to this file as JSON.", "FILE", RUN),
    Option("fail_on", limits, [], "End with exit code 3 when a figure of the run passes a limit, such as errors>5% or lost>10; several by comma.", "LIMITS", RUN),
    Option("metrics", metrics_place, "", "Serve the figures of the run for Prometheus at this port, or ADDRESS:PORT, while it runs; or keep them in FILE.prom, where %(job)s stands for the job.", "PLACE", RUN),
)  # fmt: skip

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


def settings_defaults() -> dict[str, Value]:
    """Every option as a Scrapy setting that is not set: name -> None."""
    return {option.setting: None for option in OPTIONS}


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name closest to a mistyped one, as a hint."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {found[0]}?" if found else f"known are {', '.join(sorted(known))}"


def collect(
    on: str,
    arguments: Mapping[str, Value],
    *,
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Value] | None = None,
    toml: Mapping[str, Value] | None = None,
) -> dict[str, Value]:
    """All options of one place with the value that wins, typed and checked.

    ``arguments`` are spider arguments or command flags by option name; one that is no option raises UsageError.
    ``settings`` are Scrapy settings by their full name, ``toml`` the top-level keys of backlinks.toml.
    """
    wanted = {option.name: option for option in OPTIONS if on in option.on}
    for name in arguments:
        if name not in wanted:
            raise UsageError(f"unknown argument {name}", nearest(name, wanted))
    for name in toml or {}:
        if name not in wanted:
            raise UsageError(f"backlinks.toml: unknown key {name}", nearest(name, wanted))
    values: dict[str, Value] = {}
    for name, option in wanted.items():
        said = (
            ("argument", arguments.get(name)),
            ("environment", (environment or {}).get(option.setting)),
            ("setting", (settings or {}).get(option.setting)),
            ("backlinks.toml", (toml or {}).get(name)),
        )
        where, raw = next(((where, raw) for where, raw in said if raw is not None), ("default", None))
        values[name] = option.parse(option.default) if raw is None else option.read(raw, where)
    return values
