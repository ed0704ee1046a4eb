import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from memeclip_core.encoders.compact import sentence
from memeclip_core.encoders.compact.compact import ASSETS
from memeclip_core.encoders.compact.sentence import LAYERS, WIDTH, find_sentence_weights

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tower():
    return sentence.load_sentence_tower(ASSETS, find_sentence_weights())


def test_the_blocks_are_means_over_the_words_of_each_layer(tower):
    text = "two cats on a roof"
    folder = find_sentence_weights()
    from transformers import BertModel

    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    words = [i for i, seen in zip(ids.ids, ids.attention_mask, strict=True) if seen]
    with torch.inference_mode():
        states = model(torch.tensor([words]), output_hidden_states=True).hidden_states
    expected = np.concatenate([states[layer][0].mean(0).numpy() for layer in LAYERS])
    np.testing.assert_allclose(tower.encode([text])[0], expected, atol=1e-4)


def test_the_company_a_text_keeps_does_not_change_it(tower):
    texts = ["one", "a much longer text about rain and umbrellas", ""]
    together = tower.encode(texts)
    assert together.shape == (3, len(LAYERS) * WIDTH)
    alone = np.concatenate([tower.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert np.isfinite(together).all()


def test_meaning_is_near_to_meaning(tower):
    rows = tower.encode(["a small cat", "a little kitten", "quarterly tax report"])[:, :WIDTH]
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > unit[0] @ unit[2] + 0.3


def test_words_are_counted_as_far_as_they_are_read(tower):
    assert tower.count_read("") == 0
    assert tower.count_read("two cats") == 2
    long = " ".join(["cat"] * 300)
    assert tower.count_read(long) == 254
    first = " ".join(["cat"] * 254)
    np.testing.assert_allclose(tower.encode([long]), tower.encode([first]), atol=1e-5)
