"""Fetching a public set when a person asks for it: resumed, checked, and cancelled at any time."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import os
import re
import shutil
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from nnstudio.core.errors import StudioError
from nnstudio.core.files import reason
from nnstudio.core.paths import data_folder
from nnstudio.core.words import byte_count
from nnstudio.data.catalogue import CATALOGUE, PublicFile, PublicSet
from nnstudio.data.report import Cancel, Progress, Reporter
from nnstudio.data.sources import PublicName

_TIMEOUT_S = 15.0
_STEP_BYTES = 1 << 16
_ATTEMPTS = 20
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    TimeoutError,
    ConnectionError,
    ssl.SSLError,
)


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why one server did not help: "network", "answer" or "content", and the details."""

    kind: str
    details: str


class _RefusedError(Exception):
    """A server's answer cannot be used."""

    def __init__(self, failure: _Failure) -> None:
        super().__init__(failure.details)
        self.failure = failure


def set_folder(name: PublicName) -> Path:
    """Give the folder in which a public set is kept."""
    return data_folder() / name


def is_downloaded(name: PublicName) -> bool:
    """Tell whether all files of a public set are on this computer."""
    folder = set_folder(name)
    return all(_is_whole(folder / file.name, file) for file in CATALOGUE[name].files)


def missing_bytes(name: PublicName) -> int:
    """Give how many bytes are still to be downloaded, to be shown before it begins."""
    folder = set_folder(name)
    return CATALOGUE[name].size - sum(_held(folder, file) for file in CATALOGUE[name].files)


