"""Everything a person can do, as named actions with shortcuts; menus and buttons share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from nnstudio.gui.icons import icon
from nnstudio.gui.theme import Colours


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes:
        name: What the code calls it.
        text: What a person reads, with & before the menu letter.
        keys: Shortcuts, the first one shown.
        tip: What it does, for tooltip and status bar.
        icon: File name of its icon, or "".
        checkable: Whether it is on or off.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    checkable: bool = False


SPECS = (
    ActionSpec("start_page", "Start &page", ("Ctrl+Shift+N",), "Examples, networks, recent files"),
    ActionSpec("open", "&Open…", ("Ctrl+O",), "Open a project", "folder"),
    ActionSpec("save", "&Save", ("Ctrl+S",), "Save the project"),
    ActionSpec("save_as", "Save &As…", ("Ctrl+Shift+S",), "Save the project under another name"),
    ActionSpec("rename_project", "&Rename the project…"),
    ActionSpec("report", "Re&port…", ("Ctrl+Shift+R",), "Write the latest run as one HTML page"),
    ActionSpec(
        "picture", "Picture of the &network…", ("Ctrl+Shift+P",), "Save it as SVG, PNG or PDF"
    ),
    ActionSpec("quit", "&Quit", ("Ctrl+Q",), "Close the window"),
    ActionSpec("undo", "Undo", ("Ctrl+Z",), "Take back the last step", "undo"),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do the step again", "redo"),
    ActionSpec("find_layer", "Find a &layer", ("/",), "Search the palette"),
    ActionSpec("network", "Go to the &network", ("F4",), "Let keys speak to the network"),
    ActionSpec("find_node", "&Find in the network", ("Ctrl+F",), "Search the nodes by name"),
    ActionSpec("rename", "&Rename", ("F2",), "Rename the selected node"),
    ActionSpec("run_settings", "&Run settings", ("Ctrl+R",), "Show how to train"),
    ActionSpec("data", "&Data…", ("Ctrl+Shift+D",), "Choose what to learn from", "table"),
    ActionSpec("train", "&Train", ("F5",), "Train the network (F5)", "play"),
    ActionSpec("pause", "&Pause", ("F6",), "Pause the training (F6)", "pause"),
    ActionSpec(
        "stop", "S&top", ("Shift+F5",), "Stop and keep the weights; again: skip measuring", "stop"
    ),
    ActionSpec("step", "&Step", ("F10",), "Train one batch (F10)", "step"),
    ActionSpec(
        "step_epoch", "Step one &epoch", ("Shift+F10",), "Train to the end of the epoch", "step"
    ),
    ActionSpec(
        "rewind", "&Rewind", ("Ctrl+F5",), "Back to the same initial weights (Ctrl+F5)", "rewind"
    ),
    ActionSpec(
        "new_seed", "Ne&w seed", ("Ctrl+Shift+F5",), "Other initial weights, from the start"
    ),
    ActionSpec(
        "freeze",
        "&Freeze the selected layers",
        ("Ctrl+Alt+F",),
        "Their weights stay as they are, also while it trains; again: let go",
    ),
    ActionSpec(
        "check_gradients", "Check the &gradients", (), "Compare with numeric ones, in float64"
    ),
    ActionSpec("tour", "Show me &around", (), "The window in one minute"),
    ActionSpec(
        "help", "&Layers explained", ("F1",), "What the selected layer does, and all others"
    ),
    ActionSpec("keys", "&Keys…", ("Ctrl+/",), "All keys on one sheet"),
    ActionSpec("commands", "&Commands…", ("Ctrl+K",), "Find anything by name"),
    ActionSpec("theme_system", "Colours of the &system", checkable=True),
    ActionSpec("theme_light", "&Light", checkable=True),
    ActionSpec("theme_dark", "&Dark", checkable=True),
    ActionSpec("zoom_in", "Zoom &in", ("Ctrl++", "Ctrl+="), "Make the network larger"),
    ActionSpec("zoom_out", "Zoom &out", ("Ctrl+-",), "Make the network smaller"),
    ActionSpec("zoom_reset", "&Actual size", ("Ctrl+0",), "Show the network at 100 %"),
    ActionSpec("build", "&Build", ("Ctrl+1",), "The network and its layers", checkable=True),
    ActionSpec(
        "train_space", "Trai&n", ("Ctrl+2",), "The network and its training", checkable=True
    ),
    ActionSpec(
        "inspect", "&Inspect", ("Ctrl+3",), "The network beside what is inside it", checkable=True
    ),
    ActionSpec(
        "living_cards",
        "&Living cards",
        (),
        "Show on the cards what layers make of a sample while the network learns",
        checkable=True,
    ),
    ActionSpec("show_palette", "P&alette", ("Ctrl+B",), "Show or hide the layers", checkable=True),
    ActionSpec("show_inspector", "&Inspector", ("Ctrl+I",), "Show or hide it", checkable=True),
    ActionSpec("show_curves", "Show &curves", ("Alt+1",)),
    ActionSpec("show_problems", "Show &problems", ("Alt+2",)),
    ActionSpec("show_summary", "Show &summary", ("Alt+3",), "What every layer makes and costs"),
    ActionSpec("show_runs", "Show &runs", ("Alt+5",), "Every training that was kept"),
    ActionSpec("show_log", "Show lo&g", ("Alt+4",)),
    ActionSpec(
        "show_activations", "Show &activations", ("Alt+6",), "What a layer makes of a sample"
    ),
    ActionSpec("show_filters", "Show &filters", ("Alt+7",), "The weights of a layer as pictures"),
    ActionSpec("show_gradients", "Show gradients and &updates", ("Alt+8",), "How learning arrives"),
    ActionSpec("show_confusion", "Show c&onfusion", ("Alt+9",), "Which classes are mixed up"),
    ActionSpec(
        "show_boundary",
        "Show &boundary",
        ("Alt+B",),
        "The plane of two inputs, as the network sees it",
    ),
    ActionSpec("show_predictions", "Show predict&ions", ("Alt+0",), "The worst samples first"),
    ActionSpec("open_logs", "Open the &log folder"),
    ActionSpec("about", "&About nnstudio"),
)


class Actions(QObject):
    """Holds the actions by name."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._made: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        for spec in SPECS:
            action = QAction(spec.text, parent)
            action.setObjectName(spec.name)
            action.setShortcuts([QKeySequence(keys) for keys in spec.keys])
            action.setToolTip(spec.tip or spec.text.replace("&", ""))
            action.setCheckable(spec.checkable)
            self._made[spec.name] = action
            if spec.icon:
                self._icons[spec.name] = spec.icon

    def __getitem__(self, name: str) -> QAction:
        """Give an action by its name."""
        return self._made[name]

    def all(self) -> list[QAction]:
        """Give all actions."""
        return list(self._made.values())

    def connect_all(self, handlers: dict[str, Callable[[], object]]) -> None:
        """Say what the actions do."""
        for name, handler in handlers.items():
            self._made[name].triggered.connect(lambda _checked=False, do=handler: do())

    def colour(self, colours: Colours) -> None:
        """Draw the icons in the theme's colours."""
        for name, drawing in self._icons.items():
            colour = "#ffffff" if name == "train" else colours.text
            self._made[name].setIcon(icon(drawing, colour, colours.text_dim))
