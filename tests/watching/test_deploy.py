"""Alerts, dashboard and docs speak of metrics that exist, with labels that they have."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cabinet.settings import ROOT
from cabinet.watching.figures import FIGURES
from cabinet.watching.metrics import REGISTRY

DEPLOY = ROOT / "deploy"
DOCS = ROOT / "docs" / "watching.md"
OF_OTHERS = {"up", "probe_success", "probe_ssl_earliest_cert_expiry", "ALERTS"}
BY_PROMETHEUS = {"instance", "job", "le", "alertname", "severity"}
_NAME = re.compile(r"\b(?:cabinet|probe|node)_\w+|\bup\b")
_SELECTOR = re.compile(r"\b(cabinet_\w+)\{([^}]*)\}")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_BY = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")


def known() -> dict[str, set[str]]:
    """Every name that Prometheus would store, with its labels."""
    found: dict[str, set[str]] = {figure.name: set(figure.labels) for figure in FIGURES}
    for family in list(REGISTRY._names_to_collectors.values()):  # pyright: ignore
        labels = set(family._labelnames)  # pyright: ignore
        kind, name = family._type, family._name  # pyright: ignore
        endings = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[kind]
        found |= {f"{name}{ending}": labels for ending in endings}
    return found


KNOWN = known()


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return json.loads((DEPLOY / "grafana" / "cabinet.json").read_text("utf-8"))["panels"]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


EXPRESSIONS = list(expressions())


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_an_expression_names_what_exists(where: str, expression: str):
    plain = re.sub(r'"[^"]*"', '""', expression)
    names = set(_NAME.findall(plain)) - OF_OTHERS
    assert names <= KNOWN.keys(), names - KNOWN.keys()
    for name, matchers in _SELECTOR.findall(plain):
        assert set(_LABEL.findall(matchers)) <= KNOWN[name] | BY_PROMETHEUS, (name, matchers)
    named = {label.strip() for group in _BY.findall(plain) for label in group.split(",")}
    assert named <= set[str]().union(*(KNOWN[name] for name in names)) | BY_PROMETHEUS


def test_what_is_written_in_an_expression_is_seen():
    """The reading above by regular expressions is not blind."""
    text = 'sum by (le, rooute) (rate(cabinet_nothing_total{outcome=~"a|b",x!="1"}[5m]))'
    assert _NAME.findall(text) == ["cabinet_nothing_total"]
    assert _SELECTOR.findall(text) == [("cabinet_nothing_total", 'outcome=~"a|b",x!="1"')]
    assert _LABEL.findall('outcome=~"",x!=""') == ["outcome", "x"]
    assert _BY.findall(text) == ["le, rooute"]


def test_every_metric_is_on_the_dashboard_or_in_an_alert():
    used = {name for _, expression in EXPRESSIONS for name in _NAME.findall(expression)}
    forgotten = {name for name in KNOWN if name not in used and not name.endswith(("_sum", "_count"))}
    assert forgotten == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]):
    assert rule["labels"]["severity"] in ("page", "ticket")
    for part in ("summary", "action"):
        assert rule["annotations"][part].rstrip().endswith((".", "?")), rule["alert"]


def test_alerts_have_names_of_their_own_and_stand_in_the_docs():
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) > 20
    assert [name for name in names if f"`{name}`" not in DOCS.read_text("utf-8")] == []


def test_the_docs_name_every_metric_and_no_other():
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) if "seconds_" in name else name for name in KNOWN}
    bare = {name for name in bare if name not in ("cabinet_event_handler_seconds", "cabinet_job_seconds")}
    written = set(re.findall(r"^\| `(cabinet_\w+)`", DOCS.read_text("utf-8"), re.MULTILINE))
    assert written == {re.sub(r"_total_total$", "_total", name) for name in bare}


def test_the_dashboard_is_one_that_grafana_takes():
    dashboard = json.loads((DEPLOY / "grafana" / "cabinet.json").read_text("utf-8"))
    assert dashboard["schemaVersion"] >= 36
    assert dashboard["uid"] == "cabinet"
    [variable] = dashboard["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    assert [panel["title"] for panel in panels() if panel["type"] == "row"] == [
        "Residents",
        "Money",
        "Jobs and letters",
        "Machine",
    ]
    for panel in panels():
        assert panel["type"] in ("row", "stat", "timeseries")
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["targets"]


def test_no_panel_lies_on_another():
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_example_scrapes_what_the_rules_ask_for():
    example = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text("utf-8"))
    named = {job["job_name"] for job in example["scrape_configs"]}
    wanted = {
        one
        for _, expression in EXPRESSIONS
        for found in re.findall(r'\bjob=~?"([^"]+)"', expression)
        for one in found.split("|")
    }
    assert wanted <= named
