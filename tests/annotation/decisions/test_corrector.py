import csv
import errno
import io
import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.corrector import MAX_NOTE
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log_rows import encode_header, encode_rows
from memeclip_core.annotation.decisions.standing import fold_standing
from memeclip_core.config import ROOT
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import mark
from memeclip_core.errors import InputError, LabelError, StoreError
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Suggestion
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore
from tests.factories.corrections import as_schema_two
from tests.factories.deciding import TASKS, entry, make_corrector
from tests.factories.decision_logs import rows_of
from tests.factories.disk import full
from tests.factories.services import HATE, NO_HATE, correct_some, make_image, make_studio

ANN, BOB = Person(name="ann", role="annotator"), Person(name="bob", role="annotator")
REV = Person(name="rev", role="reviewer")

CLIENT = """
import sys
from pathlib import Path
from tests.factories.deciding import TASKS, entry, make_corrector
from memeclip_core.records.decision import Person
from memeclip_core.storage.home import Home

corrector = make_corrector(Home(Path(sys.argv[1])))
who = Person(name=sys.argv[2], role="annotator")
for n in range(int(sys.argv[3])):
    made = entry(save=f"{who.name}-save-{n:04}", meme=f"{n:064x}")
    for attempt in range(2):
        receipt = corrector.decide(who, TASKS, made)
        assert receipt.rows == (3 if attempt == 0 else 0), receipt
    print(n, flush=True)
"""


@pytest.fixture
def corrector(home):
    return make_corrector(home)


def history(corrector, meme="ab" * 32, project="p"):
    with corrector._log.read() as connection:
        return History.of(connection, "pridemm", project, meme)


def tally(corrector, project="p"):
    with corrector._log.read() as connection:
        return queries.read_tally(connection, project, "pridemm")


def count_rows(corrector):
    with corrector._log.read() as connection:
        return len(queries.select_rows(connection))


def count_done(corrector, who):
    with corrector._log.read() as connection:
        return connection.scalar(
            select(func.count()).where(mark.c.person == who, mark.c.state == "done")
        )


def test_a_deletion_between_image_and_row_takes_no_image_of_a_decision(tmp_path, monkeypatch):
    studio, data = make_studio(tmp_path), make_image(1)
    prediction = studio.predict(data, "a", task_set="pridemm", text="t")
    keep = ImageStore.keep

    def keep_and_lose(store, content_id, *rest):
        name = keep(store, content_id, *rest)
        store.discard([content_id])
        return name

    monkeypatch.setattr(ImageStore, "keep", keep_and_lose)
    studio.correct(studio.owner(), prediction=prediction, data=data, labels=HATE)
    assert studio.saved_image(studio.owner(), prediction.meme.id) == data


def test_an_endless_note_is_refused(tmp_path):
    studio = make_studio(tmp_path)
    data = make_image(1)
    prediction = studio.predict(data, "a", task_set="pridemm", text="t")
    with pytest.raises(InputError, match="4,001 characters"):
        studio.correct(
            studio.owner(),
            prediction=prediction,
            data=data,
            labels=HATE,
            note="x" * (MAX_NOTE + 1),
        )
    assert studio.corrections(studio.owner(), "pridemm") == ()


def test_the_history_is_limited_and_newest_first(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, range(3))
    rows = studio.history(studio.owner(), "pridemm", 5)
    assert len(rows) == 5
    assert [row.text for row in rows] == ["text 2"] * 3 + ["text 1"] * 2
    assert studio.history(studio.owner(), "pridemm", 0) == ()


def test_logs_name_ids_and_counts_but_no_texts(tmp_path, caplog):
    caplog.set_level("DEBUG", logger="memeclip")
    studio = make_studio(tmp_path)
    correct_some(studio, range(2))
    studio.undo(studio.owner(), task_set="pridemm")
    assert "rows" in caplog.text
    assert "text 0" not in caplog.text
    assert "text 1" not in caplog.text


