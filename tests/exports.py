"""Small exports of every vendor, in the shape each writes them, with links to example.com."""

from __future__ import annotations

import csv
import io
import json

BOM = "\ufeff"


def table(rows: list[list[str]], delimiter: str = ",", *, quote_all: bool = False, end: str = "\r\n") -> str:
    """Rows as text, quoted as a spreadsheet does."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue()


def rows_of(text: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Text of a delimited file as rows: line, cells."""
    reader = csv.reader(io.StringIO(text.removeprefix(BOM)), delimiter=delimiter)
    return [(reader.line_num, cells) for cells in reader]


def lines_of(text: str) -> list[tuple[int, list[str]]]:
    """Text of a list as rows of one cell."""
    return [(number, [line]) for number, line in enumerate(text.splitlines(), start=1)]


GSC = """\
Linking page,Last crawled
https://blog.acme.test/2026/hedges,2026-08-01
"https://forum.acme.test/t/1,2",2026-07-15
https://news.other.test/a?b=c,2025-12-31
"""
GSC_SITES = """\
Site,Linking pages,Target pages
acme.test,"1,240",12
other.test,87,5
wikipedia.org,3,1
"""
GSC_PAGES = """\
Target page,Incoming links,Linking sites
https://example.com/,"2,100",80
https://example.com/shop,340,25
"""
BING = BOM + table(
    [
        ["Source Url", "Anchor text", "Target Url"],
        ["https://blog.acme.test/2026/hedges", "best shears, ever", "https://example.com/shop"],
        ["https://news.other.test/a", "", "https://www.example.com/"],
    ],
    quote_all=True,
)
BING_SITES = BOM + table(
    [["Domain", "Backlinks Count"], ["https://acme.test", "12"], ["other.test", "3"]], quote_all=True
)
BING_ANCHORS = BOM + table([["Anchor", "Backlinks Count"], ["best shears", "2"]], quote_all=True)

AHREFS_HEADER = (
    "Referring page title|Referring page URL|Language|Platform|Referring page HTTP code|Domain rating|UR|Domain traffic"
    "|Referring domains|Linked domains|External links|Page traffic|Keywords|Target URL|Left context|Anchor|Right context"
    "|Redirect Chain URLs|Redirect Chain status codes|Type|Is spam|Content|Nofollow|UGC|Sponsored|Rendered|Raw|Lost status"
    "|Drop reason|Discovered status|First seen|Last seen|Lost|Author|Page type|Page category|Links in group"
).split("|")


def _ahrefs(**cells: str) -> list[str]:
    return [cells.get(name.replace(" ", "_").lower(), "") for name in AHREFS_HEADER]


AHREFS_ROWS = [
    AHREFS_HEADER,
    _ahrefs(
        referring_page_title="Hedges, and how to cut them",
        referring_page_url="https://blog.acme.test/2026/hedges",
        language="en",
        platform="WordPress, Blogs",
        referring_page_http_code="200",
        domain_rating="35",
        ur="8.0",
        target_url="https://example.com/shop",
        left_context="We like the",
        anchor="best shears, ever",
        right_context="of all.",
        type="text",
        is_spam="false",
        content="true",
        nofollow="false",
        ugc="false",
        sponsored="false",
        rendered="false",
        raw="true",
        first_seen="2026-08-01 10:11:12",
        last_seen="2026-09-02 01:02:03",
        links_in_group="1",
    ),
    _ahrefs(
        referring_page_url="https://forum.acme.test/t/1",
        referring_page_http_code="404",
        target_url="https://example.com/",
        anchor="Example",
        type="image",
        nofollow="true",
        ugc="true",
        sponsored="false",
        lost_status="linkremoved",
        first_seen="2025-01-02 03:04:05",
        last_seen="2026-01-02 03:04:05",
        lost="2026-02-03 04:05:06",
    ),
]
AHREFS = BOM + table(AHREFS_ROWS, end="\n")


def ahrefs_utf16() -> bytes:
    """The other form of its export: UTF-16LE with a byte order mark, tab-separated, all quoted."""
    return (BOM + table(AHREFS_ROWS, "\t", quote_all=True)).encode("utf-16-le")


