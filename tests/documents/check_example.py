#!/usr/bin/env python3
"""The example of every section knows no unknown key, and `config schema` agrees with `check` about it.

usage: check_example.py EXAMPLE REKINDLE
"""

import json
import os
import re
import subprocess
import sys

try:
    import jsonschema
    import tomllib
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(1 if os.environ.get("CI") == "true" else 0)

# What a version may not have yet. An unknown key, or a value of the wrong type, is never right.
NOT_YET = re.compile(r"is not available in this version yet|must be one of")


def main():
    example, program = sys.argv[1:]
    checked = subprocess.run([program, "check", "-c", example], capture_output=True, text=True)
    mistakes = [line for line in checked.stderr.splitlines() if re.match(re.escape(example) + r":\d+:\d+: ", line)]
    wrong = [line for line in mistakes if not NOT_YET.search(line)]
    not_yet = [line.split(": ")[1].split(".")[0] for line in mistakes]
    schema = json.loads(subprocess.run([program, "config", "schema"], capture_output=True, text=True, check=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    with open(example, "rb") as file:
        document = tomllib.load(file)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        # Sections of which the check knows something to be missing may differ here too.
        if str(error.path[0] if error.path else "") not in not_yet:
            wrong.append(f"schema: {'.'.join(map(str, error.path))}: {error.message}")
    print("\n".join(wrong) or f"{len(mistakes)} keys are not available yet, no mistake")
    sys.exit(1 if wrong else 0)


main()
