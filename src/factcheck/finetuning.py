"""Fine-tune a small BERT to read claim and statement together, and write it as an ONNX file that needs no PyTorch.

The network is a cross-encoder (Devlin et al., 2019; Nogueira and Cho, 2019): ``[CLS] claim [SEP] statement [SEP]`` in, three
stances out. It learns in stages, each with its own sets of pairs; a finished stage is a checkpoint that is named by all that
made it, so a run that was cut off goes on, and two recipes that begin alike share the beginning. Needs the extra ``train``.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, logging

from factcheck.errors import InputError
from factcheck.networks import SentenceEncoder
from factcheck.persistence import load_bundle
from factcheck.quantization import quantize, to_onnx, to_sentence_onnx, to_weights
from factcheck.recipes import Stage
from factcheck.records import NOT_ENOUGH_INFO, STANCES
from factcheck.verification import EncoderVerifier, PairEncoder

Array = np.ndarray[Any, np.dtype[Any]]
Say = Callable[[str], None]

_POOL = 50
"""Batches that are sorted by length together: little padding, and still a fresh mixture in each."""
_ROUND = 16
"""A batch is padded to a multiple of this: a new shape costs a compilation of the kernels."""
_WARM_UP = 0.06
"""Share of a stage's steps in which the learning rate rises; then it falls to 0 in a line."""
_SAY_EVERY, _SAVE_EVERY = 50, 250
"""Steps between two lines of progress and between two checkpoints."""
_OUT_OF_THE_QUESTION = -1e4


class Example(NamedTuple):
    """A pair to learn from.

    ``closed`` says that its set knows no NOT ENOUGH INFO: the loss then compares the two decisive stances alone.
    """

    claim: str
    statement: str
    stance: int
    weight: float = 1.0
    closed: bool = False


class Source(NamedTuple):
    """A set of pairs in a stage.

    Parameters
    ----------
    examples : sequence of Example
    rows : int
        How many of them an epoch takes: drawn anew each time when fewer than there are, repeated when more.
    negatives : float
        Further pairs an epoch, as a share of ``rows``: a claim with the statement of another claim, NOT ENOUGH INFO.
    """

    examples: Sequence[Example]
    rows: int
    negatives: float = 0.0


# ---------------------------------------------------------------------------------------------------------------------
# The network
# ---------------------------------------------------------------------------------------------------------------------


def load_base(base: str, *, offline: bool) -> tuple[Any, Tokenizer, SentenceEncoder]:
    """Return a network of three stances, its tokenizer, and what reads sentences with the network as it was before any stage.

    Parameters
    ----------
    base : str
        A folder of a BERT model, or its name on the Hugging Face hub: its head is a fresh one. Or an encoder's bundle: its network
        goes on to learn.
    offline : bool
        Whether a name may only be looked up in the local cache.

    Raises
    ------
    InputError
        When there is no such model.
    BundleError
        When the bundle cannot be read.
    """
    torch.manual_seed(0)  # the head
    logging.set_verbosity_error()  # that the head is fresh is no news
    logging.disable_progress_bar()
    if (Path(base) / "manifest.json").is_file():
        return _load_bundle(base)
    try:
        network = AutoModelForSequenceClassification.from_pretrained(
            base, num_labels=len(STANCES), attn_implementation="eager", local_files_only=offline
        )
    except (OSError, ValueError) as error:
        advice = "give the folder of all-MiniLM-L6-v2 with --base, or the recipe's encoder.base where the hub can be reached"
        raise InputError(f"{base}: no model that can be read ({str(error).splitlines()[0]}); {advice}.") from error
    if network.config.model_type != "bert":
        raise InputError(f"{base}: a model of type {network.config.model_type!r}; only 'bert' can be trained and written here.")
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=offline).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _with_fixed_words(network), tokenizer, to_sentence_encoder(network, tokenizer)


