"""Which series there are, and whether a query is about them."""
import functools
import re

from harness import DEPLOY, ROOT, check


@functools.cache
def known_series():
    names = set()
    for line in (ROOT / "metrics/series.txt").read_text().splitlines():
        if line.startswith(" ") or not line:
            continue
        name, kind = re.match(r"\w+", line)[0], line.split()[-1]
        names |= {name} if kind != "histogram" else {name + end for end in ("_bucket", "_sum", "_count")}
    return names


def recorded_series():
    return re.findall(r"record: (\S+)", (DEPLOY / "prometheus/rules.yml").read_text())


def check_query(where, query, recorded):
    for name in re.findall(r"instance:\w+:\w+", query):
        check(name in recorded, f"{where}: no rule records {name}")
    query = re.sub(r"instance:\w+:\w+", "", query)
    for name in re.findall(r"\b(?:rekindle|process)_\w+", query):
        check(name in known_series(), f"{where}: there is no series {name}")
    for counter in re.findall(r"\b\w+_total\b", query):
        check("rate(" in query or "increase(" in query, f"{where}: {counter} is a counter and wants rate or increase")
