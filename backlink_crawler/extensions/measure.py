"""What of a run is shown to Prometheus: one table. A figure that is not in it, or a word that a label does not know, is not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ..items import LINK_TYPES, OUTCOMES, REL_TYPES

_OURS = "backlinks/"
_STATUSES = frozenset(str(status) for status in range(100, 600))
_ROBOTS = frozenset(
    "crawl_delay disallowed kept read redirected_too_often requests stale unavailable unreachable".split()
)
_TYPES = frozenset(REL_TYPES + LINK_TYPES)
_LEVELS = frozenset({"WARNING", "ERROR", "CRITICAL"})
_MINED = "known mined waiting failed pending"
_GUARD = frozenset("blocked_address cut_by_time non_html too_large".split())


@attrs.frozen
class Measure:
    """One metric. ``figure`` is a stat, or a figure of the run; where it ends with ``*``, the rest of the name is the value of
    ``label``, one of ``words``, and without a label all such figures are added up.
    """

    name: str
    help: str
    figure: str
    label: str = ""
    words: frozenset[str] = frozenset()
    is_counter: bool = True

    def samples(self, figures: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """(value of the label, value), for each that is known; a figure that was not counted yet is 0 where it has no label."""
        if not self.figure.endswith("*"):
            if self.is_counter or self.figure in figures:
                yield "", figures.get(self.figure, 0)
            return
        head = self.figure[:-1]
        found = {name.removeprefix(head): n for name, n in figures.items() if name.startswith(head)}
        if not self.label:
            yield "", sum(found.values())
        yield from ((word, n) for word, n in sorted(found.items()) if word in self.words)


def _gauge(name: str, help_: str, figure: str, label: str = "", words: str = "") -> Measure:
    return Measure(name, help_, figure, label, frozenset(words.split()), is_counter=False)


_OF_ALL_RUNS = (
    Measure("backlinks_log_messages", "Messages of the log, by level.", "log_count/*", "level", _LEVELS),
    _gauge("backlinks_heartbeat_timestamp_seconds", "The last sign of life.", "run/at"),
    _gauge("backlinks_run_start_timestamp_seconds", "When the run began.", "run/started_at"),
    _gauge("backlinks_run_end_timestamp_seconds", "When the run ended.", "run/ended_at"),
    _gauge("backlinks_run_exit_code", "The exit code of a run that has ended.", "run/exit_code"),
    _gauge("backlinks_run_limits_passed", "Limits of fail_on that a run has passed that has ended.", "run/limits_passed"),
)  # fmt: skip
MEASURES = (
    Measure("backlinks_pages", "Visits, by outcome.", "backlinks/outcome/*", "outcome", frozenset(OUTCOMES)),
    Measure("backlinks_links", "Links kept, by rel type, or by link type where they have none.", "run/rel_type/*", "rel_type", _TYPES),
    Measure("backlinks_requests", "Requests sent.", "downloader/request_count"),
    Measure("backlinks_request_bytes", "Bytes of requests.", "downloader/request_bytes"),
    Measure("backlinks_request_failures", "Requests that got no response.", "downloader/exception_count"),
    Measure("backlinks_responses", "Responses, by HTTP status.", "downloader/response_status_count/*", "status", _STATUSES),
    Measure("backlinks_response_bytes", "Bytes of responses.", "downloader/response_bytes"),
    Measure("backlinks_retries", "Pages put back to be asked for again.", "backlinks/retry/count"),
    Measure("backlinks_retries_given_up", "Pages that failed to the last try.", "backlinks/retry/given_up"),
    Measure("backlinks_redirects", "Redirects followed.", "backlinks/redirect/followed"),
    Measure("backlinks_downloads_stopped", "Downloads refused or cut, by reason.", "backlinks/guard/*", "reason", _GUARD),
    Measure("backlinks_robots", "What robots.txt brought about.", f"{_OURS}robots/*", "event", _ROBOTS),
    Measure("backlinks_hosts_parked", "Hosts that failed too often in a row, and were left alone.", "backlinks/host/parked"),
    Measure("backlinks_pages_abandoned", "Pages of parked hosts that ended without being asked for.", "backlinks/host/pages_abandoned"),
    Measure("backlinks_links_not_followed", "Links to a shortener or alias that did not answer.", "backlinks/links/not_followed"),
    Measure("backlinks_index_batches", "Batches appended to the index.", "run/batches"),
    Measure("backlinks_feed_failures", "Feeds, or parts of one, that could not be stored.", "feedexport/failed_count/*"),
    Measure("backlinks_archived_bytes", "Bytes written to WARC files.", "backlinks/archive/bytes"),
    _gauge("backlinks_frontier_pages", "Pages of the round, by state.", "run/frontier/*", "state", "pending done"),
    _gauge("backlinks_outbox_pages", "Pages whose facts wait to be stored in the index.", "run/waiting"),
    _gauge("backlinks_requests_in_flight", "Requests under way.", "run/in_flight"),
    _gauge("backlinks_pages_per_second", "Visits per second over the last minute.", "run/pages_per_second"),
    *_OF_ALL_RUNS,
)  # fmt: skip
MINING_MEASURES = (
    _gauge("backlinks_mining_archives", "Archives of a job of mining, by state.", "run/archives/*", "state", _MINED),
    Measure("backlinks_mining_bytes", "Bytes of archives read.", "run/bytes"),
    Measure("backlinks_mining_records", "Records of archives whose facts are stored.", "run/records"),
    Measure("backlinks_mining_pages", "Visits kept of archives.", "run/pages"),
    Measure("backlinks_mining_links", "Links kept of archives.", "run/links"),
    Measure("backlinks_mining_damaged", "Damaged places of archives, left out.", "run/damaged"),
    Measure("backlinks_mining_too_large", "Records of archives that are too large, left out.", "run/too_large"),
    Measure("backlinks_mining_wrong_digests", "Responses of archives that are not what their digest was made of.", "run/wrong_digests"),
    Measure("backlinks_mining_broken_parts", "Parts that could not be taken over.", "run/broken"),
    _gauge("backlinks_mining_seconds_left", "How long mining will take, by how long it took so far.", "run/seconds_left"),
    *_OF_ALL_RUNS,
)  # fmt: skip


MEANINGS = {
    **{
        f"{one.name}{'_total' if one.is_counter else ''}{f'{{{one.label}}}' if one.label else ''}": one.help
        for one in (*MEASURES, *MINING_MEASURES)
    },
    "backlinks_run_info{target,shard,spider,run,version}": "What the run is: always 1.",
    "backlinks_response_seconds": "A histogram of the time from a request to the head of its response.",
    "process_*": "Memory, processor time and open files of the process; where figures are served only.",
}
"""Every metric as Prometheus shows it, with its labels besides ``crawl``, and what it says."""
