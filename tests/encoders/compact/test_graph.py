"""Networks without weights of their own: who hands them over, and several threads at once."""

from __future__ import annotations

import runpy
import threading

import numpy as np
import pytest

from memeclip_core.config import ROOT
from memeclip_core.encoders.compact.compact import ASSETS
from memeclip_core.encoders.compact.graph import Graph, count_cores
from memeclip_core.encoders.compact.sentence import ABOVE, BASE, WIDTH
from memeclip_core.errors import EncoderError
from tests.factories.small_layers import random_layers


@pytest.fixture(scope="module")
def graph():
    return Graph(ASSETS / ABOVE, random_layers(seed=0), threads=2)


def ask(graph, seed, length=5, batch=2):
    rng = np.random.default_rng(seed)
    states = rng.standard_normal((batch, length, WIDTH)).astype(np.float32)
    return graph(below=states, mask=np.ones((batch, length), np.int32))


def test_the_weights_are_those_that_are_handed_over(graph):
    other = Graph(ASSETS / ABOVE, random_layers(seed=1), threads=1)
    assert ask(graph, 0).shape == (2, 5, WIDTH)
    assert np.abs(ask(graph, 0) - ask(other, 0)).max() > 0.1
    assert np.isfinite(ask(graph, 0)).all()


def test_weights_need_not_lie_in_a_row_nor_live_elsewhere():
    turned = {
        name: np.asfortranarray(array) if array.ndim > 1 else array
        for name, array in random_layers(seed=0).items()
    }
    assert not turned["0.output.dense.weight"].flags.c_contiguous
    graph = Graph(ASSETS / ABOVE, turned, threads=1)
    del turned
    rubbish = [np.full((1536, 384), 9, np.float32) for _ in range(50)]
    np.testing.assert_allclose(
        ask(graph, 0), ask(Graph(ASSETS / ABOVE, random_layers(seed=0)), 0), atol=1e-5
    )
    assert len(rubbish) == 50


def test_threads_share_it_and_each_gets_its_own_answer(graph):
    expected = [ask(graph, seed, length=3 + seed, batch=1 + seed) for seed in range(6)]
    found = [None] * 6

    def work(seed):
        for _ in range(10):
            found[seed] = ask(graph, seed, length=3 + seed, batch=1 + seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for got, own in zip(found, expected, strict=True):
        np.testing.assert_array_equal(got, own)


def test_what_lies_behind_a_mask_is_not_seen(graph):
    rng = np.random.default_rng(0)
    states = rng.standard_normal((1, 6, WIDTH)).astype(np.float32)
    alone = graph(below=states[:, :4], mask=np.ones((1, 4), np.int32))
    beside = graph(below=states, mask=np.array([[1, 1, 1, 1, 0, 0]], np.int32))
    np.testing.assert_allclose(beside[:, :4], alone, atol=1e-4)


@pytest.mark.parametrize("change", ["missing", "shape", "file"])
def test_what_does_not_fit_says_what_to_install(tmp_path, change):
    weights, path = random_layers(seed=0), ASSETS / ABOVE
    if change == "missing":
        del weights["1.output.dense.bias"]
    elif change == "shape":
        weights["1.output.dense.bias"] = np.zeros(7, np.float32)
    else:
        path = tmp_path / "text.onnx"
        path.write_bytes(b"no graph")
    with pytest.raises(EncoderError, match=r"onnx cannot be loaded .* requirements\.txt"):
        Graph(path, weights)


def test_as_many_threads_as_this_process_may_use():
    assert count_cores() >= 1
    assert BASE == 3


def test_the_graphs_that_ship_are_those_that_the_script_writes():
    written = runpy.run_path(str(ROOT / "scripts" / "graphs.py"))["draw_all"]()
    assert written == {name: (ASSETS / name).read_bytes() for name in written}
    assert set(written) == {path.name for path in ASSETS.glob("*.onnx")}
    assert sum(map(len, written.values())) < 100_000


def test_small_numbers_stay_numbers_in_whoever_loads_a_graph(graph):
    ask(graph, 0)
    assert np.float64(1e-310) * np.float64(0.5) > 0
