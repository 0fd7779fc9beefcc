"""What is ready for Prometheus and Grafana: a scrape configuration, alert rules, a dashboard. They name what there is."""

import json
import re
import subprocess
import urllib.request

import pytest

from busbar import PASSWORD, ROOT, eventually
from processes import end_child, free_port, start_child
from test_metrics import metrics_of, promtool, text_of

FOLDER = ROOT / "config/monitoring"
NAME = re.compile(r"\b(?:busbar|process)_[a-z_]+")
# What a histogram is made of has the histogram's name in # TYPE.
PARTS = re.compile(r"_(bucket|sum|count)$")


def names_of_dashboard():
    dashboard = json.loads((FOLDER / "busbar_dashboard.json").read_text())
    return {name for panel in dashboard["panels"] for target in panel["targets"] for name in NAME.findall(target["expr"])}


def names_of_rules():
    expressions = re.findall(r"^ +expr: (.*)$", (FOLDER / "busbar_alerts.yml").read_text(), re.M)
    return {name for expression in expressions for name in NAME.findall(expression)}


def told_names(busbar):
    return set(re.findall(r"^# TYPE (\S+)", text_of(busbar), re.M))


@pytest.fixture
def used(new_busbar):
    """One of which everything that it can tell of has happened: a mail server is away, a request was refused, …"""
    busbar = new_busbar("--smtp", "smtp://127.0.0.1:1").start()
    busbar.register("ada@example.org")
    busbar.request("POST", "/api/v1/sessions", {"email": "ada@example.org", "password": PASSWORD})
    eventually(lambda: metrics_of(busbar), lambda now: any("server_available" in series for series in now))
    return busbar


def test_alerts_and_dashboard_name_only_metrics_that_there_are(used):
    there = told_names(used)
    for names in (names_of_rules(), names_of_dashboard()):
        assert len(names) >= 10
        assert {name for name in names if name not in there and PARTS.sub("", name) not in there} == set()


def test_labels_that_alerts_and_dashboard_name_are_there(used):
    text = text_of(used)
    rules = (FOLDER / "busbar_alerts.yml").read_text()
    for name, label in re.findall(r'(busbar_[a-z_]+)\{([a-z]+)=', rules):
        assert re.search(rf"^{name}\{{[^}}]*\b{label}=", text, re.M), (name, label)


def test_promtool_takes_rules_and_configuration():
    for arguments in (("check", "config", str(FOLDER / "prometheus.yml")), ("check", "rules", str(FOLDER / "busbar_alerts.yml"))):
        done = promtool(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_when_they_should_and_not_before(tmp_path):
    test = tmp_path / "test.yml"
    test.write_text(f"""
rule_files: [{FOLDER / 'busbar_alerts.yml'}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'busbar_email_oldest_queued_seconds{{instance="a"}}'
        values: '0x10 700x20'
      - series: 'busbar_bus_dead_letters{{handler="h",module="m",source="s"}}'
        values: '0x10 2x20'
      - series: 'busbar_storage_free_bytes{{instance="a"}}'
        values: '1000x30'
      - series: 'busbar_storage_reserve_bytes{{instance="a"}}'
        values: '10x30'
    alert_rule_test:
      - {{eval_time: 9m, alertname: BusbarMailsDoNotGoOut, exp_alerts: []}}
      - eval_time: 20m
        alertname: BusbarMailsDoNotGoOut
        exp_alerts:
          - exp_labels: {{severity: critical, instance: a}}
            exp_annotations:
              summary: A mail has waited for 11m 40s
              description: '`busbar mail list --status queued` shows what the server said.'
      - {{eval_time: 9m, alertname: BusbarHasDeadLetters, exp_alerts: []}}
      - eval_time: 13m
        alertname: BusbarHasDeadLetters
        exp_alerts:
          - exp_labels: {{severity: warning, handler: h, module: m, source: s}}
            exp_annotations:
              summary: 2 events of s are dead letters of h
              description: '`busbar deadletter list` shows them; retry or drop each.'
      - {{eval_time: 20m, alertname: BusbarDiskIsNearlyFull, exp_alerts: []}}
""")
    done = promtool("test", "rules", str(test))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def prometheus(tmp_path, used):
    """Debian's, with our configuration but for the address."""
    for name in ("prometheus.yml", "busbar_alerts.yml"):
        text = (FOLDER / name).read_text().replace("127.0.0.1:8081", used.ready["admin"]).replace("scrape_interval: 10s", "scrape_interval: 1s")
        (tmp_path / name).write_text(text)
    port = free_port()
    process = start_child(["/usr/bin/prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/tsdb",
                           f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=5) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    yield ask
    end_child(process, 20)


def test_prometheus_scrapes_it_and_loads_its_rules(prometheus):
    def is_up(data):
        return data and [target["health"] for target in data["activeTargets"]] == ["up"]

    eventually(lambda: prometheus("targets"), is_up, limit=30)
    rules = prometheus("rules")["groups"][0]["rules"]
    assert len(rules) >= 10 and {rule["health"] for rule in rules} <= {"ok", "unknown"}
    found = eventually(lambda: prometheus("query?query=busbar_build_info"), lambda data: data and data["result"], limit=30)
    assert found["result"][0]["value"][1] == "1"
