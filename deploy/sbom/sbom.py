"""The bill of materials of a built rekindle, as CycloneDX 1.6 JSON on standard output.

usage: sbom.py PROGRAM PACKAGES_FILE

What the program links with or loads, by dpkg's record of who owns each library; the build's own packages (headers are compiled in)
from the list. uPlot, the one file of others in this repository, is in it too.
"""

import re
import subprocess
import sys
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


# What the program loads by its name when it first needs it.
LOADED = ["libcurl.so.4"]


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def library_packages(program):
    """Names of the packages that own the libraries of `program`."""
    known = dict(re.findall(r"^\s*(\S+) .*=> (/\S+)$", output_of("/sbin/ldconfig", "-p"), re.MULTILINE))
    loaded = [known[name] for name in LOADED]
    paths = [*loaded, *re.findall(r"=> (/\S+)", output_of("ldd", program, *loaded))]
    names = set()
    for path in paths:
        # dpkg may know the library by its place before /lib became a link to /usr/lib.
        real = str(Path(path).resolve())
        for candidate in {path, real, real.removeprefix("/usr")}:
            found = subprocess.run(["dpkg-query", "-S", candidate], capture_output=True, text=True)
            if found.returncode == 0:
                names.add(found.stdout.split(":")[0])
                break
        else:
            sys.exit(f"no package owns {path}")
    return names


def package(name, scope):
    shown = output_of("dpkg-query", "-W", "-f", "${Version}\t${source:Package}\t${Architecture}\n", name)
    version, source, architecture = shown.splitlines()[0].split("\t")
    url = PackageURL("deb", "debian", name, version, {"arch": architecture, "distro": "debian-12", "upstream": source})
    return Component(type=ComponentType.LIBRARY, name=name, version=version, purl=url, bom_ref=url.to_string(), scope=scope)


def main(program, packages):
    version = output_of(program, "version").split()[1]
    bom = Bom()
    bom.metadata.component = Component(type=ComponentType.APPLICATION, name="rekindle", version=version, bom_ref=f"rekindle@{version}")
    linked = library_packages(program)
    wanted = [line.split("#")[0].strip() for line in Path(packages).read_text().splitlines()]
    headers = {name for name in wanted if name.endswith("-dev")} - linked
    components = [package(name, ComponentScope.REQUIRED) for name in sorted(linked)]
    components += [package(name, ComponentScope.OPTIONAL) for name in sorted(headers)]
    uplot = Path(__file__).resolve().parents[2] / "web"
    for file in sorted(uplot.rglob("uplot*.js")):
        found = re.search(r"v?(\d+\.\d+\.\d+)", file.read_text(errors="replace")[:500])
        if found:
            url = PackageURL("npm", None, "uplot", found[1])
            components.append(Component(type=ComponentType.LIBRARY, name="uplot", version=found[1], purl=url, bom_ref=url.to_string()))
            break
    for one in components:
        bom.components.add(one)
    bom.register_dependency(bom.metadata.component, components)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem:
        sys.exit(f"not a valid CycloneDX document: {problem}")
    print(text)
    print(f"{len(components)} components", file=sys.stderr)


main(*sys.argv[1:])
