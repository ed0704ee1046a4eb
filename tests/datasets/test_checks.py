from io import BytesIO
from pathlib import Path

from PIL import Image

from memeclip_core.config import ROOT
from memeclip_core.datasets.checks import NONE_HOLDS, check_dataset, check_labels
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.records.dataset_report import SplitCount
from memeclip_core.records.job import Progress
from memeclip_core.storage.task_files import read_task_set
from tests.factories.dataset_files import PRIDEMM, harmeme, jsonl, propaganda, write

TASKS = ROOT / "assets" / "tasks"


def png(colour: str) -> bytes:
    data = BytesIO()
    Image.new("RGB", (32, 32), colour).save(data, format="PNG")
    return data.getvalue()


def test_a_report_counts_gaps_faults_and_classes(tmp_path: Path):
    write(tmp_path / "images" / "good.png", png("red"))
    write(tmp_path / "images" / "copy.png", png("red"))
    write(tmp_path / "images" / "broken.png", png("red")[:60])
    lines = (
        propaganda(id="1", image="good.png", labels=["Smears", "Doubt"]),
        propaganda(id="1", image="copy.png", labels=["Smears"]),
        propaganda(id="2", image="broken.png", text=" ", labels=[]),
        propaganda(id="3", image="gone.png", text="other"),
        propaganda(id="4", labels=["Smear"]),
        "{",
        propaganda(id="5", image=None),
    )
    path = write(tmp_path / "train.jsonl", jsonl(*lines))
    steps: list[Progress] = []
    tasks = read_task_set(TASKS / "propaganda.yaml")
    report = check_dataset(read_dataset(path), tasks, on_progress=steps.append)
    assert (report.format, report.tasks, report.rows) == ("propaganda", "propaganda", 6)
    assert report.splits == (
        SplitCount(split="train", rows=6, no_text=1, no_image=3, unreadable=1, neither=1),
    )
    counts = {item.label: item.rows["train"] for item in report.classes if item.rows["train"]}
    assert counts == {"Smears": 4, "Doubt": 3, NONE_HOLDS: 1, "": 1}
    assert len(report.classes) == 24
    assert [f.filename for f in report.malformed] == ["train.jsonl, line 6"]
    assert [f.filename for f in report.unread_labels] == ["train.jsonl, line 5"]
    assert report.one_sided == {}
    assert report.missing_texts == ("train.jsonl, line 3",)
    assert report.missing_images == ("train.jsonl, line 4", "train.jsonl, line 5")
    ((broken),) = report.unreadable
    assert broken.filename == "train.jsonl, line 3, broken.png"
    assert "damaged" in broken.reason
    assert report.repeated_names == (("train.jsonl, line 1", "train.jsonl, line 2"),)
    kinds = {item.kind: item for item in report.duplicates}
    assert kinds["same image"].groups == (("train.jsonl, line 1", "train.jsonl, line 2"),)
    assert kinds["same text"].rows == 4
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_a_task_is_counted_where_it_applies(tmp_path: Path):
    lines = (
        harmeme("not harmful", "society"),
        harmeme("very harmful", "society"),
        harmeme("", "society"),
    )
    dataset = read_dataset(write(tmp_path / "harm_c_val.jsonl", jsonl(*lines)))
    report = check_dataset(dataset, read_task_set(TASKS / "harmeme.yaml"))
    counts = {(item.task, item.label): item.rows["val"] for item in report.classes}
    assert counts["target", "Society"] == 1
    assert counts["target", ""] == 2
    assert counts["intensity", ""] == 1


def test_without_tasks_the_values_are_counted_and_long_ones_are_not_shown(tmp_path: Path):
    path = write(tmp_path / "a.csv", f"text,label,said\nt,yes,{'w' * 61}\nu,no,x\nv,,y\n")
    dataset = read_dataset(path, columns={"text": "text", "hate": "label", "more": "said"})
    report = check_dataset(dataset, None)
    assert report.tasks == ""
    assert [(item.task, item.label, item.rows[""]) for item in report.classes] == [
        ("hate", "no", 1),
        ("hate", "yes", 1),
        ("hate", "", 1),
        ("more", "", 0),
    ]


def test_a_task_with_one_label_alone_is_said(tmp_path: Path):
    path = write(tmp_path / "p.csv", PRIDEMM + "a,0,NA,0,0,train,t\nb,0,NA,1,0,test,u\n")
    report = check_dataset(read_dataset(path), read_task_set(TASKS / "pridemm.yaml"))
    assert report.one_sided == {"hate": "No Hate", "humour": "No Humour"}


def test_a_set_of_texts_alone_is_no_fault(tmp_path: Path):
    path = write(tmp_path / "p.csv", PRIDEMM + "a,0,NA,0,0,train,t\nb,0,NA,0,0,test,t\n")
    report = check_dataset(read_dataset(path), read_task_set(TASKS / "pridemm.yaml"))
    assert [item.no_image for item in report.splits] == [1, 1]
    assert report.malformed == ()
    assert [item.rows for item in report.duplicates[0].straddles] == [1, 1]


def test_values_that_a_column_map_explains_are_listed_as_the_file_has_them(tmp_path: Path):
    lines = "said,level\none,mild\ntwo,bad\nthree,awful\nfour,bad\nfive,none\nsix,odd\n"
    path = write(tmp_path / "own.csv", lines)
    columns = {"text": "said", "hate": "level", "hate:Hate": "bad|awful", "hate:No_Hate": "mild"}
    tasks = read_task_set(TASKS / "pridemm.yaml")
    report = check_labels(read_dataset(path, columns=columns), tasks)
    assert (report.files, report.tasks, report.rows) == (("own.csv",), "pridemm", 6)
    found = {one.value: (one.labels, one.rows) for one in report.meanings}
    assert found == {"mild": (("No Hate",), 1), "bad": (("Hate",), 2), "awful": (("Hate",), 1)}
    counts = {one.label: one.total for one in report.classes if one.task == "hate"}
    assert counts == {"No Hate": 1, "Hate": 3, "": 2}
    assert [one.filename for one in report.unread_labels] == ["own.csv, line 7"]


def test_a_value_that_a_column_map_says_means_none_is_listed_so(tmp_path: Path):
    path = write(tmp_path / "own.csv", "said,kind\none,clean\ntwo,Smears\n")
    columns = {"text": "said", "techniques": "kind", "techniques:none": "clean"}
    tasks = read_task_set(TASKS / "propaganda.yaml")
    report = check_labels(read_dataset(path, columns=columns), tasks)
    assert [(one.value, one.labels, one.rows) for one in report.meanings] == [("clean", (), 1)]
    assert check_dataset(read_dataset(path, columns=columns), tasks).meanings == report.meanings
