"""Who made a page, by its own markup: its template, and the accounts that its scripts name."""

from __future__ import annotations

from io import BytesIO

import pytest
from wat_files import extract, wat

from backlink_crawler import read_page
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.wat import visits
from backlink_crawler.page.tracking import KINDS, MOST

URL = "https://a.example/"


def frame(
    post: int = 1,
    text: str = "<p>one</p>",
    theme: str = "spring",
    host: str = "https://a.example",
    **said: str,
) -> bytes:
    """A page as a publishing system makes it."""
    return f"""<!doctype html><html><head><title>{text}</title>
    <meta name="generator" content="Press {post}.2"><link rel="stylesheet" href="{host}/themes/{theme}/style.css?ver={post}">
    <link rel="canonical" href="/{post}"><link rel=stylesheet href="/lib/blocks-{post}.css"></head>
    <body class="post post-{post} logged-out"><div id="page" class="site">
    <header id="masthead" class="site-header"><nav class="main-nav"></nav></header>
    <div id="content" class="row{post}"><main class="main">{text}</main><aside class="widgets">{said.get("aside", "")}</aside></div>
    <footer id="colophon" class="site-footer"><div class="info">x</div></footer></div>{said.get("end", "")}</body></html>""".encode()


def template(body: bytes) -> str | None:
    return read_page(body, URL).template_digest


class TestTemplate:
    def test_pages_of_one_template_share_it(self) -> None:
        first = template(frame())
        assert first is not None
        assert len(first) == 16
        assert template(frame(2, "<h2>Two</h2><div class=gallery id=g7>…</div>" * 9)) == first
        assert template(frame(host="http://cdn.other.example")) == first  # on another site
        assert template(frame(end="<script>x</script><!-- 7 -->")) == first

    def test_another_template_does_not(self) -> None:
        assert template(frame(theme="autumn")) != template(frame())
        assert template(frame().replace(b"site-header", b"page-header")) != template(frame())
        assert template(frame().replace(b"Press", b"Joomla!")) != template(frame())

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"text", b"<p class=a>one</p>", b"<body>" + b"<p>one</p>" * 100, b"<frameset><frame src=/a></frameset>", b"\xff\xfe\x00",
            b'<link rel=stylesheet href="/bootstrap.min.css"><div class=container><div class=row><div class=col-1>x</div></div></div>',
            b"<body>" + b"<div class=row></div>" * 50,  # one thing again and again
        ],
    )  # fmt: skip
    def test_of_too_little_nothing_is_said(self, body: bytes) -> None:
        assert template(body) is None

    def test_of_a_deep_and_of_a_wide_page_little_is_looked_at(self) -> None:
        assert template(b"<body>" + b"<div class=a>" * 50_000) is None
        wide = b"<body>" + b"".join(b"<div class=%s></div>" % (b"x" * nth) for nth in range(1, 3_000))
        assert template(wide) is not None


def accounts(markup: str) -> list[str]:
    return read_page(markup.encode(), URL).tracking_ids


