"""Downloads against a server on this computer: resumed, checked, cancelled, never misled."""

import dataclasses
import hashlib
import http.server
import re
import socket
import threading

import pytest

from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.data import download as module
from nnstudio.data.catalogue import CATALOGUE, PublicFile, PublicSet
from nnstudio.data.download import download, fetch_set, is_downloaded, missing_bytes
from nnstudio.data.report import Reporter

CONTENT = hashlib.shake_256(b"a public set").digest(300_000)


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT, with the faults a test asks for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.ranges = True
        self.break_after = None
        self.redirect = None
        self.status = None
        self.requests = []

    def url(self, folder="set/"):
        return f"http://127.0.0.1:{self.server_port}/{folder}"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.requests.append((self.path, wanted))
        if server.status:
            self.send_error(server.status)
            return
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.end_headers()
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and server.ranges else 0
        if start >= len(server.content) and start:
            self.send_error(416)
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            size = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if server.break_after is None else body[: server.break_after])


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def checksum(content=CONTENT):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def public_set(*servers, size=300_000, check=None):
    file = PublicFile("images.gz", size, check or checksum())
    return PublicSet("Test set", "numbers", (file,), servers, ("a", "b"))


def fetch(chosen, folder, told=None, cancel=None):
    progress = None if told is None else lambda *step: told.append(step)
    return fetch_set(chosen, folder, Reporter(progress, cancel, "The download of Test set"))


def refused(chosen, folder):
    with pytest.raises(StudioError) as caught:
        fetch(chosen, folder)
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert sentence.startswith("Test set ")
    assert sentence.endswith(".")
    assert not (folder / "images.gz").exists()
    return sentence


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def test_a_file_arrives_whole_with_progress(server, tmp_path):
    told = []
    folder = fetch(public_set(server.url()), tmp_path / "new" / "folder", told)
    assert (folder / "images.gz").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["images.gz"]
    arrived = [step for step in told if step[2] == "downloading Test set"]
    assert arrived[0] == (0, 300_000, "downloading Test set")
    assert arrived[-1] == (300_000, 300_000, "downloading Test set")
    assert [done for done, _, _ in arrived] == sorted(done for done, _, _ in arrived)


def test_what_is_here_is_not_asked_for_again(server, tmp_path):
    fetch(public_set(server.url()), tmp_path)
    fetch(public_set(server.url()), tmp_path)
    assert len(server.requests) == 1


def test_a_broken_connection_is_continued_at_once(server, tmp_path):
    server.break_after = 100_000
    fetch(public_set(server.url()), tmp_path)
    assert (tmp_path / "images.gz").read_bytes() == CONTENT
    asked = [wanted for _, wanted in server.requests]
    assert asked == [None, "bytes=100000-", "bytes=200000-"]


def test_a_cancelled_download_keeps_what_arrived_and_is_continued(server, tmp_path):
    told = []
    with pytest.raises(Cancelled, match="The download of Test set was cancelled"):
        fetch(public_set(server.url()), tmp_path, told, lambda: len(told) >= 3)
    held = (tmp_path / "images.gz.part").stat().st_size
    assert 0 < held < len(CONTENT)
    assert not (tmp_path / "images.gz").exists()
    told.clear()
    fetch(public_set(server.url()), tmp_path, told)
    assert server.requests[1][1] == f"bytes={held}-"
    assert told[0][0] == held
    assert (tmp_path / "images.gz").read_bytes() == CONTENT


def test_a_server_that_cannot_continue_begins_anew(server, tmp_path):
    (tmp_path / "images.gz.part").write_bytes(b"old" * 1000)
    server.ranges = False
    fetch(public_set(server.url()), tmp_path)
    assert (tmp_path / "images.gz").read_bytes() == CONTENT


def test_a_continued_file_that_turns_out_wrong_is_fetched_anew(server, tmp_path):
    (tmp_path / "images.gz.part").write_bytes(b"not what the server has" * 1000)
    fetch(public_set(server.url()), tmp_path)
    assert (tmp_path / "images.gz").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == ["bytes=23000-", None]


