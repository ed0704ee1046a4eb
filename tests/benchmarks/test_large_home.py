from benchmarks.large_home import bench_large_home
from benchmarks.made_up import KEY
from memeclip_core.annotation.decisions.queries import read_tally
from memeclip_core.database.engine import Database
from tests.benchmarks.conftest import Run


def test_a_home_is_started_taken_over_and_added_to(run: Run, tmp_path):
    done = run(bench_large_home, tmp_path, "--memes", "20", "--decisions", "40")
    assert done.code == 0, done.err
    for line in ("no decision: start", "many decisions: first status", "taken over: until all",
                 "adding 20 memes, each"):  # fmt: skip
        assert line in done.out
    for name in ("full", "old"):
        with Database.of_home(tmp_path / name).read() as connection:
            tally = read_tally(connection, KEY, "pridemm")
        assert (tally.decisions, tally.memes) == (40, 20)
