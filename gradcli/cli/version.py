"""`gradcli --version`: what is installed, by the package's own metadata; nothing of it is imported."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version

from gradcli.backends import backend_names

_REQUIREMENT = re.compile(r"""([\w.-]+)[^;]*(?:;.*\bextra\s*==\s*['"]([\w-]+)['"])?""")
_FOR_DEVELOPERS = ("bench", "test", "dev")


def version_lines() -> list[str]:
    """The version, the libraries with theirs, the backends, and the extras with what they need."""
    own = _version("gradcli")
    lines = [f"gradcli {own or '(not installed)'}, Python {platform.python_version()}"]
    extras: dict[str, list[str]] = {"": []}
    for text in (requires("gradcli") or ()) if own else ():
        found = _REQUIREMENT.match(text)
        assert found is not None
        if found[2] not in _FOR_DEVELOPERS:
            extras.setdefault(found[2] or "", []).append(found[1])
    libraries = ", ".join(f"{name} {_version(name) or 'missing'}" for name in sorted(extras.pop("")))
    lines += [f"libraries: {libraries}"] if libraries else []
    lines.append(f"backends: {', '.join(backend_names())}")
    for extra, names in sorted(extras.items()):
        found_all = all(map(_version, names))
        what = ", ".join(f"{name} {_version(name) or 'missing'}" for name in names)
        lines.append(f"extra {extra}: {what}" + ("" if found_all else f'; pip install "gradcli[{extra}]"'))
    return lines


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
