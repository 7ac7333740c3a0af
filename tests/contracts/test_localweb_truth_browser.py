"""A real browser reads from the pages of the local web just the links that its truth states."""

import html
import json
import re
import subprocess
from collections import Counter

import pytest

from backlink_crawler.localweb import truth
from backlink_crawler.localweb.message import response
from backlink_crawler.localweb.server import LocalWeb
from tests.system import require

READER = "reader.localweb.example"
SCRIPT = r"""
async function read(url) {
  const page = await new Promise((done) => {  // as documents with scripting off
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.onloadend = () => done(request.response);
    request.send();
  });
  return [...page.querySelectorAll("a, area")].flatMap((element) => {
    const href = element.getAttribute("href") ?? element.getAttribute("xlink:href");
    const text = element.cloneNode(true);
    text.querySelectorAll("script").forEach((script) => script.remove());
    try {
      return href === null ? [] : [[new URL(href, page.baseURI).protocol && (element.href.baseVal === undefined
        ? element.href : new URL(href, page.baseURI).href), href, element.getAttribute("rel") ?? "", text.textContent]];
    } catch { return []; }
  });
}
(async () => {
  const links = {};
  for (const url of URLS) links[url] = await read(url);
  document.querySelector("pre").textContent = JSON.stringify(links);
})();
"""
TRACKED = re.compile(
    r"""https?://([^/@]*@)?(
        ([\w-]+\.)*acme\.example(:\d+)?(?!/internal(/|$)) | (www\.)?acme-old\.example | bit\.ly | tinyurl\.com | t\.co
      | docs\.umbrella\.example | ([\w-]+\.)*xn--bcher-kva\.example
      | (www\.)?rival\.example/shop(?=[/?#]|$) | (www\.)?hilltop\.example/press(?=[/?#]|$)
    )(/|\#|\?|$)""",
    re.VERBOSE,
)
"""Independent of the program: written from the demo's backlinks.toml."""
NOT_COUNTED = {
    "http://status.acme.example/": "cut out of the target",
    "http://bit.ly/acme-status": "leads to what is cut out",
    "http://bit.ly/weather": "leads elsewhere",
    "http://bit.ly/dead": "leads nowhere",
    "http://acme-old.example/still-here": "an alias that does not redirect",
    "http://acme-old.example/sold": "leads elsewhere",
    "http://acme-old.example/loop": "never ends",
}
OWN = {"acme-careers.example": "http://acme.example/", "hilltop.example": "http://hilltop.example/"}
"""Sites whose links to these are internal."""
STATED = [row for row in truth.load().links if row["link_type"] in ("text", "image", "area")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """For each page the links of its DOM: resolved URL, href, rel, text."""
    require(("chromium",))
    urls = [visit.url for visit in truth.load().visits if visit.outcome == "ok"]
    page = f"<!doctype html><meta charset=utf-8><pre></pre><script>const URLS = {json.dumps(urls)};{SCRIPT}</script>"

    async def reader(request, writer):
        writer.write(response(request, 200, (("Content-Type", "text/html"),), page.encode()))
        return 200

    with LocalWeb(handlers={READER: reader}) as web:
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-web-security", "--dump-dom",
            f"--user-data-dir={tmp_path_factory.mktemp('profile')}", f"--proxy-server={web.proxy_url}",
            "--virtual-time-budget=100000", f"http://{READER}/",
        ]  # fmt: skip
        dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout
    links = json.loads(html.unescape(dom.partition("<pre>")[2].partition("</pre>")[0]))
    assert set(links) == set(urls)
    return links


def is_counted(source, url):
    own = OWN.get(source.split("/")[2])
    return bool(TRACKED.match(url)) and url not in NOT_COUNTED and not (own and url.startswith(own))


def test_the_browser_sees_the_same_links(seen):
    browser = Counter(
        (source, url, href)
        for source, links in seen.items()
        for url, href, *_ in links
        if is_counted(source, url)
    )
    stated = Counter((row["source_url"], row["target_url"], row["href"]) for row in STATED)
    assert sorted((stated - browser).elements()) == []
    assert sorted((browser - stated).elements()) == []


def test_the_browser_sees_the_same_words(seen):
    """rel as it is written, split at HTML white space and commas; text with its white space collapsed."""
    browser = Counter()
    for source, links in seen.items():
        for url, _, rel, text in links:
            tokens = dict.fromkeys(filter(None, re.split("[\t\n\f\r ,]+", rel.lower())))
            browser[source, url, " ".join(tokens), re.sub("[\t\n\f\r ]+", " ", text).strip(" ")] += 1
    for row in STATED:
        text = row["anchor"] if row["anchor_source"] == "text" else ""
        assert browser[row["source_url"], row["target_url"], " ".join(row["rel"]), text] > 0, row
