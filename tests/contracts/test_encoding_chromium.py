"""Every byte sequence of up to two bytes in every legacy encoding reads as in Chromium's TextDecoder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from backlink_crawler.encoding.decoder import MULTI_BYTE, SINGLE_BYTE, decode

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium")

PAGE = """<!DOCTYPE html><meta charset=utf-8><pre id=out></pre><script>
const single = %s, multi = %s, found = {};
const read = (encoding, ...bytes) => new TextDecoder(encoding).decode(new Uint8Array(bytes));
const hex = text => Array.from({length: text.length}, (_, i) => text.charCodeAt(i).toString(16)).join(" ");
for (const encoding of single.concat(multi))
  found[encoding] = [...Array(256).keys()].map(byte => hex(read(encoding, byte)));
for (const encoding of multi)
  for (let lead = 128; lead < 256; lead++)
    for (let trail = 0; trail < 256; trail++) found[encoding].push(hex(read(encoding, lead, trail)));
document.getElementById("out").textContent = JSON.stringify(found);
</script>"""

CHROMIUM_IS_WRONG = {"big5": {b"\x88\x62", b"\x88\x64", b"\x88\xa3", b"\x88\xa5"}}
"""The two code points of each ("index Big5", section 13.1.1, step for 1133 to 1166) come out as one surrogate."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder: Path = tmp_path_factory.mktemp("chromium")
    (folder / "page.html").write_text(PAGE % (json.dumps(list(SINGLE_BYTE)), json.dumps(list(MULTI_BYTE))))
    done = subprocess.run(
        [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
         "--virtual-time-budget=60000", "--dump-dom", f"file://{folder}/page.html"],
        capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    found = re.search(r"<pre id=\"out\">(.*?)</pre>", done.stdout, re.DOTALL)
    assert found, done.stderr
    result: dict[str, list[str]] = json.loads(found[1])
    return result


def code_units(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return " ".join(f"{units[i] << 8 | units[i + 1]:x}" for i in range(0, len(units), 2))


@pytest.mark.parametrize("encoding", [*SINGLE_BYTE, *MULTI_BYTE])
def test_decodes_as_chromium(encoding: str, browser: dict[str, list[str]]) -> None:
    sequences = [bytes((byte,)) for byte in range(256)]
    if encoding in MULTI_BYTE:
        sequences += [bytes((lead, trail)) for lead in range(128, 256) for trail in range(256)]
    expected = dict(zip(sequences, browser[encoding], strict=True))
    wrong = {
        sequence.hex(): (code_units(decode(sequence, encoding)), units)
        for sequence, units in expected.items()
        if code_units(decode(sequence, encoding)) != units
        and sequence not in CHROMIUM_IS_WRONG.get(encoding, ())
    }
    assert wrong == {}
