#!/usr/bin/env python3
"""Changes one constant or comparison of the core at a time, chosen by a seed, and asks whether its tests notice.

mutate.py [SEED] [COUNT] [--headers] [--tree FOLDER]   COUNT (10) changes that compile; exit 1 where one was not noticed
mutate.py --self-test                                  the choosing itself, on a line of each kind

The tree that is changed is a copy of the last commit, build/mutation/tree or FOLDER; it is kept, so that only the first run builds all
of it. Nothing else is touched. A change that does not compile is no change, and another is drawn. A test that hangs has noticed. With
--headers what many files include is changed too, which takes long.
"""
import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE = ["src/base", "src/data", "src/schedule", "src/optimizer", "src/model", "src/learner", "src/cluster", "src/checkpoint", "drift"]
# The first that fails ends it: the quickest and likeliest first. The later ones need the whole program, and are built when they are asked.
OF_THE_CORE = ["unit/unit_core_test", "unit/cluster/unit_cluster_test", "unit/checkpoint/unit_checkpoint_test", "golden/golden_test",
               "fault/fault_checkpoint_test"]
OF_THE_PROGRAM = ["unit/unit_app_test", "replay/replay_test"]
# Hangs are what takes several times as long as the unchanged program.
HANGS_AFTER = 10
LEAST_SECONDS = 300
COMPILES_NOT = "does not compile"

COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
# clang-format puts spaces around operators, and none into a template's angle brackets.
COMPARISON = re.compile(r"(?<= )(<=|>=|==|!=|<|>)(?= )")
NUMBER = re.compile(r"(?<![\w.'])(\d[\d']*(?:\.\d+)?(?:e[-+]?\d+)?)(?![\w.'])")


