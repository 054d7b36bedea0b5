"""Write the two ONNX files and the card of the named-entity model from plain arrays.

    from export import Export, export
    report = export(weights, folder, texts, Export(card=card, dilations=(1, 1, 2, 4)))

`weights` are float32 arrays in torch's layout, BatchNorm already folded in:

    embedding.0 .. embedding.5   [rows, width]  tables of the six feature columns
    word.0.weight, word.0.bias   [out, in], [out]   the word network: Linear, ReLU, Linear, ...
    word.1.weight ...            any number; no ReLU after the last, whose `out` is d
    gap.weight                   [5, d]         added to the word's vector; row 4 is the blank row
    conv.0.weight, conv.0.bias   [d, d, 3], [d]     x + ReLU(conv(x)), one for each dilation
    output.weight, output.bias   [9, d], [9]

The embeddings of a word are joined (`combine="concat"`) or added (`combine="sum"`). Between the
word network and the convolutions stands x = ReLU(a + gap). `texts` calibrate the eight-bit ranges:
documents like those that will be read, of which the first 400,000 characters count.

The eight-bit convolutions are ONNX Runtime's own operators over [1, 1, rows, d], which is how the
rows lie in memory: a fifth faster than what its quantiser makes of the float network, which turns
the rows around before and after each layer. All its sums are of integers, so that every
cut of the stream gives the same bits.

`forward` is the same network in numpy, which the tests hold the files against.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from burnish.methods.privacy.ner.tokens import FEATURES, Tokens, tokenise

COLUMNS = 6
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-ADDR", "I-ADDR")
BLANK_GAP = 4
CONTRIB = "com.microsoft"
MOST_CHARACTERS = 400_000

Reals = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Export:
    """How to write a model. `card` is what the card says beside tags, halo, files and features.

    `quantised=False` keeps both networks in 32-bit floats. Weights of the convolutions get seven
    bits where `reduced` is true: processors without VNNI add pairs of products in 16 bits, and with
    eight bits would saturate, so that another machine would find other names.
    """

    card: Mapping[str, Any]
    dilations: tuple[int, ...] = (1, 1, 2, 4)
    combine: str = "concat"
    quantised: bool = True
    reduced: bool = True


@dataclass
class _Graph:
    """Nodes and constants of a graph being built."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, **attributes))
        return output

    def model(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        graph = helper.make_graph(self.nodes, "ner", inputs, outputs, self.constants)
        versions = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
        made = helper.make_model(graph, opset_imports=versions, ir_version=9, producer_name="ner")
        onnx.checker.check_model(made)
        return made


def export(
    weights: Weights, folder: Path, texts: Sequence[str], settings: Export
) -> dict[str, Any]:
    """Write words.onnx, context.onnx and card.json into `folder`.

    Returns bytes of the files and, on `texts`, the largest difference of a probability from the
    float network and the share of tokens whose best tag is the same. Raises ValueError for weights
    that do not fit together.
    """
    _fit(weights, settings)
    folder.mkdir(parents=True, exist_ok=True)
    words, context = folder / "words.onnx", folder / "context.onnx"
    words.write_bytes(_words_model(weights, settings).SerializeToString(deterministic=True))
    tokens = tokenise(_some(texts))
    rows = stream(tokens, sum(settings.dilations))
    made = (_small_context_model if settings.quantised else _context_model)(
        weights, settings, activations(weights, settings, tokens, rows)
    )
    context.write_bytes(made.SerializeToString(deterministic=True))
    _write_card(folder, settings)
    return _compared(weights, folder, tokens, rows, settings)


def _some(texts: Sequence[str]) -> list[str]:
    """The first texts that fit into what is worth computing with."""
    kept: list[str] = []
    for text in texts:
        if kept and sum(map(len, kept)) + len(text) > MOST_CHARACTERS:
            break
        kept.append(text[:MOST_CHARACTERS])
    return kept


def stream(tokens: Tokens, halo: int) -> tuple[Ints, Ints]:
    """(word or -1, gap code) of each row: the texts with `halo` blank rows around each."""
    ids, gaps = [np.full(halo, -1, np.int32)], [np.full(halo, BLANK_GAP, np.int32)]
    for first, last in zip(tokens.firsts[:-1], tokens.firsts[1:], strict=True):
        ids += [tokens.words[first:last], ids[0]]
        gaps += [tokens.gaps[first:last], gaps[0]]
    return np.concatenate(ids), np.concatenate(gaps)


def forward(weights: Weights, settings: Export, tokens: Tokens, rows: tuple[Ints, Ints]) -> Reals:
    """The logits [rows, 9] of the network in numpy."""
    return activations(weights, settings, tokens, rows)[-1]


def activations(
    weights: Weights, settings: Export, tokens: Tokens, rows: tuple[Ints, Ints]
) -> list[Reals]:
    """What each layer hands on: x0, ReLU of convolution 0, x1, ..., the logits."""
    vectors = _word_vectors(weights, settings, tokens.features)
    ids, gaps = rows
    x = np.where(ids[:, None] >= 0, vectors[ids], np.float32(0)) + weights["gap.weight"][gaps]
    passed = [np.maximum(x, 0)]
    for layer, dilation in enumerate(settings.dilations):
        x = passed[-1]
        kernel, padded = weights[f"conv.{layer}.weight"], np.pad(x, ((dilation, dilation), (0, 0)))
        taps = [padded[k * dilation : k * dilation + len(x)] @ kernel[:, :, k].T for k in range(3)]
        passed.append(np.maximum(sum(taps) + weights[f"conv.{layer}.bias"], 0))
        passed.append(x + passed[-1])
    passed.append(passed[-1] @ weights["output.weight"].T + weights["output.bias"])
    return [np.asarray(rows_of, np.float32) for rows_of in passed]


def _word_vectors(weights: Weights, settings: Export, features: Ints) -> Reals:
    parts = [weights[f"embedding.{c}"][features[:, c]] for c in range(COLUMNS)]
    x = np.concatenate(parts, axis=1) if settings.combine == "concat" else sum(parts)
    layers = _word_layers(weights)
    for layer in range(layers):
        x = x @ weights[f"word.{layer}.weight"].T + weights[f"word.{layer}.bias"]
        x = np.maximum(x, 0) if layer < layers - 1 else x
    vectors: Reals = np.asarray(x, np.float32)
    return vectors


def _word_layers(weights: Weights) -> int:
    return sum(name.startswith("word.") and name.endswith(".weight") for name in weights)


def _fit(weights: Weights, settings: Export) -> None:
    """Raise ValueError unless the shapes agree."""
    d = weights["gap.weight"].shape[1]
    wanted = {"gap.weight": (5, d), "output.weight": (len(TAGS), d), "output.bias": (len(TAGS),)}
    for layer in range(len(settings.dilations)):
        wanted |= {f"conv.{layer}.weight": (d, d, 3), f"conv.{layer}.bias": (d,)}
    for name, shape in wanted.items():
        if weights[name].shape != shape:
            raise ValueError(f"{name} is {weights[name].shape}, not {shape}")
    if weights[f"word.{_word_layers(weights) - 1}.weight"].shape[0] != d:
        raise ValueError(f"the word network does not end in {d} columns")
    if f"conv.{len(settings.dilations)}.weight" in weights:
        raise ValueError("there are more convolutions than dilations")


def _words_model(weights: Weights, settings: Export) -> Any:
    graph = _Graph()
    parts = [
        _embedded(graph, column, np.asarray(weights[f"embedding.{column}"], np.float32), settings)
        for column in range(COLUMNS)
    ]
    if settings.combine == "concat":
        x = graph.node("Concat", parts, "joined", axis=1)
    else:
        x = graph.node("Sum", parts, "joined")
    layers = _word_layers(weights)
    for layer in range(layers):
        matrix = graph.constant(f"w{layer}", _plain(weights[f"word.{layer}.weight"].T))
        bias = graph.constant(f"b{layer}", _plain(weights[f"word.{layer}.bias"]))
        last = layer == layers - 1
        x = graph.node("Gemm", [x, matrix, bias], "a" if last else f"g{layer}")
        x = x if last else graph.node("Relu", [x], f"r{layer}")
    d = weights["gap.weight"].shape[1]
    return graph.model(
        [helper.make_tensor_value_info("f", TensorProto.INT32, ["U", COLUMNS])],
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, ["U", d])],
    )