MAJESTIC_HEADER = (
    "Target URL,Source URL,Anchor Text,Source Crawl Date,Source First Found Date,FlagNoFollow,FlagImageLink,FlagRedirect,"
    "FlagFrame,FlagOldCrawl,FlagAltText,FlagMention,SourceCitationFlow,SourceTrustFlow,TargetCitationFlow,TargetTrustFlow,"
    "SourceTopicalTrustFlow_Topic_0,SourceTopicalTrustFlow_Value_0,RefDomainTopicalTrustFlow_Topic_0,"
    "RefDomainTopicalTrustFlow_Value_0"
).split(",")
MAJESTIC = f"""\
{",".join(MAJESTIC_HEADER)}
http://example.com/shop,http://blog.acme.test/2026/hedges,best shears,2026-08-01,2024-02-03,,,,,,,,31,12,20,15,Home/Gardening,9,Home/Gardening,12
http://example.com/,http://forum.acme.test/t/1,Example,2026-07-15,2023-01-02,NoFollow,ImageLink,,,,,,5,0,20,15,,,Home/Family,3
http://example.com/old,http://news.other.test/r,,2026-06-30,2026-06-30,,,Redirect,,,,,18,4,11,7,News,2,News,5
http://example.com/,http://talk.other.test/m,example.com,2026-06-29,2026-06-01,,,,,,,Mention,18,4,11,7,News,2,News,5
"""
MAJESTIC_ROWS = [line.split(",") for line in MAJESTIC.splitlines()[1:]]
MAJESTIC_BROKEN_ROWS = [
    [
        "http://example.com/shop",
        "http://blog.acme.test/2026/shears",
        "shears, hedges, and more",
        *MAJESTIC_ROWS[0][3:],
    ],
    ["http://example.com/shop?size=1,2", "http://blog.acme.test/2026/sizes", "sizes", *MAJESTIC_ROWS[0][3:]],
]
MAJESTIC_BROKEN = MAJESTIC + "\n".join(map(",".join, MAJESTIC_BROKEN_ROWS)) + "\n"
"""Majestic quotes no cell: the commas of the last two rows are in the anchor and in the target's URL."""

SEMRUSH = """\
Page ascore,Source title,Source url,Target url,Anchor,External links,Internal links,Nofollow,Sponsored,Ugc,Text,Frame,Form,Image,Sitewide,First seen,Last seen,New link,Lost link
24,"Hedges, and how to cut them",https://blog.acme.test/2026/hedges,https://example.com/shop,"best shears, ever",3,40,FALSE,FALSE,FALSE,TRUE,FALSE,FALSE,FALSE,FALSE,2024-02-03,2026-08-01,FALSE,FALSE
3,Topic 1,https://forum.acme.test/t/1,https://example.com/,,12,90,true,false,true,false,false,false,true,true,2023-01-02,2026-07-15,false,true
"""
MOZ = """\
URL,Title,Anchor Text,Spam Score,Page Authority,Domain Authority,Link Type,Target URL,First Seen,Last Seen,Lost
https://blog.acme.test/2026/hedges,Hedges,"best shears, ever",1%,31,42,follow,https://example.com/shop,2024-02-03,2026-08-01,
https://forum.acme.test/t/1,Topic 1,Example,12%,20,30,nofollow,https://example.com/,2023-01-02,2026-07-15,2026-08-02
"""
MOZ_OLD = """\
Open Site Explorer
"Inbound links of example.com"

URL,Title,Anchor Text,Spam Score,Page Authority,Domain Authority,Number of Domains Linking to this Page,Number of Domains Linking to Domain,Origin,Target URL,Link Equity,No Link Equity,Only rel=nofollow,Only follow,301
http://blog.acme.test/2026/hedges,Hedges,best shears,1,31,42,2,30,External,http://example.com/shop,Yes,No,No,Yes,No
http://forum.acme.test/t/1,Topic 1,Example,2,20,30,1,8,External,http://example.com/,No,Yes,Yes,No,No
"""
SERANKING = """\
anchor,from_url,to_url,title,http_status,is_nofollow,is_sponsored,ugc,is_image,inlink_rank,domain_inlink_rank,first_seen,last_seen
best shears,https://blog.acme.test/2026/hedges,https://example.com/shop,Hedges,200,0,0,0,0,12,30,2024-02-03,2026-08-01
,https://forum.acme.test/t/1,https://example.com/,Topic 1,200,1,0,1,1,3,20,2023-01-02,2026-07-15
"""
SCREAMINGFROG = BOM + table(
    [
        line.split("|")
        for line in """\
Type|Source|Destination|Size (Bytes)|Alt Text|Anchor|Status Code|Status|Follow|Target|Rel|Path Type|Link Path|Link Position|Link Origin
Hyperlink|https://blog.acme.test/2026/hedges|https://example.com/shop|7012||best shears|200|OK|true|_blank|noopener|Absolute|//body/main/p[2]/a|Content|HTML
Hyperlink|https://forum.acme.test/t/1|https://example.com/|812|Example's logo||200|OK|false||nofollow ugc|Absolute|//body/footer/a|Footer|HTML
Canonical|https://news.other.test/r|https://example.com/old||||301|Moved Permanently|true|||Absolute|//head/link[2]|Head|HTML
Hyperlink|https://example.com/|https://example.com/shop|7012||Shop|200|OK|true|||Path-Relative|//body/nav/a|Navigation|HTML & Rendered HTML
""".splitlines()
    ],
    quote_all=True,
    end="\n",
)
DATAFORSEO_ITEMS = [
    {
        "type": "backlink", "domain_from": "blog.acme.test", "url_from": "https://blog.acme.test/2026/hedges",
        "url_from_https": True, "domain_to": "example.com", "url_to": "https://example.com/shop", "is_new": False,
        "is_lost": False, "backlink_spam_score": 3, "rank": 66, "page_from_rank": 61, "page_from_title": "Hedges",
        "page_from_status_code": 200, "first_seen": "2024-02-03 04:05:06 +00:00", "prev_seen": None,
        "last_seen": "2026-08-01 10:11:12 +00:00", "item_type": "anchor", "attributes": None, "dofollow": True,
        "original": True, "alt": None, "anchor": "best shears", "text_pre": "We like the", "text_post": "of all.",
        "semantic_location": "article", "links_count": 1,
    },
    {
        "type": "backlink", "domain_from": "forum.acme.test", "url_from": "https://forum.acme.test/t/1",
        "url_from_https": True, "domain_to": "example.com", "url_to": "https://example.com/", "is_new": False,
        "is_lost": True, "backlink_spam_score": 30, "rank": 6, "page_from_rank": 1, "page_from_title": "Topic 1",
        "page_from_status_code": 404, "first_seen": "2023-01-02 00:00:00 +00:00", "prev_seen": None,
        "last_seen": "2026-07-15 00:00:00 +00:00", "item_type": "image", "attributes": ["nofollow", "ugc"],
        "dofollow": False, "original": True, "alt": "Example's logo", "anchor": None, "text_pre": None, "text_post": None,
        "semantic_location": None, "links_count": 1,
    },
]  # fmt: skip
DATAFORSEO = json.dumps(
    {
        "version": "0.1.20260801", "status_code": 20000, "status_message": "Ok.", "tasks_count": 1,
        "tasks": [{"status_code": 20000, "result": [{"target": "example.com", "total_count": 2, "items": DATAFORSEO_ITEMS}]}],
    }
)  # fmt: skip
"""The answer of backlinks/backlinks/live."""


