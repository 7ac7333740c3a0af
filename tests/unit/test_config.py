"""``backlinks.toml``, and the targets made with it."""

import re
from pathlib import Path

import pytest

from backlink_crawler.config.file import Config, load_config
from backlink_crawler.config.sources import SOURCE_OPTIONS
from backlink_crawler.config.targets import targets_from
from backlink_crawler.config.template import template
from backlink_crawler.errors import UsageError
from backlink_crawler.options import OPTIONS, collect


@pytest.fixture(autouse=True)
def _no_config_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKLINKS_CONFIG", raising=False)


def written(tmp_path: Path, text: str | bytes, name: str = "backlinks.toml") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_without_a_file_nothing_is_configured() -> None:
    assert load_config() == Config()


def test_the_file_here_is_read_and_typed(tmp_path: Path) -> None:
    written(
        tmp_path,
        """\ufeffscope = "HOST"
        max_pages = 5
        index = "s3://bucket/index"
        [targets."www.example.com"]
        brand = ["Acme", "Acme Tools"]
        own = "a.test, b.test"
        """,
    )
    config = load_config()
    assert config.options == {"scope": "host", "max_pages": 5, "index": "s3://bucket/index"}
    assert config.targets == {"example.com": {"brand": ["Acme", "Acme Tools"], "own": ["a.test", "b.test"]}}
    assert config.on("index") == {"index": "s3://bucket/index"}
    assert collect("index", {}, toml=config.on("index"))["index"] == "s3://bucket/index"
    assert collect("spider", {}, toml=config.on("spider"))["scope"] == "host"


def test_the_argument_wins_over_the_variable_and_that_over_the_file_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "depth = 1\n")
    monkeypatch.setenv("BACKLINKS_CONFIG", str(written(tmp_path, "depth = 2\n", "b.toml")))
    assert load_config().options == {"depth": 2}
    assert load_config(written(tmp_path, "depth = 3\n", "c.toml")).options == {"depth": 3}


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("\nx = \n", "at line 2", "toml.io"),
        ("\nmax_page = 3", "line 2: unknown key max_page", "did you mean max_pages?"),
        ('depth = "deep"', "line 1: depth=deep: needs a whole number", "links"),
        ('scope = "galaxy"', "line 1: scope=galaxy: needs one of site, host, page", "seed"),
        ("index = {uri = 1}", "line 1: index is no table", "index"),
        ('brand = ["Acme"]', "line 1: brand is said of a target", '[targets."example.com"]'),
        ("targets = 3", "line 1: targets is no table", '[targets."example.com"]'),
        ("[targets]\nx = 3", "line 2: x is no table", '[targets."x"]'),
        (
            "[targets.example.com]\nown = []",
            "line 1: a target with dots needs quotes",
            '[targets."example.com"]',
        ),
        ('[targets."example.con"]', "line 1: target example.con: no domain", "did you mean example.com?"),
        ('[targets."a.test"]\n\n[targets."www.a.test"]', "line 3: target a.test has two tables", "join"),
        (
            '[targets."a.test"]\nbrand=[]\n[targets."b.test"]\nbrnd=[]',
            "line 4: unknown key brnd",
            "did you mean brand?",
        ),
        ('[targets."a.test"]\nown = ["co.uk"]', "line 1: own co.uk: is a public suffix", "example.co.uk"),
        (b"x = '\xff'", "no text in UTF-8", "UTF-8"),
        ("sources = 3", "line 1: sources is no table", "[sources.github]"),
        ("[sources]\ngithub = 3", "line 2: github is no table", "[sources.github]"),
        ("\n[sources.githb]", "line 2: unknown source githb", "did you mean github?"),
        (
            "[sources.brave]\nmost = 5\n[sources.github]\nmst = 5",
            "line 4: unknown key mst",
            "did you mean most?",
        ),
        ("[sources.brave]\nmost = 0", "line 2: most=0: needs a whole number of 1 or more", "next one"),
        ("[sources.brave]\npause = -1", "line 2: pause=-1: needs seconds", "between two requests"),
        ('[sources.brave]\npause = "1, 2"', "line 2: pause=1, 2: needs seconds", "between two requests"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_number(
    tmp_path: Path, text: str | bytes, reason: str, hint: str
) -> None:
    written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_config()
    assert caught.value.reason.startswith("backlinks.toml")
    assert reason in caught.value.reason
    assert hint in caught.value.hint


def test_sources_are_read_and_typed(tmp_path: Path) -> None:
    written(
        tmp_path,
        """[sources.github]
        key = "env:MY_TOKEN"
        queries = ["\\"{domain}\\", links"]
        [sources.searxng]
        endpoints = "http://localhost:8888, https://Searx.example"
        pause = 2
        most = 50
        [sources.access_log]
        logs = ["/var/log/nginx/access.log*"]
        """,
    )
    assert load_config().sources == {
        "github": {"key": "env:MY_TOKEN", "queries": ['"{domain}", links']},
        "searxng": {
            "endpoints": ["http://localhost:8888/", "https://searx.example/"],
            "pause": 2.0,
            "most": 50,
        },
        "access_log": {"logs": ["/var/log/nginx/access.log*"]},
    }


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('key = "s3cr3t two"', "key: is no key: it has white space"),
        ('key = "s3cr3tä"', "key: is no key"),
        ('key = "env:s3cr3t-x"', "key: names no environment variable"),
        ('key = ["s3cr3t"]', "key: is no key"),
        ('key = {a = "s3cr3t"}', "key is no table"),
        ('endpoints = ["https://a.example", "s3cr3t"]', "endpoints: address 2 of 2 is no URL"),
        ('endpoints = ["ftp://s3cr3t.example"]', "endpoints: address 1 of 1 is no URL"),
        ('endpoints = ["https://me:s3cr3t@a.example/"]', "endpoints: address 1 of 1 has a user name in it"),
    ],
)
def test_what_may_hold_a_key_is_never_repeated(tmp_path: Path, said: str, reason: str) -> None:
    written(tmp_path, f"[sources.github]\n{said}\n")
    with pytest.raises(UsageError) as caught:
        load_config()
    assert f"backlinks.toml, line 2: {reason}" in caught.value.reason
    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in repr(Config(sources={"github": {"key": "s3cr3t"}}))


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: no such file"):
        load_config(Path("nowhere.toml"))
    with pytest.raises(UsageError, match="directory"):
        load_config(tmp_path)


