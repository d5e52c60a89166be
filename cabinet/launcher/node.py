"""What Reflex and Node need to find in the environment before Reflex looks around."""

import os
import sys
from pathlib import Path

_FOR_REFLEX = {
    "REFLEX_USE_NPM": "1",
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "false",
    "npm_config_omit_lockfile_registry_resolved": "true",
    "npm_config_fund": "false",
    "npm_config_audit": "false",
    "npm_config_update_notifier": "false",
}


def prepare_reflex() -> None:
    """Use the pinned Node of the virtual environment and npm with our lock; send nothing home."""
    os.environ.update(_FOR_REFLEX)
    scripts = str(Path(sys.executable).parent)
    others = [part for part in os.environ["PATH"].split(os.pathsep) if part != scripts]
    os.environ["PATH"] = os.pathsep.join([scripts, *others])
