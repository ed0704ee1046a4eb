import itertools
import random
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from memeclip_core.memes.image import load_image
from memeclip_core.memes.near_duplicates import (
    MAX_BITS,
    MAX_DIFFERENCE,
    ImagePrint,
    _grams,
    _near_images,
    fold_text,
    group_memes,
    group_near_images,
    group_near_texts,
    key_ids,
    key_memes,
    pair_near_sketches,
    print_image,
    sketch_text,
)
from memeclip_core.memes.splits import NO_KEYS, join_pairs

LONG = "one does not simply walk into the kitchen and eat the whole cake at once"


def test_case_punctuation_and_blanks_do_not_count():
    assert fold_text(" It's\n\tME -- again!") == "it s me again"
    assert fold_text("?! …") == ""
    assert group_near_texts([LONG, LONG.upper(), f"{LONG} !!"]) == (0, 0, 0)


def test_a_letter_read_differently_is_near_and_another_sentence_is_not():
    other = "when you open the fridge and somebody has left an empty box in it"
    misread = LONG.replace("simply", "simpIy")
    assert group_near_texts([LONG, other, misread]) == (0, 1, 0)


def test_texts_without_letters_are_like_no_other():
    assert group_near_texts(["", "!", "!", "", "a", "a"]) == (0, 1, 2, 3, 4, 4)
    assert group_near_texts([]) == ()


def test_the_prefix_filter_skips_no_pair():
    random.seed(3)
    words = ["cat", "dog", "cake", "monday", "again", "never", "tea"]
    texts = [" ".join(random.choices(words, k=random.randint(1, 9))) for _ in range(120)]
    sets = [_grams(fold_text(text)) for text in texts]
    for threshold in (0.5, 0.7, 0.9):
        groups = group_near_texts(texts, threshold=threshold)
        near = [
            (a, b)
            for a, b in itertools.combinations(range(len(texts)), 2)
            if len(sets[a] & sets[b]) >= threshold * len(sets[a] | sets[b])
        ]
        assert near
        assert all(groups[a] == groups[b] for a, b in near)
        joined = sum(groups.count(g) > 1 for g in groups)
        assert joined == len({i for pair in near for i in pair})


def test_sketches_connect_what_is_nearly_equal_and_nothing_else():
    base = "when the kettle sings before the tea leaves are even in the pot on a monday"
    texts = [base, f"{base}!", base.replace("monday", "mondays"), base[::-1], "", "tea", "teas"]
    sketches = np.stack([sketch_text(text) for text in texts])
    pairs = set(pair_near_sketches(sketches))
    assert join_pairs(len(texts), pairs) == (0, 0, 0, 3, 4, 5, 6)
    assert not sketches[4].any()
    assert list(pair_near_sketches(sketches[:0])) == []


def test_two_sketches_agree_about_as_far_as_the_texts_overlap():
    words = [f"word{n:03d}" for n in range(200)]
    first, second = " ".join(words[:150]), " ".join(words[50:])
    grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in (first, second)]
    overlap = len(grams[0] & grams[1]) / len(grams[0] | grams[1])
    agree = (sketch_text(first) == sketch_text(second)).mean()
    assert abs(agree - overlap) < 0.13


def picture(seed: int, caption: int = 0) -> Image.Image:
    """Coloured fields; with a caption, black blocks on a white band above them."""
    values = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(values).resize((320, 240), Image.Resampling.BICUBIC)
    if caption:
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, 320, 60), fill="white")
        for block in np.random.default_rng(caption).integers(0, 300, 9):
            draw.rectangle((int(block), 10, int(block) + 16, 50), fill="black")
    return image


def saved(image: Image.Image, quality: int) -> Image.Image:
    data = BytesIO()
    image.save(data, format="JPEG", quality=quality)
    return load_image(data.getvalue(), reduced_to=64).image


def prints(*images: Image.Image) -> list[ImagePrint]:
    return [print_image(image, str(i)) for i, image in enumerate(images)]


def test_a_print_is_whether_brightness_falls_along_rows():
    ramp = Image.fromarray(np.tile(np.arange(0, 252, 28, dtype=np.uint8), (8, 1)))
    assert print_image(ramp.convert("RGB"), "").bits == 0
    mirrored = ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert print_image(mirrored.convert("RGB"), "").bits == 2**64 - 1


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_is_near_whatever_its_size_and_quality(seed: int):
    image = picture(seed, caption=1)
    copies = (saved(image, 40), image.resize((200, 150)), saved(image.resize((500, 375)), 80))
    assert group_near_images(prints(image, *copies)) == (0, 0, 0, 0)


