"""The way to the block one looks into, above the canvas; press a name to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class Breadcrumb(QFrame):
    """Network › block1 › block2; hidden while one looks at the whole network."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("breadcrumb")
        self.setAccessibleName("Way to this block")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 3, 8, 3)
        self._row.setSpacing(2)
        canvas.level_changed.connect(self.renew)
        canvas.theme.changed.connect(self.renew)
        self.renew()

    def renew(self) -> None:
        """Write the way anew."""
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        levels = self._canvas.commands.levels
        names = ["Network", *levels.names()]
        for depth, name in enumerate(names):
            if depth:
                self._row.addWidget(QLabel("›"))
            self._row.addWidget(self._button(name, levels.path[:depth], depth == len(names) - 1))
        colours = self._canvas.theme.palette()
        self.setStyleSheet(
            f"#breadcrumb {{ background: {colours.panel}; border: 1px solid {colours.card_border};"
            f" border-radius: 6px; }} QLabel {{ color: {colours.text_dim}; }}"
        )
        self.setVisible(bool(levels.path))
        self.adjustSize()
        self.move(12, 10)

    def _button(self, name: str, path: tuple[str, ...], here: bool) -> QToolButton:
        button = QToolButton()
        button.setText(name if len(name) <= 40 else f"{name[:39]}…")
        button.setAutoRaise(True)
        button.setEnabled(not here)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"Go to {name}")
        button.setToolTip(f"Go to {name} (Alt+Up leaves a block)")
        button.clicked.connect(lambda: self._canvas.commands.levels.go(path))
        return button
