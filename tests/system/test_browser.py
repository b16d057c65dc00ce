"""The page in a real browser, beside the invented newsroom: what an analyst does by hand and by keyboard.

All of it in one process of tests: a browser and a service take a while to start.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html import escape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from monitor.adapters.store import open_store
from monitor.cli.demo.newsroom import Newsroom

from .browser import TOKEN, Served, browsing, serving
from .conftest import Press

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

PAGES = ("/", "/label", "/search?q=drug", "/sources", "/sources/add", "/topics", "/model", "/audit", "/settings")


HOSTILE = (
    "Drug trafficking pact of Peru with Zanthoria <img src=x onerror=window.hit=1>\"'><script>window.hit=1</script>"
)
FEED = """<rss version="2.0"><channel><title>%s</title><link>http://hostile.example/</link><item><title>%s</title>
<link>javascript:window.hit=1</link><guid>1</guid><description>%s</description></item></channel></rss>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give one browser for all of these tests."""
    with browsing() as found:
        yield found


@pytest.fixture
def served(newsroom: Newsroom, desk: Callable[..., Any], press: Press) -> Iterator[Served]:
    """Give the page of a monitor that has read the newsroom, and an outlet that means harm, once."""
    press.documents["/hostile.xml"] = FEED % (
        (escape(escape(escape(HOSTILE))),) * 3
    )  # so often that it is text in the end
    hostile = ("hostile", f"{press.base_url}/hostile.xml")
    place = desk([*((source.id, source.url) for source in newsroom.sources()), hostile])
    place.once()
    with serving(place.command, place.environ(MONITOR_WEB_TOKEN=f"ana:{TOKEN}"), place.folder) as served:
        yield served


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """Give the inbox, signed in as Ana; whatever a page complains of in the console is a fault."""
    context = browser.new_context(base_url=served.address)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    page.get_by_label("Your token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.wait_for_load_state()
    yield page
    context.close()
    assert complaints == []


def answers(served: Served) -> dict[tuple[int, str], bool | None]:
    """Give what Ana has said, by article and topic."""
    with closing(open_store(f"sqlite:///{served.folder}/data/monitor.db")) as store:
        return {(one.entry_id, one.topic): one.value for one in store.labels() if one.who == "ana"}


def test_ten_are_labelled_by_keyboard_and_the_last_one_taken_back(page: Page, served: Served) -> None:
    """A key an answer, the next question at once; z takes the last answer back and asks it again."""
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", name="Label", exact=True)).to_be_visible()

    for number, key in enumerate("nn1bu2nnbn", 1):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{number} answered")).to_be_visible()
        page.wait_for_load_state()  # a key pressed between two pages is for neither
    asked = page.locator("article h2").inner_text()
    said = answers(served)
    page.keyboard.press("z")
    expect(page.get_by_text("9 answered")).to_be_visible()
    again = page.locator("article h2").inner_text()

    assert len({entry for entry, _ in said}) == 10
    assert sorted(set(said.values()), key=str) == [False, None, True]
    assert again != asked
    assert len({entry for entry, _ in answers(served)}) == 9


def test_a_story_is_answered_in_place_by_keyboard(page: Page, served: Served) -> None:
    """J goes down the list, y answers and comes back to the same story, z undoes."""
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator(".list > li:focus h2").inner_text()
    page.keyboard.press("y")
    expect(page.get_by_text("Stored: yes")).to_be_visible()
    page.wait_for_load_state()

    assert page.locator(".list > li:focus h2").inner_text() == chosen
    assert set(answers(served).values()) == {True}
    expect(page.locator(".list > li:focus")).to_contain_text("ana: relevant")

    page.keyboard.press("z")
    expect(page.get_by_text("taken back")).to_be_visible()
    assert answers(served) == {}


def test_a_story_is_split_and_put_together_again(page: Page) -> None:
    """The marked articles become a story of their own; one click undoes it."""
    page.get_by_role("link", name=re.compile("Joint Working Group")).first.click()
    before = page.get_by_role("heading", name=re.compile(r"^\d+ articles?$")).inner_text()
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="The marked ones are another story").click()

    expect(page.get_by_text("are two now")).to_be_visible()
    page.wait_for_load_state()
    assert page.get_by_role("heading", name=re.compile(r"^\d+ articles?$")).inner_text() != before

    page.keyboard.press("z")
    expect(page.get_by_text("one story now")).to_be_visible()
    assert page.get_by_role("heading", name=re.compile(r"^\d+ articles?$")).inner_text() == before


def test_a_source_is_added_by_its_address(page: Page, served: Served, press: Press) -> None:
    """Looked for, looked at, added: the file holds it."""
    press.documents["/feed.xml"] = (
        "<rss version='2.0'><channel><title>Quay Courier</title><link>http://quay.example/</link>"
        "<item><title>Ferry timetable changes</title><link>http://quay.example/1</link></item></channel></rss>"
    )
    page.goto("/sources/add")
    page.get_by_label(re.compile("address", re.IGNORECASE)).first.fill(f"{press.base_url}/feed.xml")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Look at Quay Courier").click(timeout=60_000)
    expect(page.get_by_text("Ferry timetable changes")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name=re.compile("^Add it")).click()
    expect(page.get_by_role("status")).to_contain_text("Added quay-courier to sources.yaml")

    assert f"{press.base_url}/feed.xml" in (served.folder / "config/sources.yaml").read_text()


def test_a_keyword_is_tried_and_its_outcome_survives_a_reload(page: Page) -> None:
    """The stored articles are judged again; what would be gained stands on the page, which is the same after a reload."""
    page.goto("/topics")
    page.get_by_label("Keyword", exact=True).fill("harbour")
    page.get_by_label("As").select_option("always")
    page.get_by_role("button", name="Try", exact=True).click()
    outcome = page.get_by_text(re.compile(r"articles since .* judged again"))
    expect(outcome).to_be_visible(timeout=60_000)
    told = outcome.inner_text()
    page.reload()

    assert page.get_by_text(re.compile(r"articles since .* judged again")).inner_text() == told


def test_a_model_is_put_in_use_and_rolled_back(page: Page) -> None:
    """Each after a page that says what would change."""
    page.goto("/model")
    told = page.get_by_role("status")
    page.get_by_role("link", name=re.compile("Use this version")).first.click()
    page.get_by_role("button", name=re.compile("^Use ")).click()
    expect(told).to_contain_text("is in use, instead of")
    new, old = re.findall(r"(\S+) is in use, instead of (\S+)\.", told.inner_text())[0]
    page.get_by_role("link", name=re.compile("Roll back")).first.click()
    page.get_by_role("button", name=re.compile("^Use ")).click()

    expect(told).to_contain_text(f"{old} is in use, instead of {new}")


def test_hostile_titles_stay_text(page: Page) -> None:
    """No element and no script comes out of what an outlet writes, wherever it is shown."""
    page.goto("/search?q=zanthoria")
    expect(page.get_by_role("link", name=HOSTILE).first).to_be_visible()
    page.get_by_role("link", name=HOSTILE).first.click()
    article = page.url
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()

    for path in (article, *PAGES, "/sources/hostile", "/search?q=%22%3E%3Cimg+src%3Dx+onerror%3Dwindow.hit%3D1%3E"):
        page.goto(path)
        assert page.evaluate("window.hit") is None, path
        assert page.locator("img[src=x], script:not([src]), [onclick], a[href^='javascript:']").count() == 0, path


def test_no_page_leaves_anybody_out(page: Page) -> None:
    """Nothing serious or critical by axe-core's rules, light and dark, wide and on a phone; nothing sticks out to the side."""
    axe, found = Axe(), []
    page.get_by_role("link", name=re.compile("Joint Working Group")).first.click()
    story = page.url
    page.locator(".list a[data-open]").first.click()
    for scheme, width in (("light", 1200), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        for address in (*PAGES, story, page.url):
            page.goto(address)
            serious = [
                (one["id"], one["nodes"][0]["html"][:120])
                for one in axe.run(page).response["violations"]
                if one["impact"] in {"serious", "critical"}
            ]
            too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [(address, scheme, one) for one in serious] + (
                [(address, width, too_wide)] if too_wide > 0 else []
            )

    assert found == []