SNIPPETS = {
    "<script async src='https://www.googletagmanager.com/gtag/js?id=G-1A2B3C4D5E'></script>": ["google-tag:1A2B3C4D5E"],
    "<script>gtag('config', 'G-1A2B3C4D5E'); gtag('config', 'AW-987650432');</script>": ["google-ads:987650432", "google-tag:1A2B3C4D5E"],
    "<script src='//www.googletagmanager.com/gtag/js?id=UA-7654321-12&l=x'></script>": ["google-analytics:7654321"],
    "<script>_gaq.push(['_setAccount', 'UA-7654321-3'])</script>": ["google-analytics:7654321"],
    "<script>ga('create', \"UA-7654321-1\", 'auto')</script>": ["google-analytics:7654321"],
    "<script>(function(w,d,s,l,i){j.src='https://www.googletagmanager.com/gtm.js?id='+i})(window,document,'script','dataLayer','GTM-K7XQ2P')</script>": ["google-tag-manager:K7XQ2P"],
    "<script src='https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js?client=ca-pub-4347119884249993'></script>": ["adsense:4347119884249993"],
    "<ins class=adsbygoogle data-ad-client=ca-pub-4347119884249993></ins>": ["adsense:4347119884249993"],
    "<meta name=google-adsense-account content=ca-pub-4347119884249993>": ["adsense:4347119884249993"],
    "<script>fbq('init', '2718281828459045'); fbq('track', 'PageView')</script>": ["meta-pixel:2718281828459045"],
    "<script>m[i].l=1; k.src='https://mc.yandex.ru/metrika/tag.js'; ym(44556677, \"init\", {clickmap:true})</script>": ["yandex-metrica:44556677"],
    "<script>w.yaCounter = new Ya.Metrika({id:44556677, webvisor:true})</script>": ["yandex-metrica:44556677"],
    "<script>(function() { var u=\"//stats.owner.example/\"; _paq.push(['setTrackerUrl', u+'matomo.php']); _paq.push(['setSiteId', '7']);})()</script>": ["matomo:stats.owner.example/7"],
    "<script>var u=((\"https:\" == document.location.protocol) ? \"https\" : \"http\") + \"://stats.owner.example/\"; _paq.push([\"setSiteId\", 7])</script>": ["matomo:stats.owner.example/7"],
    "<script>h._hjSettings={hjid:1357913,hjsv:6}</script>": ["hotjar:1357913"],
    "<script>(function(c,l,a,r,i,t,y){})(window, document, \"clarity\", \"script\", \"k3x9w2m1qp\");</script>": ["clarity:k3x9w2m1qp"],
    "<script>var sc_project=10293847; var sc_security='x'</script>": ["statcounter:10293847"],
    "<script>hm.src = 'https://hm.baidu.com/hm.js?0f3e9d8c7b6a59483726150493827160'</script>": ["baidu:0f3e9d8c7b6a59483726150493827160"],
}  # fmt: skip
NONE = [
    "<p>UA-7654321-3 and 'G-1A2B3C4D5E' and ca-pub-4347119884249993</p>",  # text is no script
    "<script>gtag('config', 'G-XXXXXXXXXX'); ga('create', 'UA-XXXXX-Y'); ga('create', 'UA-12345-6')</script>",
    "<script>dataLayer; 'GTM-XXXXXXX'</script>",
    "<script>img = 'IMG-20230101'; part = 'UA-7654321'; x = 'G-Shock'; y = 'YUA-7654321-3'</script>",
    "<script src='/ca-pub-1234567890123456.js'></script>",
    '<script type=\'application/ld+json\'>{"sku": "G-1A2B3C4D5E"}</script>',
    "<script>var u='/matomo/'; _paq.push(['setSiteId', '7'])</script>",  # its own host: no account of others
    "<!-- <script>ga('create', 'UA-7654321-1')</script> -->",
    "<template><script>ga('create', 'UA-7654321-1')</script></template>",
]


class TestTracking:
    @pytest.mark.parametrize("markup", SNIPPETS)
    def test_snippets_of_their_makers(self, markup: str) -> None:
        assert accounts(f"<title>x</title><body>{markup}") == SNIPPETS[markup]

    @pytest.mark.parametrize("markup", NONE)
    def test_what_is_no_account(self, markup: str) -> None:
        assert accounts(f"<title>x</title><body>{markup}") == []

    def test_every_kind_is_tried(self) -> None:
        assert {account.partition(":")[0] for found in SNIPPETS.values() for account in found} == set(KINDS)

    def test_they_are_sorted_and_bounded(self) -> None:
        pixels = "".join(f"<script>fbq('init', '27182818284590{nth}')</script>" for nth in range(60, 10, -1))
        found = accounts(pixels * 2)
        assert found == sorted(set(found))
        assert len(found) == MOST

    def test_hostile_scripts_take_no_time(self) -> None:
        for piece in (
            "'setSiteId' u=//a.b/ ",
            "u=" + "x" * 119,
            "fbq( 'init' , ",
            "Ya.Metrika( { id :",
            "etrika ym( ",
            "'clarity' , ",
        ):
            assert accounts(f"<script>{piece * 5_000}</script>" * 50) == []

    def test_the_order_of_questions_does_not_matter(self) -> None:
        body = frame(end="<script>fbq('init', '2718281828459045')</script>")
        early, late = read_page(body, URL), read_page(body, URL)
        assert late.text_words  # reading the text takes the tree apart
        assert (early.template_digest, early.tracking_ids) == (late.template_digest, late.tracking_ids)
        assert late.tracking_ids == ["meta-pixel:2718281828459045"]


def test_what_a_wat_file_tells_of_a_page_is_not_who_made_it() -> None:
    html = frame(
        end="<script>fbq('init', '2718281828459045')</script><a href='https://acme.example/'>Acme</a>"
    ).decode()
    [visit] = visits(
        BytesIO(wat([extract(URL, html)])),
        Targets([parse_target("acme.example")]),
        Counts(),
        crawl_id="c",
        name="x.wat.gz",
    )
    assert (visit.template_digest, visit.tracking_ids, visit.text_digest) == (None, [], None)
