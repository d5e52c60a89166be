"""Cabinet beside a blank Reflex app: the same server, the same browser, the same minutes."""
