#!/usr/bin/env python3
"""Checks what the compiler does not: layers, purity of the core, third parties in their place, file sizes.

check_layers.py [ROOT]       checks the tree; exit 1 and one line for each violation
check_layers.py --self-test  plants violations in a scratch tree and wants each of them found
"""
import pathlib
import re
import sys
import tempfile

# A folder includes only itself and folders of a lower number.
LAYERS = {
    "src/base": 0,
    "src/data": 1, "src/schedule": 1, "src/optimizer": 1, "drift": 1,
    "src/model": 2, "src/checkpoint": 2, "connectors": 2, "metrics": 2,
    "src/learner": 3, "src/http": 3, "src/cluster": 3,
    "src/app": 4,
}

# No clock, thread, lock, file, socket, environment, ambient randomness, unordered iteration; no Eigen reduction whose bits
# depend on the address.
CORE = ["src/base", "src/data", "src/schedule", "src/optimizer", "drift", "src/model", "src/learner"]
IMPURE = [
    (r"_clock\b", "a clock"),
    (r"\b(gettimeofday|clock_gettime|std::time|localtime|gmtime)\b", "a clock"),
    (r"#include <(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|atomic)>", "threads"),
    (r"\bthread_local\b", "threads"),
    (r"#include <(fstream|iostream|filesystem|cstdio|stdio\.h)>", "files"),
    (r"#include <(sys/.*|netinet/.*|arpa/.*|netdb\.h|unistd\.h|fcntl\.h|poll\.h)>", "the operating system"),
    (r"\bgetenv\b", "the environment"),
    (r"\bs?rand\s*\(", "ambient randomness"),
    (r"\brandom_device\b", "ambient randomness"),
    (r"\bstd::\w+_distribution\b", "a distribution whose draws differ between libraries"),
    (r"\bunordered_\w+", "unordered iteration"),
    (r"\.(sum|mean)\(\)", "an Eigen reduction whose bits depend on the address"),
]

# A third party stays where the design puts it.
THIRD_PARTY = {
    "librdkafka/": ["connectors/kafka"],
    "avro": ["connectors/decode", "connectors/file"],
    "curl/": ["connectors/net"],
    "simdjson": ["connectors/decode", "connectors/registry", "src/app/main.cpp"],  # main asks it what the processor can do.
    "prometheus/": ["metrics"],
    "boost/": ["src/http", "src/app"],
    "openssl/": ["src/http"],
    "google/protobuf": ["src/checkpoint", "connectors/decode"],
    "zstd": ["src/checkpoint", "connectors"],
    "toml++": ["src/app"],
    "CLI/": ["src/app"],
    "spdlog/": ["src/app"],
    "Eigen/": ["src/optimizer", "src/model", "src/learner"],
}

LONGEST = 400
# Path: (lines, reason). An entry may only shrink, and goes when the file fits.
LONGER = {}


