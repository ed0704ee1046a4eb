import pytest

from memeclip_core.errors import ImageError
from memeclip_core.stores.inputs import Source, list_sources, read_source


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "memes"
    (root / "deep").mkdir(parents=True)
    for name in ("b.png", "a.JPG", "deep/c.webp", "notes.txt"):
        (root / name).write_bytes(name.encode())
    return root


def test_a_file_is_itself_whatever_its_name(folder):
    sources, failures = list_sources([folder / "notes.txt"])
    assert sources == [Source(filename="notes.txt", path=folder / "notes.txt")]
    assert failures == []


def test_a_folder_is_its_images_in_order(folder):
    sources, _ = list_sources([folder])
    assert [source.filename for source in sources] == ["a.JPG", "b.png", "deep/c.webp"]


@pytest.mark.parametrize("column", ["image", "name", "File", " path"])
def test_a_list_names_images_relative_to_itself(folder, column):
    path = folder / "list.csv"
    path.write_text(
        f'{column},text\nb.png,"NA"\ndeep/c.webp,  \ngone.png,words\ngone.png, \n,only\n,\n'
    )
    sources, failures = list_sources([path])
    assert sources == [
        Source(filename="b.png", path=folder / "b.png", text="NA"),
        Source(filename="deep/c.webp", path=folder / "deep" / "c.webp", text=None),
        Source(filename="gone.png", text="words"),
        Source(filename="list.csv, line 6", text="only"),
    ]
    assert [failure.filename for failure in failures] == ["gone.png", "list.csv, line 7"]
    assert "line 5 names an image that does not exist" in failures[0].reason
    assert "line 7 has neither" in failures[1].reason


def test_a_list_of_texts_alone(folder):
    path = folder / "list.csv"
    path.write_text("id,text\n1,words\n")
    assert list_sources([path])[0] == [Source(filename="list.csv, line 2", text="words")]


def test_what_cannot_be_listed_is_reported_and_the_rest_goes_on(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (folder / "bad.csv").write_text("a,b\n1,2\n")
    sources, failures = list_sources(
        [tmp_path / "gone", tmp_path / "empty", folder / "bad.csv", folder / "b.png"]
    )
    assert [source.filename for source in sources] == ["b.png"]
    assert [failure.reason.split(".")[0] for failure in failures][:2] == [
        "There is no such file or folder",
        "The folder holds no images",
    ]
    assert "a list needs a column" in failures[2].reason


def test_bytes_are_read_when_their_turn_comes(folder):
    source = Source(filename="b.png", path=folder / "b.png")
    assert read_source(source, max_bytes=5) == b"b.png"
    with pytest.raises(ImageError, match="5 bytes; at most 4"):
        read_source(source, max_bytes=4)
    assert read_source(Source(filename="x", data=b"y"), max_bytes=0) == b"y"
    assert read_source(Source(filename="x", text="t"), max_bytes=0) is None
    with pytest.raises(ImageError, match="cannot be read"):
        read_source(Source(filename="x", path=folder / "gone"), max_bytes=9)
