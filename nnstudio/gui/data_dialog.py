"""Choose what to learn from: seven kinds of sources, read in the background, taken as one step."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.core.errors import StudioError
from nnstudio.data import sources
from nnstudio.data.sources import DataSource
from nnstudio.gui.csv_page import CsvPage
from nnstudio.gui.icons import icon
from nnstudio.gui.poller import Poller
from nnstudio.gui.sections import label
from nnstudio.gui.source_page import PublicPage, SourcePage
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits
from nnstudio.project.edits import SetData
from nnstudio.session.news import DataFailed, DataLoaded, Loading

# Model, title, icon, and what it is.
KINDS = (
    (sources.BuiltIn, "Built-in sets", "digits", "Small classic sets that come with the studio."),
    (sources.Drawn, "Drawn points", "points", "Points in the plane, drawn from a formula."),
    (sources.Csv, "Table (CSV)", "table", "A table as text; choose what each column is for."),
    (sources.ImageFolder, "Images in folders", "image", "One folder of images for each class."),
    (sources.Idx, "IDX files", "image", "Images and labels as MNIST keeps them, plain or .gz."),
    (sources.Npz, "NumPy arrays", "table", "Two arrays in one .npz file: samples and targets."),
    (sources.Public, "Public sets", "download", "Well-known sets, downloaded when you ask for it."),
)
FILE_KINDS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".npz": "npz"}


class DataDialog(QDialog):
    """Not modal: the network stays in reach.

    Args:
        edits: Where the chosen data goes.
        theme: For the icons.
        poller: Tells how far reading is, and its end.
        parent: The window.
    """

    def __init__(self, edits: Edits, theme: Theme, poller: Poller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Data")
        self.resize(720, 560)
        self._edits = edits
        self._pending: DataSource | None = None
        self.kinds = QListWidget()
        self.kinds.setAccessibleName("Kind of data")
        self.kinds.setFixedWidth(168)
        self.stack = QStackedWidget()
        self.pages: dict[str, SourcePage] = {}
        for model, title, drawing, about in KINDS:
            page = _page(model, about, theme)
            self.pages[page.kind] = page
            area = QScrollArea()
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have it
            area.setWidgetResizable(True)
            area.setWidget(page)
            self.stack.addWidget(area)
            self.kinds.addItem(QListWidgetItem(icon(drawing, theme.palette().text_dim), title))
            page.changed.connect(self._tell_button)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of reading")
        self.said = label("", wrap=True)
        self.use = QPushButton("Use this data")
        self.use.setProperty("role", "primary")
        self.cancel = QPushButton("Cancel")
        for button in (self.use, self.cancel):
            button.setAutoDefault(False)  # Return in a field ends typing and presses nothing
        self._arrange()
        self.kinds.currentRowChanged.connect(self._show_kind)
        self.use.clicked.connect(self._begin)
        self.cancel.clicked.connect(self._cancel)
        poller.loading.connect(self._loading)
        poller.happened.connect(self._happened)
        self._show_present()
        self._loading(None)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.kinds)
        row.addWidget(self.stack, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 12)
        column.addLayout(row, 1)
        column.addWidget(self.bar)
        column.addLayout(foot)

    def _show_present(self) -> None:
        """Begin with the data that the project has."""
        data = self._edits.studio.project.data
        kind = "built-in" if data is None else data.kind
        self.kinds.setCurrentRow(list(self.pages).index(kind))
        if data is not None:
            self.pages[kind].show_source(data)

    @property
    def page(self) -> SourcePage:
        """The page that shows."""
        return list(self.pages.values())[self.stack.currentIndex()]

    def offer_file(self, path: Path) -> None:
        """Show a dropped file on the page that fits."""
        kind = "images" if path.is_dir() else FILE_KINDS.get(path.suffix.lower())
        if kind is None:
            known = ", ".join(FILE_KINDS)
            self.said.setText(f"“{path.name}” is not data the studio reads; it reads {known}.")
            return
        self.kinds.setCurrentRow(list(self.pages).index(kind))
        self.pages[kind].show_path(path)

    def _show_kind(self, row: int) -> None:
        self.stack.setCurrentIndex(row)
        self.said.setText("")
        self._tell_button()

    def _tell_button(self) -> None:
        downloads = self.page.kind == "public" and "downloaded when" in self.page.note.text()
        self.use.setText("Download and use" if downloads else "Use this data")

    def _begin(self) -> None:
        try:
            source = self.page.source()
        except StudioError as error:
            self.said.setText(error.sentence)
            return
        self._pending = source
        self.said.setText("")
        self._edits.studio.load_data(source, download=source.kind == "public")
        self._loading(Loading(0, 0, "Reading"))

    def _cancel(self) -> None:
        if self._pending is None:
            self.close()
        else:
            self._edits.studio.cancel_loading()
            self._pending = None
            self.said.setText("Cancelled; nothing was changed.")
            self._loading(None)

    def _loading(self, loading: Loading | None) -> None:
        busy = loading is not None and self._pending is not None
        self.bar.setVisible(busy)
        self.use.setEnabled(self._pending is None)
        self.cancel.setText("Cancel" if self._pending is not None else "Close")
        if busy and loading is not None:
            self.bar.setMaximum(1000 if loading.total else 0)
            self.bar.setValue(1000 * loading.done // max(loading.total, 1))
            self.said.setText(loading.text)

    def _happened(self, event: object) -> None:
        if self._pending is None:
            return
        if isinstance(event, DataFailed):
            self._pending = None
            self._loading(None)
            self.said.setText(event.sentence)
        elif isinstance(event, DataLoaded) and event.source == self._pending:
            self._pending = None
            self._loading(None)
            self._edits.make_or_tell(SetData(event.source, event.signature))
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._pending is not None:
            self._edits.studio.cancel_loading()
        super().closeEvent(event)


def _page(model: type[sources.Source], about: str, theme: Theme) -> SourcePage:
    if model is sources.Csv:
        return CsvPage(model, about, theme, leave_out=("columns",))
    return (PublicPage if model is sources.Public else SourcePage)(model, about, theme)
