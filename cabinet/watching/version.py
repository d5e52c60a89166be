"""Which version of the program this is."""

import tomllib

from cabinet.settings import ROOT


def _version() -> str:
    file = ROOT / "pyproject.toml"
    return str(tomllib.loads(file.read_text("utf-8"))["project"]["version"]) if file.exists() else "unknown"


VERSION = _version()
