"""``backlinks ratings`` and ``backlinks explain``: what domains and pages are worth by who links to them, and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from rich.text import Text

from .. import options
from ..config.file import load_config
from ..errors import UsageError
from ..index.query import Reader
from ..metrics.current import Settings, domain_named
from ..metrics.explain import BY_ITSELF, carried, explanation
from ..metrics.listing import SCOPES, is_any_rated, rated
from ..metrics.pagerank import DAMPING
from ..metrics.published import lend_published
from ..metrics.scale import MEASURES, RELEASE
from ..metrics.votes import define_votes
from ..reporting.writing import json_text
from .asking import (
    FORMATS,
    ask,
    bring_ratings_up_to_date,
    format_option,
    index_option,
    limit_option,
    open_index,
    rows_wanted,
)
from .format import show
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..metrics.explain import Explanation

NUMBERS = {
    "rating": "Rating", "pagerank": "PageRank", "harmonic": "Harmonic", "trust": "Trust", "in_domains": "Domains in",
    "out_domains": "Domains out",
}  # fmt: skip
PUBLISHED = {"common_crawl_harmonic": "CC harmonic #", "common_crawl_pagerank": "CC PageRank #"}
LISTS = {"domains": {"name": "Domain", **NUMBERS, **PUBLISHED}, "pages": {"name": "Page", **NUMBERS}}
CARRIED = {
    "source_domain": "Linking domain", "carried": "Carries", "share": "Share", "rating": "Rating", "pagerank": "PageRank",
    "out_domains": "Domains out", "pages": "Pages", **PUBLISHED,
}  # fmt: skip


def jobs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--jobs``, where the ranks of Common Crawl lie."""
    text = "Directory of the job files, beside which ranks of Common Crawl lie.  [default: that of the configuration]"
    return click.option("--jobs", metavar="DIR", help=text)(command)


@click.command("ratings")
@click.argument("target", default="")
@click.option(
    "--by", type=click.Choice(tuple(SCOPES)), default="domains", show_default=True, help="What is rated."
)
@limit_option
@format_option(*FORMATS)
@jobs_option
@index_option
def ratings(target: str, by: str, limit: int | None, kind: str, jobs: str | None, index: str | None) -> None:
    """List the ratings of the domains that link to TARGET, or of all domains of the index, the best first.

    A rating is from 0 to 100, by who links to a domain in this index. Where nobody looked for links to it, it has none.
    """
    if target:
        reader, name = ask(target, index, rated=True)
    else:
        opened = open_index(index)
        bring_ratings_up_to_date(opened)
        reader, name = Reader(opened), ""
    release = lend_published(reader, _jobs(jobs))
    most = rows_wanted(limit, kind)
    shown = show(rated(reader, by, limit=most), kind, LISTS[by])
    if not shown and name:
        note(f"No backlinks of {name} have been seen so far.")
    elif not shown:
        note("Nothing is rated: the index has no live link that counts from one domain to another.")
    if not shown or kind != "table":
        return
    if not is_any_rated(reader, by):
        note(
            f"None of these {by} is rated: nobody looked for links to them.",
            "A crawl or a mining without a target looks for links to all.",
        )
    if shown == most:
        note(f"The first {shown:,} are shown; --limit shows more.")
    if by == "domains" and release:
        note(f"CC: the positions among all domains of {release}, by Common Crawl.")
    note("Why one is rated so: backlinks explain DOMAIN")


@click.command("explain")
@click.argument("domain")
@limit_option
@format_option(*FORMATS)
@jobs_option
@index_option
def explain(domain: str, limit: int | None, kind: str, jobs: str | None, index: str | None) -> None:
    """Show what DOMAIN's rating is made of: which domains that link to it carry how much.

    As JSON it is one object; the other formats have a row for each linking domain.
    """
    name = domain_named(domain)
    opened = open_index(index)
    bring_ratings_up_to_date(opened)
    reader = Reader(opened)
    release = lend_published(reader, _jobs(jobs))
    found = explanation(reader, name)
    if found is None:
        raise UsageError(
            f"the index has no live link that counts between {name} and another domain", "backlinks ratings lists what is rated"
        )  # fmt: skip
    define_votes(reader, Settings.load().targets)
    most = rows_wanted(limit, kind)
    rows = carried(reader, name, limit=most)
    if kind == "json":
        said = {**attrs.asdict(found), "by_itself": BY_ITSELF, "common_crawl_release": release}
        click.echo(json_text({**said, "linking_domains": rows.read_all().to_pylist()}, indent=2))
        return
    if kind != "table":
        show(rows, kind, CARRIED)
        return
    listed = rows.read_all().to_pylist()
    out = console()
    out.print(Text("\n".join(_sentences(found, release))))
    if listed:
        out.print()
        out.print(table(listed, CARRIED))
    if len(listed) < found.in_domains:
        left = found.pagerank - BY_ITSELF - sum(row["carried"] for row in listed)
        note(f"{found.in_domains - len(listed):,} more carry {left:.4g}; --limit shows more.")


def _sentences(found: Explanation, release: str | None) -> Iterator[str]:
    if found.rating is None:
        yield f"{found.domain} has no rating: nobody looked for links to it, so that none is known."
        return
    yield f"{found.domain} is rated {found.rating:.1f} of 100, by {found.in_domains:,} domains that link to it."
    for name, points in found.points.items():
        measure, value = MEASURES[name], getattr(found, name)
        yield (
            f"{points:.1f} of {100 * measure.share:.0f} by {measure.title} {value:,.4g}"
            f" (100 % is {measure.top:,.0f}, the most of any domain of {RELEASE})."
        )
    if found.trust is not None:
        yield f"Trust: {found.trust:.4g} (1 is a trusted seed by itself)."
    if release and found.common_crawl_harmonic:
        yield f"Common Crawl ({release}): number {found.common_crawl_harmonic:,} by harmonic centrality."
    carries = found.pagerank - BY_ITSELF
    yield (
        f"PageRank {found.pagerank:,.4g} = {BY_ITSELF:g} by itself + {carries:,.4g} that links carry:"
        f" {DAMPING:g} × the PageRank of each domain that links / the domains it links to."
    )


def _jobs(said: str | None) -> Path:
    toml = load_config().on("spider")
    return Path(options.collect("spider", {"jobs": said}, environment=os.environ, toml=toml)["jobs"])
