"""What fits a pair verifier as a recipe says, linear or encoder, and keeps the record of what it learned from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from factcheck import evaluation
from factcheck.errors import InputError
from factcheck.features import Pair
from factcheck.networks import SentenceEncoder
from factcheck.pairing import WeightedPair
from factcheck.persistence import MANIFEST, load_bundle
from factcheck.recipes import DATA_VARIABLE, Encoder, PairSet, Recipe, Stage, find_pairs, held_out, read_pairs, sha256_of
from factcheck.records import STANCES, Label
from factcheck.verification import EncoderVerifier, LinearVerifier, PairEncoder, PooledVerifier, Verifier

Say = Callable[[str], None]


class Learner(Protocol):
    """What fits a verifier, and keeps the record of how.

    ``used`` and ``absent`` say which research pairs were there, ``parameters`` and ``packages`` with what it was fitted;
    ``sentence_encoder`` is what the statement index reads with, where it does more than compare words.
    """

    used: list[dict[str, Any]]
    absent: list[str]
    parameters: dict[str, Any]
    packages: tuple[str, ...]
    sentence_encoder: SentenceEncoder | None

    def fit(self, own: Sequence[WeightedPair], turned: Sequence[WeightedPair]) -> Any:
        """Return a verifier that learned from pairs of the recipe's claims and, as far as it can use them, from counterfactual ones."""

    def measure(self) -> dict[str, Any]:
        """Return what there is to say of the verifier on research pairs, nothing when there is not."""


class LinearLearner:
    """Fits a linear verifier on pairs of the recipe's claims and on its research pairs."""

    def __init__(self, recipe: Recipe, say: Say = lambda _: None) -> None:
        self.used: list[dict[str, Any]] = []
        self.absent: list[str] = []
        self._research: list[tuple[Pair, str, float]] = []
        for entry in recipe.pairs:
            if file := find_pairs(recipe, entry):
                rows = read_pairs(file)
                kept = held_out([pair for pair, _ in rows], entry)
                shown = [row for row, out in zip(rows, kept, strict=True) if not out]
                self._research += [(pair, stance, entry.weight) for pair, stance in shown]
                record = {"file": entry.file, "rows": len(rows), "held_out": sum(kept), "sha256": sha256_of(file)}
                self.used.append({**record, "licence": entry.licence, "weight": entry.weight})
            else:
                self.absent.append(entry.file)
        self.packages: tuple[str, ...] = ()
        self.sentence_encoder: SentenceEncoder | None = None
        self._verifier = LinearVerifier(**recipe.verifier)
        self.parameters: dict[str, Any] = self._verifier.get_params()
        _tell_sets(self.used, self.absent, say)

    def fit(self, own: Sequence[WeightedPair], turned: Sequence[WeightedPair]) -> LinearVerifier:
        """Fit on the own pairs as they are: its features know denial and report already."""
        pairs, stances, weights = zip(*own, *self._research, strict=True)
        return self._verifier.fit(pairs, stances, np.array(weights))

    def measure(self) -> dict[str, Any]:
        """Return nothing: benchmarks/quality.py measures a linear verifier on research pairs."""
        return {}


