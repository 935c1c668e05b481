#!/usr/bin/env python3
"""What is shipped around the program: rules, units, compose and manifests are well-formed and agree with each other.

usage: check_deploy.py PROGRAM"""
import pathlib
import re
import sys
import tempfile

from harness import DEPLOY, ROOT, check, finish, has, run
from series import check_query, recorded_series

PORT = "9464"
CONFIGURATION = "/etc/rekindle/rekindle.toml"
STATE = "/var/lib/rekindle"
USER = "10001"


def check_rules():
    rules = (DEPLOY / "prometheus/rules.yml").read_text()
    recorded = recorded_series()
    for alert in re.findall(r"alert: (\w+)", rules):
        check((ROOT / f"docs/runbooks/{alert}.md").exists(), f"{alert} has no runbook")
        check(f"docs/runbooks/{alert}.md" in rules, f"{alert} does not name its runbook")
        check(f'alertname="{alert}"' in (DEPLOY / "prometheus/rules_test.yml").read_text(), f"{alert} is not tested")
    for expression in re.findall(r"expr: (.*)", rules):
        check_query("rules.yml", expression, recorded)
    if has("promtool"):
        for command in (("check", "rules", "deploy/prometheus/rules.yml"), ("test", "rules", "deploy/prometheus/rules_test.yml")):
            code, said = run("promtool", *command)
            check(code == 0, f"promtool {' '.join(command)}: {said}")


# systemd-analyze says what it does not know, and exits with 0.
def check_units(program):
    if not has("systemd-analyze"):
        return
    with tempfile.TemporaryDirectory() as folder:
        for unit in sorted((DEPLOY / "systemd").glob("*.service")):
            text = unit.read_text().replace("/usr/bin/rekindle", program)
            copy = pathlib.Path(folder) / unit.name.replace("@.", "@one.")
            copy.write_text(text)
            code, said = run("systemd-analyze", "verify", "--man=no", str(copy))
            said = "\n".join(line for line in said.splitlines() if unit.name.split(".")[0].rstrip("@") in line)
            check(code == 0 and not said, f"{unit.name}: {said}")


def check_configurations(program):
    for name in ("deploy/rekindle/rekindle.toml", "deploy/kubernetes/rekindle.toml", "deploy/cluster/rekindle.toml",
                 "deploy/kubernetes-cluster/rekindle.toml"):
        code, said = run(program, "check", "-c", name)
        check(code == 0, f"{name}: {said}")


