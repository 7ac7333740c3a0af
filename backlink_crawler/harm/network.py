"""Linking domains that have something in common: a text, an account, an address, a template.

Two kinds say something of an owner: a text and an account. Addresses and templates are hints that only make a finding surer
where one of these is shared as well.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..wording import counted
from .address import subnet_of
from .finding import Finding, finding, named
from .table import (
    ACCOUNT_DOMAINS,
    ACCOUNT_MANY,
    ADDRESS_DOMAINS,
    ADDRESS_MANY,
    MOST_DOUBTFUL,
    SUBNET_ADDRESSES,
    SUBNET_DOMAINS,
    SURE,
    TEMPLATE_DOMAINS,
    TEMPLATE_MANY,
    TEXT_DOMAINS,
    TEXT_WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..classify.target import Target
    from ..index.query import Reader

    Row = Mapping[str, Any]

MOST_NAMES = 5
"""So many of the domains of a group are named."""
SAID = {
    "same_text": "have the same main text",
    "same_account": "name the account {value}",
    "same_address": "answer from {value}",
    "same_subnet": "answer from {value}",
    "same_template": "have pages of one template",
}
"""Signal -> what the domains of a group do, in words."""
SHARED = {
    "same_text": "a text", "same_account": "an account", "same_address": "an address", "same_subnet": "a network of addresses",
    "same_template": "a template",
}  # fmt: skip
TELLING = ("same_account", "same_text")
"""What says something of an owner."""

_HELD = f"""
SELECT 'same_text' AS signal, text AS value, NULL::VARCHAR AS shown, * FROM harm_pages WHERE text_words >= {TEXT_WORDS} AND follows
UNION ALL BY NAME SELECT 'same_account' AS signal, hash(shown) AS value, * FROM (
    SELECT unnest(tracking_ids) AS shown, * FROM harm_pages WHERE len(tracking_ids) > 0
)
UNION ALL BY NAME SELECT 'same_address' AS signal, hash(remote_ip) AS value, remote_ip AS shown, *
FROM harm_pages SEMI JOIN harm_subnets USING (remote_ip) WHERE name = source_domain
UNION ALL BY NAME SELECT 'same_subnet' AS signal, hash(subnet) AS value, subnet AS shown, *
FROM harm_pages JOIN harm_subnets USING (remote_ip) WHERE name = source_domain
UNION ALL BY NAME SELECT 'same_template' AS signal, template AS value, *
FROM harm_pages WHERE template IS NOT NULL AND name = source_domain
"""  # noqa: S608
"""What each page has that others may share. Sites of a platform share its address and its templates, and are left out there."""

_GROUPS = f"""
WITH each AS (SELECT DISTINCT signal, value, hash(source_domain) AS source_domain, hash(remote_ip) AS address FROM harm_held)
SELECT signal, value, count(DISTINCT source_domain) AS domains FROM each GROUP BY signal, value HAVING CASE signal
    WHEN 'same_text' THEN domains >= {TEXT_DOMAINS} WHEN 'same_account' THEN domains >= {ACCOUNT_DOMAINS}
    WHEN 'same_address' THEN domains BETWEEN {ADDRESS_DOMAINS} AND {ADDRESS_MANY}
    WHEN 'same_subnet' THEN domains BETWEEN {SUBNET_DOMAINS} AND {ADDRESS_MANY} AND count(DISTINCT address) >= {SUBNET_ADDRESSES}
    ELSE domains BETWEEN {TEMPLATE_DOMAINS} AND {TEMPLATE_MANY} END
"""  # noqa: S608

_MEMBERS = """
SELECT signal, value, name, source_domain, any_value(shown) AS shown, any_value(domains) AS domains, sum(links) AS links,
    bool_or(with_keyword) AS with_keyword, min(url) AS url
