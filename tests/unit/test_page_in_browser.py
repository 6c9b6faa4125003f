"""The report in headless Chromium, wide and narrow, light and dark: nothing overruns, overlaps, is cut or fetched."""

from __future__ import annotations

import html
import json
import re
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from planner.reports.html.page import Medium, report_page
from planner.results import Result
from planner.studies.plan import plan
from tests.formulation.support import Site, design, lease
from tests.programs import CHROMIUM, program
from tests.unit.finance.test_flat_case import planned
from tests.unit.test_report_page import hostile

__all__ = ["hostile"]

WIDTHS = (1280, 390)
HEIGHT = 30_000
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-quic", "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files",
)  # fmt: skip
"""No name is resolved, so that nothing leaves the machine; pages in frames may tell the page around them."""


@dataclass(frozen=True)
class Look:
    """What was found on every page, and where the browser went."""

    pages: dict[str, dict[str, object]]
    asked: list[str]


def look(pages: dict[str, str], folder: Path, *, dark: bool) -> Look:
    """Open every page in every width in one browser."""
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    probe = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
    frames = []
    for name, page in pages.items():
        # a page allows no script but its own, so what is measured is a copy without its policy
        open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        for width in WIDTHS:
            file = folder / f"{name}-{width}.html"
            told = open_page.replace("<body", f'<body data-probed="{name} at {width}"', 1)
            file.write_text(told.replace("</body>", f"<script>{axe}</script><script>{probe}</script></body>"), "utf-8")
            frames.append(f'<iframe src="{file.name}" style="width:{width}px;height:{HEIGHT}px;border:0"></iframe>')
    outer, log = folder / "frames.html", folder / "net.json"
    outer.write_text(f"<!doctype html><body>{''.join(frames)}</body>", "utf-8")
    done = subprocess.run(
        [program(*CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
         f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--window-size=1400,1000",
         "--virtual-time-budget=60000", "--dump-dom", outer.as_uri()],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    found = [json.loads(html.unescape(text)) for text in re.findall(r"<pre>(.*?)</pre>", done.stdout, re.DOTALL)]
    assert len(found) == len(frames), done.stderr[-2000:]
    return Look({str(one["page"]): one for one in found}, _asked(log))


def _asked(log: Path) -> list[str]:
    """Return the addresses that pages asked for; what the browser asks for itself has no page as its initiator."""
    requests = re.findall(r'"initiator":"file://[^"]*".*?"url":"([^"]+)"', log.read_text(encoding="utf-8"))
    return [url for url in requests if not url.startswith(("file:", "data:"))]


@pytest.fixture(scope="module")
def pages(hostile: Result, small_result: Result) -> dict[str, str]:
    nothing = plan(Site(contracts=(lease(rent=1),), designs=(design(capex_usd_per_it_mw=9e6),)).case(), {})
    return {
        "hostile": report_page(hostile),
        "small": report_page(small_result, Medium.INTERACTIVE),
        "nothing": report_page(nothing),
        "loan": report_page(planned()),
    }


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_is_whole_in_a_browser(pages: dict[str, str], tmp_path: Path, *, dark: bool) -> None:
    seen = look(pages, tmp_path, dark=dark)
    assert not seen.asked
    for name, found in seen.pages.items():
        assert found["width"] == int(name.rsplit(" ", 1)[1])
        assert found["scrolls"] == found["width"], name
        for fault in ("over", "overlaps", "cut", "empty", "fetched", "violations"):
            assert not found[fault], (name, fault, found[fault])
        assert int(str(found["texts"])) > 100, "the page was not there when it was measured"
        assert int(str(found["drawings"])) >= 2


@pytest.mark.slow
def test_faults_of_a_page_are_seen(tmp_path: Path) -> None:
    """A page that fetches, overruns, overlaps and cannot be read by everybody is found to do so."""
    svg = '<figure><svg width="80" height="40"><text x="60" y="20">long words</text></svg></figure>'
    lines = '<p style="margin:0;height:4px">one line</p><p style="margin:0">and another</p>'
    page = (
        f'<html><title>t</title><body><div style="width:3000px;color:#eee">pale words on white</div>{lines}{svg}'
        '<img src="https://nowhere.example/x.png"></body></html>'
    )
    seen = look({"bad": page}, tmp_path, dark=False)
    assert seen.asked
    assert set(seen.asked) == {"https://nowhere.example/x.png"}
    for found in seen.pages.values():
        assert int(str(found["scrolls"])) > int(str(found["width"]))
        for fault in ("over", "overlaps", "cut", "empty", "fetched"):
            assert found[fault], fault
        told = " ".join(found["violations"])  # type: ignore[arg-type]
        assert "image-alt" in told
        assert "color-contrast" in told
