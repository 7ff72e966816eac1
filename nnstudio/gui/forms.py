"""Forms generated from pydantic models: one row a parameter, bad values explained in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from nnstudio.gui.field_spec import FieldSpec, as_json, specs
from nnstudio.gui.field_text import complaint
from nnstudio.gui.fields import Field, make_field
from nnstudio.gui.fold import Fold
from nnstudio.gui.icons import icon
from nnstudio.gui.theme import Theme

# Takes a name ("epochs", "optimiser.momentum") and a value as in a file; gives "" or the sentence
# that says why the value does not fit.
Submit = Callable[[str, Any], str]
# Gives for a name what its menu offers beside the reset: texts, and what each does.
More = Callable[[str], Sequence[tuple[str, Callable[[], object]]]]


def _nothing_more(_name: str) -> Sequence[tuple[str, Callable[[], object]]]:
    return ()


class Row(QWidget):
    """One parameter: its name, its editor, a way back to the default, and room for a complaint."""

    def __init__(self, spec: FieldSpec, submit: Submit, theme: Theme) -> None:
        super().__init__()
        self.spec = spec
        self.field: Field = make_field(spec)
        self._submit = submit
        self.more: More = _nothing_more
        self._label = QLabel(spec.title)
        self._label.setBuddy(self.field.control)
        self._reset = QToolButton()
        self._reset.setToolTip("Reset to default")
        self._reset.setProperty("role", "flat")
        self._reset.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._reset.setAccessibleName(f"Reset {spec.title} to default")
        self._reset.setIcon(icon("reset", theme.palette().text_dim))
        self._complaint = QLabel()
        self._complaint.setWordWrap(True)
        self._complaint.setProperty("role", "error")
        self._complaint.hide()
        self._arrange()
        self.setToolTip(_tip(spec))
        self.field.wanted.connect(self._want)
        self.field.menu_opens.connect(self._fill_menu)
        self._reset.clicked.connect(self._to_default)

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._label)
        if self.spec.unit:
            unit = QLabel(self.spec.unit)
            unit.setProperty("role", "small")
            line.addWidget(unit)
        line.addStretch(1)
        keep = self._reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(keep)
        self._reset.setFixedSize(20, 20)
        self._reset.setIconSize(QSize(13, 13))
        self._reset.setStyleSheet("padding: 0")
        line.addWidget(self._reset)
        line.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self._complaint)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_menu(menu)
        menu.popup(event.globalPos())

    def _fill_menu(self, menu: QMenu) -> None:
        menu.addAction("Reset to default", self._to_default)
        for text, do in self.more(self.spec.name):
            menu.addAction(text, do)

    def show_value(self, value: Any) -> None:
        """Show the value that holds; an earlier complaint is over."""
        self.field.show_value(value)
        self._reset.setVisible(self.spec.default is not None and value != self.spec.default)
        self.complain("")

    def show_mixed(self) -> None:
        """Show that the values of several things differ."""
        self.field.show_mixed()
        self._reset.setVisible(self.spec.default is not None)
        self.complain("")

    def complain(self, sentence: str) -> None:
        """Say what is wrong under the editor; "" when nothing is."""
        self._complaint.setText(sentence)
        self._complaint.setVisible(bool(sentence))
        self.field.show_bad(bool(sentence))
        self.field.control.setAccessibleDescription(sentence or self.spec.description)

    def complaint(self) -> str:
        """Give what is wrong, or ""."""
        return self._complaint.text()

    def _want(self, value: Any) -> None:
        sentence = complaint(self.spec, value) or self._submit(self.spec.name, value)
        self.complain(sentence)

    def _to_default(self) -> None:
        self._want(self.spec.default)


def _tip(spec: FieldSpec) -> str:
    words = spec.range_words()
    allowed = f"{words[0].upper()}{words[1:]}." if words else ""
    return "\n".join(part for part in (spec.description, allowed) if part)


class Variants(QWidget):
    """One of several models, such as the optimiser: a choice, and the form of the chosen one."""

    def __init__(self, spec: FieldSpec, submit: Submit, theme: Theme) -> None:
        super().__init__()
        self.spec = spec
        self._submit = submit
        self._theme = theme
        self._value: dict[str, Any] = {}
        self._kinds = dict(spec.variants)
        choice = FieldSpec(
            spec.name, spec.title, spec.description, "choice", choices=tuple(self._kinds)
        )
        self._choice = Row(choice, self._choose, theme)
        self._form: Form | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self._choice)

    @property
    def field(self) -> Field:
        """The choice itself."""
        return self._choice.field

    def complain(self, sentence: str) -> None:
        """Say what is wrong under the choice."""
        self._choice.complain(sentence)

    def show_value(self, value: Any) -> None:
        """Show the chosen model."""
        chosen = str(value["kind"])
        if self._form is None or chosen != self._value.get("kind"):
            self._rebuild(self._kinds[chosen])
        self._value = dict(value)
        self._choice.show_value(chosen)
        if self._form is not None:
            self._form.show_values(value)

    def show_mixed(self) -> None:
        """Show that several things differ; what belongs to one choice alone goes."""
        self._drop_form()
        self._choice.show_mixed()

    def _drop_form(self) -> None:
        if self._form is not None:
            self._column.removeWidget(self._form)
            self._form.setParent(None)
            self._form.deleteLater()
            self._form = None

    def _rebuild(self, model: type[BaseModel]) -> None:
        self._drop_form()
        self._form = Form(model, self._change, self._theme)
        self._form.setContentsMargins(10, 0, 0, 0)
        self._column.addWidget(self._form)
        self._choice.setToolTip(_summary(model))

    def _choose(self, _name: str, kind: Any) -> str:
        return self._submit(f"{self.spec.name}.kind", kind)

    def _change(self, name: str, value: Any) -> str:
        return self._submit(f"{self.spec.name}.{name}", value)


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n")[0]


class Form(QWidget):
    """All parameters of a model, or of a card.

    Args:
        model: The model's class, or the parameters themselves.
        submit: Called with each wanted value; answers "" or why it does not fit.
        theme: For the icons.
        leave_out: Fields that somebody else shows.
    """

    def __init__(
        self,
        model: type[BaseModel] | Sequence[FieldSpec],
        submit: Submit,
        theme: Theme,
        leave_out: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.rows: dict[str, Row | Variants] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for spec in specs(model) if isinstance(model, type) else model:
            if spec.name not in leave_out:
                kind = Variants if spec.kind == "variants" else Row
                self.rows[spec.name] = kind(spec, submit, theme)
        self._fold = self._folded()
        folded = self._rare if self._fold is not None else []
        for row in self.rows.values():
            if row not in folded:
                column.addWidget(row)
        if self._fold is not None:
            column.addWidget(self._fold)

    @property
    def _rare(self) -> list[Row | Variants]:
        return [row for row in self.rows.values() if row.spec.rare]

    def _folded(self) -> Fold | None:
        """Put rare parameters away; one alone is better seen than hidden behind a button."""
        rare = self._rare
        return Fold([row.spec.title for row in rare], rare) if len(rare) > 1 else None

    def _unfold(self, differs: bool) -> None:
        if self._fold is not None and differs:
            self._fold.unfold()

    def show_values(self, values: BaseModel | dict[str, Any]) -> None:
        """Show the values that hold; fields whose text is being typed keep it."""
        found = as_json(values)
        for name, row in self.rows.items():
            if name in found:
                row.show_value(found[name])
        self._unfold(any(found.get(row.spec.name) != row.spec.default for row in self._rare))

    def offer_more(self, more: More) -> None:
        """Let the menus of all fields offer more."""
        for row in self.rows.values():
            if isinstance(row, Row):
                row.more = more

    def show_many(self, values: Sequence[BaseModel | dict[str, Any]]) -> None:
        """Show what several models have in common, and where they differ."""
        first, *others = (as_json(one) for one in values)
        for name, row in self.rows.items():
            same = all(one[name] == first[name] for one in others)
            if same:
                row.show_value(first[name])
            else:
                row.show_mixed()
            self._unfold(row.spec.rare and not (same and first[name] == row.spec.default))

    def field(self, name: str) -> Field:
        """Give the editor of one parameter."""
        return self.rows[name].field
