"""Reads data sets for a session in a thread of its own, and keeps what was read."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from nnstudio.core import words
from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.data.dataset import DataSet
from nnstudio.data.download import download
from nnstudio.data.load import load
from nnstudio.data.prepare import Prepared, prepare
from nnstudio.data.report import Cancel, Progress
from nnstudio.data.sources import DataSource, Public
from nnstudio.data.split import part_sizes
from nnstudio.project.model import Project
from nnstudio.session.mailbox import Latest, Outbox
from nnstudio.session.news import DataFailed, DataLoaded, Loading, News

_LOG = logging.getLogger(__name__)
_Kept = tuple[str, Prepared, str]
_Sized = tuple[Project, _Kept | None, dict[str, DataSet], tuple[int, int] | None]


class DataDesk:
    """Loads, keeps and prepares data.

    Args:
        outbox: Where the end of a reading is told.

    Attributes:
        loading: How far the present reading is.
        base: Folder that relative paths of sources count from.
    """

    def __init__(self, outbox: Outbox[News]) -> None:
        self.loading: Latest[Loading] = Latest()
        self.base: Path | None = None
        self._outbox = outbox
        self._sets: dict[str, DataSet] = {}
        self._prepared: tuple[str, Prepared, str] | None = None
        self._sized: _Sized | None = None
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    def load_in_background(self, source: DataSource, *, download: bool = False) -> None:
        """Begin to read a source; a reading that is under way is cancelled first.

        Args:
            source: The source.
            download: Whether a public set that is not on this computer is downloaded first.
        """
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        self._thread = threading.Thread(
            target=self._load, args=(source, cancel, download), name="nnstudio-data", daemon=True
        )
        self.loading.put(Loading(0, 0, "Reading"))
        self._thread.start()

    def cancel(self) -> None:
        """Stop reading; the thread ends as soon as it notices."""
        self._cancel.set()
        self.loading.put(None)

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop reading and wait for the thread."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _load(self, source: DataSource, cancel: threading.Event, wants_download: bool) -> None:
        def progress(done: int, total: int, text: str) -> None:
            if not cancel.is_set():
                self.loading.put(Loading(done, total, text))

        def tell(news: News) -> None:
            if not cancel.is_set():
                self._outbox.put(news)

        try:
            if wants_download and isinstance(source, Public):
                download(source.name, progress=progress, cancel=cancel.is_set)
            found = self._read(source, progress, cancel.is_set)
            tell(DataLoaded(source, found.signature, summary(found)))
        except Cancelled as error:
            _LOG.info("%s", error.sentence)
        except StudioError as error:
            tell(DataFailed(error.sentence, error.details))
        except Exception as error:  # a reader's defect must not kill the window's data panel
            _LOG.exception("Reading a data set failed")
            sentence = "The data could not be read for an unexpected reason; try another file."
            tell(DataFailed(sentence, repr(error)))
        finally:
            if self._cancel is cancel:  # else another reading has begun
                self.loading.put(None)

    def dataset(
        self, source: DataSource, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> DataSet:
        """Give the data set of a source, read now unless it was read before.

        Raises:
            StudioError: It cannot be read.
        """
        found = self._sets.get(source.model_dump_json())
        return self._read(source, progress, cancel) if found is None else found

    def _read(
        self, source: DataSource, progress: Progress | None, cancel: Cancel | None
    ) -> DataSet:
        """Read a source, even one that was read before: its file may have changed."""
        found = load(source, base=self.base, progress=progress, cancel=cancel)
        self._sets = {source.model_dump_json(): found}  # one at a time: they may be large
        kept = self._prepared
        if kept is not None and kept[2] != found.fingerprint:
            self._prepared = None
        return found

    def prepared(
        self, project: Project, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> tuple[Prepared, str]:
        """Give a project's data split and scaled, prepared now unless it was before.

        Returns:
            The three parts, and the fingerprint of the whole.

        Raises:
            StudioError: There is no data, or it cannot be read or split.
        """
        if project.data is None:
            raise StudioError("There is no data set yet; choose one in the data panel.")
        key = _key(project)
        kept = self._prepared
        if kept is None or kept[0] != key:
            found = self.dataset(project.data, progress, cancel)
            seed = project.settings.seed
            made = prepare(
                found, project.split, project.scaling, seed, progress=progress, cancel=cancel
            )
            self._prepared = kept = key, made, found.fingerprint
        return kept[1], kept[2]

    def kept(self, project: Project) -> Prepared | None:
        """Give a project's data if it was prepared before and is kept; None otherwise, at once."""
        kept = self._prepared
        return None if kept is None or kept[0] != _key(project) else kept[1]

    def sizes(self, project: Project) -> tuple[int, int] | None:
        """Give the samples of the training and the validation part; None before they were read.

        It may be asked at every look: where nothing has changed it costs nothing.
        """
        known = self._sized
        if (
            known is None
            or known[0] is not project
            or known[1] is not self._prepared
            or known[2] is not self._sets
        ):
            found = self._counted(project)
            self._sized = known = project, self._prepared, self._sets, found
        return known[3]

    def _counted(self, project: Project) -> tuple[int, int] | None:
        ready = self.kept(project)
        if ready is not None:
            return ready.train.size, ready.valid.size
        source = project.data
        found = None if source is None else self._sets.get(source.model_dump_json())
        return None if found is None else part_sizes(found, project.split)


def _key(project: Project) -> str:
    """Name everything that the prepared data depends on."""
    parts = (project.data, project.split, project.scaling)
    texts = ["" if part is None else part.model_dump_json() for part in parts]
    return "|".join([*texts, str(project.settings.seed)])


def summary(dataset: DataSet) -> str:
    """Say in a line what a data set holds, and of a table which rows are used."""
    kind = "classes" if dataset.y.dtype.kind == "i" else "values"
    target = dataset.signature.target.size
    given = dataset.signature.input
    sample = f"{given} symbols" if given.is_symbols else str(given)
    held = f"{words.whole(dataset.size)} samples of {sample}, {target} {kind}"
    return f"{held}; {dataset.note.removesuffix('.')}" if dataset.note else held
