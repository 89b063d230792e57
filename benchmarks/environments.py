"""An environment of its own for each foreign candidate, made once and kept in a folder that git ignores."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
FOLDER: Final = _HERE / ".environments"


class NotMadeError(Exception):
    """An environment could not be made."""


def python_of(name: str | None) -> Path:
    """Return the interpreter of an environment, which is made when it is not there; without a name it is ours.

    Raises:
        NotMadeError: What it needs could not be installed.
    """
    if name is None:
        return Path(sys.executable)
    requirements = _HERE / "requirements" / f"{name}.txt"
    folder = FOLDER / name
    made, python = folder / "made", folder / "bin" / "python"
    # Another pin or another Python is another environment.
    wanted = hashlib.sha256(f"{sys.version}\n{requirements.read_text()}".encode()).hexdigest()
    if made.is_file() and made.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    print(f"making the environment of {name}, once", flush=True)
    log = FOLDER / f"{name}.log"
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)]
    with log.open("w") as output:
        for command in ([sys.executable, "-m", "venv", str(folder)], install):
            if subprocess.run(command, stdout=output, stderr=output, check=False).returncode:
                raise NotMadeError(f"could not be installed, see {log.relative_to(_HERE.parent)}")
    made.write_text(wanted)
    return python