def _load_bundle(folder: str) -> tuple[Any, Tokenizer, SentenceEncoder]:
    bundle = load_bundle(folder)
    if missing := [name for name in ("verifier", "sentences") if name not in bundle.networks]:
        raise InputError(f"{folder}: a bundle without a network ({', '.join(missing)}); give an encoder's, or all-MiniLM-L6-v2.")
    weights, heads = to_weights(bundle.networks["verifier"])
    tables = {name: weights[f"bert.embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
    widths = [weights[name] for name in weights if name.endswith("intermediate.dense.bias")]
    config = BertConfig(
        vocab_size=len(tables["word"]),
        hidden_size=tables["word"].shape[1],
        num_hidden_layers=len(widths),
        num_attention_heads=heads,
        intermediate_size=len(widths[0]),
        max_position_embeddings=len(tables["position"]),
        type_vocab_size=len(tables["token_type"]),
        num_labels=len(STANCES),
    )
    network = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    tokenizer = json.dumps(bundle.documents["tokenizer"], ensure_ascii=False)
    return _with_fixed_words(network), Tokenizer.from_str(tokenizer), SentenceEncoder(bundle.networks["sentences"], tokenizer)


def _with_fixed_words(network: Any) -> Any:
    network.bert.embeddings.word_embeddings.weight.requires_grad = False  # half of all weights, and pairs are too few to move them
    return network


def logits(network: Any, ids: Any, segments: Any, mask: Any) -> Any:
    """Return the logits of the three stances, shape (n, 3); arguments of shape (n, tokens).

    What ``network(...)`` returns, without computing in the last layer what nothing reads: only the first token's state
    goes on to the head.
    """
    bert = network.bert
    hidden = bert.embeddings(input_ids=ids, token_type_ids=segments)
    unseen = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * _OUT_OF_THE_QUESTION
    layers = list(bert.encoder.layer)
    for layer in layers:
        asking = hidden[:, :1] if layer is layers[-1] else hidden
        attention = layer.attention.self
        queries, keys, values = (
            _heads(part(states), network.config.num_attention_heads)
            for part, states in ((attention.query, asking), (attention.key, hidden), (attention.value, hidden))
        )
        weights = torch.softmax(queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1]) + unseen, dim=-1)
        read = (weights.to(values.dtype) @ values).transpose(1, 2).flatten(2)
        attended = layer.attention.output(read, asking)
        hidden = layer.output(layer.intermediate(attended), attended)
    return network.classifier(network.dropout(torch.tanh(bert.pooler.dense(hidden[:, 0]))))


def to_verifier(network: Any, tokenizer: Tokenizer, *, in_8_bits: bool) -> EncoderVerifier:
    """Return a verifier with the network as it is now, without PyTorch."""
    file = to_onnx(*_weights(network))
    return EncoderVerifier(quantize(file) if in_8_bits else file, tokenizer.to_str())


def to_sentence_encoder(network: Any, tokenizer: Tokenizer) -> SentenceEncoder:
    """Return a sentence encoder, in 8 bits, with the network as it is now: before it learns to read pairs."""
    return SentenceEncoder(quantize(to_sentence_onnx(*_weights(network))), tokenizer.to_str())


def _weights(network: Any) -> tuple[dict[str, Array], int, int]:
    weights = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    return weights, network.config.num_hidden_layers, network.config.num_attention_heads


def _heads(states: Any, count: int) -> Any:
    return states.unflatten(-1, (count, -1)).transpose(1, 2)


# ---------------------------------------------------------------------------------------------------------------------
# Learning
# ---------------------------------------------------------------------------------------------------------------------


def run_stage(
    network: Any,
    encoder: PairEncoder,
    stage: Stage,
    sources: Sequence[Source],
    *,
    precision: str,
    random_state: int,
    checkpoints: Path,
    ancestry: str,
    say: Say,
) -> str:
    """Let the network learn one stage, from its newest checkpoint if there is one, and return the name of its state then.

    A stage of several seeds is run as often from the same state, and the weights are averaged: one network that does better on what
    it was not taught than any of them (Wortsman et al., 2022).

    Parameters
    ----------
    network
        As `load_base` returns it; it is changed.
    encoder : PairEncoder
    stage : Stage
    sources : sequence of Source
    precision : {"bf16", "fp32"}
        Of the products; weights and their updates are always fp32. bf16 doubles the speed where the processor has it.
    random_state : int
    checkpoints : Path
        Folder for them.
    ancestry : str
        Name of the state that the network is in.
    say : callable
        Takes each line of progress.

    Returns
    -------
    str
        sha256 of the ancestry, the stage and every pair: the same inputs give the same name.
    """
    pairs = [[list(map(list, source.examples)), source.rows, source.negatives] for source in sources]
    beside = ("name", "pairs", "own", "seeds")  # the first three are in the sources
    settings = {key: value for key, value in asdict(stage).items() if key not in beside}
    started = {name: value.clone() for name, value in network.state_dict().items()}
    names, states = list[str](), list[dict[str, Any]]()
    for seed in range(random_state, random_state + stage.seeds):
        network.load_state_dict(started)
        names.append(digest([ancestry, settings, pairs, encoder.longest, precision, seed]))
        _run(network, encoder, stage, sources, names[-1], precision=precision, random_state=seed, checkpoints=checkpoints, say=say)
        states.append({name: value.clone() for name, value in network.state_dict().items()})
    network.load_state_dict({name: torch.stack([state[name] for state in states]).mean(dim=0) for name in started})
    return names[0] if stage.seeds == 1 else digest(names)


