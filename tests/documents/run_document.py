#!/usr/bin/env python3
"""Runs the commands of a document and compares what they print with what the document shows.

usage: run_document.py DOCUMENT --program REKINDLE [--brokers HOST:PORT] [--write]

A block fenced as ```console is a session: a line that begins with "$ " is a command (a backslash at its end goes on in the
next line), what follows up to the next one is its output, standard output and error together. `...` on a line of its own
stands for any lines. What changes from run to run or version to version (speeds, times, ports) is masked on both sides; a state hash may be another
one, but where the document shows the same twice it is the same twice. All sessions of a document share one shell and one empty
folder.

A comment before a fence says more:  <!-- file: NAME -->  the block is the content of that file;
<!-- kafka -->  everything from here on needs a broker: localhost:9092 in the text, --brokers in the test, without which the
rest is not run.  --write puts the real output into the document.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MARK = "#-document-mark-#"
MASKS = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"[\d,.]+( |k )?samples/s", "N samples/s"),
    (r'"(seconds|samples_per_second|uptime_seconds|started_seconds)": ?[\d.e+-]+', r'"\1":N'),
    (r"rekindle \d+\.\d+\.\d+ \([0-9a-f]+\)", "rekindle VERSION (COMMIT)"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\[\d+\] +\d+$", "[JOB]"),
]


def masked(text, brokers):
    if brokers:
        text = text.replace(brokers, "localhost:9092")
    for pattern, by in MASKS:
        text = re.sub(pattern, by, text, flags=re.M)
    return text


HASH = re.compile(r"\b[0-9a-f]{32}\b")


def same_line(expected, got, hashes):
    """Equal but for state hashes, of which one in the document stands for one and the same in what is printed."""
    if HASH.sub("HASH", expected.rstrip()) != HASH.sub("HASH", got.rstrip()):
        return False
    return all(hashes.setdefault(one, other) == other for one, other in zip(HASH.findall(expected), HASH.findall(got)))


def matches(expected, got, hashes):
    """Line by line; `...` stands for any number of lines."""
    if not expected:
        return not got
    if expected[0].strip() == "...":
        return any(matches(expected[1:], got[i:], hashes) for i in range(len(got) + 1))
    return bool(got) and same_line(expected[0], got[0], hashes) and matches(expected[1:], got[1:], hashes)


class Shell:
    """One bash for all commands of a document."""

    def __init__(self, folder, program):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("REKINDLE__")}
        environment.update(PATH=os.path.dirname(program) + ":" + environment["PATH"], HOME=folder, NO_COLOR="1", LC_ALL="C")
        self.process = subprocess.Popen(["bash", "--norc"], cwd=folder, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, command):
        self.process.stdin.write(f"{command}\necho '{MARK}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.rstrip().endswith(MARK):
                rest = line.rstrip()[: -len(MARK)]
                return lines + ([rest] if rest else [])
            lines.append(line.rstrip("\n"))
        raise SystemExit(f"the shell ended at: {command}")

    def close(self):
        self.process.stdin.write("kill $(jobs -p) 2>/dev/null\nwait\n")
        self.process.stdin.close()
        self.process.wait(30)


class Document:
    def __init__(self, path, arguments):
        self.path = path
        self.lines = path.read_text().split("\n")
        self.arguments = arguments
        self.failures = 0
        self.commands = 0
        self.hashes = {}

    def check(self):
        out = []
        at = 0
        file_name = None
        with tempfile.TemporaryDirectory() as folder:
            shell = Shell(folder, self.arguments.program)
            while at < len(self.lines):
                line = self.lines[at]
                if line.strip() == "<!-- kafka -->" and not self.arguments.brokers:
                    print(f"{self.path}:{at + 1}: the rest needs a broker")
                    out += self.lines[at:]
                    break
                named = re.fullmatch(r"<!-- file: (\S+) -->", line.strip())
                out.append(line)
                at += 1
                if named:
                    file_name = named[1]
                if not line.startswith("```") or line.strip() == "```":
                    continue
                end = next(i for i in range(at, len(self.lines)) if self.lines[i].startswith("```"))
                if file_name:
                    pathlib.Path(folder, file_name).write_text(self.real("\n".join(self.lines[at:end]) + "\n"))
                    file_name = None
                    out += self.lines[at:end]
                elif line.strip() == "```console":
                    out += self.session(shell, at, end)
                else:
                    out += self.lines[at:end]
                out.append(self.lines[end])
                at = end + 1
            shell.close()
        if self.arguments.write:
            self.path.write_text("\n".join(out))

    def real(self, text):
        return text.replace("localhost:9092", self.arguments.brokers) if self.arguments.brokers else text

    def session(self, shell, at, end):
        out = []
        while at < end:
            begin = at
            command = [self.lines[at][2:]]
            while command[-1].endswith("\\"):
                at += 1
                command.append(self.lines[at])
            at += 1
            out += self.lines[begin:at]
            expected = []
            while at < end and not self.lines[at].startswith("$ "):
                expected.append(self.lines[at])
                at += 1
            got = shell.run(self.real("\n".join(command)))
            self.commands += 1
            out += self.compared(begin, command, expected, got)
        return out

    def compared(self, begin, command, expected, got):
        brokers = self.arguments.brokers
        want = masked("\n".join(expected), brokers).split("\n") if expected else []
        have = masked("\n".join(got), brokers).split("\n") if got else []
        if matches(want, have, self.hashes):
            return expected
        if self.arguments.write:
            return [line.replace(brokers, "localhost:9092") for line in got] if brokers else got
        self.failures += 1
        print(f"{self.path}:{begin + 1}: $ {command[0]}\n  the document shows:")
        print("\n".join("    " + line for line in expected))
        print("  it printed:")
        print("\n".join("    " + line for line in got))
        return expected


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--brokers", default="")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.program = os.path.abspath(arguments.program)
    document = Document(arguments.document, arguments)
    document.check()
    print(f"{document.path}: {document.commands} commands, {document.failures} differ")
    sys.exit(1 if document.failures else 0)


if __name__ == "__main__":
    main()
