"""What a project is given, and what of it is shown."""

from __future__ import annotations

from pprint import pformat

from scrapy.settings import Settings, overridden_settings

from backlink_crawler.wiring import wire


def test_keys_are_not_written_to_the_log() -> None:
    settings = Settings()
    settings.set("AWS_SECRET_ACCESS_KEY", "hush", priority="cmdline")
    settings.set("AWS_SESSION_TOKEN", "hush", priority="project")
    wire(settings)
    shown = pformat(dict(overridden_settings(settings)))  # as Scrapy does
    assert "hush" not in shown
    assert "'AWS_SESSION_TOKEN': '***'" in shown
    assert (settings["AWS_SECRET_ACCESS_KEY"], settings.getpriority("AWS_SECRET_ACCESS_KEY")) == ("hush", 40)
