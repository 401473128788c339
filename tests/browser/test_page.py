"""The page of `xpcheck report --html` in a real browser."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

CONTRAST = """
const rgb = (text) => {
  const canvas = document.createElement('canvas').getContext('2d');
  canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const c = rgb(getComputedStyle(node).backgroundColor);
    if (c[3] > 250) return c;
  }
  return [255, 255, 255, 255];
};
const poor = [];
for (const node of document.querySelectorAll('h1, h3, p, span, code, b, th, td, label, button, summary, output')) {
  if (!node.innerText || !node.offsetParent || node.closest('.here')) continue;
  const a = light(rgb(getComputedStyle(node).color)), b = light(behind(node));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) poor.push([node.tagName, node.className, node.innerText.slice(0, 40), ratio]);
}
return poor;
"""


def texts(browser, selector: str) -> list[str]:
    return [item.text for item in browser.find_elements("css selector", selector) if item.is_displayed()]


def cards(browser) -> list[object]:
    return [item for item in browser.find_elements("css selector", ".card") if item.is_displayed()]


def unfold(browser, card) -> None:
    """Open a card and wait for its content, which is drawn after the event."""
    from selenium.webdriver.support.wait import WebDriverWait

    card.find_element("tag name", "summary").click()
    WebDriverWait(browser, 10).until(lambda _: card.find_elements("css selector", ".source"))


def choose(browser, name: str, value: str) -> None:
    from selenium.webdriver.support.select import Select

    Select(browser.find_element("id", name)).select_by_value(value)


def test_the_page_says_what_the_command_says(opened, tour) -> None:
    browser = opened(tour)
    assert browser.title == "tour: xpcheck"
    assert re.fullmatch(r"\d+ files, \d+ xp-aware functions, .* unresolved", texts(browser, "#covered")[0])
    tiles = dict(re.findall(r"(\d+)\n(.+)", "\n".join(texts(browser, ".tile"))))
    assert set(tiles.values()) == {"proved hazards", "likely hazards", "conventions"}
    total = sum(map(int, tiles))
    assert len(cards(browser)) == total
    assert texts(browser, "#count") == [f"{total} findings"]
    assert sum(int(number) for number in texts(browser, "#matrix td:last-child")) == total


def test_it_is_one_file_that_loads_nothing(opened, tour) -> None:
    browser = opened(tour)
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert loaded == []
    outcome = browser.execute_async_script(
        "const done = arguments[0]; fetch('https://example.invalid/').then(() => done('loaded'), () => done('refused'))"
    )
    assert outcome == "refused"
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("light", 390), ("dark", 1280), ("dark", 390)])
def test_it_is_readable_light_and_dark_wide_and_narrow(opened, tour, theme: str, width: int) -> None:
    browser = opened(tour, theme, width)
    for card in cards(browser)[:3]:
        unfold(browser, card)
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.execute_script(CONTRAST) == []
    assert browser.get_log("browser") == []


def test_the_theme_is_switched_by_hand(opened, tour) -> None:
    browser = opened(tour)
    background = "return getComputedStyle(document.body).backgroundColor"
    before = browser.execute_script(background)
    browser.find_element("id", "theme").click()
    assert browser.execute_script(background) != before
    browser.find_element("id", "theme").click()
    assert browser.execute_script(background) == before


def test_filters_narrow_the_list_and_are_cleared(opened, tour) -> None:
    browser = opened(tour)
    total = len(cards(browser))
    choose(browser, "rule", "XP201")
    chips = texts(browser, ".chip")
    assert set(chips) == {"XP201 numpy-call"}
    assert 0 < len(chips) < total
    choose(browser, "package", "lightlib.profiles.mass")
    assert all("lightlib/profiles/mass/" in place for place in texts(browser, ".card .top .place"))
    assert texts(browser, "#count") == [f"{len(cards(browser))} of {total} findings"]
    browser.find_element("id", "reset").click()
    assert len(cards(browser)) == total


def test_a_cell_of_the_summary_filters(opened, tour) -> None:
    browser = opened(tour)
    cell = browser.find_element("css selector", "#matrix td button")
    number = int(cell.text)
    cell.click()
    assert len(cards(browser)) == number


def test_search_finds_words_in_any_order_and_says_when_there_are_none(opened, tour) -> None:
    browser = opened(tour)
    query = browser.find_element("id", "query")
    browser.find_element("tag name", "body").send_keys("/")
    assert browser.switch_to.active_element == query
    query.send_keys("without Galaxy.DEFLECTIONS_yx")
    assert {place.split(":")[0] for place in texts(browser, ".card .top .place")} == {"lightlib/galaxy.py"}
    query.send_keys(" nowhere")
    assert cards(browser) == []
    assert texts(browser, ".empty") == ["No finding fits the filter."]


def test_a_tile_hides_its_level(opened, tour) -> None:
    browser = opened(tour)
    tile = browser.find_element("css selector", ".tile.proved")
    tile.click()
    assert tile.get_attribute("aria-pressed") == "false"
    assert "proved" not in texts(browser, ".card .level")
    tile.click()
    assert "proved" in texts(browser, ".card .level")


def test_what_is_in_the_baseline_is_hidden_until_it_is_asked_for(opened, parked) -> None:
    browser = opened(parked)
    assert set(texts(browser, ".card .chip")) == {"XP301 python-mask-operator"}
    tile = browser.find_element("css selector", ".tile.known")
    known = int(tile.text.split()[0])
    assert known > 0
    before = len(cards(browser))
    tile.click()
    assert len(cards(browser)) == before + known
    assert texts(browser, ".card .level").count("in the baseline") == known


def test_a_card_shows_source_way_and_graph(opened, tour) -> None:
    browser = opened(tour)
    places = browser.find_elements("css selector", ".card .top .place")
    number = next(n for n, item in enumerate(places) if item.text.endswith("in Galaxy.deflections_yx_2d_from"))
    card = cards(browser)[number]
    unfold(browser, card)
    line = card.find_element("css selector", ".source .here").text
    assert "mass.deflections_yx_2d_from(grid=grid)" in line
    assert card.find_element("css selector", "mark").text == "deflections_yx_2d_from"
    labels = [item.text for item in card.find_elements("css selector", ".path .label")]
    assert (labels[0], labels[-1]) == ("from", "to")
    graph = card.find_element("css selector", ".graph svg")
    assert graph.find_element("css selector", ".site title").get_attribute("textContent").startswith("Galaxy.")
    assert len(graph.find_elements("css selector", "path.drops:not(.head)")) == 1
    assert len(graph.find_elements("css selector", "path.threads:not(.head)")) > 1
    assert len(graph.find_elements("css selector", ".broken")) == 1
    words = [item.text for item in graph.find_elements("css selector", "text.edge")]
    assert words[0] == "drops it"
    assert "hands it on" in words
    assert browser.current_url.endswith(f"#{card.get_attribute('id')}")


def test_a_link_opens_its_card(opened, tour) -> None:
    browser = opened(tour)
    from selenium.webdriver.support.wait import WebDriverWait

    name = cards(browser)[3].get_attribute("id")
    browser.get("about:blank")
    browser.get(f"{tour.as_uri()}#{name}")
    card = browser.find_element("id", name)
    WebDriverWait(browser, 10).until(lambda _: card.find_elements("css selector", ".source"))
    assert card.get_attribute("open") is not None


def test_a_rule_is_explained_in_place(opened, tour) -> None:
    browser = opened(tour)
    browser.find_element("css selector", "#matrix th button").click()
    dialog = browser.find_element("id", "page")
    assert dialog.is_displayed()
    assert "XP101 unthreaded-call" in dialog.text
    assert "What it does" in dialog.text
    assert "```" not in dialog.text
    dialog.find_element("tag name", "button").click()
    assert not dialog.is_displayed()


def test_sources_cannot_get_out_of_the_page(opened, hostile) -> None:
    browser = opened(hostile)
    for card in cards(browser):
        unfold(browser, card)
    assert len(cards(browser)) == 2
    assert browser.title.endswith(": xpcheck")
    assert "<b id=injected>&amp;</b>" in "\n".join(texts(browser, ".source"))
    assert browser.find_elements("id", "injected") == []
    assert browser.find_elements("tag name", "img") == []
    assert browser.get_log("browser") == []
