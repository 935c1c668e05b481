"""replay: the `rekindle` program over a data frame, with its results as data frames."""

import csv
import json
import os
import subprocess
import tempfile

from .client import records_of

try:
    import pandas
except ImportError:  # Lists of dictionaries do as well.
    pandas = None


class ReplayFailed(Exception):
    """The program's own message, and its exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class Replay:
    """What came of a replay. `summary` is all of `rekindle replay --json`; `trace` has a row for each sample."""

    def __init__(self, summary, trace):
        self.summary = summary
        self.metrics = summary["metrics"]
        self.incidents = _frame(summary["incidents"])
        self.trace = trace
        self.state_hash = summary["state_hash"]

    def __repr__(self):
        shown = ", ".join(f"{name} {value:.4f}" for name, value in self.metrics.items() if isinstance(value, (int, float)))
        return f"Replay({self.summary['samples']} samples, {len(self.summary['incidents'])} incidents, {shown})"


def _frame(rows):
    return rows if pandas is None else pandas.DataFrame(rows)


def _number(text):
    if text == "":
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _read_trace(path):
    if pandas is not None:
        return pandas.read_csv(path)
    with open(path, newline="") as file:
        return [{key: _number(value) for key, value in row.items()} for row in csv.DictReader(file)]


def _write_csv(samples, path):
    if hasattr(samples, "to_csv"):
        samples.to_csv(path, index=False)
        return
    rows = records_of(samples)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow(["" if row.get(name) is None else row[name] for name in names])


def _value(value):
    """As TOML writes it."""
    return json.dumps(value) if isinstance(value, (bool, str, list)) else repr(value)


def replay(config, dataframe, binary="rekindle", settings=None):
    """Learns `dataframe` with the configuration file `config`, as the daemon would, and returns a Replay.

    `dataframe` is a pandas DataFrame, a list of dictionaries, or the path of a recording. `settings` overrides keys of the
    configuration. Raises ReplayFailed with the program's message.
    """
    with tempfile.TemporaryDirectory(prefix="rekindle-") as folder:
        trace = os.path.join(folder, "trace.csv")
        command = [binary, "replay", "-c", os.fspath(config), "--json", "--trace", trace]
        if isinstance(dataframe, (str, os.PathLike)):
            command += ["--from", os.fspath(dataframe)]
        else:
            samples = os.path.join(folder, "samples.csv")
            _write_csv(dataframe, samples)
            # The frame decides how it is written, whatever the topic or the file of the configuration looks like.
            command += ["--from", samples, "--set", "source.type=file", "--set", "source.path=" + _value(samples)]
            command += ["--set", "source.format=csv", "--set", 'source.delimiter=","', "--set", "source.header=true"]
        for key, value in (settings or {}).items():
            command += ["--set", f"{key}={_value(value)}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            raise ReplayFailed(f"{binary}: there is no such program; name it with binary=", 127) from None
        if done.returncode != 0:
            raise ReplayFailed(done.stderr.strip(), done.returncode)
        return Replay(json.loads(done.stdout), _read_trace(trace))
