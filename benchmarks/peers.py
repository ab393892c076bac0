"""The shipped network by other means: in single precision, and through PyTorch as transformers runs it. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertForSequenceClassification

from factcheck.quantization import to_onnx
from factcheck.verification import EncoderVerifier, PairEncoder

PADDED_BATCH = 32
"""Pairs that PyTorch reads together, sorted by length and padded, as the predict of sentence-transformers' CrossEncoder does."""


def weights_of(network: bytes) -> dict[str, Any]:
    """Return the weights of a network in 8 bits as single-precision arrays, by their names in a BERT checkpoint."""
    stored = {item.name: numpy_helper.to_array(item) for item in onnx.load_from_string(network).graph.initializer}
    words = "bert.embeddings.word_embeddings.weight"
    found = {words: stored[words].astype(np.float32) * stored[f"{words}.scale"]}
    for name, value in stored.items():
        part = name.rpartition(".matrix")[0]
        if name.endswith(".matrix_quantized"):
            zero, scale = (stored[f"{part}.matrix_{kind}"].astype(np.float32) for kind in ("zero_point", "scale"))
            found[f"{part}.weight"] = ((value.astype(np.float32) - zero) * scale).T
        elif name.endswith(".matrix"):
            found[f"{part}.weight"] = value.T
        elif name.endswith((".bias", "LayerNorm.weight", "token_type_embeddings.weight", "position_embeddings.weight")):
            found[name] = value
    return _with_attention_apart(found)


def _with_attention_apart(weights: dict[str, Any]) -> dict[str, Any]:
    """Take the joint matrices of queries, keys and values apart, and the scale of the scores out of the queries."""
    config = config_of()
    scale = (config.hidden_size / config.num_attention_heads) ** 0.5
    for layer in range(config.num_hidden_layers):
        name = f"bert.encoder.layer.{layer}.attention.self"
        if f"{name}.weight" in weights:
            for kind in ("weight", "bias"):
                parts = np.split(weights.pop(f"{name}.{kind}"), 3)
                weights |= {f"{name}.{part}.{kind}": value for part, value in zip(("query", "key", "value"), parts, strict=True)}
        for kind in ("weight", "bias"):
            weights[f"{name}.query.{kind}"] = weights[f"{name}.query.{kind}"] * scale
    return weights


def config_of() -> BertConfig:
    """Return the shape of the shipped network."""
    return BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, num_labels=3,
        attn_implementation="sdpa",
    )  # fmt: skip


def single_precision(verifier: EncoderVerifier) -> EncoderVerifier:
    """Return the same verifier with its weights in single precision."""
    config = config_of()
    file = to_onnx(weights_of(verifier.network), layers=config.num_hidden_layers, heads=config.num_attention_heads)
    return EncoderVerifier(file, verifier.tokenizer, longest=verifier.longest, threads=verifier.threads)


class TorchVerifier:
    """The same network in PyTorch: pairs sorted by length, in padded batches, on as many threads as PyTorch is given."""

    def __init__(self, verifier: EncoderVerifier, threads: int) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 (beside torch, which is slow enough)

        torch.set_num_threads(threads)
        self._encoder = PairEncoder(Tokenizer.from_str(verifier.tokenizer), 512)
        self._network = BertForSequenceClassification(config_of())
        weights = {name: torch.tensor(value) for name, value in weights_of(verifier.network).items()}
        missing, unexpected = self._network.load_state_dict(weights, strict=False)
        if missing or unexpected:
            raise SystemExit(f"the peer lacks {missing} and does not know {unexpected}")
        self._network.eval()

    def predict_proba(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Return the probabilities of the three stances, shape (m, 3)."""
        claims, statements = (self._encoder.tokens([pair[side] for pair in pairs]) for side in (0, 1))
        inputs = [self._encoder.pair(claim, statement) for claim, statement in zip(claims, statements, strict=True)]
        order = sorted(range(len(inputs)), key=lambda i: len(inputs[i][0]))
        found = np.zeros((len(pairs), 3))
        with torch.inference_mode():
            for start in range(0, len(order), PADDED_BATCH):
                rows = order[start : start + PADDED_BATCH]
                width = max(len(inputs[i][0]) for i in rows)
                ids, segments, mask = (torch.zeros(len(rows), width, dtype=torch.long) for _ in range(3))
                for place, i in enumerate(rows):
                    tokens, parts = (torch.tensor(part) for part in inputs[i])
                    ids[place, : len(tokens)], segments[place, : len(tokens)], mask[place, : len(tokens)] = tokens, parts, 1
                logits = self._network(input_ids=ids, token_type_ids=segments, attention_mask=mask).logits
                found[rows] = torch.softmax(logits, dim=1).numpy()
        return found
