"""What a figure was measured on."""

import os
import platform
import re
import subprocess


def said(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return (done.stdout + done.stderr).splitlines()[0]


def machine():
    cpu = open("/proc/cpuinfo").read()
    name, model = (re.search(rf"^{what}\s*: (.*)", cpu, re.M) for what in ("model name", "model"))
    kind = f"{name.group(1)} (model {model.group(1)})" if name and model else platform.machine()
    return (
        f"{kind}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {platform.system()} {platform.release()}; "
        f"{said(['c++', '--version'])}; Python {platform.python_version()}"
    )