def download(
    name: PublicName, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Path:
    """Download a public set; what an earlier attempt has brought is kept and continued.

    Args:
        name: The set.
        progress: Called with (bytes, all bytes, words).
        cancel: Asked after every 64 kB; True stops, what has arrived is kept.

    Returns:
        The folder of the files, every one checked.

    Raises:
        StudioError: Offline, no server has the right files, or the disk is full.
        Cancelled: `cancel` answered True.
    """
    report = Reporter(progress, cancel, f"The download of {CATALOGUE[name].title}")
    return fetch_set(CATALOGUE[name], set_folder(name), report)


def fetch_set(chosen: PublicSet, folder: Path, report: Reporter) -> Path:
    """Download the files of a set into a folder; see `download`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = chosen.size - sum(_held(folder, file) for file in chosen.files)
        free = shutil.disk_usage(folder).free
        if missing > free:
            raise StudioError(
                f"{chosen.title} needs {byte_count(missing)}, but only {byte_count(free)} are free "
                f"in '{folder}'; free some space."
            )
        before = 0
        for file in chosen.files:
            if not _is_whole(folder / file.name, file):
                _Fetch(chosen, file, folder, before, report).run()
            before += file.size
            report.at(before, chosen.size, f"downloading {chosen.title}")
    except OSError as error:
        raise StudioError(
            f"{chosen.title} could not be kept in '{folder}': {reason(error)}.", details=repr(error)
        ) from error
    return folder


def _is_whole(path: Path, file: PublicFile) -> bool:
    """A file gets its final name only after its checksum was right, so its size is enough."""
    return path.is_file() and path.stat().st_size == file.size


def _partial(folder: Path, file: PublicFile) -> Path:
    return folder / f"{file.name}.part"


def _held(folder: Path, file: PublicFile) -> int:
    """Give how many bytes of a file are here already."""
    if _is_whole(folder / file.name, file):
        return file.size
    partial = _partial(folder, file)
    return min(file.size, partial.stat().st_size) if partial.is_file() else 0


class _Fetch:
    """The download of one file, server after server."""

    def __init__(
        self, chosen: PublicSet, file: PublicFile, folder: Path, before: int, report: Reporter
    ) -> None:
        self.chosen = chosen
        self.file = file
        self.partial = _partial(folder, file)
        self.final = folder / file.name
        self.before = before
        self.report = report

    def run(self) -> None:
        """Try the servers until one has brought the right file."""
        failures = []
        for server in self.chosen.servers:
            failure = self._from_server(server + self.file.name)
            if failure is None:
                os.replace(self.partial, self.final)
                return
            failures.append(failure)
        raise self._sentence(failures)

    def _from_server(self, url: str) -> _Failure | None:
        """Continue or begin the file from one server; None if it is right in the end."""
        failure = _Failure("network", "nothing arrived")
        for _ in range(_ATTEMPTS):
            held = self._size()
            try:
                if held < self.file.size:
                    self._receive(url, held)
            except _RefusedError as refused:
                return refused.failure
            except urllib.error.HTTPError as error:
                failure = _Failure("answer", f"{url}: {error!r}")
                if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    self.partial.unlink(missing_ok=True)
            except _NETWORK_ERRORS as error:
                failure = _Failure("network", f"{url}: {error!r}")
            if self._size() >= self.file.size:
                if _checksum_is_right(self.partial, self.file, self.report):
                    return None
                self.partial.unlink()
                failure = _Failure("content", f"{url}: wrong checksum")
                if not held:
                    return failure
            elif self._size() == held:
                return failure
        return failure

    def _size(self) -> int:
        return self.partial.stat().st_size if self.partial.is_file() else 0

    def _receive(self, url: str, held: int) -> None:
        """Ask for what is missing and append it; begin anew where a server cannot continue."""
        with _open(url, held) as answer:
            start = _start_of(answer, held)
            if start is None:
                self.partial.unlink(missing_ok=True)  # the next attempt begins anew
                return
            announced = answer.headers.get("Content-Length", "")
            if announced.isdigit() and start + int(announced) != self.file.size:
                raise _RefusedError(
                    _Failure("content", f"{url}: {announced} bytes, expected {self.file.size}")
                )
            with self.partial.open("r+b" if start else "wb") as out:
                out.truncate(start)
                out.seek(start)
                self._copy(answer, out, start)

    def _copy(self, answer: IO[bytes], out: IO[bytes], done: int) -> None:
        """Write what arrives, never more than the file's size."""
        while done < self.file.size:
            self.report.at(self.before + done, self.chosen.size, f"downloading {self.chosen.title}")
            step = answer.read(min(_STEP_BYTES, self.file.size - done))
            if not step:
                return
            out.write(step)
            done += len(step)

    def _sentence(self, failures: list[_Failure]) -> StudioError:
        """Say in one sentence why no server helped, and what to do."""
        details = "; ".join(failure.details for failure in failures)
        kinds = {failure.kind for failure in failures}
        title, name = self.chosen.title, self.file.name
        if kinds == {"network"}:
            text = (
                f"{title} could not be downloaded: its servers cannot be reached; check the "
                "network and press Download again, what has arrived is kept."
            )
        elif "content" in kinds:
            text = (
                f"{title} could not be downloaded: '{name}' arrived with a wrong size or checksum "
                "and was thrown away; try again later or from another network."
            )
        else:
            text = (
                f"{title} could not be downloaded: its servers do not give '{name}'; try again "
                "later, or open the files yourself as IDX."
            )
        return StudioError(text, details=details)


def _start_of(answer: http.client.HTTPResponse, held: int) -> int | None:
    """Give the place in the file at which the answer begins; None if it cannot be used."""
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
        place = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        return held if place and int(place[1]) == held else None
    return 0


def _checksum_is_right(path: Path, file: PublicFile, report: Reporter) -> bool:
    """Compare the whole file with its published checksum."""
    method, expected = file.checksum.split(":")
    digest = hashlib.new(method, usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            report.at(stream.tell(), file.size, f"checking {file.name}")
            digest.update(block)
    return digest.hexdigest() == expected


def _open(url: str, held: int) -> http.client.HTTPResponse:
    """Ask a server for a file from byte `held` on."""
    if not _is_allowed(url, url):
        raise _RefusedError(_Failure("answer", f"{url}: only https is used"))
    headers = {"User-Agent": "nnstudio", "Accept-Encoding": "identity"}
    if held:
        headers["Range"] = f"bytes={held}-"
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if _is_loopback(url) else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    request = urllib.request.Request(url, headers=headers)
    try:
        answer = opener.open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise
    if not isinstance(answer, http.client.HTTPResponse):
        raise _RefusedError(_Failure("answer", f"{url}: no answer"))
    return answer


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only where the connection stays secure."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse other schemes than https, and servers on this computer."""
        if not _is_allowed(newurl, req.full_url):
            fp.close()
            raise _RefusedError(_Failure("answer", f"redirected to {newurl}: only https is used"))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_allowed(url: str, origin: str) -> bool:
    """Allow https, and plain http only from this computer to itself, as in tests."""
    scheme = urlsplit(url).scheme
    if scheme == "https":
        return not _is_loopback(url) or _is_loopback(origin)
    return scheme == "http" and _is_loopback(url) and _is_loopback(origin)


def _is_loopback(url: str) -> bool:
    """Tell whether an address is this computer itself, given as a number."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False