def test_the_template_says_nothing_until_lines_are_uncommented(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, template()))
    assert (config.options, config.targets, config.sources) == ({}, {}, {})


def test_the_uncommented_template_holds_every_option_at_its_default(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, re.sub(r"^#(?! )", "", template(), flags=re.MULTILINE)))
    github = {option.name: option.parse(option.default) for option in SOURCE_OPTIONS}
    assert config.sources == {"github": {**github, "key": "env:GITHUB_TOKEN"}}
    said = {**config.options, **config.targets["example.com"]}
    assert said == {option.name: option.parse(option.default) for option in OPTIONS}
    for option in OPTIONS:
        assert option.help.split()[-1] in template()


CONFIG = Config(
    targets={"a.test": {"brand": ["Acme"], "own": ["sister.test"], "competitors": ["rival.test"]}}
)


def test_each_target_takes_its_own_table() -> None:
    a, b = targets_from("www.a.test, host:b.test", CONFIG, {"brand": [], "keywords": []})
    assert (a.name, a.brand, a.own, a.competitors) == ("a.test", ("Acme",), ("sister.test",), ("rival.test",))
    assert (b.name, b.brand, b.own) == ("host:b.test", (), ())


def test_an_option_wins_over_the_tables_when_it_says_something() -> None:
    (a,) = targets_from("a.test", CONFIG, {"brand": ["A"], "keywords": ["spade"], "own": [], "scope": "host"})
    assert (a.brand, a.keywords, a.own) == (("A",), ("spade",), ("sister.test",))


def test_no_target_is_every_target() -> None:
    assert len(targets_from("", CONFIG, {})) == 0


def test_targets_of_a_file(tmp_path: Path) -> None:
    written(tmp_path, b"\xef\xbb\xbf# mine\r\na.test # the shop\r\n\r\nprefix:b.test/x,y\r\n", "targets.txt")
    assert [target.name for target in targets_from("@targets.txt", CONFIG, {})] == [
        "a.test",
        "prefix:b.test/x,y",
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("a.test,example.con", "target example.con: no domain ends in .con"),
        ("@targets.txt", "targets.txt, line 3: target 1.2.3.4: an IP address"),
        ("@empty.txt", "no target in it"),
        ("@nowhere.txt", "nowhere.txt: No such file"),
        (",", "no target in it"),
    ],
)
def test_a_wrong_list_of_targets_is_refused(tmp_path: Path, raw: str, reason: str) -> None:
    written(tmp_path, "a.test\n\n1.2.3.4\n", "targets.txt")
    written(tmp_path, "# none\n", "empty.txt")
    with pytest.raises(UsageError) as caught:
        targets_from(raw, CONFIG, {})
    assert reason in caught.value.reason
