"""What the checks of this folder share: mistakes are collected and told at the end; a tool that is not there is one in CI only."""
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
IN_CI = os.environ.get("CI") == "true"
mistakes = []


def check(holds, message):
    if not holds:
        mistakes.append(message)


def run(*command, cwd=ROOT, environment=None):
    """Its exit code and what it said."""
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, cwd=cwd, env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout + done.stderr


def must(*command, **options):
    """What it said; the end where it fails."""
    code, said = run(*command, **options)
    if code != 0:
        raise SystemExit(f"{' '.join(map(str, command))} exited with {code}:\n{said}")
    return said


def has(*tools):
    """Whether all are installed."""
    missing = [one for one in tools if not shutil.which(one)]
    if missing:
        print(f"{'FAILED' if IN_CI else 'skipped'}: {', '.join(missing)} not installed (apt-packages-test.txt)")
        check(not IN_CI, f"{', '.join(missing)}: not installed")
    return not missing


def finish():
    for one in mistakes:
        print(one)
    print(f"{len(mistakes)} mistakes")
    raise SystemExit(1 if mistakes else 0)
