"""Starting, building and checking the program."""

import warnings

# The embedded database's package looks for a folder that only desktops have; ours is set later.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
