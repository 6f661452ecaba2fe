"""A page in a headless Chromium, spoken to through a pipe (DevTools protocol); nothing beside the browser is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Starts the browser with its pipe where it looks for it: descriptors 3 and 4.
_START = (
    "import os, sys, fcntl; a, b = (fcntl.fcntl(int(d), fcntl.F_DUPFD, 10) for d in sys.argv[1:3]);"
    "os.dup2(a, 3); os.dup2(b, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
_WAIT = 60.0  # seconds for one answer, on a machine that is busy


def chromium() -> str:
    """Path of an installed browser; the test is skipped, and says so, where there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


class Page:
    """One open page: run scripts, set the width of the screen, read what the browser complained of."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read, self._rest, self._last = write, read, b"", 0
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **parts: object) -> dict[str, Any]:
        """One command and its answer; events that come first are kept."""
        self._last += 1
        message: dict[str, object] = {"id": self._last, "method": method, "params": parts}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _WAIT
        while time.monotonic() < until:
            answer = self._next()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)
        raise TimeoutError(method)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 20)
            assert part, "the browser has ended"
            self._rest += part
        text, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(text))

    def open(self, path: Path, width: int = 1280, height: int = 900, dark: bool = False, at: str = "") -> None:
        """Load a file in a window of `width` pixels, at a place such as ``#en-league``."""
        if not self._session:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.call(f"{domain}.enable")
        self.size(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=path.as_uri() + at)
        self.until("document.readyState === 'complete'")

    def size(self, width: int, height: int = 900) -> None:
        """Another window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def run(self, script: str) -> Any:
        """The value of an expression."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait for a condition."""
        until = time.monotonic() + _WAIT
        while time.monotonic() < until:
            if self.run(condition):
                return
            time.sleep(0.05)
        raise TimeoutError(condition)

    def shot(self, path: Path, whole: bool = True) -> None:
        """A picture of the page."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def complaints(self) -> list[str]:
        """Errors of scripts and of the content policy, and requests to anything but the file itself."""
        out = []
        for event in self.events:
            method, parts = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown" or (
                method == "Log.entryAdded" and parts["entry"]["level"] == "error"
            ):
                out.append(json.dumps(parts)[:500])
            if method == "Network.requestWillBeSent" and not parts["request"]["url"].startswith("file:"):
                out.append(parts["request"]["url"])
        return out


@contextmanager
def browsing() -> Iterator[Page]:
    """A browser for the time of a test."""
    program = chromium()
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe")
    with subprocess.Popen(
        [sys.executable, "-c", _START, str(theirs_in), str(theirs_out), program, *flags],
        pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Page(ours_out, ours_in)
        finally:
            process.terminate()
            process.wait(timeout=20)
            os.close(ours_out)
            os.close(ours_in)