# --- one way to write ---------------------------------------------------------------------------


def test_a_decision_is_on_the_disk_with_what_the_model_said(corrector, home):
    seen = Suggestion(labels=("Hate",), probabilities={"Hate": 0.75, "No Hate": 0.25}, model="v1")
    receipt = corrector.decide(
        ANN, TASKS, entry(suggestions={"hate": seen}, shown=True, seconds=2.5, version=4)
    )
    assert (receipt.save, receipt.rows, receipt.total) == ("save-0001", 3, 1)
    (row, *_) = rows_of(make_corrector(home)._log, "p", "ab" * 32)
    assert (row.predicted, row.probability, row.model) == (("Hate",), 0.75, "v1")
    assert (row.verdict, row.seconds, row.version, row.project) == ("corrected", 2.5, 4, "p")
    assert history(corrector).decision("ann").verdict == "corrected"


def test_the_same_save_twice_counts_once_and_is_answered_as_the_first(corrector, home):
    first = corrector.decide(ANN, TASKS, entry())
    again = corrector.decide(ANN, TASKS, entry())
    elsewhere = make_corrector(home).decide(ANN, TASKS, entry(seconds=9.0))
    assert again == elsewhere == replace(first, rows=0)
    assert len(rows_of(corrector._log, "p", "ab" * 32)) == 3


@pytest.mark.parametrize(
    "action", ["label", "draft", "skip", "flag", "unflag", "adjudicate", "return"]
)
def test_every_act_is_written_once(corrector, action):
    corrector.decide(BOB, TASKS, entry(save="of-bob-01"))
    labels = NO_HATE if action in ("label", "draft", "adjudicate") else {}
    to = "bob" if action == "return" else ""
    made = entry(action=action, labels=labels, note="why", target=to)
    first = corrector.decide(ANN, TASKS, made)
    assert first.rows == (3 if labels else 1)
    assert corrector.decide(ANN, TASKS, made) == replace(first, rows=0)


def test_a_save_that_was_taken_back_is_not_written_again_by_a_late_retry(corrector):
    corrector.decide(ANN, TASKS, entry())
    corrector.undo(ANN, TASKS, "p")
    assert corrector.decide(ANN, TASKS, entry()).rows == 0
    assert history(corrector).decision("ann") is None


@pytest.mark.parametrize(
    "change",
    [
        {"labels": HATE},
        {"note": "another"},
        {"meme": "cd" * 32},
        {"project": "q"},
        {"action": "adjudicate"},
        {"labels": {}, "action": "skip"},
    ],
)
def test_an_id_that_stands_for_something_else_is_refused(corrector, home, change):
    corrector.decide(ANN, TASKS, entry())
    before = home.corrections.read_bytes()
    with pytest.raises(InputError, match="'save-0001' already stands for another decision"):
        corrector.decide(ANN, TASKS, entry(**change))
    assert home.corrections.read_bytes() == before


def test_somebody_elses_id_is_refused(corrector):
    corrector.decide(ANN, TASKS, entry())
    with pytest.raises(InputError, match="'save-0001' is somebody else's"):
        corrector.decide(BOB, TASKS, entry())


@pytest.mark.parametrize("kept", [1, 2])
def test_a_save_that_an_old_file_has_cut_in_two_is_completed_when_it_comes_again(
    corrector, home, tmp_path, kept
):
    first = corrector.decide(ANN, TASKS, entry())
    rows = rows_of(corrector._log, "p", "ab" * 32)
    torn = as_schema_two(rows[kept:])[len(encode_header()) :][: 40 * (3 - kept)]
    old = Home(tmp_path / "old").create()
    old.corrections.write_bytes(as_schema_two(rows[:kept]) + torn)
    restarted = make_corrector(old)
    again = restarted.decide(ANN, TASKS, entry())
    assert again == replace(first, rows=3 - kept)
    assert history(restarted).decision("ann").labels == NO_HATE
    assert [row.task for row in rows_of(restarted._log, "p", "ab" * 32)] == [
        "hate",
        "stance",
        "humour",
    ]
    assert restarted.decide(ANN, TASKS, entry()).rows == 0


