"""What the lines of a disavow file cover in the index: backlinks of the reader's target, by host and by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..index.query import Reader
    from .line import Line


@attrs.frozen
class Covered:
    """What stands behind one line. All but ``lost`` is of backlinks that are not lost.

    ``others`` are the sites of other publishers below its name: of a platform that no list knows. ``rating`` is the highest of
    the domains that link; null where there is none.
    """

    backlinks: int = 0
    live: int = 0
    lost: int = 0
    domains: int = 0
    follow: int = 0
    counts: int = 0
    others: int = 0
    rating: float | None = None
    last_seen: Any = None
    sites: tuple[str, ...] = ()


@attrs.frozen
class Coverage:
    """By number of line, and of all lines together: ``backlinks`` and ``domains`` of ``all_backlinks`` and ``all_domains``."""

    lines: Mapping[int, Covered]
    backlinks: int
    domains: int
    follow: int
    all_backlinks: int
    all_domains: int

    def of(self, line: Line) -> Covered:
        """What stands behind a line."""
        return self.lines.get(line.number, _NOTHING)


_NOTHING = Covered()


def cover(reader: Reader, lines: Iterable[Line]) -> Coverage:
    """What each line covers; a reader serves once. Raises IndexFault."""
    asked = [line for line in lines if line.name or line.key]
    reader.lend(
        "disavow_asked",
        pa.table(
            {
                "number": pa.array([line.number for line in asked], pa.int64()),
                "name": pa.array([line.name or None for line in asked], pa.string()),
                "key": pa.array([line.key or None for line in asked], pa.string()),
            }
        ),
    )
    reader.keep("disavow_lines", "SELECT * FROM disavow_asked")
    reader.keep("disavow_slim", _SLIM)
    reader.keep("disavow_behind", _BEHIND)
    known = {}
    for row in reader.rows(_BY_LINE):
        number, sites = row.pop("number"), tuple(row.pop("sites") or ())
        known[number] = Covered(**row, sites=sites)
    return Coverage(known, **reader.rows(_TOTALS)[0])


_SLIM = """
SELECT row_number() OVER () AS id, rtrim(source_host, '.') AS host, source_domain, source_site, source_key, status, follow, counts,
       last_seen
FROM backlinks
"""
_BEHIND = """
WITH hosts AS (
    SELECT host, string_split(host, '.') AS labels FROM (SELECT DISTINCT host FROM disavow_slim)
), names AS (
    SELECT host, unnest([array_to_string(labels[nth:], '.') FOR nth IN range(1, len(labels) + 1)]) AS name FROM hosts
    UNION ALL SELECT host, 'www.' || host FROM hosts
)
SELECT number, name, id FROM disavow_lines JOIN names USING (name) JOIN disavow_slim USING (host)
UNION ALL SELECT number, name, id FROM disavow_lines JOIN disavow_slim ON key = source_key
"""
"""Which backlinks lie behind which line: at or below a name, or on a page. With and without ``www.`` a page is one, and stored
under either host.
"""
_BY_LINE = """
SELECT number,
       count(*) FILTER (WHERE status <> 'lost') AS backlinks, count(*) FILTER (WHERE status = 'live') AS live,
       count(*) FILTER (WHERE status = 'lost') AS lost,
       count(DISTINCT source_domain) FILTER (WHERE status <> 'lost') AS domains,
       count(*) FILTER (WHERE follow AND status <> 'lost') AS follow, count(*) FILTER (WHERE counts AND status <> 'lost') AS counts,
       count(DISTINCT source_site) FILTER (WHERE ends_with(source_site, '.' || name)) AS others,
       max(rating) AS rating, max(last_seen) AS last_seen, list_sort(list(DISTINCT source_site)) AS sites
FROM disavow_behind JOIN disavow_slim USING (id)
LEFT JOIN (SELECT name AS rated, rating FROM ratings WHERE scope = 'domain') ON rated = source_domain
GROUP BY number
"""
_TOTALS = """
WITH standing AS (SELECT * FROM disavow_slim WHERE status <> 'lost'),
covered AS (SELECT * FROM standing WHERE id IN (SELECT id FROM disavow_behind))
SELECT (SELECT count(*) FROM covered) AS backlinks, (SELECT count(DISTINCT source_domain) FROM covered) AS domains,
       (SELECT count(*) FROM covered WHERE follow) AS follow,
       (SELECT count(*) FROM standing) AS all_backlinks, (SELECT count(DISTINCT source_domain) FROM standing) AS all_domains
"""
