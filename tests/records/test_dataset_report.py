from dataclasses import replace

from memeclip_core.records.dataset_report import (
    ClassCount,
    DatasetReport,
    Duplicates,
    PictureCount,
    SplitCount,
)
from memeclip_core.records.meme import Failure

SPLIT = SplitCount(split="train", rows=3, no_text=1, no_image=0, unreadable=0, neither=1)
REPORT = DatasetReport(
    format="pridemm-csv",
    tasks="pridemm",
    files=("a.csv",),
    skipped=(),
    rows=3,
    pictures=PictureCount(named=2, found=1, unnamed=0),
    splits=(SPLIT,),
    classes=(
        ClassCount(task="hate", label="Hate", rows={"train": 2}),
        ClassCount(task="hate", label="No Hate", rows={"train": 0}),
        ClassCount(task="hate", label="", rows={"train": 1}),
    ),
    meanings=(),
    notes=(),
    malformed=(),
    unread_labels=(),
    missing_texts=(),
    missing_images=(),
    unreadable=(),
    repeated_names=(),
    duplicates=(),
)


def test_a_dataset_is_of_use_if_something_is_to_be_read_and_labels_that_were_meant_are():
    assert REPORT.usable
    assert not replace(REPORT, splits=(replace(SPLIT, neither=3),)).usable
    unlabelled = replace(REPORT, classes=REPORT.classes[1:])
    assert unlabelled.usable, "no label was meant"
    unread = (Failure(filename="a.csv, line 2", reason="?"),)
    assert not replace(unlabelled, unread_labels=unread).usable


def test_one_label_alone_is_named():
    assert REPORT.one_sided == {"hate": "Hate"}
    both = (*REPORT.classes[:1], ClassCount(task="hate", label="No Hate", rows={"train": 1}))
    assert replace(REPORT, classes=both).one_sided == {}


def test_pictures_and_duplicates_are_counted():
    assert str(REPORT.pictures) == ("1 of 2 named pictures found, 0 pictures not named by any row")
    found = Duplicates(
        kind="same text",
        compared=5,
        groups=(("line 1", "line 2"), ("line 3", "line 4", "line 5")),
        contradicting=0,
        straddles=(),
    )
    assert found.rows == 5
