"""Run small networks on the CPU: open an ONNX file and its tokenizer, and turn texts into vectors. Needs the extra ``encoder``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from factcheck import text as words

Array = np.ndarray[Any, np.dtype[Any]]

_EXTERNAL_DATA = b"\n\x08location"
"""How an ONNX file begins to name another file that holds its weights."""
_MOST_WORDPIECES = 128
"""Tokens of a text that a vector is made of, signs included; all-MiniLM-L6-v2 learned with as many."""


class Network:
    """An ONNX file with its tokenizer, run one input at a time, several side by side.

    What runs alone gives the same answer whatever else is asked: the scale of an 8-bit activation is taken over all that is in a
    run (docs/decisions/0005).

    Parameters
    ----------
    file : bytes
        As `factcheck.quantization` writes it.
    tokenizer : str
        The tokenizer's ``tokenizer.json``.
    inputs : sequence of str
        Their names, each a vector of int64.
    output : str
    width : int, optional
        Of the output, a vector of float32. None takes any.
    threads : int, optional
        Inputs that run side by side, >= 1. None: as many as this process may use processors.

    Raises
    ------
    ImportError
        When the extra ``encoder`` is not installed.
    ValueError
        When file or tokenizer is not what it should be.
    """

    def __init__(
        self, file: bytes, tokenizer: str, *, inputs: Sequence[str], output: str, width: int | None = None, threads: int | None = None
    ) -> None:
        import onnxruntime  # noqa: PLC0415 (an extra: the linear bundle does without)
        from tokenizers import Tokenizer  # noqa: PLC0415

        if _EXTERNAL_DATA in file:
            raise ValueError("the network names a file outside itself; one that factcheck wrote is whole")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # inputs run side by side, not parts of one
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            self.tokenizer = Tokenizer.from_str(tokenizer)
        except Exception as error:  # both libraries raise Exceptions of their own making
            raise ValueError(f"network or tokenizer cannot be read ({error})") from error
        self.tokenizer.encode_special_tokens = True  # a "[SEP]" that somebody wrote is text, and parts nothing
        takes, gives = ([(part.name, part.shape) for part in parts] for parts in (self._session.get_inputs(), self._session.get_outputs()))
        self.width: int = gives[0][1][0]
        if [name for name, _ in takes] != list(inputs) or gives != [(output, [width or self.width])]:
            due = f"{' and '.join(inputs)}, and gives {output}" + (f" of width {width}" if width else "")
            raise ValueError(f"the network takes {takes} and gives {gives}; this version asks for one that takes {due}")
        self.threads = threads or _processors()
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def run(self, inputs: Iterable[Mapping[str, Array]]) -> Iterator[Array]:
        """Return the output of each input, in their order."""
        ask: Callable[..., Iterator[Array]] = self._pool.map if self._pool else map
        return ask(lambda given: self._session.run(None, given)[0], inputs)


class SentenceEncoder:
    """Turn a text into a vector whose direction is its meaning: the mean of a network's last states (Reimers and Gurevych, 2019).

    Parameters
    ----------
    network : bytes
        ONNX file as `factcheck.quantization` writes it, such as all-MiniLM-L6-v2.
    tokenizer : str
        The tokenizer's ``tokenizer.json``.
    threads : int, optional
        Texts that are read side by side, >= 1. None: as many as this process may use processors.

    Raises
    ------
    ImportError
        When the extra ``encoder`` is not installed.
    ValueError
        When network or tokenizer is not what it should be.
    """

    def __init__(self, network: bytes, tokenizer: str, *, threads: int | None = None) -> None:
        self.network = network
        self._network = Network(network, tokenizer, inputs=["ids"], output="mean", threads=threads)
        self.width = self._network.width
        self._first, self._last = (self._network.tokenizer.token_to_id(sign) for sign in ("[CLS]", "[SEP]"))

    def embed(self, texts: Sequence[str]) -> Array:
        """Return unit vectors, shape (n, width), half precision; a text without a word is all zeros.

        A text is cut after 126 tokens.
        """
        encoded = self._network.tokenizer.encode_batch([words.normalize(text) for text in texts], add_special_tokens=False)
        ids = [[self._first, *found.ids[: _MOST_WORDPIECES - 2], self._last] for found in encoded]
        rows = [row for row in sorted(range(len(ids)), key=lambda row: -len(ids[row])) if len(ids[row]) > 2]
        vectors = np.zeros((len(texts), self.width), dtype=np.float16)
        states = self._network.run({"ids": np.array(ids[row], dtype=np.int64)} for row in rows)
        for row, mean in zip(rows, states, strict=True):
            vectors[row] = mean / np.linalg.norm(mean)
        return vectors


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