class EncoderLearner:
    """Lets a network learn stage by stage, as the recipe says, fits a linear verifier beside it, and measures both together.

    Parameters
    ----------
    recipe : Recipe
    settings : Encoder
        That of the recipe.
    base : str or Path or None
        Folder of the model to begin with; None looks the recipe's name for it up on the hub. An encoder's bundle has the earlier stages
        behind it: its network goes on with the last one.
    checkpoints : Path
    say : callable
        Takes each line of progress.

    Raises
    ------
    InputError
        When the extra ``train`` is not installed, or a bundle learned from claims that the recipe's split holds out.
    """

    def __init__(self, recipe: Recipe, settings: Encoder, base: str | Path | None, checkpoints: Path, say: Say) -> None:
        try:
            from factcheck import finetuning  # noqa: PLC0415 (PyTorch, an extra)
        except ImportError as error:
            raise InputError(f"training an encoder needs {error.name}, which is missing: pip install 'claim-factcheck[train]'.") from error
        began = load_bundle(base) if base is not None and (Path(base) / MANIFEST).is_file() else None
        if began:
            split = began.manifest.get("training", {}).get("claims", {}).get("split")
            if split != recipe.split:
                seen = f"learned from claims split by {split}, the recipe splits by {recipe.split}"
                raise InputError(
                    f"{base}: {seen}: what it holds out would not be unseen. "
                    "Begin with a bundle of the same split, or with all-MiniLM-L6-v2."
                )
            settings, recipe = replace(settings, base=f"bundle {began.sha256}"), replace(recipe, stages=recipe.stages[-1:])
        behind: Any = began.manifest["training"] if began else {"pairs": [], "parameters": {"verifier": {"stages": []}}}
        self._tuning, self._recipe, self._settings, self._checkpoints, self._say = finetuning, recipe, settings, checkpoints, say
        self.packages: tuple[str, ...] = ("torch", "transformers", "onnx", "onnxruntime")
        self._linear_learner = LinearLearner(recipe)
        stages = [{key: value for key, value in asdict(stage).items() if key != "pairs"} for stage in recipe.stages]
        stages = [*behind["parameters"]["verifier"]["stages"], *stages]
        self.parameters: dict[str, Any] = {**asdict(settings), "stages": stages, "linear": self._linear_learner.parameters}
        self._read: dict[str, list[tuple[Pair, str]]] = {}
        self.used: list[dict[str, Any]] = [record for record in behind["pairs"] if record["stage"] != "linear"]
        self._stages: dict[str, dict[str, float]] = dict(began.documents.get("pair_metrics", {}).get("stages", {})) if began else {}
        self.absent: list[str] = list(self._linear_learner.absent)
        for stage in recipe.stages:
            for entry in stage.pairs:
                file = find_pairs(recipe, entry)
                if file is None:
                    self.absent += [entry.file] if entry.file not in self.absent else []
                    continue
                rows = self._read.setdefault(entry.file, read_pairs(file))
                kept = sum(held_out([pair for pair, _ in rows], entry))
                drawn = entry.rows or len(rows) - kept
                record = {"stage": stage.name, "file": entry.file, "rows": len(rows), "held_out": kept, "an_epoch": drawn}
                self.used.append({**record, "sha256": sha256_of(file), "licence": entry.licence})
        self.used += [
            {"stage": "linear", **record, "an_epoch": record["rows"] - record["held_out"]} for record in self._linear_learner.used
        ]
        _tell_sets(self.used, self.absent, say)
        self.sentence_encoder: SentenceEncoder | None
        self._network, self._tokenizer, self.sentence_encoder = finetuning.load_base(str(base or settings.base), offline=base is not None)

    def fit(self, own: Sequence[WeightedPair], turned: Sequence[WeightedPair]) -> PooledVerifier:
        """Run the stages, those that are finished from their checkpoints, and return the network in 8 bits with the linear verifier."""
        settings = self._settings
        network, tokenizer = self._network, self._tokenizer
        encoder = PairEncoder(tokenizer, settings.longest)
        state = self._tuning.digest([self._tuning.weights_digest(network)])
        for stage in self._recipe.stages:
            sources = [self._source(entry) for entry in stage.pairs if entry.file in self._read]
            if stage.own:
                examples = [self._example(*row) for row in (*own, *turned)]
                sources.append(self._tuning.Source(examples, stage.own * len(examples)))
            if not sources:
                raise InputError(
                    f"stage {stage.name!r}: none of its pairs is at hand; name their folder in {DATA_VARIABLE}, or take the stage out."
                )
            state = self._tuning.run_stage(
                network, encoder, stage, sources, precision=settings.precision, random_state=settings.random_state,
                checkpoints=self._checkpoints, ancestry=state, say=self._say,
            )  # fmt: skip
            single = self._tuning.to_verifier(network, tokenizer, in_8_bits=False)
            self._stages[stage.name] = self._kept_accuracy(stage, single)
            for file, accuracy in self._stages[stage.name].items():
                self._say(f"{stage.name}: accuracy {accuracy:.3f} on the rows of {file} that were kept from it")
        linear = self._linear_learner.fit(own, turned)
        self._verifier = PooledVerifier(self._tuning.to_verifier(network, tokenizer, in_8_bits=True), linear)
        self._single = PooledVerifier(single, linear)
        return self._verifier

    def _source(self, entry: PairSet) -> Any:
        rows = self._read[entry.file]
        kept = held_out([pair for pair, _ in rows], entry)
        closed = Label.NOT_ENOUGH_INFO.value not in {stance for _, stance in rows}
        shown = [row for row, out in zip(rows, kept, strict=True) if not out]
        examples = [self._example(pair, stance, entry.weight, closed=closed) for pair, stance in shown]
        return self._tuning.Source(examples, entry.rows or len(examples), entry.negatives)

    def _example(self, pair: Pair, stance: str, weight: float, *, closed: bool = False) -> Any:
        return self._tuning.Example(*pair, STANCES.index(stance), weight, closed)

    def _kept(self, entry: PairSet) -> list[tuple[Pair, str]]:
        rows = self._read.get(entry.file, [])
        return [row for row, out in zip(rows, held_out([pair for pair, _ in rows], entry), strict=True) if out]

    def _kept_accuracy(self, stage: Stage, network: EncoderVerifier) -> dict[str, float]:
        kept = {entry.file: self._kept(entry) for entry in stage.pairs}
        return {file: _score(network, rows)["accuracy"] for file, rows in kept.items() if rows}

    def measure(self) -> dict[str, Any]:
        """Score the verifier in 8 bits and in single precision on rows kept from training and on the recipe's ``measured`` files."""
        entries = {entry.file: entry for stage in self._recipe.stages for entry in stage.pairs}
        taught = [row for stage in self._recipe.stages[-1:] for entry in stage.pairs for row in self._read.get(entry.file, [])]
        tests: dict[str, tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]] = {}  # name: what a baseline learns from, the test
        for file, entry in entries.items():
            if kept := self._kept(entry):
                out = set(kept)
                tests[f"{file}, rows held out"] = [row for row in self._read[file] if row not in out], kept
        for name in self._recipe.measured:
            found = find_pairs(self._recipe, PairSet(name))
            if found:
                tests[name] = self._read.get(name.replace(".dev.", ".train."), taught), read_pairs(found)
            else:
                self._say(f"not found, so not measured: {name}")
        sets: dict[str, Any] = {}
        for name, (learned, rows) in tests.items():
            score, single = _score(self._verifier, rows), _score(self._single, rows)
            baselines = evaluation.partial_input_baselines(*_apart(learned), *_apart(rows)) if learned else {}
            sets[name] = {
                **{key: score[key] for key in ("n", "macro_f1", "accuracy", "interval", "ece")},
                "labels": len(score["labels"]),
                "fp32": single["macro_f1"],
                **{key: baselines.get(key, 0.0) for key in ("claim_only", "evidence_only")},
            }
            self._say(
                f"{name}: macro-F1 {score['macro_f1']:.3f} ({single['macro_f1']:.3f} in single precision), accuracy {score['accuracy']:.3f}"
            )
        mean, mean_fp32 = (float(np.mean([one[key] for one in sets.values()])) if sets else 0.0 for key in ("macro_f1", "fp32"))
        return {"sets": sets, "stages": self._stages, "mean": mean, "mean_fp32": mean_fp32}


def _score(verifier: Verifier | EncoderVerifier, rows: Sequence[tuple[Pair, str]]) -> dict[str, Any]:
    return evaluation.score_pairs(verifier, *_apart(rows))


def _apart(rows: Sequence[tuple[Pair, str]]) -> tuple[list[Pair], list[str]]:
    return [pair for pair, _ in rows], [stance for _, stance in rows]


def _tell_sets(used: Sequence[Mapping[str, Any]], absent: Sequence[str], say: Say) -> None:
    if used:
        say("research pairs: " + ", ".join(dict.fromkeys(f"{item['file']} ({item['rows']})" for item in used)))
    if absent:
        folder = os.environ.get(DATA_VARIABLE)
        where = f"under {DATA_VARIABLE}" if folder else f"({DATA_VARIABLE} is not set)"
        say(f"not found {where}, trained without: {', '.join(absent)}")
