from memeclip_core.encoders.base import WordsRead
from memeclip_core.inference.doubts import AVERAGE, find_doubts
from memeclip_core.records.meme import Meme


def doubts(text="one two three", *, unread=0, reads="text", far=False, **counted):
    words = None
    if counted:
        all_of_them = dict.fromkeys(("words", "known", "length", "read"), len(text.split()))
        words = WordsRead(**(all_of_them | counted))
    meme = Meme(id="m", filename="m", text=text, text_source="user", unread=unread)
    return find_doubts(meme, reads=reads, has_text=bool(text), words=words, far=far)


def test_of_a_meme_like_all_others_nothing_is_said():
    found = doubts(known=3)
    assert (found.notes, found.reason) == ((), "")
    assert doubts().notes == ()


def test_unknown_words_are_counted():
    found = doubts(known=1)
    assert "knows 1 of the 3 words of this text" in found.notes[0]
    assert found.reason == "few words of its text are known"
    assert doubts(known=2).notes == ()
    assert doubts("1 2 3", words=0, known=0).notes == ()


def test_a_long_text_says_how_far_it_is_read():
    found = doubts(read=2, beyond="its meaning is read from")
    (note,) = found.notes
    assert note == "The text is long: its meaning is read from the first 2 of its 3 words."
    assert found.reason == ""


def test_lines_that_the_text_reader_dropped_are_told_where_they_are_many():
    assert "cannot read (a line)" in doubts("one\ntwo", unread=1).notes[0]
    assert doubts("one\ntwo\nthree", unread=1).notes == ()
    found = doubts("", unread=2)
    assert "cannot read (2 lines)" in found.notes[0]
    assert found.notes[-1] == AVERAGE
    assert found.reason.endswith("its writing cannot be read")


def test_without_text_heads_that_read_pictures_too_go_on():
    assert doubts("", reads="image+text").notes == ("No text was found on this meme.",)
    assert doubts("").reason.endswith("it has none")
    assert doubts("", unread=3, reads="image").notes == ()


def test_a_meme_far_from_all_is_told_unless_something_plainer_is():
    found = doubts(far=True)
    assert "unlike those that these heads learnt from" in found.notes[0]
    assert "unlike" in found.reason
    assert len(doubts(far=True, known=0).notes) == 1
