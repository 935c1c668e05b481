#!/usr/bin/env python3
"""All constants and comparisons of the core, changed one at a time, in one build: which does no test notice?

survey.py [PATH...] [--seed N] [--count N] [--tree FOLDER]   changes in files whose path begins with PATH; N of them, drawn by the seed
survey.py --self-test                                         what becomes of a line

What mutate.py does by a build for each change. Here each place becomes a switch that the environment turns, in a copy of the last commit
(build/mutation/survey or FOLDER), and only the tests that reach a place are asked. A place that has to be known to the compiler (an array's
size, a template's argument) cannot be a switch; there are about three in a hundred, and they are counted at the end. What is not noticed goes
to survey.txt in the folder above the tree.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from mutate import OF_THE_CORE, OF_THE_PROGRAM, ROOT, Tree, sites, who_failed

PROGRAMS = OF_THE_CORE + OF_THE_PROGRAM
ORDERS = {"<": "less", "<=": "at_most", ">": "greater", ">=": "at_least", "==": "equal", "!=": "unequal"}
# Quick tests first: most changes are noticed by one of them.
STEPS_MS = ((-1, 15), (15, 150), (150, float("inf")))
ROUNDS = 12

Place = collections.namedtuple("Place", "id file line start end old new text")


def place_of(identity, file, text, site):
    start, end, new = site
    line = text.count("\n", 0, start) + 1
    return Place(identity, file, line, start, end, text[start:end], new, text.splitlines()[line - 1].strip())


def switched(text, places):
    """The source with a switch at each place."""
    out, at = [], 0
    for place in places:
        out.append(text[at:place.start])
        if place.old in ORDERS:
            out.append(f"{place.old} ::survey::Switch<::survey::Order::{ORDERS[place.old]}>{{{place.id}}} {place.old}")
        else:
            out.append(f"(::survey::on({place.id}) ? ({place.new}) : ({place.old}))")
        at = place.end
    lines = ("".join(out) + text[at:]).split("\n")
    for line in {place.line for place in places}:
        if "if constexpr" not in lines[line - 1]:
            lines[line - 1] = re.sub(r"\bconstexpr\b", "const", lines[line - 1])
    return '#include "mutation/switch.hpp"\n#line 1\n' + "\n".join(lines)


class Survey:
    def __init__(self, folder):
        self.tree = Tree(folder)
        self.folder = folder
        self.reach = {}

    def prepare(self):
        self.tree.prepare()
        found = self.tree.places(headers=False)
        self.sources = {str(path.relative_to(self.folder)): path.read_text() for path in dict.fromkeys(path for path, _ in found)}
        names = [str(path.relative_to(self.folder)) for path, _ in found]
        self.places = [place_of(i, name, self.sources[name], site) for i, (name, (_, site)) in enumerate(zip(names, found))]
        listener = self.folder.parent / "listener.o"
        compiled = ["c++", "-std=c++20", f"-I{ROOT}/tests", "-c", str(ROOT / "tests/mutation/listener.cpp"), "-o", str(listener)]
        subprocess.run(compiled, check=True)
        self.must(["cmake", "--preset", "dev", "-DREKINDLE_WERROR=OFF", f"-DCMAKE_EXE_LINKER_FLAGS={listener}",
                   f"-DCMAKE_CXX_FLAGS=-fpermissive -Wno-narrowing -w -I{ROOT}/tests"])

    def must(self, command):
        if (done := self.tree.run(command)).returncode != 0:
            sys.exit(done.stdout[-4000:])

    def build(self):
        """Lines that do not compile lose the switches of their whole numbers, then all; a few rounds find them all."""
        tried = collections.Counter()
        for _ in range(ROUNDS):
            self.switches = [place for place in self.places if tried[place.file, place.line] < (1 if place.old.isdigit() else 2)]
            of_file = collections.defaultdict(list)
            for place in self.switches:
                of_file[place.file].append(place)
            for name, text in self.sources.items():
                changed = switched(text, of_file[name])
                if (self.folder / name).read_text() != changed:
                    (self.folder / name).write_text(changed)
            if (done := self.tree.build(PROGRAMS, "--", "-k", "0")).returncode == 0:
                return
            found = set(re.findall(rf"^{re.escape(str(self.folder))}/(\S+?\.cpp):(\d+):", done.stdout, re.M))
            tried.update((file, int(line)) for file, line in found)
            print(f"{len(self.places) - len(self.switches)} of {len(self.places)} places cannot be a switch so far", flush=True)
        sys.exit("the tree does not build:\n" + done.stdout[-4000:])

    def run(self, program, environment, *options, **more):
        return self.tree.run([f"build/dev/tests/{program}", "--gtest_brief=1", *options], env={**os.environ, **environment}, **more)

    def record(self):
        """Which test reaches what, and how long it takes: each by itself, because a table is only made by the first that needs it."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
            for program in PROGRAMS:
                listed = self.run(program, {}, "--gtest_list_tests").stdout.splitlines()
                suite, tests = "", []
                for line in listed:
                    name = line.split("#")[0].strip()
                    if line.startswith(" "):
                        tests.append(suite + name)
                    elif name.endswith("."):
                        suite = name
                for test, took, ids in workers.map(lambda test, program=program: self.reached_by(program, test), tests):
                    self.reach[program, test] = took, ids

    def reached_by(self, program, test):
        with tempfile.NamedTemporaryFile("r") as file:
            done = self.run(program, {"SURVEY_REACHED": file.name}, f"--gtest_filter={test}")
            if done.returncode != 0:
                sys.exit(f"{test} fails with all switches off:\n{done.stdout[-2000:]}")
            took, ids = 0, set()
            for line in file:
                _, milliseconds, *reached = line.split()
                took += int(milliseconds)
                ids |= set(map(int, reached))
        return test, took, ids

    def noticed_by(self, place):
        reaching = [(program, test, took) for (program, test), (took, ids) in self.reach.items() if place.id in ids]
        for low, high in STEPS_MS:
            for program in PROGRAMS:
                tests = [(test, took) for of, test, took in reaching if of == program and low < took <= high]
                if tests and (failed := self.failure(place, program, tests)) is not None:
                    return failed
        return None

    def failure(self, place, program, tests):
        with tempfile.NamedTemporaryFile("w", suffix=".flags") as flags:
            flags.write("--gtest_fail_fast\n--gtest_filter=" + ":".join(test for test, _ in tests) + "\n")
            flags.flush()
            allowed = 60 + 20 * sum(took for _, took in tests) / 1000
            try:
                done = self.run(program, {"SURVEY_SWITCH": str(place.id)}, f"--gtest_flagfile={flags.name}", timeout=allowed)
            except subprocess.TimeoutExpired:
                return f"{program} (does not end)"
        return None if done.returncode == 0 else who_failed(program, done)


