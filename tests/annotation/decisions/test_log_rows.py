from datetime import UTC, datetime, timedelta, timezone

import pytest

from memeclip_core.annotation.decisions.log_rows import (
    COLUMNS,
    check_header,
    encode_header,
    encode_rows,
    find_last_row,
    find_row_ends,
    format_time,
)
from memeclip_core.errors import StoreError, TextError
from tests.factories.corrections import NASTY, ROW, as_schema_two, row
from tests.factories.decision_logs import decode_rows


def round_trip(rows):
    return decode_rows(encode_rows(rows), name="log.csv", line=2)


def test_the_columns_are_these_and_no_others():
    assert encode_header() == (
        b"schema,event,save,time,annotator,action,meme,image,text,text_source,task_set,task,"
        b"predicted,probability,model,labels,note,project,version,verdict,seconds,target\n"
    )


def test_one_row_as_bytes():
    assert encode_rows([row(meme="ff", image="ff.png", text='say "hi"')]) == (
        b'"3","e1","s1","2026-01-02T03:04:05.678Z","ann","label","ff","ff.png","say ""hi""",'
        b'"rapidocr","pridemm","hate","[""Hate""]","0.75","pridemm-compact","[""No Hate""]","",'
        b'"","1","","",""\n'
    )


@pytest.mark.parametrize("text", NASTY)
def test_texts_notes_and_names_round_trip_character_by_character(text):
    rows = [row(text=text, note=text, annotator=text), row(event="e2")]
    assert round_trip(rows) == rows


def test_labels_and_numbers_round_trip():
    rows = [
        row(labels=(), predicted=("a, b", 'c"d', "Thought-terminating cliché")),
        row(probability=None),
        row(probability=0.1 + 0.2),
        row(action="retract"),
        row(project="p-1", version=3, verdict="corrected", seconds=0.1 + 0.2, target="bob"),
    ]
    assert round_trip(rows) == rows


def test_times_are_written_in_utc_to_the_millisecond():
    east = timezone(timedelta(hours=2))
    assert format_time(datetime(2026, 1, 2, 1, 0, 0, 1999, tzinfo=east)) == (
        "2026-01-01T23:00:00.001Z"
    )
    assert round_trip([ROW])[0].time == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "place"), [("a\0b", "NUL (U+0000) at place 2"), ("\ud800", "U+D800) at place 1")]
)
def test_what_csv_cannot_carry_is_refused_by_name(text, place):
    with pytest.raises(TextError) as caught:
        encode_rows([row(text=text)])
    assert place in str(caught.value)
    assert "The text holds" in str(caught.value)


@pytest.mark.parametrize("text", NASTY)
def test_every_cut_leaves_whole_rows_and_one_torn_rest(text):
    first = encode_rows([row(text=text, note=text)])
    second = encode_rows([row(note=text, text=text)])
    both = first + second
    for cut in range(len(first), len(both)):
        assert find_row_ends(both[:cut])[-1:] == [len(first)]
    for cut in range(len(first)):
        assert find_row_ends(first[:cut]) == []
    assert find_row_ends(both)[-1] == len(both)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"\xef\xbb\xbf" + encode_header(), "byte order mark"),
        ("\ufeffschema".encode("utf-16-le") + b"\n", "UTF-16"),
        (encode_header().replace(b",", b";"), "semicolons"),
        (encode_header().replace(b",", b"\t"), "tabs"),
        (encode_header().replace(b"labels,", b""), "the column 'labels' is missing"),
        (b"note," + encode_header().replace(b",note", b""), "another order"),
        (b"\n", "the column 'schema' is missing"),
    ],
)
def test_what_an_editor_did_to_the_header_is_named(line, fault):
    with pytest.raises(StoreError) as caught:
        check_header(line + b"x", "log.csv")
    assert fault in str(caught.value)
    assert str(caught.value).startswith("log.csv, line 1: ")
    assert "Nothing was written" in str(caught.value)


