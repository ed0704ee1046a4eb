"""The app as another process, that can be killed and started again."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from memeclip_core.config import ROOT
from memeclip_core.errors import StoreError

_SERVE = ("memeclip_core", "serve", "--host", "127.0.0.1", "--sign-in")
_ADDRESS = re.compile(r"https?://[^\s:]+:(\d+)")


class ServedApp:
    """``memeclip serve`` on this machine; a context manager that ends it.

    Args:
        home: the home folder.
        options: further options of the command.
        program: the module that serves, and its words before the options.
    """

    def __init__(
        self, *, home: Path, options: Sequence[str] = (), program: Sequence[str] = _SERVE
    ) -> None:
        self._command = (sys.executable, "-m", *program, "--home", str(home.resolve()), *options)
        self._process: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None
        self._port = 0
        self.kills = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end()
        self.kills += 1

    def stop(self) -> int:
        """Tell it to end, as one tells a container, and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait()
        self._end()
        return code

    def restart(self) -> None:
        """End it as a power cut would, and start it again at the same address."""
        self.kill()
        self.start()

    def start(self) -> None:
        """Start it, again at the same address, and wait until it says that it listens."""
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self._port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = _ADDRESS.search(line)
            if found is not None:
                self._port = int(found[1])
                # What it says later must not fill the pipe and stop it.
                self._drain = threading.Thread(target=self._process.stdout.read, daemon=True)
                self._drain.start()
                return
        self._end()
        raise StoreError(
            f"The server did not start. Run it yourself to see why: {' '.join(self._command[1:])}"
        )

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._drain is not None:
                self._drain.join()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = self._drain = None
