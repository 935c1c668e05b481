#!/usr/bin/env python3
"""The Debian package is built, and installed, run and purged in a root of its own.

usage: check_package.py BUILD_FOLDER"""
import pathlib
import re
import shutil
import sys
import tempfile

from harness import ROOT, check, finish, has, must as run

BUILD = pathlib.Path(sys.argv[1])
EXPECTED = [
    "usr/bin/rekindle", "usr/lib/systemd/system/rekindle.service", "usr/lib/systemd/system/rekindle@.service",
    "usr/share/bash-completion/completions/rekindle", "usr/share/zsh/vendor-completions/_rekindle",
    "usr/share/fish/vendor_completions.d/rekindle.fish", "usr/share/doc/rekindle/README.md", "usr/share/doc/rekindle/copyright",
    "usr/share/doc/rekindle/docs/tutorial.md", "usr/share/doc/rekindle/docs/runbooks/RekindleLag.md",
    "usr/share/doc/rekindle/examples/rekindle.example.toml", "usr/share/rekindle/prometheus/rules.yml",
    "usr/share/rekindle/grafana/overview.json",
]
DEPENDS = ["libc6", "libssl3", "librdkafka1", "libzstd1", "libspdlog1", "libprotobuf32", "libsimdjson14", "libmimalloc2.0"]

def check_contents(package):
    control = run("dpkg-deb", "--field", package)
    depends = re.search(r"^Depends: (.*)$", control, re.M)[1]
    for one in DEPENDS:
        check(re.search(rf"\b{one}\b", depends), f"does not depend on {one}: {depends}")
    check_image(depends)
    for field in ("Package: rekindle", "Architecture: amd64", "Section: science"):
        check(field in control, f"has no {field}")
    listed = run("dpkg-deb", "--contents", package)
    for line in listed.splitlines():
        check(" root/root " in line, f"not root's: {line}")
        check(not re.match(r".......w|........w", line), f"others may write it: {line}")
    for one in EXPECTED:
        check(f" ./{one}\n" in listed, f"has no {one}")


# What the package needs, the image has to install by name.
def check_image(depends):
    dockerfile = (ROOT / "deploy/Dockerfile").read_text().split("FROM ")[-1]
    for name in re.findall(r"(?<!\w)lib[\w.+-]+", depends):
        base = name in ("libc6", "libgcc-s1", "libstdc++6")  # Of every image.
        check(base or name.removesuffix("-fmt9") in dockerfile, f"deploy/Dockerfile installs no {name}")


# With scripts outside of a chroot: there is no other program in that root.
def dpkg(root, *arguments):
    return run("dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless", "--log=/dev/null", *arguments)


def check_life(package, root):
    for folder in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True)
    for file in ("status", "available"):
        (root / "var/lib/dpkg" / file).touch()
    dpkg(root, "--install", package)
    program = root / "usr/bin/rekindle"
    check("rekindle" in run(program, "version"), "the installed program does not tell its version")
    for shell, path in (("bash", EXPECTED[3]), ("zsh", EXPECTED[4])):
        if shutil.which(shell):
            run(shell, "-n", root / path)
    unit = (root / "usr/lib/systemd/system/rekindle.service").read_text()
    check("ExecStart=/usr/bin/rekindle run" in unit, "the unit starts another program")
    state = root / "var/lib/private/rekindle/state"
    state.mkdir(parents=True)
    dpkg(root, "--remove", "rekindle")
    check(not program.exists(), "the program is there after a removal")
    check(state.exists(), "a removal took the state")
    dpkg(root, "--purge", "rekindle")
    check(not state.exists(), "a purge left the state")
    left = [str(one.relative_to(root)) for one in root.rglob("*rekindle*")]
    check(not left, f"a purge left {left}")


# Into the prefix of an administrator: the units name it too.
def check_prefix(folder):
    run("cmake", "--install", BUILD, "--prefix", "/usr/local", environment={"DESTDIR": str(folder)})
    check((folder / "usr/local/share/zsh/site-functions/_rekindle").exists(), "no completion for zsh in /usr/local")
    unit = (folder / "usr/local/lib/systemd/system/rekindle.service").read_text()
    check("ExecStart=/usr/local/bin/rekindle run" in unit, "the unit in /usr/local starts another program")


def main():
    if not has("cpack", "dpkg", "dpkg-deb", "dpkg-shlibdeps"):
        print("SKIPPED: no tools of Debian")
        finish()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder / "packed")
        packages = list((folder / "packed").glob("*.deb"))
        check(len(packages) == 1, f"packages: {packages}")
        check_contents(packages[0])
        check_life(packages[0], folder / "root")
        check_prefix(folder / "prefix")
    finish()


if __name__ == "__main__":
    main()
