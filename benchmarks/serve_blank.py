"""Serve a built Reflex app from the current folder exactly as Cabinet is served: `python -m benchmarks.serve_blank`."""

from pathlib import Path

from cabinet.launcher.serve import serve

if __name__ == "__main__":
    serve("blank.blank:app", Path.cwd())