def test_other_pictures_and_other_captions_are_other_memes():
    images = [picture(1, caption=1), picture(1, caption=2), picture(2, caption=1), picture(3)]
    assert group_near_images(prints(*images)) == (0, 1, 2, 3)


@pytest.mark.parametrize("seed", range(6))
def test_no_near_pair_is_missed_among_pictures_on_either_side_of_every_bound(seed: int):
    rng = np.random.default_rng(seed)
    flat = rng.integers(20, 230, (8, 1)) + rng.integers(-20, 20, (8, 1024))
    made = []
    for number in range(160):
        shift = rng.choice([0.0, 2.9, 3.0, 3.1, 6.0]) * rng.choice([-1, 1])
        lit = rng.random(1024) < abs(shift) % 1  # so many fields that the shift is the mean
        # Every other picture is as much darker elsewhere as it is lighter here.
        signs = rng.choice([-1, 1], 1024) if number % 2 else np.sign(shift)
        values = flat[number % 8] + signs * (abs(int(shift)) + lit)
        bits = sum(1 << int(one) for one in rng.choice(64, rng.integers(0, 9), replace=False))
        thumbnail = np.clip(values, 0, 255).astype(np.uint8).tobytes()
        made.append(ImagePrint(content=str(number), bits=bits, thumbnail=thumbnail))
    seen = [np.frombuffer(one.thumbnail, np.uint8).astype(int) for one in made]
    near = [
        (i, j)
        for i, j in itertools.combinations(range(len(made)), 2)
        if (made[i].bits ^ made[j].bits).bit_count() <= MAX_BITS
        and np.abs(seen[i] - seen[j]).mean() <= MAX_DIFFERENCE
    ]
    assert len(near) > 100
    assert {(min(pair), max(pair)) for pair in _near_images(made)} == set(near)
    assert group_near_images(made) == tuple(join_pairs(len(made), near))


def test_a_picture_that_is_there_many_times_is_compared_once():
    one, other = prints(picture(1), picture(2))
    assert group_near_images([one, other] * 20_000) == (0, 1) * 20_000


def test_a_missing_image_is_like_no_other():
    (one,) = prints(picture(1))
    assert group_near_images([None, one, None, one]) == (0, 1, 2, 1)
    assert group_near_images([]) == ()
    assert group_near_images([None]) == (0,)


KETTLE = "when the kettle sings before the tea leaves are even in the pot on a monday"


def ids(*starts):
    return [start * 64 for start in starts]


def same(groups, a, b):
    return groups[a] == groups[b]


def test_equal_pictures_equal_texts_and_nearly_equal_texts_are_one_group():
    keys = key_memes(
        ids("1", "2", "3", "4", "1", "5"),
        ["tea", "  TEA cup ", "TEA cup", KETTLE, "other words", f"{KETTLE}!"],
    )
    (groups,) = group_memes(keys)
    assert same(groups, 0, 4) and same(groups, 1, 2) and same(groups, 3, 5)
    assert len(set(groups.tolist())) == 3


def test_a_group_reaches_through_others_and_across_parts():
    first = key_memes(ids("1", "2"), ["tea", "coffee"])
    second = key_memes(ids("2", "3"), [KETTLE, "juice"])
    third = key_memes(ids("4"), [KETTLE.replace("kettle", "kettel")])
    one, two, three = group_memes(first, second, third)
    assert one[1] == two[0] == three[0]
    assert len({*one.tolist(), *two.tolist()}) == 3


def test_memes_without_words_are_like_no_other():
    (groups,) = group_memes(key_memes(ids("1", "2", "3"), ["", " ", "https://x.org"]))
    assert len(set(groups.tolist())) == 3


def test_of_ids_alone_texts_are_known_where_there_is_no_picture():
    old = key_ids(key_memes(["a" * 64], ["tea"]).ids, np.array([True]))
    from memeclip_core.memes.text import text_id

    rows = key_ids([text_id("tea"), "b" * 64], np.array([False, True]))
    memes, found, _ = group_memes(key_memes(ids("1", "b"), ["tea", "x"]), rows, old)
    assert memes.tolist() == found.tolist()


def test_nothing_is_no_group():
    assert group_memes(NO_KEYS)[0].tolist() == []
