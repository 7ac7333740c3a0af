"""Pages off which links fall as new posts come."""

import pytest

from backlink_crawler.classify.listing import is_listing

LISTINGS = """
https://a.example/feed
https://a.example/feed/
https://a.example/my-post/feed/
https://a.example/comments/feed
https://a.example/rss.xml
https://a.example/atom.xml
https://a.example/index.xml
https://a.example/index.rdf
https://a.example/blog/posts.rss
https://a.example/tag/pruning
https://a.example/Tag/Pruning/
https://a.example/blog/tags/pruning
https://a.example/category/garden/tools
https://a.example/kategorie/garten
https://a.example/author/jane
https://a.example/page/2
https://a.example/blog/page/17/
https://a.example/seite-3.html
https://a.example/2024
https://a.example/2024/05/
https://a.example/de/2024/05/31
https://a.example/archive/2024/05
https://a.example/archives
https://a.example/blog
https://a.example/blog/
https://a.example/en/news/
https://a.example/news.html
https://a.example/aktuelles
https://a.example/?paged=3
https://a.example/?cat=4
https://a.example/shop?sort=new&page=2
https://a.example/?s=shears
https://a.example/search/label/garden
https://planet.gnome.example/
https://blog.acme.example/
https://news.acme.example
""".split()

PAGES = """
https://a.example/
https://a.example
https://a.example/blog/how-to-cut-a-hedge
https://a.example/2024/05/how-to-cut-a-hedge
https://a.example/2024/05/31/how-to-cut-a-hedge/
https://a.example/archives/1234
https://a.example/archive/2024/05/my-post
https://a.example/?p=12
https://a.example/tagliatelle
https://a.example/feedback
https://a.example/rssi-explained
https://a.example/authors-guide-to-hedges
https://a.example/search-engines
https://a.example/page/about
https://a.example/page/
https://a.example/newsletter
https://a.example/blogging-tips
https://a.example/topic/123-hedges
https://a.example/latest/guide.html
https://a.example/product?tagline=x
https://a.example/2024-in-review
https://a.example/1234
https://a.example/sitemap.xml
https://planet.example/
https://planet.gnome.example/about
https://a.example/wiki/Tag_(game)
https://a.example/post#/tag/x
""".split()


@pytest.mark.parametrize("url", LISTINGS)
def test_listings(url: str) -> None:
    assert is_listing(url)


@pytest.mark.parametrize("url", PAGES)
def test_pages_that_keep_their_links(url: str) -> None:
    assert not is_listing(url)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/rss+xml; charset=utf-8", True),  # RSS 2.0
        ("Application/Atom+XML", True),  # RFC 4287, section 7
        ("application/feed+json", True),  # JSON Feed 1.1
        ("application/xml", False),  # sitemaps have it as well
        ("text/html", False),
        ("", False),
        (None, False),
    ],
)
def test_the_type_tells_a_feed(content_type: str | None, expected: bool) -> None:
    assert is_listing("https://a.example/export", content_type) == expected
