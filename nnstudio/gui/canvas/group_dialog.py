"""Asks how selected cards become a block: its name, what its card shows, how often it repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.graph.model import MAX_REPEAT, Node
from nnstudio.graph.outward import Pair, likely
from nnstudio.gui.field_text import shown
from nnstudio.gui.node_spec import node_specs, node_values
from nnstudio.gui.sections import label

# Takes a name, what the card shows and the repeat count; gives "" or why that does not fit.
Make = Callable[[str, Sequence[Pair], int], str]
LIST_PX = 200


class GroupDialog(QDialog):
    """Name, parameters and repeat count of a block to be.

    Args:
        nodes: The cards that go into the block.
        make: Makes the block.
        parent: The window.
    """

    def __init__(self, nodes: Sequence[Node], make: Make, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Group into a block")
        self._make = make
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the block")
        self.name.setPlaceholderText("the next number, such as block1")
        self.name.setMaxLength(200)
        self.name.setToolTip("What the card is called")
        self.shown = QListWidget()
        self.shown.setAccessibleName("Settings that the block's card shows")
        self.shown.setToolTip("Ticked settings can be changed on the card; Space ticks one")
        self.shown.setMinimumHeight(LIST_PX)
        self.shown.setSpacing(2)
        self.repeat = QSpinBox()
        self.repeat.setRange(1, MAX_REPEAT)
        self.repeat.setAccessibleName("Repeat")
        self.repeat.setToolTip("How many copies follow each other, each fed by the one before")
        self.wrong = label("", "error", wrap=True)
        self.wrong.hide()
        self._fill(nodes)
        self._arrange(len(nodes))

    def _fill(self, nodes: Iterable[Node]) -> None:
        nodes = list(nodes)
        wanted = set(likely(nodes))
        for node in nodes:
            values = node_values(node)
            for spec in node_specs(node):
                value = _words(shown(spec, values.get(spec.name)))
                item = QListWidgetItem(f"{node.label}: {spec.title}    {value}".rstrip())
                item.setData(Qt.ItemDataRole.UserRole, (node.id, spec.name))
                item.setToolTip(spec.description)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = (node.id, spec.name) in wanted
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
                self.shown.addItem(item)
        if self.shown.count():
            self.shown.setCurrentRow(0)

    def _arrange(self, count: int) -> None:
        form = QFormLayout()
        form.addRow("&Name", self.name)
        form.addRow("&Repeat", self.repeat)
        heading = QLabel("&Settings on its card")
        heading.setBuddy(self.shown)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        go = box.addButton("Group", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setToolTip(f"Put {count} cards behind one")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(form)
        column.addWidget(heading)
        column.addWidget(self.shown, 1)
        column.addWidget(self.wrong)
        column.addWidget(box)
        self.setTabOrder(self.name, self.repeat)
        self.setTabOrder(self.repeat, self.shown)
        self.resize(380, 420)
        go.setDefault(True)  # only now that it stands in the dialog
        self.name.setFocus()

    def chosen(self) -> list[Pair]:
        """Give what is ticked."""
        items = [self.shown.item(row) for row in range(self.shown.count())]
        ticked = [one for one in items if one.checkState() == Qt.CheckState.Checked]
        return [tuple(one.data(Qt.ItemDataRole.UserRole)) for one in ticked]

    def accept(self) -> None:
        """Make the block; stay open and say why where that does not fit."""
        sentence = self._make(self.name.text(), self.chosen(), self.repeat.value())
        self.wrong.setText(sentence)
        self.wrong.setVisible(bool(sentence))
        if not sentence:
            super().accept()


def _words(text: str) -> str:
    return {"True": "on", "False": "off"}.get(text, text)
