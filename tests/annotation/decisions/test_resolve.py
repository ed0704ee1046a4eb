from memeclip_core.annotation.decisions.resolve import resolve_labels
from tests.factories.logs import TOYS, Log


def resolve(log, project="p", read=None):
    return log.history("m1", project).resolve(TOYS, read)


def vote(*answers, project="p"):
    log = Log()
    for number, labels in enumerate(answers):
        log.save(f"a{number}", "m1", project=project, **labels)
    return resolve(log, project)


def test_in_a_project_each_task_goes_by_majority():
    meme = vote({"hate": ["Hate"]}, {"hate": ["Hate"]}, {"hate": ["No Hate"]})
    assert meme.labels == {"hate": ("Hate",)}
    assert meme.annotators == ("a0", "a1", "a2")
    assert meme.text == "text of m1"


def test_where_people_are_even_nothing_counts_whoever_saved_last():
    for answers in (
        ("Hate", "No Hate"),
        ("No Hate", "Hate"),
        ("Hate", "No Hate", "Unclear"),
        ("Hate", "No Hate", "No Hate", "Hate"),
    ):
        meme = vote(*({"hate": [name], "tags": ["x"]} for name in answers))
        assert meme.labels == {"tags": ("x",)}
        assert meme.statuses == {"hate": "tie", "tags": "unanimous"}
        assert (meme.status, meme.tied) == ("tie", True)
        assert meme.votes["hate"] == tuple((name,) for name in answers)
        assert meme.contested == {"hate": (answers[-1],)}


def test_how_an_answer_came_about_is_said_task_by_task():
    one = vote({"hate": ["Hate"], "target": ["Person"]})
    assert (one.statuses, one.status) == ({"hate": "single", "target": "single"}, "single")
    two = vote({"hate": ["Hate"], "target": ["Person"]}, {"hate": ["Hate"]})
    assert two.statuses == {"hate": "unanimous", "target": "single"}
    three = vote(*({"hate": [name]} for name in ("Hate", "No Hate", "Hate")))
    assert (three.statuses, three.status) == ({"hate": "majority"}, "majority")
    assert not three.tied and three.contested == {}
    most = vote(*({"hate": [name]} for name in ("Hate", "No Hate", "Unclear", "Hate")))
    assert (most.labels, most.status) == ({"hate": ("Hate",)}, "majority")


def test_a_task_that_applies_only_by_a_tied_one_is_not_asked():
    meme = vote({"hate": ["No Hate"]}, {"hate": ["Hate"], "target": ["Person"]})
    assert (meme.labels, meme.statuses) == ({}, {"hate": "tie"})
    assert meme.contested == {"hate": ("Hate",), "target": ("Person",)}


def test_several_labels_are_voted_on_one_by_one():
    meme = vote({"tags": ["x", "y"]}, {"tags": ["y", "z"]}, {"tags": ["z", "x"]})
    assert (meme.labels, meme.status) == ({"tags": ("x", "y", "z")}, "majority")
    none = vote({"tags": ["x"]}, {"tags": []}, {"tags": []})
    assert (none.labels, none.status) == ({"tags": ()}, "majority")
    order = vote({"tags": ["x", "z"]}, {"tags": ["z", "x"]})
    assert (order.labels, order.status) == ({"tags": ("x", "z")}, "unanimous")


def test_several_labels_are_tied_where_half_chose_one_or_none_has_most():
    assert vote({"tags": ["x"]}, {"tags": ["z"]}).statuses == {"tags": "tie"}
    assert vote({"tags": ["x"]}, {"tags": []}).statuses == {"tags": "tie"}
    # "None of these" is an answer too, and hardly anybody gave it.
    assert vote({"tags": ["x"]}, {"tags": ["y"]}, {"tags": ["z"]}).statuses == {"tags": "tie"}


def test_a_task_counts_only_where_the_majority_makes_it_apply():
    hateful = {"hate": ["Hate"], "target": ["Person"]}
    assert vote(hateful, {"hate": ["No Hate"]}, {"hate": ["No Hate"]}).labels == {
        "hate": ("No Hate",)
    }
    assert vote(hateful, hateful, {"hate": ["No Hate"]}).labels == {
        "hate": ("Hate",), "target": ("Person",),
    }  # fmt: skip


def test_an_adjudication_wins_and_its_reviewer_is_named():
    log = Log()
    log.save("ann", "m1", project="p", hate=["Hate"])
    log.save("bob", "m1", project="p", hate=["Hate"])
    settled = log.act("adjudicate", "rev", "m1", project="p", note="irony", hate=["No Hate"])
    log.save("eve", "m1", project="p", hate=["Hate"])
    meme = resolve(log)
    assert (meme.labels, meme.note) == ({"hate": ("No Hate",)}, "irony")
    assert meme.annotators == ("ann", "bob", "eve", "rev")
    assert (meme.statuses, meme.status) == ({"hate": "adjudicated"}, "adjudicated")
    assert meme.votes == {"hate": (("Hate",), ("Hate",), ("Hate",))}
    assert [d.annotator for d in log.history("m1").decisions] == ["ann", "bob", "eve"]
    later = log.act("adjudicate", "rev", "m1", project="p", hate=["Unclear"])
    assert resolve(log).labels == {"hate": ("Unclear",)}
    log.undo(later)
    log.undo(settled)
    assert resolve(log).labels == {"hate": ("Hate",)}


def test_skipped_and_returned_decisions_have_no_vote():
    log = Log()
    for who, label in (("ann", "Hate"), ("bob", "Hate"), ("eve", "No Hate")):
        log.save(who, "m1", project="p", hate=[label])
    log.act("skip", "ann", "m1", project="p")
    log.act("return", "rev", "m1", project="p", to="bob")
    assert resolve(log).labels == {"hate": ("No Hate",)}
    log.act("skip", "eve", "m1", project="p")
    assert resolve(log) is None


def test_what_the_task_set_does_not_know_is_left_out():
    assert vote({"hate": ["Gone"]}) is None
    assert vote({"hate": ["Gone"], "tags": ["x"], "old": ["y"]}).labels == {"tags": ("x",)}
    assert vote({"hate": ["Gone"]}, {"hate": ["Hate"]}, {"tags": ["x", "gone"]}).labels == {
        "hate": ("Hate",)
    }


def test_labels_of_an_older_version_are_read_as_they_are_now():
    log = Log()
    log.save("ann", "m1", project="p", hate=["Bad"])

    def read(decision):
        return {"hate": ("Hate",)} if decision.version == 1 else decision.labels

    assert resolve(log) is None
    assert resolve(log, read=read).labels == {"hate": ("Hate",)}


def test_nobody_decided():
    assert resolve_labels((), None, TOYS) is None
