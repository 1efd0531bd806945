"""Names as MLflow takes them."""

import hashlib
import re


def mlflow_name(name: str) -> str:
    """A name of a figure, a picture or a tag, without what MLflow refuses in one.

    The plus of a degraded set becomes a space. If anything else is replaced, as in a folder's name in another script, a
    digest keeps apart the names that would become equal.
    """
    plain = name.replace("+", " ")
    taken = re.sub(r"[^A-Za-z0-9_\-./ ]", "_", plain)
    return taken if taken == plain else f"{taken}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