def _embedded(graph: _Graph, column: int, table: Reals, settings: Export) -> str:
    """One column's embeddings; as bytes, each row of the table has a scale of its own."""
    which = graph.constant(f"column{column}", np.array(column, np.int64))
    index = graph.node("Gather", ["f", which], f"i{column}", axis=1)
    if not settings.quantised:
        return graph.node("Gather", [graph.constant(f"t{column}", table), index], f"e{column}")
    scales = np.maximum(np.abs(table).max(1, keepdims=True) / 127, 1e-6).astype(np.float16)
    small = np.clip(np.rint(table / scales.astype(np.float32)), -127, 127).astype(np.int8)
    taken = graph.node("Gather", [graph.constant(f"t{column}", small), index], f"q{column}")
    scale = graph.node("Gather", [graph.constant(f"s{column}", scales), index], f"h{column}")
    values = graph.node("Cast", [taken], f"c{column}", to=TensorProto.FLOAT)
    wide = graph.node("Cast", [scale], f"d{column}", to=TensorProto.FLOAT)
    return graph.node("Mul", [values, wide], f"e{column}")


def _context_model(weights: Weights, settings: Export, passed: Sequence[Reals]) -> Any:
    """Convolutions over [1, d, 1, rows] in floats; `passed` is not needed for them."""
    graph = _Graph()
    gaps = graph.constant("gaps", _plain(weights["gap.weight"]))
    added = graph.node("Add", ["x", graph.node("Gather", [gaps, "gap"], "gap_vector")], "with_gap")
    flipped = graph.node("Transpose", [graph.node("Relu", [added], "start")], "flip", perm=[1, 0])
    around = graph.constant("around", np.array([0, 2], np.int64))
    x = graph.node("Unsqueeze", [flipped, around], "x0")
    for layer, dilation in enumerate(settings.dilations):
        x = _residual(graph, x, layer, dilation, weights)
    kernel = graph.constant("kernel_out", _plain(weights["output.weight"])[:, :, None, None])
    bias = graph.constant("bias_out", _plain(weights["output.bias"]))
    tags = graph.node("Conv", [x, kernel, bias], "tags", kernel_shape=[1, 1])
    flat = graph.node("Squeeze", [tags, around], "flat")
    graph.node("Transpose", [flat], "logits", perm=[1, 0])
    return _context_of(graph, weights)


