"""Prices as people write them: ``120 EUR``, ``$120``, ``1.200,50 €``."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Price = tuple[Decimal, str]
"""An amount, and the word of its currency, empty where none is said."""

CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN"}
"""What a sign stands for (ISO 4217), so that ``$120`` and ``120 USD`` are summed up."""

_PRICE = re.compile(
    r"(?P<before>[^\d\s.,'-]*)\s*(?P<amount>[0-9](?:[0-9.,'\s]*[0-9])?)\s*(?P<after>[^\d\s.,'-]*)"
)
_DECIMALS = re.compile(r"(.*[0-9])[.,]([0-9]{1,2})", re.DOTALL)


def parse_price(text: str) -> Price | None:
    """The price that a text stands for; None for one that is no single amount (``free``, ``100-200``).

    What follows the last ``.`` or ``,`` is a fraction where it has one or two digits; three are thousands.
    """
    found = _PRICE.fullmatch(text.strip())
    if found is None or (found["before"] and found["after"]):
        return None
    decimals = _DECIMALS.fullmatch(found["amount"])
    whole, fraction = decimals.groups() if decimals else (found["amount"], "0")
    word = (found["before"] or found["after"]).lower()
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{fraction}"), CURRENCIES.get(word, word.upper())


def total(prices: Iterable[Price]) -> str:
    """The sums per currency, in words: ``120 EUR, 50.50 USD``; empty for none."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for amount, currency in prices:
        sums[currency] += amount
    return ", ".join(f"{_shown(amount)} {currency}".strip() for currency, amount in sorted(sums.items()))


def _shown(amount: Decimal) -> str:
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
