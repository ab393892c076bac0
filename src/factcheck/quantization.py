"""Write a network as an ONNX file that reads one pair, or one text, at a time, in single precision or in 8-bit integers.

One pair a run: no padding, so no mask; and as the scale of an 8-bit activation is taken over all that is in the run, a pair that
ran beside others would get other probabilities than alone (docs/decisions/0005). Needs the extra ``train``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

Array = np.ndarray[Any, np.dtype[Any]]

_OPSET, _IR_VERSION = 20, 9  # Gelu came with 20; 9 is what every onnxruntime from 1.17 on reads


def to_onnx(weights: Mapping[str, Array], layers: int, heads: int) -> bytes:
    """Return a cross-encoder as an ONNX file of single precision.

    Parameters
    ----------
    weights : mapping of str to ndarray
        By their names in a BERT checkpoint with a pooler and a classifier.
    layers, heads : int
        Of the network.

    Returns
    -------
    bytes
        Inputs ``ids`` and ``segments``, int64 of shape (tokens,); output ``logits``, float32 of shape (3,).
    """
    graph = _Graph(weights, heads)
    hidden = graph.embed("segments")
    for number in range(layers):
        hidden = graph.layer(f"bert.encoder.layer.{number}", hidden, first_only=number == layers - 1)
    pooled = graph.add("Tanh", graph.linear("bert.pooler.dense", hidden))
    graph.add("Reshape", graph.linear("classifier", pooled), graph.constant(np.array([-1])), output="logits")
    return graph.file("cross-encoder", ("ids", "segments"), "logits", len(weights["classifier.bias"]))


def to_sentence_onnx(weights: Mapping[str, Array], layers: int, heads: int) -> bytes:
    """Return the mean of a network's last states as an ONNX file of single precision.

    Parameters are those of `to_onnx`; pooler and classifier are not read.

    Returns
    -------
    bytes
        Input ``ids``, int64 of shape (tokens,); output ``mean``, float32 of shape (width,).
    """
    graph = _Graph(weights, heads)
    hidden = graph.embed("")
    for number in range(layers):
        hidden = graph.layer(f"bert.encoder.layer.{number}", hidden, first_only=False)
    graph.add("ReduceMean", hidden, graph.constant(np.array([0])), keepdims=0, output="mean")
    return graph.file("sentence-encoder", ("ids",), "mean", weights[_WORDS].shape[1])


def quantize(file: bytes) -> bytes:
    """Return the ONNX file with the weights of its products in 8 bits, each output channel with its own scale.

    Activations are quantised as they come, with the scale of the pair at hand.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "quantized.onnx"
        model = onnx.load_from_string(file)
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})  # nothing to fold here; it would ask for it
        quantize_dynamic(
            model,
            target,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=["bert.pooler.dense.product", "classifier.product"],  # small, and their errors go straight into the answer
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        model = onnx.load(target)
    _quantize_words(model)
    return bytes(model.SerializeToString())


def to_weights(file: bytes) -> tuple[dict[str, Array], int]:
    """Return the weights of a cross-encoder from its ONNX file, and how many heads it has: what `to_onnx` takes.

    Those in 8 bits come back as they were rounded, so that the same file comes of them again.

    Parameters
    ----------
    file : bytes
        As `to_onnx` or `quantize` wrote it.

    Returns
    -------
    (weights, heads) : tuple of dict of str to ndarray of float32 and int
        By their names in a BERT checkpoint.
    """
    stored = {item.name: numpy_helper.to_array(item) for item in onnx.load_from_string(file).graph.initializer}
    heads = next(int(value[2]) for value in stored.values() if value.dtype == np.int64 and value.shape == (4,))
    weights = {name: value for name, value in stored.items() if name.endswith(".weight")}
    if f"{_WORDS}.scale" in stored:
        weights[_WORDS] = stored[_WORDS].astype(np.float32) * stored[f"{_WORDS}.scale"]
    for name in [name.removesuffix(".bias") for name in stored if name.endswith(".bias")]:
        bias = stored[f"{name}.bias"]
        if f"{name}.weight" in stored:  # of a norm
            weights[f"{name}.bias"] = bias
            continue
        rounded = f"{name}.matrix_quantized"
        matrix = (stored[rounded] * stored[f"{name}.matrix_scale"] if rounded in stored else stored[f"{name}.matrix"]).T
        parts = [f"{name}.{part}" for part in ("query", "key", "value")] if name.endswith(".self") else [name]
        for part, rows, end in zip(parts, np.split(matrix, len(parts)), np.split(bias, len(parts)), strict=True):
            scale = (len(end) / heads) ** 0.5 if part.endswith(".query") else 1.0
            weights[f"{part}.weight"], weights[f"{part}.bias"] = rows * scale, end * scale
    return {name: np.array(value, dtype=np.float32, order="C") for name, value in weights.items()}, heads


def _quantize_words(model: Any) -> None:
    """Store the table of word vectors in 8 bits, each word with its own scale: onnxruntime would give all words one."""
    graph = model.graph
    stored = next(item for item in graph.initializer if item.name == _WORDS)
    table = numpy_helper.to_array(stored)
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / 127
    rounded = np.round(table / scales).astype(np.int8)
    graph.initializer.remove(stored)
    graph.initializer.extend(
        [numpy_helper.from_array(rounded, _WORDS), numpy_helper.from_array(scales.astype(np.float32), f"{_WORDS}.scale")]
    )
    lookup = next(node for node in graph.node if node.op_type == "Gather" and node.input[0] == _WORDS)
    found, place = lookup.output[0], list(graph.node).index(lookup)
    graph.node.remove(lookup)
    steps = [
        helper.make_node("Gather", [_WORDS, "ids"], ["words.rounded"]),
        helper.make_node("Gather", [f"{_WORDS}.scale", "ids"], ["words.scale"]),
        helper.make_node("Cast", ["words.rounded"], ["words.single"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["words.single", "words.scale"], [found]),
    ]
    for offset, node in enumerate(steps):
        graph.node.insert(place + offset, node)


_WORDS = "bert.embeddings.word_embeddings.weight"


class _Graph:
    """The nodes and weights of an ONNX graph as it is written; each method returns the name of what it adds."""

    def __init__(self, weights: Mapping[str, Array], heads: int) -> None:
        self._weights = weights
        self._heads = heads
        self._nodes: list[Any] = []
        self._stored: dict[str, Array] = {}

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def weight(self, name: str) -> str:
        self._stored[name] = np.ascontiguousarray(self._weights[name], dtype=np.float32)
        return name

    def constant(self, value: Array) -> str:
        name = f"constant_{len(self._stored)}"
        self._stored[name] = value
        return name

    def linear(self, name: str, states: str) -> str:
        return self._product(name, states, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def norm(self, name: str, states: str) -> str:
        return self.add("LayerNormalization", states, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), epsilon=1e-12)

    def embed(self, segments: str) -> str:
        """Add the states of words, segments and places; without the name of an input for the segments, all are the first."""
        words = self.add("Gather", self.weight(_WORDS), "ids")
        table = "bert.embeddings.token_type_embeddings.weight"
        parts = self.add("Gather", self.weight(table), segments) if segments else self.constant(self._weights[table][:1])
        places = self.add(
            "Slice", self.weight("bert.embeddings.position_embeddings.weight"), self.constant(np.array([0])), self.add("Shape", "ids")
        )
        return self.norm("bert.embeddings.LayerNorm", self.add("Add", self.add("Add", words, parts), places))

    def layer(self, name: str, hidden: str, *, first_only: bool) -> str:
        """Add a layer; where nothing reads the others, only the first token's state of it."""
        asking = self.add("Slice", hidden, self.constant(np.array([0])), self.constant(np.array([1]))) if first_only else hidden
        query, key, value = self._asked(f"{name}.attention.self", asking, hidden)
        scores = self.add("MatMul", query, self.add("Transpose", key, perm=[1, 2, 0]))
        read = self.add("MatMul", self.add("Softmax", scores, axis=-1), self.add("Transpose", value, perm=[1, 0, 2]))
        joined = self.add("Reshape", self.add("Transpose", read, perm=[1, 0, 2]), self.constant(np.array([0, -1])))
        attended = self.norm(
            f"{name}.attention.output.LayerNorm", self.add("Add", self.linear(f"{name}.attention.output.dense", joined), asking)
        )
        widened = self.add("Gelu", self.linear(f"{name}.intermediate.dense", attended))
        return self.norm(f"{name}.output.LayerNorm", self.add("Add", self.linear(f"{name}.output.dense", widened), attended))

    def _asked(self, name: str, asking: str, hidden: str) -> tuple[str, str, str]:
        """Return queries of shape (heads, asking, width) and keys and values of shape (tokens, heads, width)."""
        parts = {part: (self._weights[f"{name}.{part}.weight"], self._weights[f"{name}.{part}.bias"]) for part in ("query", "key", "value")}
        scale = (len(parts["query"][1]) / self._heads) ** -0.5
        parts["query"] = (parts["query"][0] * scale, parts["query"][1] * scale)  # the division of the scores, done once and for all
        if asking == hidden:  # one product of three matrices side by side
            matrix, bias = (np.concatenate([part[side] for part in parts.values()]) for side in (0, 1))
            three = self.add("Reshape", self._product(name, hidden, matrix, bias), self.constant(np.array([0, 3, self._heads, -1])))
            split = [f"{name}.{part}" for part in parts]
            self._nodes.append(helper.make_node("Split", [three], [f"{part}.stacked" for part in split], axis=1, num_outputs=3))
            query, key, value = (self.add("Squeeze", f"{part}.stacked", self.constant(np.array([1]))) for part in split)
        else:
            query, key, value = (
                self.add(
                    "Reshape",
                    self._product(f"{name}.{part}", asking if part == "query" else hidden, *weights),
                    self.constant(np.array([0, self._heads, -1])),
                )
                for part, weights in parts.items()
            )
        return self.add("Transpose", query, perm=[1, 0, 2]), key, value

    def _product(self, name: str, states: str, matrix: Array, bias: Array) -> str:
        self._stored[f"{name}.matrix"] = np.ascontiguousarray(matrix.T, dtype=np.float32)
        self._stored[f"{name}.bias"] = np.ascontiguousarray(bias, dtype=np.float32)
        product = f"{name}.product"
        self._nodes.append(helper.make_node("MatMul", [states, f"{name}.matrix"], [product], name=product))
        return self.add("Add", product, f"{name}.bias")

    def file(self, name: str, inputs: Sequence[str], output: str, width: int) -> bytes:
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(given, TensorProto.INT64, ["tokens"]) for given in inputs],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, [width])],
            [numpy_helper.from_array(value, stored) for stored, value in self._stored.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="factcheck")
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