def test_several_entries_are_written_together_or_not_at_all(corrector, home):
    many = [entry(save=f"bulk-save.{n}", meme=f"{n:064x}") for n in range(5)]
    receipts = corrector.decide_many(ANN, TASKS, many)
    assert [(r.save, r.rows, r.total) for r in receipts] == [
        (f"bulk-save.{n}", 3, 5) for n in range(5)
    ]
    more = [entry(save="bulk-next.0", meme="aa"), many[0], entry(save="bad", meme="bb")]
    before = home.corrections.read_bytes()
    with pytest.raises(InputError, match="'bad' cannot be the id"):
        corrector.decide_many(ANN, TASKS, more)
    with pytest.raises(InputError, match="Two entries have one id"):
        corrector.decide_many(ANN, TASKS, [many[0], many[0]])
    assert home.corrections.read_bytes() == before
    assert [r.rows for r in corrector.decide_many(ANN, TASKS, more[:2])] == [3, 0]
    assert corrector.decide_many(ANN, TASKS, []) == ()


def test_only_a_decision_can_be_sent_back(corrector):
    back = entry(save="back-0001", action="return", labels={}, target="ann", note="look again")
    with pytest.raises(InputError, match="'ann' has no decision on this meme"):
        corrector.decide(REV, TASKS, back)
    corrector.decide(ANN, TASKS, entry())
    corrector.decide(REV, TASKS, back)
    assert history(corrector).standing("ann").returned.note == "look again"
    assert corrector.decide(REV, TASKS, back).rows == 0
    with pytest.raises(InputError, match="sent back meanwhile"):
        corrector.decide(REV, TASKS, replace(back, save="back-0002"))


def test_a_full_disk_saves_nothing_and_the_same_save_can_be_tried_again(corrector, home):
    many = [entry(save=f"bulk-save.{n}", meme=f"{n:064x}") for n in range(200)]
    with full(corrector._log._database), pytest.raises(StoreError, match="Free some space"):
        corrector.decide_many(ANN, TASKS, many)
    assert count_rows(corrector) == 0
    assert not home.corrections.exists()
    assert corrector.decide_many(ANN, TASKS, many)[-1].rows == 3


