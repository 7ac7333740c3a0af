"""The add-on: our pipelines and exporters in anybody's project, by one line in its ADDONS setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .wiring import wire

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


class BacklinksAddon:
    """``ADDONS = {"backlink_crawler.addon.BacklinksAddon": 500}``"""

    def update_settings(self, settings: BaseSettings) -> None:
        """Add what is not set."""
        wire(settings)