def _context_of(graph: _Graph, weights: Weights) -> Any:
    d = weights["gap.weight"].shape[1]
    return graph.model(
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", d]),
            helper.make_tensor_value_info("gap", TensorProto.INT32, ["T"]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["T", len(TAGS)])],
    )


def _residual(graph: _Graph, x: str, layer: int, dilation: int, weights: Weights) -> str:
    kernel = graph.constant(
        f"kernel{layer}", _plain(weights[f"conv.{layer}.weight"])[:, :, None, :]
    )
    bias = graph.constant(f"bias{layer}", _plain(weights[f"conv.{layer}.bias"]))
    convolved = graph.node(
        "Conv",
        [x, kernel, bias],
        f"conv{layer}",
        kernel_shape=[1, 3],
        dilations=[1, dilation],
        pads=[0, dilation, 0, dilation],
    )
    return graph.node("Add", [x, graph.node("Relu", [convolved], f"relu{layer}")], f"x{layer + 1}")


@dataclass(frozen=True)
class _Scaled:
    """A tensor of bytes in the graph: its name, and the names of its scale and zero point."""

    name: str
    step: str
    zero: str
    scale: np.float32


def _small_context_model(weights: Weights, settings: Export, passed: Sequence[Reals]) -> Any:
    """Convolutions of bytes over [1, 1, rows, d]; `passed` (see `activations`) sets the ranges."""
    graph = _Graph()
    gaps = graph.constant("gaps", _plain(weights["gap.weight"]))
    added = graph.node("Add", ["x", graph.node("Gather", [gaps, "gap"], "gap_vector")], "with_gap")
    front = graph.constant("front", np.array([0, 1], np.int64))
    x = _range(graph, "x0", passed[0])
    # Bytes without a sign end at zero: quantising is the ReLU.
    flat = graph.node("QuantizeLinear", [added, x.step, x.zero], "start")
    graph.node("Unsqueeze", [flat, front], x.name)
    for layer, dilation in enumerate(settings.dilations):
        y = _range(graph, f"relu{layer}", passed[1 + 2 * layer])
        kernel = _plain(weights[f"conv.{layer}.weight"])[:, :, None, :]
        bias = weights[f"conv.{layer}.bias"]
        _small_conv(graph, (x, y), (kernel, bias), dilation, settings)
        both = _range(graph, f"x{layer + 1}", passed[2 + 2 * layer])
        _contrib(graph, "QLinearAdd", [*_three(x), *_three(y), both.step, both.zero], both.name)
        x = both
    tags = _range(graph, "tags", passed[-1])
    kernel = _plain(weights["output.weight"])[:, :, None, None]
    _small_conv(graph, (x, tags), (kernel, weights["output.bias"]), 1, settings)
    rows = graph.node("Squeeze", [tags.name, front], "flat")
    graph.node("DequantizeLinear", [rows, tags.step, tags.zero], "logits")
    return _context_of(graph, weights)