def test_a_save_whose_file_is_behind_says_so_and_stands(corrector, home, monkeypatch):
    corrector.decide(ANN, TASKS, entry())
    before = home.corrections.read_bytes()

    def refuse(handle, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    receipt = corrector.decide(ANN, TASKS, entry(save="save-0002", note="again"))
    assert (receipt.rows, receipt.behind) == (3, True)
    assert corrector.undo(ANN, TASKS, "p").behind
    assert "behind" in corrector.notes[0]
    assert home.corrections.read_bytes() == before
    monkeypatch.undo()
    receipt = corrector.decide(ANN, TASKS, entry(save="save-0002", note="again"))
    assert (receipt.rows, receipt.behind, corrector.notes) == (0, False, ())
    data = home.corrections.read_bytes()
    assert data == encode_header() + encode_rows(rows_of(corrector._log, "p", "ab" * 32))


# --- taking back --------------------------------------------------------------------------------


def test_undo_takes_back_what_this_person_did_last_in_this_project(corrector):
    corrector.decide(ANN, TASKS, entry())
    corrector.decide(ANN, TASKS, entry(save="skip-0001", action="skip", labels={}, meme="cd" * 32))
    corrector.decide(ANN, TASKS, entry(save="draft-001", action="draft", meme="ee" * 32))
    corrector.decide(BOB, TASKS, entry(save="of-bob-01"))
    corrector.decide(ANN, TASKS, entry(save="page-0001", project=""))
    assert corrector.undo(ANN, TASKS, "p").save == "skip-0001"
    assert history(corrector, "cd" * 32).standing("ann").state == "pending"
    receipt = corrector.undo(ANN, TASKS, "p")
    assert (receipt.save, receipt.rows, receipt.total) == ("save-0001", 3, 1)
    with pytest.raises(InputError, match="nothing to undo"):
        corrector.undo(ANN, TASKS, "p")
    assert history(corrector, "ee" * 32).standing("ann").state == "draft"
    assert history(corrector, "ab" * 32).standing("bob").state == "done"
    assert corrector.undo(ANN, TASKS).save == "page-0001"


def test_named_saves_are_taken_back_together_and_once(corrector):
    many = [entry(save=f"bulk-save.{n}", meme=f"{n:064x}") for n in range(4)]
    corrector.decide_many(ANN, TASKS, many)
    corrector.decide(ANN, TASKS, entry(save="later-001"))
    names = [item.save for item in many]
    receipt = corrector.undo(ANN, TASKS, "p", names)
    assert (receipt.rows, receipt.total) == (12, 1)
    assert corrector.undo(ANN, TASKS, "p", names) == replace(receipt, rows=0)
    assert tally(corrector).memes == 1
    assert history(corrector).decision("ann").save == "later-001"
    with pytest.raises(InputError, match="You have no save 'later-001'"):
        corrector.undo(BOB, TASKS, "p", ["later-001"])
    with pytest.raises(InputError, match="belongs to another project"):
        corrector.undo(ANN, TASKS, "q", ["later-001"])


# --- many at once -------------------------------------------------------------------------------


def test_sixteen_threads_save_two_hundred_decisions_each_and_none_is_lost_or_doubled(
    corrector, monkeypatch
):
    # What the disk does is tested below and in the stores; here it is the threads.
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    answers, faults = {}, []

    def work(name):
        who = Person(name=name, role="annotator")
        try:
            for n in range(200):
                made = entry(save=f"{name}-save-{n:04}", meme=f"{n:064x}")
                answers[made.save] = corrector.decide(who, TASKS, made).rows
                if n % 20 == 0:
                    assert corrector.decide(who, TASKS, made).rows == 0
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(f"t{n:02}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(answers) == 3200
    assert set(answers.values()) == {3}
    assert tally(corrector).decisions == 3200
    assert {count_done(corrector, f"t{n:02}") for n in range(16)} == {200}
    assert count_rows(corrector) == 9600


def test_four_processes_that_send_everything_twice_double_nothing(home):
    clients = [
        subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(home.root), f"client{n}", "25"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for n in range(4)
    ]  # fmt: skip
    for client in clients:
        out, _ = client.communicate(timeout=120)
        assert (client.returncode, len(out.split())) == (0, 25)
    found = make_corrector(home)
    assert tally(found).decisions == 100
    assert count_rows(found) == 300


def test_after_a_kill_in_the_middle_everything_acknowledged_is_there_and_can_be_sent_again(home):
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home.root), "client", "100000"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    last = -1
    for line in client.stdout:
        last = int(line)
        if last >= 40:
            break
    client.kill()
    last = max([last, *map(int, client.stdout.read().split())])
    client.wait()
    client.stdout.close()
    who = Person(name="client", role="annotator")
    restarted = make_corrector(home)
    assert count_done(restarted, "client") >= last + 1
    for n in range(last + 3):
        made = entry(save=f"client-save-{n:04}", meme=f"{n:064x}")
        receipt = restarted.decide(who, TASKS, made)
        assert receipt.rows == 0 or n > last
    assert count_done(restarted, "client") == last + 3
    assert count_rows(restarted) == 3 * (last + 3)


# --- the page and the projects ------------------------------------------------------------------


def test_corrected_means_the_same_wherever_it_is_said(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, range(2))
    corrector = make_corrector(Home(tmp_path / "home"))
    corrector.decide(ANN, TASKS, entry())
    assert studio.status("pridemm").corrected == 3
    assert len(studio.corrections(studio.owner(), "pridemm")) == 3
    data = studio.export_corrections(studio.owner(), "pridemm").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(data)))
    assert sorted(line["project"] for line in lines) == ["", "", "p"]
    assert {line["status"] for line in lines} == {"single"}
    assert [row.project for row in studio.history(studio.owner(), "pridemm")][:1] == ["p"]
    assert len(corrector.labelled(TASKS)) == 3


