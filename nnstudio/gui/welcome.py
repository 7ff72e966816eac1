"""The start page: recent files, examples and published networks with pictures, the tour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.gui.icons import app_icon
from nnstudio.gui.sections import Section, label
from nnstudio.gui.theme import Theme
from nnstudio.gui.thumbnail import thumbnail
from nnstudio.project.template import Template
from nnstudio.project.templates import families, make_template

LEFT_PX = 250
PICTURE = QSize(176, 96)
TILE = QSize(192, 156)
GAP_PX = 10
MOST_RECENT = 6


class Tile(QToolButton):
    """One template: the picture of its network, its title, and what goes in and comes out."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        self.setProperty("role", "tile")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(PICTURE)
        self.setFixedSize(TILE)
        year = f" · {template.year}" if template.year else ""
        title = template.title if template.network else "Empty"
        self.setText(f"{title}{year}\n{template.expects or 'nothing yet'}")
        self.setToolTip("\n".join(one for one in (template.about, template.source) if one))
        self.setAccessibleName(f"{template.title}: {template.about}")

    def draw(self, theme: Theme) -> None:
        """Draw the network."""
        graph = make_template(self.template.name).graph
        picture = thumbnail(graph, theme.palette(), PICTURE, self.devicePixelRatioF())
        self.setIcon(QIcon(picture))


class Shelf(QWidget):
    """Tiles in as many columns as there is room for."""

    def __init__(self, tiles: Sequence[Tile]) -> None:
        super().__init__()
        self._tiles = tiles
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP_PX)
        self._grid.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)  # may get narrower
        self._fill(1)

    def _fill(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._grid.setColumnStretch(self._columns, 0)
        self._columns = columns
        for place, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, place // columns, place % columns)
        self._grid.setColumnStretch(columns, 1)
        rows = -(-len(self._tiles) // columns)
        self.setMinimumSize(TILE.width(), rows * (TILE.height() + GAP_PX) - GAP_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill(max(1, (self.width() + GAP_PX) // (TILE.width() + GAP_PX)))


class Welcome(QWidget):
    """Lies over the window until something is chosen; Escape leaves it.

    Args:
        theme: For the pictures.
        host: What it covers.

    Signals:
        template_wanted: Name of the template to begin with.
        file_wanted: Path of the project to open.
        open_wanted: The person wants to choose a file.
        tour_wanted: The person wants to be shown around.
        shown_at_start: Whether the page is to come at each start.
    """

    template_wanted = Signal(str)
    file_wanted = Signal(object)
    open_wanted = Signal()
    tour_wanted = Signal()
    shown_at_start = Signal(bool)
    left = Signal()

    def __init__(self, theme: Theme, host: QWidget) -> None:
        super().__init__(host)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Start page")
        self._theme, self._host = theme, host
        self.tiles: list[Tile] = []
        self.go_on = _button("Continue", self.hide, "primary")
        self.at_start = QCheckBox("Show this page at the start")
        self.at_start.clicked.connect(self.shown_at_start)
        self._listed: list[QWidget] = []
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left())
        row.addWidget(self._right(), 1)
        self._pending: list[Tile] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._draw_next)
        theme.changed.connect(self._draw_all)
        host.installEventFilter(self)
        self.hide()

    def _left(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(LEFT_PX)
        column = QVBoxLayout(left)
        column.setContentsMargins(24, 28, 16, 20)
        column.setSpacing(8)
        sign = label("")
        sign.setPixmap(app_icon().pixmap(48, 48))
        column.addWidget(sign)
        column.addWidget(label("nnstudio", "headline"))
        column.addWidget(label("See, build and train neural networks.", "dim", wrap=True))
        column.addSpacing(10)
        column.addWidget(self.go_on)
        column.addWidget(_button("Show me around (one minute)", self.tour_wanted.emit))
        column.addWidget(_button("Open a project…", self.open_wanted.emit))
        holder = QWidget()
        holder.setLayout(self._recent)
        self._recent.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Section("Recent", holder))
        column.addStretch(1)
        column.addWidget(self.at_start)
        return left

    def _right(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 20, 20, 20)
        column.setSpacing(6)
        for family, templates in families().items():
            tiles = [Tile(template) for template in templates]
            for tile in tiles:
                tile.clicked.connect(lambda _=False, tile=tile: self._begin(tile))
            self.tiles += tiles
            column.addWidget(Section(family, Shelf(tiles)))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName("Networks to start from")
        area.setWidget(page)
        return area

    def open(self, project: str, recent: Sequence[Path], *, at_start: bool) -> None:
        """Show the page.

        Args:
            project: Title of the project that lies beneath.
            recent: The files opened last.
            at_start: Whether the page comes at each start.
        """
        self.go_on.setText(f"Continue with {project}")
        self.at_start.setChecked(at_start)
        self._list(recent)
        self.setGeometry(self._host.rect())
        self.show()
        self.raise_()
        self.go_on.setFocus()
        self._draw_all()

    def _list(self, recent: Sequence[Path]) -> None:
        for old in self._listed:
            old.deleteLater()
        self._listed = [self._file_button(path) for path in recent[:MOST_RECENT]]
        if not self._listed:
            self._listed = [label("Nothing opened yet.", "small")]
        for widget in self._listed:
            self._recent.addWidget(widget)

    def _file_button(self, path: Path) -> QWidget:
        one = _button(path.stem, lambda: self._open(path), "link")
        one.setToolTip(str(path))
        one.setAccessibleName(f"Open {path.name}")
        return one

    def _begin(self, tile: Tile) -> None:
        self.hide()
        self.template_wanted.emit(tile.template.name)

    def _open(self, path: Path) -> None:
        self.hide()
        self.file_wanted.emit(path)

    def _draw_all(self) -> None:
        if self.isVisible():
            self._pending = list(self.tiles)
            self._timer.start()

    def _draw_next(self) -> None:
        """Draw one picture each time the window has nothing else to do."""
        if self._pending:
            self._pending.pop(0).draw(self._theme)
        else:
            self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._host.rect())
        return False

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


def _button(text: str, do: Callable[[], object], role: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setProperty("role", role)
    button.clicked.connect(lambda _=False: do())
    return button