def blanked(text):
    """Comments and strings as spaces, so that places stay the same."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
    return token.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def other_number(text):
    plain = text.replace("'", "")
    if re.fullmatch(r"0[0-7]+", plain):
        return f"0{int(plain, 8) + 1:o}"
    if re.fullmatch(r"\d+", plain):
        return str(int(plain) + 1)
    return "1.0" if float(plain) == 0 else repr(float(plain) * 2)


def sites(text):
    """(start, end, replacement) of each place that can be changed."""
    code = blanked(text)
    skipped = set()
    start = 0
    for line in code.splitlines(keepends=True):
        # What is no behaviour, or cannot compile when changed alone.
        if line.lstrip().startswith(("#", "static_assert", "template")):
            skipped.update(range(start, start + len(line)))
        start += len(line)
    found = [(match.start(), match.end(), COMPARISONS[match.group(1)]) for match in COMPARISON.finditer(code)]
    found += [(match.start(1), match.end(1), other_number(match.group(1))) for match in NUMBER.finditer(code)]
    return sorted(one for one in found if one[0] not in skipped)


def who_failed(program, done):
    """The first test of a program that has failed."""
    failed = re.search(r"\[  FAILED  \] ([^\s,]+)", done.stdout)
    return failed.group(1) if failed else f"{program} (exit {done.returncode})"


class Tree:
    """A work tree of the last commit, built beside the developer's own."""

    def __init__(self, folder):
        self.folder = folder
        self.seconds = {}

    def run(self, command, **more):
        return subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)

    def prepare(self):
        git = ["git", "-C", str(ROOT)]
        subprocess.run(git + ["worktree", "prune"], check=True)
        if not self.folder.exists():
            subprocess.run(git + ["worktree", "add", "--quiet", "--detach", str(self.folder), "HEAD"], check=True)
        head = subprocess.run(git + ["rev-parse", "HEAD"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        subprocess.run(["git", "reset", "--quiet", "--hard", head], cwd=self.folder, check=True)
        done = self.run(["cmake", "--preset", "dev"])
        if done.returncode != 0:
            sys.exit("the unchanged tree cannot be configured:\n" + done.stdout[-4000:])

    def build(self, programs, *options):
        jobs = os.environ.get("JOBS", str(os.cpu_count()))
        targets = [program.rsplit("/", 1)[1] for program in programs]
        return self.run(["cmake", "--build", "--preset", "dev", "-j", jobs, "--target", *targets, *options])

    def prove(self, programs):
        """Unchanged, they have to succeed; how long they take says what a hang is."""
        if all(program in self.seconds for program in programs):
            return
        if (done := self.build(programs)).returncode != 0:
            sys.exit("the unchanged tree does not build:\n" + done.stdout[-4000:])
        if (failed := self.first_failure(programs)) is not None:
            sys.exit(f"the unchanged tree fails {failed}")

    def first_failure(self, programs):
        """Which test notices; None: none does."""
        for program in programs:
            started = time.monotonic()
            allowed = max(LEAST_SECONDS, HANGS_AFTER * self.seconds[program]) if program in self.seconds else None
            try:
                done = self.run([f"build/dev/tests/{program}", "--gtest_fail_fast", "--gtest_brief=1"], timeout=allowed)
            except subprocess.TimeoutExpired:
                return f"{program} (does not end)"
            if done.returncode != 0:
                return who_failed(program, done)
            self.seconds.setdefault(program, time.monotonic() - started)
        return None

    def outcome(self, path, changed):
        """With a file changed: COMPILES_NOT, the test that notices, or None."""
        text = path.read_text()
        for programs in (OF_THE_CORE, OF_THE_PROGRAM):
            self.prove(programs)
            path.write_text(changed)
            try:
                if self.build(programs).returncode != 0:
                    return COMPILES_NOT
                if (noticed := self.first_failure(programs)) is not None:
                    return noticed
            finally:
                path.write_text(text)
        return None

    def places(self, headers):
        endings = (".cpp", ".hpp") if headers else (".cpp",)
        files = [path for folder in CORE for path in sorted((self.folder / folder).rglob("*")) if path.suffix in endings]
        return [(path, site) for path in files for site in sites(path.read_text())]


def mutate(tree, seed, count, headers):
    tree.prepare()
    places = tree.places(headers)
    random.Random(seed).shuffle(places)
    unnoticed = tried = 0
    for path, (start, end, replacement) in places:
        if tried == count:
            break
        text = path.read_text()
        line = text.count("\n", 0, start) + 1
        where = f"{path.relative_to(tree.folder)}:{line}: {text[start:end]} -> {replacement}"
        noticed = tree.outcome(path, text[:start] + replacement + text[end:])
        if noticed == COMPILES_NOT:
            print(f"{where}: {COMPILES_NOT}", flush=True)
            continue
        tried += 1
        unnoticed += noticed is None
        print(f"{where}: {'noticed by ' + noticed if noticed else 'NOT NOTICED'}", flush=True)
        print("    " + text.splitlines()[line - 1].strip(), flush=True)
    print(f"seed {seed}: {tried - unnoticed} of {tried} changes of {len(places)} places were noticed")
    return 1 if unnoticed else 0


def self_test():
    text = 'if (a < 10 && b.c<int>() >= 0.5) f("< 3", \'4\');  // 5 < 6\n#if X > 1\n  x = 1e-3 * y2 + 1\'000;\n  std::array<double, 2> z;\n  mode(0707);\n'
    found = [(text[start:end], replacement) for start, end, replacement in sites(text)]
    wanted = [("<", "<="), ("10", "11"), (">=", ">"), ("0.5", "1.0"), ("1e-3", "0.002"), ("1'000", "1001"), ("2", "3"), ("0707", "0710")]
    if found != wanted:
        sys.exit(f"found {found}\nwanted {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("count", nargs="?", type=int, default=10)
    parser.add_argument("--headers", action="store_true")
    parser.add_argument("--tree", type=pathlib.Path, default=ROOT / "build/mutation/tree")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    return mutate(Tree(options.tree.resolve()), options.seed, options.count, options.headers)


if __name__ == "__main__":
    sys.exit(main())