def _run(
    network: Any,
    encoder: PairEncoder,
    stage: Stage,
    sources: Sequence[Source],
    name: str,
    *,
    precision: str,
    random_state: int,
    checkpoints: Path,
    say: Say,
) -> None:
    finished, partial = checkpoints / f"{name}.safetensors", checkpoints / f"{name}.partial.safetensors"
    if finished.is_file():
        _restore(finished, network)
        say(f"{stage.name}: taken from {finished.name}")
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device).train()
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = stage.dropout
    optimizer = _optimizer(network, stage.learning_rate)
    step = _restore(partial, network, optimizer) if partial.is_file() else 0
    encoded = [_encode(source, encoder) for source in sources]
    per_epoch = math.ceil(sum(source.rows + round(source.rows * source.negatives) for source in sources) / stage.batch_size)
    total = stage.epochs * per_epoch
    say(f"{stage.name}: {total} steps of {stage.batch_size} pairs, from step {step}, on {device}")
    started, since, losses = time.monotonic(), step, 0.0
    for epoch in range(step // per_epoch, stage.epochs):
        plan = _plan(encoded, sources, stage.batch_size, np.random.default_rng([random_state, epoch]))
        for number, drawn in enumerate(plan, epoch * per_epoch):
            if number < step:
                continue
            torch.manual_seed(random_state + number)  # a resumed run drops out what an uninterrupted one would
            rate = stage.learning_rate * _schedule(number, total)
            losses += _learn(network, optimizer, _batch(drawn, encoded, sources, encoder), rate, stage.label_smoothing, precision, device)
            if (number + 1) % _SAY_EVERY == 0:
                speed = (number + 1 - since) / (time.monotonic() - started)
                left = (total - number - 1) / speed / 60
                loss, pace = losses / _SAY_EVERY, speed * stage.batch_size
                say(f"{stage.name}: step {number + 1} of {total}, loss {loss:.3f}, {pace:.0f} pairs/s, {left:.0f} min left")
                losses = 0.0
            if (number + 1) % _SAVE_EVERY == 0 and number + 1 < total:
                _save(partial, network, optimizer, step=number + 1)
    _save(finished, network)
    partial.unlink(missing_ok=True)


def digest(content: Any) -> str:
    """Return the sha256 of a JSON-ready value."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


class _Batch(NamedTuple):
    """Token ids, segments and mask, shape (n, tokens); stances, weights, and whether NOT ENOUGH INFO is out of the question, shape (n,)."""

    ids: Any
    segments: Any
    mask: Any
    stances: Any
    weights: Any
    closed: Any


class _Encoded(NamedTuple):
    claims: Sequence[Sequence[int]]
    statements: Sequence[Sequence[int]]


class _Drawn(NamedTuple):
    source: int
    claim: int
    statement: int


def _encode(source: Source, encoder: PairEncoder) -> _Encoded:
    """Return the token ids of each example's claim and statement, apart, so that a negative is read without a tokenizer."""
    texts = list(dict.fromkeys(text for example in source.examples for text in (example.claim, example.statement)))
    ids = dict(zip(texts, encoder.tokens(texts), strict=True))
    return _Encoded([ids[example.claim] for example in source.examples], [ids[example.statement] for example in source.examples])


def _plan(encoded: Sequence[_Encoded], sources: Sequence[Source], batch_size: int, rng: np.random.Generator) -> Iterator[list[_Drawn]]:
    """Yield the batches of an epoch: rows drawn as each source says, mixed, pairs of like length together."""
    drawn: list[_Drawn] = []
    for number, source in enumerate(sources):
        examples, count = source.examples, len(source.examples)
        rows = np.concatenate([rng.permutation(count) for _ in range(math.ceil(source.rows / count))])[: source.rows]
        drawn += [_Drawn(number, int(row), int(row)) for row in rows]
        picked = rng.integers(count, size=(round(source.rows * source.negatives), 2)).tolist()
        drawn += [_Drawn(number, i, j if examples[i].claim != examples[j].claim else i) for i, j in picked]
    lengths = np.array([len(encoded[s].claims[i]) + len(encoded[s].statements[j]) for s, i, j in drawn])
    order = rng.permutation(len(drawn))
    batches: list[Array] = []
    for start in range(0, len(order), batch_size * _POOL):
        pool = order[start : start + batch_size * _POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + batch_size] for i in range(0, len(pool), batch_size)]
    for number in rng.permutation(len(batches)):
        yield [drawn[i] for i in batches[number]]