def test_a_part_longer_than_the_file_is_thrown_away(server, tmp_path):
    (tmp_path / "images.gz.part").write_bytes(CONTENT + b"more")
    fetch(public_set(server.url()), tmp_path)
    assert (tmp_path / "images.gz").read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    sentence = refused(public_set(server.url(), check=checksum(b"other")), tmp_path)
    assert "'images.gz' arrived with a wrong size or checksum and was thrown away" in sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [299_999, 300_001])
def test_a_file_of_another_size_is_refused_before_it_is_stored(server, tmp_path, size):
    assert "wrong size" in refused(public_set(server.url(), size=size), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_next_server_helps(server, tmp_path):
    with Server() as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        other.content = CONTENT[::-1]
        servers = (closed_port(), other.url(), server.url())
        fetch(public_set(*servers), tmp_path)
        other.shutdown()
    assert (tmp_path / "images.gz").read_bytes() == CONTENT


def test_offline_says_what_to_do(tmp_path):
    sentence = refused(public_set(closed_port(), closed_port()), tmp_path)
    assert "its servers cannot be reached; check the network and press Download" in sentence
    assert "what has arrived is kept" in sentence


def test_a_name_that_is_not_found_is_offline_too(tmp_path, monkeypatch):
    def no_name(*_args, **_kwargs):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    assert "cannot be reached" in refused(public_set("https://data.invalid/"), tmp_path)


@pytest.mark.parametrize("status", [404, 403, 503])
def test_a_server_without_the_file(server, tmp_path, status):
    server.status = status
    assert "do not give 'images.gz'; try again later" in refused(public_set(server.url()), tmp_path)


@pytest.mark.parametrize(
    "target",
    ["file:///etc/hostname", "ftp://127.0.0.1/x", "http://192.0.2.1/x", "data:text/plain,x"],
)
def test_redirections_to_anything_but_https_are_refused(server, tmp_path, target):
    server.redirect = target
    refused(public_set(server.url()), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_redirection_within_the_rules_is_followed(server, tmp_path):
    with Server() as first:
        threading.Thread(target=first.serve_forever, args=(0.01,), daemon=True).start()
        first.redirect = server.url() + "images.gz"
        fetch(public_set(first.url()), tmp_path)
        first.shutdown()
    assert (tmp_path / "images.gz").read_bytes() == CONTENT


def test_a_secure_server_may_not_send_us_to_this_computer():
    assert not module._is_allowed("http://127.0.0.1/x", "https://data.invalid/x")
    assert not module._is_allowed("https://127.0.0.1/x", "https://data.invalid/x")
    assert not module._is_allowed("http://data.invalid/x", "https://data.invalid/x")
    assert module._is_allowed("https://other.invalid/x", "https://data.invalid/x")


def test_plain_http_is_never_used(tmp_path):
    assert "do not give" in refused(public_set("http://data.invalid/"), tmp_path)


def test_a_full_disk_is_noticed_first(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("U", (), {"free": 1000}))
    sentence = refused(public_set(server.url()), tmp_path)
    assert "needs 293 kB, but only 1000 bytes are free" in sentence
    assert server.requests == []


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudioError, match="could not be kept in"):
        fetch(public_set(server.url()), tmp_path / "file" / "folder")


def test_the_public_door_shows_the_size_first(server, monkeypatch):
    monkeypatch.setitem(CATALOGUE, "mnist", public_set(server.url()))
    assert missing_bytes("mnist") == 300_000
    assert not is_downloaded("mnist")
    told = []
    with pytest.raises(Cancelled):
        download("mnist", progress=lambda *s: told.append(s), cancel=lambda: len(told) > 2)
    assert 0 < missing_bytes("mnist") < 300_000
    folder = download("mnist")
    assert is_downloaded("mnist")
    assert missing_bytes("mnist") == 0
    assert folder.name == "mnist"


def test_the_catalogue_uses_https_and_known_checksums():
    lengths = {"md5": 32, "sha256": 64}
    for chosen in CATALOGUE.values():
        assert all(url.startswith("https://") and url.endswith("/") for url in chosen.servers)
        assert len(chosen.classes) == 10
        for file in chosen.files:
            method, digits = file.checksum.split(":")
            assert re.fullmatch(f"[0-9a-f]{{{lengths[method]}}}", digits)
    assert CATALOGUE["mnist"].size == 11_594_722
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE["mnist"].title = "x"
