from datetime import UTC, datetime

from memeclip_core.models import lessons
from memeclip_core.models.lessons import Lesson
from memeclip_core.records.decision import Labelled
from tests.factories.logs import TOYS


def teach(meme, number, text="tea", **labels):
    item = Labelled(
        meme=meme, image="", text=text, text_source="user", labels=labels,
        time=datetime(2026, 1, 2, tzinfo=UTC), annotators=("ann",),
        statuses={"hate": "single" if labels else "tie"},
    )  # fmt: skip
    return Lesson(meme=meme, item=item, first=number, last=10 - number)


def test_what_is_taught_is_counted_and_recognised(database):
    with database.write() as connection:
        lessons.write_lessons(
            connection, "toys",
            [teach("a1", 1, hate=("Hate",)), teach("a2", 2, hate=("No Hate",)), teach("a3", 3),
             Lesson(meme="a4", item=None, unread=True)],
        )  # fmt: skip
        lessons.write_sides(connection, "toys", {"a1": lessons.LEARN, "a2": lessons.HELD_OUT})
        counts = lessons.count_lessons(connection, "toys")
        assert (counts.decided, counts.tied, counts.unread) == (3, 1, 1)
        assert (counts.learn, counts.held_out) == (1, 1)
        keys = lessons.select_keys(connection, "toys")
        assert keys.ids == ("a1", "a2") and keys.texts[0] == keys.texts[1] != 0
        assert keys.sketches.any(axis=1).all()
        assert len(lessons.select_digests(connection, "toys")) == 3
        assert lessons.select_decided(connection, "toys", newest=True) == ["a1", "a2", "a3"]
        assert not lessons.differ(connection, TOYS)
        lessons.write_lessons(connection, "toys", [teach("a1", 1, hate=("Unclear",))])
        assert lessons.count_lessons(connection, "toys").learn == 1
        lessons.write_sides(connection, "toys", {"a1": lessons.LEARN, "a2": lessons.LEARN})
        assert lessons.differ(connection, TOYS)