def survey(options):
    one = Survey(options.tree.resolve())
    one.prepare()
    one.build()
    one.record()
    chosen = [place for place in one.switches if not options.paths or place.file.startswith(tuple(options.paths))]
    random.Random(options.seed).shuffle(chosen)
    chosen = chosen[:options.count]
    noticed, tried = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers, open(one.folder.parent / "survey.txt", "w") as out:
        for place, by in zip(chosen, workers.map(one.noticed_by, chosen)):
            folder = str(pathlib.PurePath(place.file).parent)
            tried[folder] += 1
            noticed[folder] += by is not None
            if by is None:
                print(f"{place.file}:{place.line}: {place.old} -> {place.new}: NOT NOTICED\n    {place.text}", file=out, flush=True)
    for folder in sorted(tried):
        print(f"{folder}: {noticed[folder]} of {tried[folder]} changes were noticed")
    print(f"all: {noticed.total()} of {tried.total()}; {len(one.places) - len(one.switches)} of {len(one.places)} places cannot be a switch")


def self_test():
    text = "constexpr int a = 3;\nif (b < a) f();"
    places = [place_of(i, "", text, site) for i, site in enumerate(sites(text))]
    wanted = ('#include "mutation/switch.hpp"\n#line 1\nconst int a = (::survey::on(0) ? (4) : (3));\n'
              "if (b < ::survey::Switch<::survey::Order::less>{1} < a) f();")
    if (found := switched(text, places)) != wanted:
        sys.exit(f"found  {found}\nwanted {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--tree", type=pathlib.Path, default=ROOT / "build/mutation/survey")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    return self_test() if options.self_test else survey(options)


if __name__ == "__main__":
    sys.exit(main())
