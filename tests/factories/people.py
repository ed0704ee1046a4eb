"""People who sign in, as a users file names them."""

from __future__ import annotations

import json
from pathlib import Path

from memeclip_core.access.passwords import hash_password


def add_user(path: Path, *, name: str, role: str, password: str) -> None:
    """Write somebody into a users file."""
    users = json.loads(path.read_text("utf-8"))["users"] if path.exists() else []
    users.append({"name": name, "role": role, "password": hash_password(password)})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"users": users}), "utf-8")