def _batch(drawn: Sequence[_Drawn], encoded: Sequence[_Encoded], sources: Sequence[Source], encoder: PairEncoder) -> _Batch:
    pairs = [encoder.pair(encoded[s].claims[i], encoded[s].statements[j]) for s, i, j in drawn]
    width = -(-max(len(ids) for ids, _ in pairs) // _ROUND) * _ROUND
    ids, segments, mask = (np.zeros((len(pairs), width), dtype=np.int64) for _ in range(3))
    for row, (tokens, parts) in enumerate(pairs):
        ids[row, : len(tokens)], segments[row, : len(tokens)], mask[row, : len(tokens)] = tokens, parts, 1
    examples = [sources[item.source].examples[item.claim] for item in drawn]
    own = [item.claim == item.statement for item in drawn]
    stances = [example.stance if true else NOT_ENOUGH_INFO for example, true in zip(examples, own, strict=True)]
    closed = [example.closed and true for example, true in zip(examples, own, strict=True)]
    weights = [example.weight for example in examples]
    ids, segments, mask = map(torch.from_numpy, (ids, segments, mask))
    return _Batch(ids, segments, mask, torch.tensor(stances), torch.tensor(weights), torch.tensor(closed))


def _learn(network: Any, optimizer: Any, batch: _Batch, rate: float, smoothing: float, precision: str, device: str) -> float:
    """Take one step and return the loss."""
    ids, segments, mask, stances, weights, closed = (part.to(device) for part in batch)
    for group in optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
        scores = logits(network, ids, segments, mask)
    # A masked stance gets neither probability nor a share of the smoothing.
    allowed = torch.ones_like(scores, dtype=torch.bool)
    allowed[:, NOT_ENOUGH_INFO] = ~closed
    likely = torch.log_softmax(scores.float().masked_fill(~allowed, _OUT_OF_THE_QUESTION), dim=-1)
    told = -likely.gather(1, stances[:, None])[:, 0]
    spread = -likely.masked_fill(~allowed, 0.0).sum(dim=1) / allowed.sum(dim=1)
    loss = (((1 - smoothing) * told + smoothing * spread) * weights).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def _optimizer(network: Any, rate: float) -> Any:
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    decayed = {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01}
    return torch.optim.AdamW([decayed, {"params": [p for p in trained if p.ndim == 1], "weight_decay": 0.0}], lr=rate, fused=True)


def _schedule(step: int, total: int) -> float:
    """Return the share of the highest learning rate: up in a line, then down in a line to 0."""
    warm = max(1, round(total * _WARM_UP))
    return min((step + 1) / warm, (total - step) / max(1, total - warm))


def _save(file: Path, network: Any, optimizer: Any = None, step: int = 0) -> None:
    """Write a checkpoint whole or not at all: weights, and in mid-stage what the optimizer remembers."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    for number, kept in optimizer.state_dict()["state"].items() if optimizer else ():
        tensors |= {f"optimizer.{number}.{key}": value.detach().cpu().contiguous() for key, value in kept.items()}
    fresh = file.with_suffix(".part")
    save_file(tensors, fresh, metadata={"step": str(step)})
    fresh.replace(file)


def _restore(file: Path, network: Any, optimizer: Any = None) -> int:
    """Read a checkpoint and return its step."""
    with safe_open(file, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
        step = int(stored.metadata()["step"])
    network.load_state_dict({name: value for name, value in tensors.items() if not name.startswith("optimizer.")})
    if optimizer:
        memory: dict[int, dict[str, Any]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, number, key = name.split(".")
                memory.setdefault(int(number), {})[key] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": memory})
    return step


def weights_digest(network: Any) -> str:
    """Return the sha256 of a network's weights: the name of the state before the first stage."""
    total = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        total.update(name.encode())
        total.update(value.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()
