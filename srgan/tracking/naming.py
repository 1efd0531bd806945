"""Names as MLflow takes them."""

import re


def accepted(name: str) -> str:
    """A name of a figure, a picture or a tag; what MLflow refuses in one, as the plus of a degraded set, is a space."""
    return re.sub(r"[^A-Za-z0-9_\-./ ]", " ", name)
