import pytest

from memeclip_core.datasets.sources import Source, list_sources, read_source
from memeclip_core.errors import ImageError
from tests.factories.dataset_files import jsonl, make_zip, propaganda


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "memes"
    (root / "deep").mkdir(parents=True)
    for name in ("b.png", "a.JPG", "deep/c.webp", "notes.txt"):
        (root / name).write_bytes(name.encode())
    return root


def test_a_file_is_itself_whatever_its_name(folder):
    listed = list_sources([folder / "notes.txt"])
    assert listed.sources == (Source(filename="notes.txt", path=folder / "notes.txt"),)
    assert listed.failures == ()


def test_a_folder_is_its_images_in_order(folder):
    assert [source.filename for source in list_sources([folder]).sources] == [
        "a.JPG",
        "b.png",
        "deep/c.webp",
    ]


@pytest.mark.parametrize("column", ["image", "name", "File", " path", "img", "file_name"])
def test_a_list_names_images_relative_to_itself(folder, column):
    path = folder / "list.csv"
    path.write_text(
        f'{column},text\nb.png,"NA"\ndeep/c.webp,  \ngone.png,words\ngone.png, \n,only\n,\n'
    )
    listed = list_sources([path])
    assert listed.sources == (
        Source(filename="b.png", path=folder / "b.png", text="NA"),
        Source(filename="deep/c.webp", path=folder / "deep" / "c.webp", text=None),
        Source(filename="list.csv, line 6", text="only"),
    )
    assert [failure.filename for failure in listed.failures] == [
        "list.csv, line 7",
        "gone.png",
        "gone.png",
    ]
    assert "neither a text" in listed.failures[0].reason
    assert "line 4 names this image, and it is not there" in listed.failures[1].reason
    said = "list.csv: 2 of 4 named pictures found, 1 pictures not named by any row."
    assert listed.notes == (said,)


def test_a_list_knows_what_datasets_know(folder):
    path = folder / "train.jsonl"
    path.write_text(jsonl(propaganda(image="images\\\\B.PNG"), propaganda(image="sub/C.WebP")))
    listed = list_sources([path])
    assert [source.path for source in listed.sources] == [
        folder / "b.png",
        folder / "deep" / "c.webp",
    ]
    own = folder / "own.csv"
    own.write_text("x,y\nb.png,t\n")
    assert "columns" in list_sources([own]).failures[0].reason
    (source,) = list_sources([own], columns={"image": "x", "text": "y"}).sources
    assert source == Source(filename="b.png", path=folder / "b.png", text="t")
    away = folder.parent / "away.csv"
    away.write_text("image\nb.png\n")
    elsewhere = list_sources([away], images=folder)
    assert [source.path for source in elsewhere.sources] == [folder / "b.png"]


def test_a_list_of_texts_alone(folder):
    path = folder / "list.csv"
    path.write_text("id,text\n1,words\n")
    listed = list_sources([path])
    assert listed.sources == (Source(filename="list.csv, line 2", text="words"),)


def test_an_archive_is_its_images(tmp_path):
    path = make_zip(tmp_path / "m.zip", {"x/a.png": b"A", "../b.jpg": b"B", "in.zip": b"PK"})
    listed = list_sources([path])
    assert [(s.filename, read_source(s, max_bytes=9)) for s in listed.sources] == [
        ("b.jpg", b"B"),
        ("x/a.png", b"A"),
    ]
    assert [failure.filename for failure in listed.failures] == ["in.zip"]


def test_what_cannot_be_listed_is_reported_and_the_rest_goes_on(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (folder / "bad.csv").write_text("a,b\n1,2\n")
    listed = list_sources(
        [tmp_path / "gone", tmp_path / "empty", folder / "bad.csv", folder / "b.png"]
    )
    assert [source.filename for source in listed.sources] == ["b.png"]
    assert [failure.reason.split(".")[0] for failure in listed.failures][:2] == [
        "There is no such file or folder",
        "The folder holds no images",
    ]
    assert "no known format" in listed.failures[2].reason


def test_bytes_are_read_when_their_turn_comes(folder):
    source = Source(filename="b.png", path=folder / "b.png")
    assert read_source(source, max_bytes=5) == b"b.png"
    with pytest.raises(ImageError, match="5 bytes; at most 4"):
        read_source(source, max_bytes=4)
    assert read_source(Source(filename="x", data=b"y"), max_bytes=0) == b"y"
    assert read_source(Source(filename="x", text="t"), max_bytes=0) is None
    with pytest.raises(ImageError, match="cannot be read"):
        read_source(Source(filename="x", path=folder / "gone"), max_bytes=9)