# What a file says of something, each time that it does; all of it has to be the same.
AGREEMENT = [
    ("the port", PORT, {
        "deploy/Dockerfile": [r"EXPOSE (\d+)", r"127\.0\.0\.1:(\d+)/healthz"],
        "docker-compose.yml": [r"127\.0\.0\.1:(9464):", r"127\.0\.0\.1:9464:(\d+)"],
        "deploy/rekindle/rekindle.toml": [r'listen = "0\.0\.0\.0:(\d+)"'],
        "deploy/kubernetes/rekindle.toml": [r'listen = "0\.0\.0\.0:(\d+)"'],
        "deploy/kubernetes/statefulset.yaml": [r"containerPort: (\d+)", r'prometheus\.io/port: "(\d+)"'],
        "deploy/kubernetes/service.yaml": [r"\n\s+port: (\d+)"],
        "deploy/prometheus/prometheus.yml": [r"rekindle:(\d+)"],
    }),
    ("the configuration", CONFIGURATION, {
        "deploy/Dockerfile": [r'"run", "-c", "([^"]+)"'],
        "docker-compose.yml": [r"rekindle\.toml:([^:\s]+):ro"],
        "deploy/kubernetes/statefulset.yaml": [r'"-c", "([^"]+)"'],
        "deploy/systemd/rekindle.service": [r"run -c (\S+)", r"check -c (\S+)"],
    }),
    ("the state", STATE, {
        "deploy/Dockerfile": [r"--home-dir (\S+)", r"WORKDIR (/var\S+)", r"VOLUME (\S+)"],
        "docker-compose.yml": [r"rekindle-state:(\S+)"],
        "deploy/rekindle/rekindle.toml": [r'directory = "([^"]+)/state"'],
        "deploy/kubernetes/rekindle.toml": [r'directory = "([^"]+)/state"'],
        "deploy/kubernetes/statefulset.yaml": [r"name: state\s+mountPath: (\S+)"],
        "deploy/systemd/rekindle.service": [r"checkpoint\.directory=([^\s]+)/state"],
        "deploy/systemd/rekindle@.service": [r"checkpoint\.directory=([^\s]+)/%i"],
        "deploy/debian/postrm": [r'"\$\{DPKG_ROOT:-\}(/var/lib/rekindle)"'],
    }),
    ("the user", USER, {
        "deploy/Dockerfile": [r"--uid (\d+)", r"USER (\d+)"],
        "deploy/kubernetes/statefulset.yaml": [r"runAsUser: (\d+)", r"fsGroup: (\d+)"],
    }),
    ("the seconds to stop in", "30", {
        "docker-compose.yml": [r"stop_grace_period: (\d+)s"],
        "deploy/kubernetes/statefulset.yaml": [r"terminationGracePeriodSeconds: (\d+)"],
        "deploy/systemd/rekindle.service": [r"TimeoutStopSec=(\d+)"],
        "deploy/systemd/rekindle@.service": [r"TimeoutStopSec=(\d+)"],
    }),
    ("the broker", "kafka:9092", {
        "docker-compose.yml": [r"ADVERTISED_LISTENERS: PLAINTEXT://([^,]+)", r"kafka://(kafka:\d+)/"],
        "deploy/rekindle/rekindle.toml": [r'brokers = "([^"]+)"'],
        "deploy/kubernetes/rekindle.toml": [r'brokers = "([^"]+)"'],
    }),
    ("the topic", "samples", {
        "docker-compose.yml": [r"kafka://kafka:9092/([^\s\"]+)"],
        "deploy/rekindle/rekindle.toml": [r'topic = "([^"]+)"'],
        "deploy/kubernetes/rekindle.toml": [r'topic = "([^"]+)"'],
    }),
    ("where Grafana finds the dashboards", "/etc/grafana/dashboards", {
        "docker-compose.yml": [r"deploy/grafana/dashboards:(\S+):ro", r"HOME_DASHBOARD_PATH: (\S+)/overview\.json"],
        "deploy/grafana/provisioning/dashboards/rekindle.yml": [r"path: (\S+)"],
    }),
]


def check_agreement(program):
    for what, value, files in AGREEMENT:
        for name, patterns in files.items():
            text = (ROOT / name).read_text()
            for pattern in patterns:
                found = re.findall(pattern, text)
                check(found, f"{name}: does not say {what} ({pattern})")
                check(all(one == value for one in found), f"{name}: {what} is {found}, elsewhere {value}")
    for name in ("deploy/Dockerfile", "docker-compose.yml", "deploy/kubernetes/statefulset.yaml"):
        check("REKINDLE__" not in (ROOT / name).read_text(), f"{name}: sets the environment, which the units do not")
    _, version = run(program, "version")
    image = re.search(r"image: rekindle:(\S+)", (DEPLOY / "kubernetes/statefulset.yaml").read_text())[1]
    check(image in version, f"the StatefulSet runs {image}, this is {version}")
    one, many = ((DEPLOY / "systemd" / name).read_text() for name in ("rekindle.service", "rekindle@.service"))
    differing = [line for line in set(one.splitlines()) ^ set(many.splitlines()) if re.match(r"(Protect|Private|Restrict|Memory|Cap|System|No|Dyn|Lim|UM)", line)]
    check(not differing, f"the units differ in {differing}")
    check("DynamicUser=yes" in one and "StateDirectory=rekindle\n" in one, "the unit has no user and state of its own")
    if has("docker-compose"):
        code, said = run("docker-compose", "config", "-q")
        check(code == 0 and not said, f"docker-compose config: {said}")


if __name__ == "__main__":
    check_rules()
    check_units(sys.argv[1])
    check_configurations(sys.argv[1])
    check_agreement(sys.argv[1])
    finish()