FROM harm_held JOIN harm_groups USING (signal, value) GROUP BY signal, value, name, source_domain
"""

_JOINED = f"""
WITH domains AS (SELECT DISTINCT signal, value, source_domain FROM harm_members),
pairs AS (
    SELECT one.signal, one.value, other.signal AS other_signal, other.value AS other_value, source_domain
    FROM domains AS one JOIN domains AS other USING (source_domain)
    WHERE one.signal <> other.signal AND one.signal IN {TELLING}
), met AS (
    SELECT * FROM pairs SEMI JOIN (
        SELECT signal, value, other_signal, other_value FROM pairs GROUP BY ALL HAVING count(*) >= 2
    ) USING (signal, value, other_signal, other_value)
), also AS (
    SELECT signal, value, source_domain, list_sort(list(DISTINCT other_signal)) AS also FROM (
        SELECT signal, value, source_domain, other_signal FROM met
        UNION ALL SELECT other_signal, other_value, source_domain, signal FROM met
    ) GROUP BY ALL
), others AS (
    SELECT signal, value, min(source_domain, {MOST_NAMES + 1}) AS named, bool_or(with_keyword) AS any_keyword
    FROM harm_members GROUP BY signal, value
)
SELECT members.signal, shown, name, source_domain, domains, links, url, coalesce(also, []) AS also, named, any_keyword
FROM harm_members AS members JOIN others USING (signal, value) LEFT JOIN also USING (signal, value, source_domain)
QUALIFY members.signal IN {TELLING} OR list_has_any(coalesce(also, []), {list(TELLING)})
    OR dense_rank() OVER (PARTITION BY members.signal ORDER BY name) <= {MOST_DOUBTFUL}
ORDER BY name, members.signal, domains DESC, shown
"""  # noqa: S608


def networks(reader: Reader, _target: Target) -> Iterator[Finding]:
    """Findings of the signals of :data:`SAID`: one of each for a site, of all groups that it is in."""
    asked = "SELECT DISTINCT remote_ip FROM harm_pages WHERE remote_ip IS NOT NULL"
    owned = {
        row["remote_ip"]: subnet for row in reader.rows(asked) if (subnet := subnet_of(row["remote_ip"]))
    }
    texts = pa.string()
    reader.lend(
        "harm_subnets",
        pa.table({"remote_ip": pa.array(owned, texts), "subnet": pa.array(owned.values(), texts)}),
    )
    reader.define("harm_held", _HELD)
    reader.keep("harm_groups", _GROUPS)
    reader.keep("harm_members", _MEMBERS)
    rows = (row for batch in reader.batches(_JOINED) for row in batch.to_pylist())
    for _, groups in groupby(rows, key=itemgetter("name", "signal")):
        yield _of_site(list(groups))


def _of_site(groups: list[Row]) -> Finding:
    """What the groups of one kind come to for one site."""
    sure = max((_sure(group) for group in groups), key=SURE.index)
    best = sorted(groups, key=lambda group: -SURE.index(_sure(group)))
    return finding(
        best[0]["signal"], best[0]["name"], max(group["links"] for group in groups), sure,
        [sentence for group in best for sentence in _sentences(group)],
        [group["url"] for group in best],
    )  # fmt: skip


def _sure(group: Row) -> str:
    """How sure a group is, by the published table."""
    also, signal = frozenset(group["also"]), group["signal"]
    if signal == "same_text":
        signs: int = (not also.isdisjoint(("same_account", "same_address"))) + group["any_keyword"]
        return SURE[signs]
    if signal == "same_account":
        joined = not also.isdisjoint(("same_text", "same_address")) and group["domains"] <= ACCOUNT_MANY
        return "medium" if joined else "low"
    return "low" if also.isdisjoint(TELLING) else "medium"


def _sentences(group: Row) -> Iterator[str]:
    others = [name for name in group["named"] if name != group["source_domain"]][:MOST_NAMES]
    said = SAID[group["signal"]].format(value=group["shown"])
    yield (
        f"{counted(group['domains'], 'linking domain')} {said}: this one, {named(others, group['domains'] - 1)}."
    )
    also = [SHARED[signal] for signal in group["also"]]
    if also:
        yield f"It shares {' and '.join(also)} with others of them too."
    if group["signal"] == "same_text" and group["any_keyword"]:
        yield "Keywords are the text of links there."
