import json

import pytest

from memeclip_core.encoders.compact.compact import TEXT_FILE, read_text_space
from memeclip_core.errors import DatasetError
from memeclip_core.experiments import compact_text_space as text_fit
from tests.factories.small_compact import FakeSentences

HEADER = "name,hate,target,stance,humour,split,text\n"


@pytest.fixture
def dataset(tmp_path):
    texts = ["cat dog", "dog cat horse", "moon sun", "sun moon star"] * 3
    rows = [f"{i}.png,0,NA,0,0,train,{text}\n" for i, text in enumerate(texts)]
    rows += ["v.png,0,NA,0,0,val,unseen words\n"]
    path = tmp_path / "PrideMM.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def tower(monkeypatch):
    tower = FakeSentences()
    monkeypatch.setattr(text_fit, "find_sentence_weights", lambda: None)
    monkeypatch.setattr(text_fit, "load_sentence_tower", lambda folder, device: tower)
    return tower


def fit(dataset, out, **changes):
    settings = {"dim": 2, "min_words": 3, "min_pieces": 3, **changes}
    return text_fit.fit_text(dataset=[dataset], out_dir=out, **settings)


def test_only_train_texts_are_read(dataset, tower, tmp_path):
    seen = []
    report = fit(dataset, tmp_path / "out", on_progress=seen.append)
    assert report.texts == 12
    assert "unseen words" not in tower.seen
    assert [(p.done, p.total) for p in seen] == [(12, 12)]
    space = read_text_space(tmp_path / "out")
    assert space.ngram_dim == 2
    assert len(space.index.buckets) == report.ngrams
    cat, dog, sun = space.project_ngrams(["cat", "dog", "sun"])
    assert cat @ dog > 1.8
    assert abs(cat @ sun) < 0.4
    entry = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["text"]
    assert (entry["file"], entry["texts"], entry["split"]) == (TEXT_FILE, 12, "train")


def test_no_text_is_stored(dataset, tower, tmp_path):
    fit(dataset, tmp_path / "out")
    stored = (tmp_path / "out" / TEXT_FILE).read_bytes()
    assert not any(word in stored for word in (b"cat", b"horse", b"star"))


def test_too_few_texts_leave_nothing_behind(dataset, tower, tmp_path):
    with pytest.raises(DatasetError, match="too few for 40 dimensions"):
        fit(dataset, tmp_path / "out", dim=40)
    assert not (tmp_path / "out").exists()