def source_files(root, folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp"):
                yield path


def without_comments(text):
    """The code alone: comments gone, strings emptied (but for those of #include), lines kept."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

    def kept(match):
        found = match.group(0)
        if found.startswith("/"):
            return "\n" * found.count("\n")
        before = match.string[match.string.rfind("\n", 0, match.start()) + 1:match.start()]
        return found if before.lstrip().startswith("#include") else found[0] * 2

    return token.sub(kept, text)


def folder_of(path):
    """The layered folder of a path relative to the root, or None."""
    for folder in LAYERS:
        if path == folder or path.startswith(folder + "/"):
            return folder
    return None


def included_folder(name):
    """The folder that #include "name" reaches through the two include roots."""
    return folder_of(name) or folder_of("src/" + name)


def check_includes(relative, code):
    folder = folder_of(relative)
    for number, line in enumerate(code.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not include:
            continue
        name = include.group(2)
        if include.group(1) == '"':
            target = included_folder(name)
            if target is None:
                yield f'{relative}:{number}: "{name}" is in no layer (give the path from the root or from src/)'
            elif target != folder and LAYERS[target] >= LAYERS[folder]:
                yield f"{relative}:{number}: {folder} (layer {LAYERS[folder]}) must not include {target} (layer {LAYERS[target]})"
        for party, places in THIRD_PARTY.items():
            if include.group(1) == "<" and name.startswith(party) and not any((relative + "/").startswith(place + "/") for place in places):
                yield f"{relative}:{number}: <{name}> belongs into {', '.join(places)} only"


def check_purity(relative, code):
    if folder_of(relative) not in CORE:
        return
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, what in IMPURE:
            if re.search(pattern, line):
                yield f"{relative}:{number}: the core has {what}: {line.strip()}"


def check_cycles(includes):
    """`includes`: file -> files that it includes. Headers that include each other."""
    done = set()

    def walk(name, path):
        if name in path:
            return [f"{name}: includes itself through {' -> '.join(path[path.index(name):] + [name])}"]
        if name in done:
            return []
        done.add(name)
        found = []
        for target in includes.get(name, []):
            found += walk(target, path + [name])
        return found

    return [line for name in sorted(includes) for line in walk(name, [])]


def check_size(relative, lines):
    allowed, reason = LONGER.get(relative, (LONGEST, ""))
    if lines > allowed:
        yield f"{relative}: {lines} lines, at most {allowed}" + (f" ({reason})" if reason else "")
    elif relative in LONGER and lines < allowed:
        yield f"{relative}: {lines} lines now: {'lower its allowance' if lines > LONGEST else 'take it off the list'}"


def check(root):
    violations = []
    includes = {}
    for path in source_files(root, LAYERS):
        relative = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        code = without_comments(text)
        violations += check_includes(relative, code)
        violations += check_purity(relative, code)
        names = re.findall(r'#\s*include\s*"([^"]+)"', code)
        includes[relative] = [name if (root / name).exists() else "src/" + name for name in names]
    for path in source_files(root, list(LAYERS) + ["tests"]):
        violations += check_size(path.relative_to(root).as_posix(), len(path.read_text(encoding="utf-8").splitlines()))
    for gone in (name for name in LONGER if not (root / name).exists()):
        violations.append(f"{gone}: is gone: take it off the list of long files")
    return violations + check_cycles(includes)


PLANTED = [
    ("src/base/a.cpp", '#include "learner/learner.hpp"\n', "must not include src/learner"),
    ("drift/a.cpp", '#include "data/sample.hpp"\n', "must not include src/data"),
    ("connectors/a.cpp", '#include "learner/learner.hpp"\n', "must not include src/learner"),
    ("src/app/a.cpp", '#include "neighbour.hpp"\n', "is in no layer"),
    ("drift/b.cpp", "auto t = std::chrono::steady_clock::now();\n", "a clock"),
    ("src/learner/c.cpp", "#include <mutex>\n", "threads"),
    ("src/model/d.cpp", "#include <fstream>\n", "files"),
    ("src/base/e.cpp", "#include <sys/socket.h>\n", "the operating system"),
    ("src/base/f.cpp", 'auto* home = std::getenv("HOME");\n', "the environment"),
    ("src/data/g.cpp", "int draw() { return rand(); }\n", "ambient randomness"),
    ("src/data/h.cpp", "std::normal_distribution<double> d;\n", "draws differ"),
    ("src/schedule/i.cpp", "std::unordered_map<int, int> m;\n", "unordered iteration"),
    ("src/optimizer/j.cpp", "double s = gradient.sum();\n", "depend on the address"),
    ("connectors/file/k.cpp", "#include <librdkafka/rdkafka.h>\n", "belongs into connectors/kafka"),
    ("src/http/l.cpp", "int x;\n" * 401, "401 lines"),
    ("src/data/m.hpp", '#include "data/n.hpp"\n', "includes itself"),
    ("src/data/n.hpp", '#include "data/m.hpp"\n', ""),
]
INNOCENT = [
    ("src/app/a2.cpp", '#include "learner/learner.hpp"\n#include "drift/detector.hpp"\n'),
    ("drift/b2.cpp", '// std::chrono::steady_clock::now() is not for us\n/* rand()\n getenv */\nauto s = "unordered_map";\n'),
    ("src/learner/c2.cpp", "const double s = left.dot(right);  // not left.sum()\n"),
    ("connectors/kafka/d2.cpp", "#include <librdkafka/rdkafka.h>\n#include <mutex>\n"),
]


def self_test():
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, text in [(n, t) for n, t, _ in PLANTED] + INNOCENT:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        found = [line for line in check(root) if "list of long files" not in line]
        missed = [name for name, _, what in PLANTED if what and not any(line.startswith(name) and what in line for line in found)]
        accused = [line for line in found if any(line.startswith(name) for name, _ in INNOCENT)]
    return [f"missed: {name}" for name in missed] + [f"wrongly accused: {line}" for line in accused]


def main():
    if sys.argv[1:] == ["--self-test"]:
        problems = self_test()
    else:
        root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
        problems = check(root)
    print("\n".join(problems) if problems else "ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
