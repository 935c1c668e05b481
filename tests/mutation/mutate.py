#!/usr/bin/env python3
"""Changes one constant or comparison of the core at a time, chosen by a seed, and asks whether its tests notice.

mutate.py [SEED] [COUNT] [--headers]   COUNT (10) changes that compile; exit 1 where one was not noticed
mutate.py --self-test                  the choosing itself, on a line of each kind

The tree that is changed is a copy of the last commit, build/mutation/tree. Nothing else is touched. A change that does not compile is
no change, and another is drawn. A test that hangs has noticed. With --headers what many files include is changed too, which takes long.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build/mutation"
TREE = WORK / "tree"
CORE = ["src/base", "src/data", "src/schedule", "src/optimizer", "src/model", "src/learner", "src/cluster", "drift"]
# The first that fails ends it: the quickest first.
PROGRAMS = ["tests/unit/unit_core_test", "tests/unit/cluster/unit_cluster_test", "tests/golden/golden_test", "tests/replay/replay_test"]
LONGEST_SECONDS = 900

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


def core_files(headers):
    endings = (".cpp", ".hpp") if headers else (".cpp",)
    return [path for folder in CORE for path in sorted((TREE / folder).rglob("*")) if path.suffix in endings]


def run(command, **more):
    return subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)


def prepare():
    if not TREE.exists():
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
        subprocess.run(["git", "worktree", "add", "--detach", "--force", str(TREE), "HEAD"], cwd=ROOT, check=True)
    subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=TREE, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    subprocess.run(["git", "checkout", "--quiet", "--detach", head], cwd=TREE, check=True)
    done = run(["cmake", "--preset", "dev"])
    if done.returncode == 0:
        done = build()
    if done.returncode != 0:
        sys.exit("the unchanged tree does not build:\n" + done.stdout[-4000:])


def build():
    return run(["cmake", "--build", "--preset", "dev", "--target"] + [program.rsplit("/", 1)[1] for program in PROGRAMS])


def first_failure():
    """Which test notices; None: none does."""
    for program in PROGRAMS:
        try:
            done = run([f"build/dev/{program}", "--gtest_fail_fast", "--gtest_brief=1"], timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            return f"{program} (does not end)"
        if done.returncode != 0:
            failed = re.search(r"\[  FAILED  \] (\S+)", done.stdout)
            return failed.group(1).rstrip(",") if failed else f"{program} (exit {done.returncode})"
    return None


def mutate(seed, count, headers):
    prepare()
    if (already := first_failure()) is not None:
        sys.exit(f"the unchanged tree fails {already}")
    choose = random.Random(seed)
    places = [(path, site) for path in core_files(headers) for site in sites(path.read_text())]
    choose.shuffle(places)
    unnoticed = tried = 0
    for path, (start, end, replacement) in places:
        if tried == count:
            break
        text = path.read_text()
        line = text.count("\n", 0, start) + 1
        where = f"{path.relative_to(TREE)}:{line}: {text[start:end]} -> {replacement}"
        path.write_text(text[:start] + replacement + text[end:])
        try:
            if build().returncode != 0:
                print(f"{where}: does not compile", flush=True)
                continue
            tried += 1
            noticed = first_failure()
        finally:
            path.write_text(text)
        unnoticed += noticed is None
        print(f"{where}: {'noticed by ' + noticed if noticed else 'NOT NOTICED'}", flush=True)
        if noticed is None:
            print("    " + text.splitlines()[line - 1].strip(), flush=True)
    build()
    print(f"seed {seed}: {tried - unnoticed} of {tried} changes of {len(places)} places were noticed")
    return 1 if unnoticed else 0


def self_test():
    text = 'if (a < 10 && b.c<int>() >= 0.5) f("< 3", \'4\');  // 5 < 6\n#if X > 1\n  x = 1e-3 * y2 + 1\'000;\n  std::array<double, 2> z;\n'
    found = [(text[start:end], replacement) for start, end, replacement in sites(text)]
    wanted = [("<", "<="), ("10", "11"), (">=", ">"), ("0.5", "1.0"), ("1e-3", "0.002"), ("1'000", "1001"), ("2", "3")]
    if found != wanted:
        sys.exit(f"found {found}\nwanted {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("count", nargs="?", type=int, default=10)
    parser.add_argument("--headers", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    return mutate(options.seed, options.count, options.headers)


if __name__ == "__main__":
    sys.exit(main())