def test_other_line_ends_are_no_fault():
    crlf = encode_header().replace(b"\n", b"\r\n")
    assert check_header(crlf, "log.csv") == (len(crlf), 3)


def test_rows_of_schema_one_are_decisions_on_the_page():
    header = encode_header(1)
    assert check_header(header + b"x", "log.csv") == (len(header), 1)
    line = b",".join(encode_rows([ROW]).split(b",")[:-5]).replace(b'"3"', b'"1"', 1) + b"\n"
    assert decode_rows(line, name="log.csv", line=2, schema=1) == [ROW]
    with pytest.raises(StoreError, match="schema is '1', and the file's first line says 2 or 3"):
        decode_rows(b'"1"' + encode_rows([ROW])[3:], name="log.csv", line=2)


def test_rows_of_earlier_releases_stand_beside_those_of_today():
    assert encode_header(3) == as_schema_two([])
    rows = [row(event=f"e{n}", save=f"s{n}") for n in range(2)]
    data = as_schema_two(rows[:1]) + encode_rows(rows[1:])
    assert check_header(data, "log.csv") == (len(encode_header()), 3)
    assert decode_rows(data[len(encode_header()) :], name="log.csv", line=2) == rows


TRICKY = ['\n"3","other","', '"\n"3","other","', '\n""3"",""other"",""', "\n", '"', '\n"']


@pytest.mark.parametrize("text", [*NASTY, *TRICKY])
def test_the_last_whole_row_is_found_from_any_end_of_a_file(text):
    first, last = (encode_rows([row(event=e, text=text, note=text)]) for e in ("first", "last"))
    data = encode_header() + first + last
    assert find_last_row(data) == (len(data), "last")
    for cut in range(len(encode_header()) + len(first), len(data)):
        assert find_last_row(data[:cut]) == (len(encode_header() + first), "first")
    for start in range(1, len(encode_header())):
        assert find_last_row(data[start:]) == (len(data) - start, "last")
    assert find_last_row(data[-len(last) + 5 :]) is None
    assert find_last_row(data + b"\n\n") == (len(data) + 2, "last")
    assert find_last_row(data + b"\0" * 9) == (len(data), "last")
    assert find_last_row(data + b"3,by,hand\n") is None
    assert find_last_row(encode_header()) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("schema", "1"),
        ("time", "02.01.2026 03:04"),
        ("time", "2026-01-02T03:04:05"),
        ("action", "delete"),
        ("text_source", "scan"),
        ("predicted", "Hate"),
        ("labels", '{"a": 1}'),
        ("labels", "[1]"),
        ("probability", "0,75"),
        ("version", "one"),
        ("verdict", "wrong"),
        ("seconds", "a while"),
    ],
)
def test_a_cell_of_another_form_is_named_by_line_and_column(column, value):
    place = COLUMNS.index(column)
    cells = [f'"{cell}"' for cell in ("3", "e", "s", "2026-01-02T03:04:05.000Z", "a", "label")]
    cells += ['"m"', '"i"', '"t"', '"user"', '"set"', '"task"', '"[]"', '""', '"v"', '"[]"', '""']
    cells += ['""', '"1"', '""', '""', '""']
    cells[place] = '"' + value.replace('"', '""') + '"'
    good = encode_rows([row(text="two\nlines")])
    with pytest.raises(StoreError) as caught:
        decode_rows(good + ",".join(cells).encode() + b"\n", name="log.csv", line=2)
    assert str(caught.value).startswith("log.csv, line 4: ")
    assert column in str(caught.value)


def test_a_row_of_another_length_is_named():
    with pytest.raises(StoreError, match=r"^log.csv, line 2: 2 cells where 22 belong"):
        decode_rows(b"a,b\n", name="log.csv", line=2)


def test_bytes_that_are_no_utf8_are_named():
    data = encode_rows([ROW]) + encode_rows([ROW]).replace(b"plain", b"\xff")
    with pytest.raises(StoreError, match=r"^log.csv, line 3: it is not UTF-8"):
        decode_rows(data, name="log.csv", line=2)
