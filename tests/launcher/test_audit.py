"""The look for known weaknesses, against sources of advisories on this machine: both tools really run."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from cabinet.launcher import audit
from cabinet.launcher.audit import Audit, Weakness, audit_npm, audit_python, report
from cabinet.settings import ROOT

LOCKED = json.loads((ROOT / "reflex.lock" / "package-lock.json").read_text())["packages"]
ADVISORY = {
    "id": 1,
    "url": "https://advisories.example/GHSA-reac-tttt-tttt",
    "title": "A form runs twice",
    "severity": "high",
    "vulnerable_versions": "<99.0.0",
    "cwe": [],
    "cvss": {"score": 0, "vectorString": None},
}
JINJA = {
    "id": "GHSA-jinj-aaaa-aaaa",
    "aliases": ["CVE-2026-00001"],
    "summary": "A template runs twice",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}


@dataclass
class Source:
    """Knows what it is told about packages by their names."""

    url: str = ""
    weak: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])


@pytest.fixture
def source() -> Iterator[Source]:
    known = Source()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = json.loads(
                gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            )
            if self.path == "/v1/query":
                name = asked["package"]["name"]
                known.asked.append(name)
                self._say({"vulns": [known.weak[name]]} if name in known.weak else {})
            else:
                known.asked += asked
                self._say({name: [one] for name, one in known.weak.items() if name in asked})

        def do_GET(self) -> None:
            name = self.path[1:].replace("%2f", "/")
            version = LOCKED[f"node_modules/{name}"]["version"]
            about = {"name": name, "version": version, "dist": {}}
            self._say({"name": name, "versions": {version: about}, "dist-tags": {"latest": version}})

        def _say(self, answer: Any) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_port}"
    yield known
    server.shutdown()


def test_a_weak_python_package_is_named_with_its_cure(source: Source) -> None:
    source.weak["jinja2"] = JINJA
    found = audit_python(f"{source.url}/v1/query")
    assert found.is_done
    assert {"jinja2", "starlette", "idna", "pytest"} <= set(source.asked)
    [one] = found.found
    assert one.package.startswith("jinja2 ")
    assert {"GHSA-jinj-aaaa-aaaa", "CVE-2026-00001"} <= one.names
    assert "99.0" in one.advice


def test_a_weak_npm_package_is_named(source: Source) -> None:
    source.weak["react"] = ADVISORY
    found = audit_npm(source.url)
    assert found.is_done
    assert "react-router" in source.asked
    assert [(one.package, one.names) for one in found.found] == [
        ("react", frozenset({"GHSA-reac-tttt-tttt"}))
    ]


def test_without_a_source_nothing_is_said_to_be_fine(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    audits = [audit_python("http://127.0.0.1:9/v1/query"), audit_npm("http://127.0.0.1:9")]
    assert [one.looked_up for one in audits] == [0, 0]
    assert report(audits, frozenset(), strict=False) == 0
    assert capfd.readouterr().out.count("NOT AUDITED") == 2
    assert report(audits, frozenset(), strict=True) == 1


def test_an_index_that_knows_no_package_is_no_good_news(capfd: pytest.CaptureFixture[str]) -> None:
    skipped = {"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]}
    found = audit._read_python(skipped)  # pyright: ignore[reportPrivateUsage]
    assert not found.is_done
    assert report([found], frozenset(), strict=True) == 1
    assert "NOT AUDITED" in capfd.readouterr().out


def test_a_weakness_fails_the_check_until_it_is_accepted() -> None:
    weak = Audit("npm", 5, found=[Weakness("react", frozenset({"GHSA-1", "CVE-2"}), "")])
    assert report([weak], frozenset(), strict=False) == 1
    assert report([weak], frozenset({"CVE-2"}), strict=False) == 0


def test_what_is_accepted_has_a_reason_and_an_end(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[[tool.cabinet.accepted_weaknesses]]\nid = 'CVE-2'\nwhy = 'only on Windows'\nuntil = 2026-12-01\n"
    )
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    assert audit.accepted(date(2026, 12, 1)) == {"CVE-2"}
    assert audit.accepted(date(2026, 12, 2)) == frozenset()
