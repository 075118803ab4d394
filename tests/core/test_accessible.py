"""Letters as people see and hear them: axe-core in headless Chromium finds nothing in any of them, light or dark."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from mailrouter.cli.gallery import by_night, shown
from mailrouter.config import load
from mailrouter.core.writing.samples import samples

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = importlib.util.find_spec("axe_playwright_python")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this machine: letters were not tried with axe"
)

_RUN = """
addEventListener('load', async () => {
  const found = {};
  for (const frame of document.querySelectorAll('iframe')) {
    const inner = frame.contentWindow;
    inner.eval(AXE_SOURCE);
    const result = await inner.axe.run(inner.document, {resultTypes: ['violations']});
    found[frame.name] = {
      passed: result.passes.length,
      wrong: result.violations.map(v => v.impact + ' ' + v.id + ': ' + v.nodes[0].html.slice(0, 200)),
    };
  }
  const told = document.createElement('pre');
  told.id = 'told';
  told.textContent = JSON.stringify(found);
  document.body.replaceChildren(told);
});
"""


def tried(pages: dict[str, str], folder: Path) -> dict[str, dict[str, Any]]:
    """What axe says of each page: how many rules it passed, and what is wrong."""
    assert AXE is not None
    assert AXE.origin is not None
    source = (Path(AXE.origin).parent / "axe.min.js").read_text("utf-8")
    frames = "".join(
        f'<iframe name="{name}" title="{name}" width="360" height="800" srcdoc="{escape(page)}"></iframe>'
        for name, page in pages.items()
    )
    script = f"const AXE_SOURCE = {json.dumps(source).replace('</', '<' + chr(92) + '/')};{_RUN}"
    harness = folder / "harness.html"
    harness.write_text(
        f'<!doctype html><html lang="nl"><meta charset="utf-8"><title>x</title><script>{script}</script>{frames}',
        "utf-8",
    )
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=120000", "--dump-dom", harness.as_uri(),
    ]  # fmt: skip
    page = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout
    told = re.search(r'<pre id="told">(.*?)</pre>', page, re.DOTALL)
    assert told is not None, page[-500:]
    return dict(json.loads(unescape(told[1])))


@pytest.mark.parametrize("night", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_any_letter(night: bool, tmp_path: Path) -> None:
    """No violation of any weight, contrast included, in any letter."""
    routing = load(Path(__file__).parents[2] / "config").routing
    letters = {sample.name: shown(sample).html for sample in samples(routing)}
    found = tried({name: by_night(page) if night else page for name, page in letters.items()}, tmp_path)
    assert set(found) == set(letters)
    assert {name: result["wrong"] for name, result in found.items() if result["wrong"]} == {}
    assert all(result["passed"] > 5 for result in found.values())


def test_axe_sees_what_is_wrong(tmp_path: Path) -> None:
    """A page that cannot be read is found out: the check really checks."""
    found = tried({"bad": '<!doctype html><title>x</title><p style="color:#eee;background:#fff">bleek</p>'}, tmp_path)
    assert any("color-contrast" in str(line) for line in found["bad"]["wrong"])
