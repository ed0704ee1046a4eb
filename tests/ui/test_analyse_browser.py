"""The page Analyse in a real Chromium: from the first meme to a save, and back to it."""

from __future__ import annotations

import json

import pytest

from tests.factories.browser import BROWSER_MARKS, PHONE, find_barriers
from tests.factories.studios import READ, draw_png, read_log

pytestmark = BROWSER_MARKS


def test_from_the_first_meme_to_a_save_and_back(visit, url, studio, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.page.wait_for_selector("#picture img")
    v.answered()
    assert v.page.input_value("#text textarea") == READ
    v.says("#source", "Read by rapidocr, 5 words")

    # Pasting is an edit too, which Gradio's own input event would miss.
    v.page.fill("#text textarea", "warm keyboard")
    v.says("#source", "Edited by you")

    v.choose("hate", 0)
    v.page.wait_for_selector("#choice-pridemm-target input:disabled", state="attached")
    v.says("#answer-pridemm-target", "asked only where")
    assert not v.page.is_visible("#choice-pridemm-target")
    v.choose("hate", 1)
    v.page.wait_for_selector("#choice-pridemm-target input:enabled")
    v.choose("target", 3)
    v.choose("humour", 1)
    v.page.fill("#note textarea, #note input", 'a note, with "quotes"')
    v.page.click("#save")
    v.says("#status", "Saved ")
    saved = read_log(studio)
    assert [(row["task"], row["text"]) for row in saved] == [
        (task, "warm keyboard") for task in ("hate", "target", "stance", "humour")
    ]
    assert {row["note"] for row in saved} == {'a note, with "quotes"'}

    v.page.click("#save")
    v.says("#status", "already saved at")
    assert len(read_log(studio)) == 4
    v.page.click("#undo")
    v.says("#status", "took back your last save (4 labels)")
    assert studio.corrections(studio.owner(), "pridemm") == ()
    v.page.click("#undo")
    v.says("#status", "nothing to undo")


def test_choices_survive_an_edited_text(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    before = v.chosen("stance")
    place = ("Neutral", "Support", "Oppose").index(before)
    v.choose("stance", (place + 1) % 3)
    v.page.fill("#text textarea", "other words")
    v.says("#source", "Edited by you")
    assert v.chosen("stance") == ("Neutral", "Support", "Oppose")[(place + 1) % 3]
    v.page.click("#reread")
    v.says("#source", "Read by rapidocr")
    assert v.page.input_value("#text textarea") == READ


def test_several_memes_one_of_them_no_picture(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0], memes[2], memes[1])
    v.answered()
    v.says("#message", "bad.png")
    v.says("#message", "text, not an image")
    v.says("#position", "1 of 2")
    v.page.click("#forward")
    v.says("#position", "2 of 2")
    v.says("#picture", "two.png")
    v.answered()
    v.page.click("#strip [data-index='0']")
    v.says("#picture", "one.png")
    v.answered()
    assert v.page.input_value("#text textarea") == READ
    v.says("#source", "Read by rapidocr")


def test_another_task_set_has_its_own_rows_on_both_pages_that_ask(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.locator("#analyse-tasks label", has_text="Propaganda").click()
    v.says("#answer-propaganda-techniques", "of 22")
    assert not v.page.is_visible("#answer-pridemm-hate")
    v.page.click("#why-figure > button")
    bars = "#why-plot .bars .point"
    v.page.wait_for_selector(bars, state="attached")
    assert v.page.locator(bars).count() == 22
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.tab("Models")
    v.page.wait_for_selector("#models-tasks label.selected:has-text('Propaganda')")
    v.says("#counts", "1 meme corrected")
    v.page.locator("#models-tasks label", has_text="PrideMM").click()
    v.says("#counts", "No corrections yet")
    v.tab("Analyse")
    v.says("#answer-pridemm-hate", "%")


def test_what_was_saved_is_there_after_a_reload(visit, url, studio, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    other = 1 - ("No Humour", "Humour").index(v.chosen("humour"))
    v.choose("humour", other)
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.page.reload()
    v.page.wait_for_selector("#header summary")
    assert v.page.locator("dialog[open]").count() == 0  # the warning is asked once
    v.page.click("#header summary")
    v.says("#header dl", "1 meme")
    v.page.keyboard.press("Escape")
    assert not v.page.is_visible("#header dl")
    v.upload(memes[0])
    v.answered()
    assert v.chosen("humour") == ("No Humour", "Humour")[other]


def test_what_was_begun_survives_another_meme_and_a_reload(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0], memes[1])
    v.answered()
    other = (("Neutral", "Support", "Oppose").index(v.chosen("stance")) + 1) % 3
    v.page.fill("#text textarea", "warm keyboard")
    v.says("#source", "Edited by you")
    v.choose("stance", other)
    v.page.fill("#note textarea, #note input", "begun")

    v.page.click("#forward")
    v.says("#picture", "two.png")
    v.answered()
    assert v.page.input_value("#text textarea") == READ
    assert v.page.input_value("#note textarea, #note input") == ""

    def is_as_it_was():
        v.says("#picture", "one.png")
        v.answered()
        v.says("#source", "Edited by you")
        assert v.page.input_value("#text textarea") == "warm keyboard"
        assert v.page.input_value("#note textarea, #note input") == "begun"
        assert v.chosen("stance") == ("Neutral", "Support", "Oppose")[other]

    v.page.click("#back")
    is_as_it_was()
    v.page.reload()
    is_as_it_was()
    v.says("#position", "1 of 2")

    tab = visit()  # of the same browser: what is begun in one tab is none of the other's
    tab.open(url)
    tab.upload(memes[0])
    tab.answered()
    assert tab.page.input_value("#text textarea") == READ
    assert tab.page.locator("#strip [data-index]").count() == 1


def test_a_saved_text_comes_back_and_an_undo_takes_the_choices_along(visit, url, studio, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    before = v.chosen("humour")
    other = 1 - ("No Humour", "Humour").index(before)
    v.page.fill("#text textarea", "warm keyboard")
    v.says("#source", "Edited by you")
    v.choose("humour", other)
    v.page.fill("#note textarea, #note input", "why")
    v.page.click("#save")
    v.says("#status", "Saved ")

    again = visit()
    again.open(url)
    again.upload(memes[0])
    again.answered()
    again.says("#source", "Edited by you")
    assert again.page.input_value("#text textarea") == "warm keyboard"
    assert again.page.input_value("#note textarea, #note input") == "why"
    assert again.chosen("humour") == ("No Humour", "Humour")[other]
    again.page.click("#save")
    again.says("#status", "already saved at")
    assert {row["text"] for row in read_log(studio)} == {"warm keyboard"}

    again.page.click("#undo")
    again.says("#status", "took back your last save")
    chosen = f"#choice-pridemm-humour input[value='{before}']"
    again.page.wait_for_selector(f"{chosen}:checked", state="attached")
    assert again.page.input_value("#note textarea, #note input") == ""


@pytest.mark.parametrize("tasks", ["PrideMM", "Propaganda"])
def test_all_of_a_meme_is_in_sight_without_scrolling(visit, url, memes, tasks):
    v = visit({"width": 1360, "height": 900})
    v.open(url)
    v.upload(memes[0], memes[1])
    v.answered()
    v.page.locator("#analyse-tasks label", has_text=tasks).click()
    v.page.wait_for_selector(f"#analyse-tasks label.selected:has-text('{tasks}')")
    v.page.wait_for_selector("#why .mc-bars li")
    parts = ("#picture img", "#text textarea", "#strip", "#why", "#note", "#undo", "#save")
    boxes = {part: v.page.locator(part).bounding_box() for part in parts}
    for part, box in boxes.items():
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 900, part
    columns = [
        v.page.locator(part).bounding_box()["x"] for part in (".mc-left", "#results", "#why")
    ]
    assert columns == sorted(columns)
    assert v.overflow() <= 0


def test_the_drawer_explains_what_is_asked_and_draws_a_figure_when_opened(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.says("#why", "Why “")
    assert v.page.locator(".js-plotly-plot").count() == 0  # its script is large
    v.page.locator("#answer-pridemm-humour .mc-ask").press("Enter")
    v.page.wait_for_selector("#why .mc-bars li:has-text('No humour')")
    assert v.page.locator(".mc-ask[aria-pressed=true]").count() == 1
    assert v.page.evaluate("document.activeElement.matches('#answer-pridemm-humour .mc-ask')")
    zero = "e => { const b = e.parentElement.getBoundingClientRect(); return b.x + b.width / 2; }"
    for bar in v.page.locator("#why-answer .mc-bar i").all():
        box, middle = bar.bounding_box(), bar.evaluate(zero)
        below = bar.get_attribute("class") == "mc-minus"
        end = box["x"] + (box["width"] if below else 0)
        assert end == pytest.approx(middle, abs=1)  # from the zero to its own side
    v.page.click("#why-figure > button")
    v.page.wait_for_selector("#why-plot .bars .point", state="attached")
    v.page.click("#answer-pridemm-hate .mc-label")
    v.page.wait_for_selector("#why .mc-bars li:has-text('No hate')")


def test_words_are_explained_and_left_out_with_a_press(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.click("#why-words")
    v.page.wait_for_selector("#why .mc-word")
    assert v.page.locator("#why .mc-word").count() == len(READ.split())
    first, rest = READ.split(maxsplit=1)
    v.page.locator("#why .mc-word", has_text=first).first.press("Enter")
    v.says("#source", "Edited by you")
    assert v.page.input_value("#text textarea") == rest
    v.says("#why .mc-bars", "was ")
    v.page.wait_for_function(
        f"document.querySelectorAll('#why .mc-word').length === {len(rest.split())}"
    )
    v.page.check("#full input")
    v.page.wait_for_selector("#why .mc-ends.mc-whole", state="visible")
    v.page.reload()  # what was left out was begun
    v.answered()
    assert v.page.input_value("#text textarea") == rest


def test_everything_that_can_be_explained_is_shown_without_barriers(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    for kind, title in (
        ("words", "Words for"), ("picture", "Picture for"), ("modalities", "Text or picture"),
        ("agreement", "Match of picture"), ("neighbours", "Nearest"), ("scores", "All models"),
    ):  # fmt: skip
        v.page.locator(f"#why-{kind}", has_text="\N{MIDDLE DOT}").wait_for()  # what it takes
        v.page.click(f"#why-{kind}")
        v.says("#why-explained h3", title)
        v.page.wait_for_function(
            """(title) => [...document.querySelectorAll('#why-explained h3')].some((one) => {
              const { x, y } = one.getBoundingClientRect();
              const inSight = document.elementFromPoint(x + 2, y + 5) === one;
              return inSight && one.textContent.startsWith(title);
            })""",
            arg=title,
        )  # fmt: skip
    assert v.page.locator("#picture .mc-heat rect").count() == 49
    v.page.locator(".mc-opacity input").focus()
    v.page.keyboard.press("Home")
    v.page.wait_for_selector("#picture .mc-heat[style*='opacity: 0;']", state="attached")
    for summary in v.page.locator("#why-explained summary").all():
        summary.click()
    assert find_barriers(v.page) == []
    v.page.locator("#why-answer .mc-class[aria-pressed=false]").press("Enter")
    v.page.wait_for_selector("#why-answer .mc-class[aria-pressed=true]:focus")


def walk(v, *wanted):
    """Press Tab until each of these had the focus; return those that never had it."""
    missing = list(wanted)
    for _ in range(160):
        v.page.keyboard.press("Tab")
        had = "wanted => wanted.filter(one => document.activeElement.matches(one))"
        for selector in v.page.evaluate(had, missing):
            missing.remove(selector)
        if not missing:
            break
    return missing


KINDS = (
    ("modalities", "Text or picture"), ("agreement", "Match of picture"),
    ("neighbours", "Nearest"), ("scores", "All models"), ("words", "Words for"),
    ("picture", "Picture for"),
)  # fmt: skip
"""What each kind of explanation is headed by; the last one stays."""


def test_every_explanation_is_had_with_the_keyboard_alone(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.says("#why", "Why “")
    keys = v.page.keyboard
    v.page.focus("#answer-pridemm-hate .mc-ask")
    assert walk(v, "#answer-pridemm-humour .mc-ask") == []
    keys.press("Enter")
    v.page.wait_for_selector("#why .mc-bars li:has-text('No humour')")
    assert walk(v, "#why-answer .mc-class[aria-pressed=false]") == []
    keys.press("Space")
    v.page.wait_for_selector("#why-answer .mc-class[aria-pressed=true]:focus")
    for kind, title in KINDS:
        v.page.focus(f"#why-{kind}")
        keys.press("Enter")
        v.says("#why-explained h3", title)
        v.page.wait_for_selector(f"#why-{kind}:focus")  # the next Tab goes on from here
        if kind == "words":
            assert walk(v, "#why .mc-word") == []


def test_the_picture_is_explained_and_changed_with_the_keyboard_alone(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.says("#why", "Why “")
    keys = v.page.keyboard
    v.page.focus("#why-picture")
    keys.press("Enter")
    v.says("#why-explained h3", "Picture for")
    v.page.focus("#why-change > button")
    keys.press("Enter")
    v.page.wait_for_selector("#picture .mc-region rect", state="attached")
    v.page.focus("#answer-pridemm-humour .mc-ask")
    controls = [
        "#why-answer .mc-class", "#full input", *(f"#why-{kind}" for kind, _ in KINDS),
        ".mc-opacity input", "#why-change > button", "#why-region [name=left]",
        "#why-region [name=bottom]", "#why-region button", "#why-other", "#why-figure > button",
        "#why-copy", "#why-npz", "#why-json",
    ]  # fmt: skip
    assert walk(v, *controls) == []
    v.page.focus(".mc-opacity input")
    keys.press("Home")
    v.page.wait_for_selector("#picture .mc-heat[style*='opacity: 0;']", state="attached")
    keys.press("ArrowRight")
    v.page.wait_for_selector("#picture .mc-heat:not([style*='opacity: 0;'])", state="attached")
    v.page.focus("#why-region [name=left]")
    keys.press("ArrowUp")
    v.page.wait_for_selector("#picture .mc-region rect[x='30']", state="attached")
    keys.press("Enter")
    v.says("#why-explained h3", "With the region painted out")
    v.page.focus("#why-other")
    v.choose_files(lambda: keys.press("Enter"), memes[1])
    v.says("#why-explained h3", "With the other picture")
    v.page.focus("#why-npz")
    with v.page.expect_download() as saved:
        keys.press("Enter")
    assert saved.value.suggested_filename == "memeclip-vectors.npz"


def test_a_region_is_painted_out_by_numbers_and_by_the_mouse(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.click("#why-change > button")
    v.page.wait_for_selector("#picture .mc-region rect", state="attached")
    v.page.fill("#why-region [name=left]", "0")
    v.page.wait_for_selector("#picture .mc-region rect[x='0'][width='75']", state="attached")
    v.page.press("#why-region [name=left]", "Enter")
    v.says("#why-explained h3", "With the region painted out")
    v.page.wait_for_selector("#why-explained .mc-bars s", state="attached")
    v.page.locator("#picture img").scroll_into_view_if_needed()
    box = v.page.locator("#picture img").bounding_box()
    v.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.1 * box["height"])
    v.page.mouse.down()
    v.page.mouse.move(box["x"] + box["width"] + 40, box["y"] + 0.9 * box["height"])
    v.page.mouse.up()
    v.page.wait_for_selector("#picture .mc-region rect[width='50']", state="attached")
    assert v.page.input_value("#why-region [name=right]") == "100"


def test_memes_are_closed_and_more_are_added_where_the_first_ones_are(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    assert not v.page.is_visible("#drop")
    v.page.click("#strip .mc-add")
    v.page.wait_for_selector("#drop", state="visible")
    v.upload(memes[1])
    v.says("#picture", "two.png")
    v.page.wait_for_selector("#drop", state="hidden")
    v.answered()
    v.page.click("#strip [data-shut='1']")
    v.says("#picture", "one.png")
    v.answered()
    assert v.page.locator("#strip [data-index]").count() == 1
    v.page.reload()  # what is closed stays so
    v.says("#picture", "one.png")
    v.answered()
    assert v.page.locator("#strip [data-index]").count() == 1
    v.page.click("#strip [data-shut='0']")
    v.page.wait_for_selector("#empty", state="visible")
    v.page.wait_for_selector("#drop", state="visible")


def test_the_strip_scrolls_to_the_open_meme(visit, url, tmp_path):
    v = visit(PHONE)
    paths = []
    for place in range(12):
        paths.append(tmp_path / f"{place}.png")
        paths[-1].write_bytes(draw_png((9, 9, 20 * place), (60, 40)))
    v.open(url)
    v.upload(*paths)
    v.answered()
    for place in range(2, 9):
        v.page.click("#forward")
        v.says("#position", f"{place} of 12")
    v.page.wait_for_function(
        """() => {
          const row = document.querySelector('.mc-strip').getBoundingClientRect();
          const open = document.querySelector('.mc-strip [aria-current]').getBoundingClientRect();
          return open.left >= row.left && open.right <= row.right;
        }"""
    )


def test_boxes_lie_over_the_picture_on_demand(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    box = v.page.locator("#picture rect").first
    assert v.page.locator("#picture rect").count() == 5
    assert not box.is_visible()
    v.page.check("#boxes input")
    box.wait_for(state="visible")
    # The fake reader's first word fills the left half of the upper half of the picture.
    picture, found = v.page.locator("#picture img").bounding_box(), box.bounding_box()
    assert found["width"] == pytest.approx(picture["width"] / 2, abs=3)
    assert found["height"] == pytest.approx(picture["height"] / 2, abs=3)


def test_a_meme_is_zoomed_and_moved_with_keys_and_mouse_and_the_next_one_is_whole(
    visit, url, memes
):
    v = visit()
    v.open(url)
    v.upload(memes[0], memes[1])
    v.answered()
    frame, image = v.page.locator("#picture .mc-frame"), v.page.locator("#picture img")
    whole = image.bounding_box()
    frame.focus()
    v.page.keyboard.press("+")
    v.page.keyboard.press("+")
    larger = image.bounding_box()
    assert larger["width"] == pytest.approx(whole["width"] * 1.69, rel=0.02)
    v.page.keyboard.press("ArrowRight")
    assert image.bounding_box()["x"] < larger["x"]
    boxes = v.page.locator("#picture svg").bounding_box()
    assert boxes == pytest.approx(image.bounding_box(), abs=1)  # the outlines go with it
    v.page.keyboard.press("0")
    assert image.bounding_box() == pytest.approx(whole, abs=1)
    frame.click()
    assert image.bounding_box()["width"] > 2 * whole["width"]
    v.page.click("#picture [data-look=zoom]")
    assert image.bounding_box() == pytest.approx(whole, abs=1)
    v.page.click("#picture [data-look=turn]")
    assert "rotate(90deg)" in image.evaluate("e => e.style.transform")
    v.page.keyboard.press("z")
    v.page.locator("#picture .mc-frame[data-zoomed]").wait_for()
    v.page.click("#forward")
    v.says("#picture", "two.png")
    v.answered()
    assert v.page.locator("#picture img").evaluate("e => e.style.transform") == ""


def test_a_sample_opens_with_one_press_and_a_paste_with_none(visit, url):
    v = visit()
    v.open(url)
    v.page.locator("#samples button").first.click()
    v.answered()
    name = v.page.inner_text("#picture figcaption")
    v.page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 60, height: 40});
          const blob = await new Promise((done) => canvas.toBlob(done));
          const data = new DataTransfer();
          data.items.add(new File([blob], 'pasted.png', {type: 'image/png'}));
          document.body.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
        }"""
    )
    v.says("#picture", "pasted.png")
    assert name not in v.page.inner_text("#picture figcaption")
    v.says("#position", "2 of 2")


def test_the_address_names_the_model_that_answers(visit, url, memes):
    v = visit()
    v.open(url, "?page=analyse&model=zero-shot")
    v.upload(memes[0])
    v.says("#notes", "The model 'zero-shot' answers, as the address asks")


def test_answers_are_copied_vectors_are_saved_and_a_picture_is_put_in_another_ones_place(
    visit, url, memes
):
    v = visit()
    v.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.click("#why-words")
    v.page.wait_for_selector("#why .mc-word")
    v.page.click("#why-copy")
    v.says("#why-running", "Copied as JSON.")
    copied = json.loads(v.page.evaluate("navigator.clipboard.readText()"))
    assert [one["word"] for one in copied["explanations"]["words"]["words"]] == READ.split()
    with v.page.expect_download() as saved:
        v.page.click("#why-json")
    assert saved.value.suggested_filename == "memeclip-vectors.json"
    assert json.loads(saved.value.path().read_text())["encoder"] == "fake"
    v.says("#why-running", "Saved as memeclip-vectors.json.")
    v.page.click("#why-change > button")
    v.choose_files(lambda: v.page.click("#why-other"), memes[1])
    v.says("#why-explained h3", "With the other picture")