def records_of(items: list[dict[str, object]]) -> list[tuple[int, list[str]]]:
    """Objects of JSON as rows: their names as row 0, values as text."""
    names = list(dict.fromkeys(name for item in items for name in item))

    def text(value: object) -> str:
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    return [
        (1, names),
        *((line, [text(item.get(name)) for name in names]) for line, item in enumerate(items, start=2)),
    ]


DISAVOW = """\
# example.com: links that we did not ask for
# Disavowed 2026-08-01
domain:spam.acme.test
Domain: links.other.test

https://forum.acme.test/t/1?a=1,2
http://blog.acme.test/cheap
"""
URL_LIST = """\
https://blog.acme.test/2026/hedges
# seen at the fair
other.test

https://forum.acme.test/t/1,2
"""
ACCESS_LOG = """\
203.0.113.7 - - [01/Aug/2026:10:11:12 +0000] "GET /shop HTTP/1.1" 200 5120 "https://blog.acme.test/2026/hedges" "Mozilla/5.0 (X11; Linux x86_64)"
2001:db8::1 - jane [01/Aug/2026:10:11:13 +0000] "GET / HTTP/2.0" 304 0 "-" "Mozilla/5.0"
"""
ACCESS_LOG_JSON = """\
{"time": "2026-08-01T10:11:12Z", "request": "GET /shop HTTP/1.1", "status": 200, "referer": "https://blog.acme.test/2026/hedges"}
{"time": "2026-08-01T10:11:13Z", "request": "GET / HTTP/1.1", "status": 200, "referer": "-"}
"""
TABLE = """\
Seite;Wohin;Notiz
https://blog.acme.test/2026/hedges;https://example.com/shop;mail sent
https://forum.acme.test/t/1;https://example.com/;
"""


def gsc_workbook() -> bytes:
    """The latest links as Search Console's Excel download."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Sheet1")
        for row, cells in rows_of(GSC):
            sheet.write_row(row - 1, 0, cells)
    return out.getvalue()
