"""The benchmark of maps runs, and says how many memes it drew."""

from benchmarks.projection_speed import main, make_vectors


def test_each_size_has_a_line(capsys):
    main(["--sizes", "200", "400"])
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.startswith("memes") and [line.split()[0] for line in lines] == ["200", "400"]
    assert lines[0].split()[2] == "1.0"


def test_the_same_memes_are_drawn_every_time():
    assert (make_vectors(10).text == make_vectors(10).text).all()
