"""The documentation: generated pages are current, every page is reached, the site is whole and fetches nothing."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.__main__ import pages as generated_pages
from tests.docs.site import build_site, links, pages

ROOT = Path(__file__).parents[2]
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


def test_generated_pages_are_current() -> None:
    for file, text in generated_pages().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: run make docs"


def test_every_page_is_in_the_navigation_and_in_the_contents() -> None:
    ours = {file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md")}
    shown = set(pages())
    assert ours <= shown
    index = ROOT / "docs/index.md"
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in links(index.read_text(encoding="utf-8"))}
    assert {ROOT / page for page in ours} - {index} <= reached


@pytest.mark.parametrize("page", list(pages()))
def test_links_of_a_page_lead_to_files_of_the_repository(page: str) -> None:
    for link in links((ROOT / page).read_text(encoding="utf-8")):
        path = link.partition("#")[0]
        assert not path or ((ROOT / page).parent / path).exists(), link


class _Page(HTMLParser):
    """Ids, links, and what the browser would fetch by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values["id"]} if "id" in values else set()
        self.links += [values["href"]] if tag == "a" and "href" in values else []
        if tag in FETCHED and FETCHED[tag] in values and values.get("rel") != "canonical":
            self.fetched.append(values[FETCHED[tag]])


@pytest.mark.slow
def test_the_site_is_whole_and_fetches_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site"
    build_site(ROOT, site)
    built = {file: _Page(file.read_text(encoding="utf-8")) for file in site.rglob("*.html") if file.name != "404.html"}
    assert len(built) >= len(list(pages()))
    for file, page in built.items():
        for address in page.fetched:
            assert not re.match(r"(https?:)?//", address), f"{file.name} fetches {address}"
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            leads_to = (file.parent / path.partition("?")[0]).resolve() if path else file
            leads_to = leads_to / "index.html" if leads_to.is_dir() else leads_to
            assert leads_to.exists(), f"{file.name}: {link}"
            assert not anchor or leads_to not in built or anchor in built[leads_to].ids, f"{file.name}: {link}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", style.read_text(encoding="utf-8")), style.name