def test_every_single_decision_can_be_taken_home(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, range(1))
    corrector = make_corrector(Home(tmp_path / "home"))
    corrector.decide(ANN, TASKS, entry(save="s-first-one", seconds=2.5, note="=why"))
    corrector.decide(BOB, TASKS, entry(save="s-second-one"))
    corrector.undo(BOB, TASKS, "p")
    data = studio.export_decisions(studio.owner(), "pridemm").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(data)))
    kept = [line for line in lines if line["save"] == "s-first-one"]
    assert {(line["annotator"], line["seconds"], line["note"]) for line in kept} == {
        ("ann", "2.5", "'=why")
    }
    assert {(line["project"], line["action"], line["counts"]) for line in kept} == {
        ("p", "label", "yes")
    }
    gone = [line for line in lines if line["save"] == "s-second-one"]
    assert [line["counts"] for line in gone if line["action"] == "label"][:1] == ["no"]
    assert {line["action"] for line in gone} == {"label", "retract"}
    page = [line for line in lines if not line["project"]]
    assert {line["shown"] for line in page} == {"yes"} and page[0]["model"]


def test_the_page_tells_confirmed_from_corrected(tmp_path):
    studio = make_studio(tmp_path)
    data = make_image(1)
    prediction = studio.predict(data, "a", task_set="pridemm", text="t")
    labels = {task.task: task.labels for task in prediction.tasks if task.applies}
    other = "No Humour" if labels["humour"] == ("Humour",) else "Humour"
    studio.correct(
        studio.owner(), prediction=prediction, data=data, labels={**labels, "humour": (other,)}
    )
    found = {row.task: row.verdict for row in studio.history(studio.owner(), "pridemm")}
    assert found.pop("humour") == "corrected"
    assert set(found.values()) == {"confirmed"}


def test_a_label_error_writes_nothing(corrector, home):
    with pytest.raises(LabelError):
        corrector.decide(ANN, TASKS, entry(labels={"hate": ("Maybe",)}))
    assert not home.corrections.exists()


def test_the_work_of_a_save_does_not_grow_with_the_log(corrector, home, monkeypatch):
    """Counted rather than timed: statements, rows that are read, and memes that are folded."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    read, folded, asked = [], [], []
    _read = queries._read

    def count_folds(events, name):
        folded.append(name)
        return fold_standing(events, name)

    monkeypatch.setattr(queries, "_read", lambda row: read.append(row) or _read(row))
    monkeypatch.setattr("memeclip_core.annotation.decisions.history.fold_standing", count_folds)
    corrector.decide_many(ANN, TASKS, [])
    engine = corrector._log._database._engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    compile_ = Prepared._compile
    monkeypatch.setattr(
        Prepared, "_compile", lambda self, *given: asked.append(self) or compile_(self, *given)
    )
    work = []
    for size in (0, 300, 900):
        more = range(size // 3, size)
        corrector.decide_many(
            BOB, TASKS, [entry(save=f"bulk-{size}.{n}", meme=f"{n:064x}") for n in more]
        )
        corrector.catch_up(TASKS)
        for made in (read, folded, asked):
            made.clear()
        fresh = entry(save=f"single-{size}", meme=f"{5000 + size:064x}")
        corrector.decide(ANN, TASKS, fresh)
        saving = len(asked)
        corrector.catch_up(TASKS)
        corrector.undo(ANN, TASKS, "p")
        work.append((len(read), len(folded), saving))
    assert work == [work[0]] * 3
    assert work[0][2] <= 16