def _range(graph: _Graph, name: str, values: Reals) -> _Scaled:
    """Bytes that reach from the least (or zero) to the greatest of `values`."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1e-6)
    scale = np.float32((high - low) / 255)
    zero = np.uint8(np.clip(round(-low / float(scale)), 0, 255))
    step = graph.constant(f"{name}_step", np.array(scale, np.float32))
    return _Scaled(name, step, graph.constant(f"{name}_zero", np.array(zero)), scale)


def _three(tensor: _Scaled) -> tuple[str, str, str]:
    return tensor.name, tensor.step, tensor.zero


def _contrib(
    graph: _Graph, kind: str, inputs: Sequence[str], output: str, **attributes: Any
) -> None:
    graph.node(kind, inputs, output, domain=CONTRIB, **attributes)


def _small_conv(
    graph: _Graph,
    tensors: tuple[_Scaled, _Scaled],
    values: tuple[Reals, Reals],
    dilation: int,
    settings: Export,
) -> None:
    """A convolution from one tensor of bytes to another, its weights scaled by output channel."""
    (source, target), (kernel, bias) = tensors, values
    most = 63 if settings.reduced else 127
    steps = np.maximum(np.abs(kernel).reshape(len(kernel), -1).max(1) / most, 1e-8)
    steps = steps.astype(np.float32)
    small = np.clip(np.rint(kernel / steps[:, None, None, None]), -most, most).astype(np.int8)
    name, wide = target.name, kernel.shape[3]
    inputs = [
        *_three(source),
        graph.constant(f"{name}_kernel", small),
        graph.constant(f"{name}_kernel_step", steps),
        graph.constant(f"{name}_kernel_zero", np.zeros(len(kernel), np.int8)),
        target.step,
        target.zero,
        graph.constant(f"{name}_bias", np.rint(bias / (source.scale * steps)).astype(np.int32)),
    ]
    around = dilation * (wide // 2)
    form = {"kernel_shape": [1, wide], "dilations": [1, dilation], "pads": [0, around, 0, around]}
    _contrib(graph, "QLinearConv", inputs, name, channels_last=1, **form)


def _vectors(words: Path, tokens: Tokens) -> Reals:
    """The word vectors and, last, the zero row that blank rows (word -1) take."""
    found = _session(words).run(None, {"f": tokens.features})[0]
    return np.concatenate((found, np.zeros((1, found.shape[1]), np.float32)))


def _compared(
    weights: Weights, folder: Path, tokens: Tokens, rows: tuple[Ints, Ints], settings: Export
) -> dict[str, Any]:
    vectors = _vectors(folder / "words.onnx", tokens)
    session = _session(folder / "context.onnx")
    logits = session.run(None, {"x": vectors[rows[0]], "gap": rows[1]})[0]
    own, written = _softmax(forward(weights, settings, tokens, rows)), _softmax(logits)
    real = rows[0] >= 0
    return {
        "bytes": {p.name: p.stat().st_size for p in sorted(folder.glob("*.onnx"))},
        "largest_difference": float(np.abs(own - written)[real].max(initial=0)),
        "same_tag": float((own.argmax(1) == written.argmax(1))[real].mean()),
    }


def _write_card(folder: Path, settings: Export) -> None:
    files = {p.name: _sha256(p) for p in sorted(folder.glob("*.onnx"))}
    card = {
        **settings.card,
        "features": FEATURES,
        "halo": sum(settings.dilations),
        "tags": list(TAGS),
        "files": files,
    }
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _softmax(logits: Reals) -> Reals:
    power = np.exp(logits - logits.max(1, keepdims=True))
    share: Reals = power / power.sum(1, keepdims=True)
    return share


def _plain(value: npt.NDArray[Any]) -> Reals:
    return np.ascontiguousarray(value, np.float32)
