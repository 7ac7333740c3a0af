"""Options that may hold a password or a key, and the addresses that do."""

from __future__ import annotations

import re

import attrs

from ..errors import UsageError
from ..options import Option, Value

ADDRESS = re.compile(r"env:[A-Za-z_]\w*|(?!env:)[A-Za-z][A-Za-z0-9+.-]*://.+", re.ASCII)
"""The URL of a service, or ``env:NAME`` for one in the environment."""


@attrs.frozen
class SecretOption(Option):
    """An option whose value is never repeated: it may hold a password."""

    def read(self, raw: Value, where: str) -> Value:
        try:
            return self.parse(raw)
        except ValueError as error:
            raise UsageError(f"{where} {self.name}: {error}", self.help) from None
