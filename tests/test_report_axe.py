"""The report in a browser, by the rules of axe-core: `make axe` fetches them and runs this."""

import html as escapes
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report_pages import REPORTS

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
JUDGE = """
axe.run().then(result => {
  const told = document.createElement("pre");
  told.id = "axe";
  told.textContent = JSON.stringify({
    passed: result.passes.length,
    violations: result.violations.map(rule => [rule.id, rule.impact, rule.nodes[0].html]),
    asked: performance.getEntriesByType("resource").map(entry => entry.name),
  });
  document.body.appendChild(told);
});
"""

pytestmark = pytest.mark.skipif(
    not (AXE.exists() and BROWSER), reason="axe-core (make axe) or Chromium is not here"
)


@pytest.mark.parametrize("name", REPORTS)
def test_axe_finds_nothing_and_nothing_is_fetched(name: str, tmp_path: Path) -> None:
    scripts = f"<script>{AXE.read_text(encoding='utf-8')}</script><script>{JUDGE}</script>"
    file = tmp_path / "report.html"
    file.write_text(REPORTS[name]().replace("</body>", f"{scripts}</body>"), encoding="utf-8")
    shown = subprocess.run(
        (
            *(str(BROWSER), *QUIET, f"--user-data-dir={tmp_path / 'profile'}"),
            *("--virtual-time-budget=120000", "--dump-dom", file.as_uri()),
        ),
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=180,
    ).stdout
    told = re.search(r'<pre id="axe">(.*?)</pre>', shown, re.DOTALL)
    assert told, "axe did not finish"
    result = json.loads(escapes.unescape(told[1]))
    assert result["passed"] > 20
    assert result["violations"] == []
    assert [name for name in result["asked"] if not name.startswith("data:")] == []
