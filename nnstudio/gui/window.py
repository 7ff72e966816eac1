"""The window: puts the parts together and passes word between them; each part does its own work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QUndoStack
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from nnstudio.core.paths import config_folder
from nnstudio.gui import news_words
from nnstudio.gui.actions import Actions
from nnstudio.gui.bottom_tabs import BottomTabs
from nnstudio.gui.canvas.canvas import Canvas
from nnstudio.gui.commands import CommandPalette
from nnstudio.gui.courtesy import Courtesy
from nnstudio.gui.curve_marks import change_marks
from nnstudio.gui.curves import CurvesPanel
from nnstudio.gui.docks import Docks
from nnstudio.gui.driver import Driver
from nnstudio.gui.everything import entries
from nnstudio.gui.files import SUFFIX, Files
from nnstudio.gui.inspector import Inspector
from nnstudio.gui.log_panel import LogPanel
from nnstudio.gui.memory import Memory
from nnstudio.gui.menus import Menus
from nnstudio.gui.messages import Banner
from nnstudio.gui.palette import Palette
from nnstudio.gui.poller import Poller
from nnstudio.gui.problems_panel import ProblemsPanel
from nnstudio.gui.runs_panel import RunsPanel
from nnstudio.gui.statusbar import StatusBar
from nnstudio.gui.summary_panel import SummaryPanel
from nnstudio.gui.theme import Theme
from nnstudio.gui.timeline import Timeline
from nnstudio.gui.topbar import TopBar
from nnstudio.gui.undo import Edits
from nnstudio.gui.viewers.every import connect_viewers, make_viewers
from nnstudio.gui.viewers.viewer import Viewer
from nnstudio.gui.wiring import connect_view, templates
from nnstudio.project.library.offers import Offers
from nnstudio.project.library.own import OwnBlocks
from nnstudio.session.news import GradientsChecked, Progress, Said
from nnstudio.session.studio import Studio
from nnstudio.train.events import Changed, Diverged, Finished, Started

AT_ONCE, LATER_MS = 150, 60  # with more nodes, words and numbers come this much after the cards
FRAME_PX = 40  # a title bar, whose height is not known before the window is shown


class Window(QMainWindow):
    """The studio's window.

    Args:
        studio: The project to show first.
        theme: For the colours.
        memory: What is remembered between starts.
    """

    def __init__(self, studio: Studio, theme: Theme, memory: Memory) -> None:
        super().__init__()
        self.studio, self.theme, self.memory = studio, theme, memory
        self._started: Started | None = None
        self.actions_by_name = Actions(self)
        self.stack = QUndoStack(self)
        self.edits = Edits(studio, self.stack, self.complain)
        self._later = QTimer(self, interval=LATER_MS, singleShot=True)
        self._later.timeout.connect(self._show_rest)
        self.poller = Poller(studio, self)
        self._make_parts()
        self._arrange()
        self.files = Files(
            self,
            memory,
            lambda: self.studio,
            self.adopt,
            self.complain,
            self.banner.say,
            self.edits.make_or_tell,
        )
        self.driver = Driver(
            self.actions_by_name,
            lambda: self.studio,
            self.complain,
            self._training_starts,
            self._training_blocked,
            self.poller.forget_state,
        )
        self.menus = Menus(
            self.menuBar(), self.actions_by_name, self.canvas.commands, templates(), self.files.new
        )
        self._connect()
        self.courtesy = Courtesy(self._person_acts, (self.canvas, self.canvas.viewport()), self)
        connect_view(self)
        self.adopt(studio)
        self.poller.start()

    def _make_parts(self) -> None:
        theme = self.theme
        self.topbar = TopBar(self.actions_by_name, theme)
        self.canvas = Canvas(theme)
        self.log = LogPanel()
        own = OwnBlocks(config_folder() / "blocks", lambda sentence: self.log.add([sentence]))
        self.offers = self.canvas.commands.offers = Offers(own)
        self.palette_panel = Palette(theme, self.offers, self.actions_by_name["start_page"])
        self.inspector = Inspector(self.edits, theme)
        self.curves = CurvesPanel(theme, self.complain)
        self.runs = RunsPanel(self.edits, self.complain, self._training_starts)
        self.problems = ProblemsPanel(theme)
        self.summary = SummaryPanel(theme, self.complain)
        self.status = StatusBar()
        self.tabs = BottomTabs()
        self.tabs.add(self.curves, "Curves", self.curves.controls)
        self.tabs.add(self.problems, "Problems")  # early, so that no narrow window hides them
        self.tabs.add(self.summary, "Summary", self.summary.controls)
        self.tabs.add(self.runs, "Runs", self.runs.controls)
        self.viewers = make_viewers(self)
        self.tabs.add(self.log, "Log")
        self.timeline = Timeline(lambda: self.studio, self.complain, self._training_starts)
        self.banner = Banner(theme, self.canvas)
        self.docks = Docks(self.palette_panel, self.canvas, self.inspector, self.tabs, self.memory)

    def _arrange(self) -> None:
        self.setWindowTitle("nnstudio")
        self.setMinimumSize(560, 360)
        self.resize(self._first_size())
        self.setAcceptDrops(True)
        self.whole = QWidget()
        column = QVBoxLayout(self.whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.topbar)
        column.addWidget(self.docks, 1)
        column.addWidget(self.timeline)
        self.setCentralWidget(self.whole)
        self.setStatusBar(self.status)
        self.commands = CommandPalette(self.whole)

    def _first_size(self) -> QSize:
        """Give the usual size, or what the screen leaves beside its bars and the frame."""
        room = self.screen().availableGeometry().size()
        return QSize(1440, 900).boundedTo(room - QSize(0, FRAME_PX))

    def _connect(self) -> None:
        self.edits.level = self.canvas.commands.levels
        self.canvas.edit_wanted.connect(self.edits.make_or_tell)
        self.canvas.selection_changed.connect(self.inspector.select)
        self.canvas.selection_changed.connect(self.summary.select)
        self.summary.nodes_wanted.connect(self.canvas.select)
        self.canvas.message.connect(self.banner.say)
        self.canvas.files_dropped.connect(self.open_dropped)
        self.canvas.node_activated.connect(lambda _: self.inspector.focus_first())
        self.palette_panel.add_wanted.connect(self.add_layer)
        own = self.canvas.commands.own
        own.changed = self.palette_panel.reload
        self.palette_panel.rename_wanted.connect(own.rename)
        self.palette_panel.delete_wanted.connect(own.delete)
        self.inspector.repair_wanted.connect(self.edits.make_here_or_tell)
        self.inspector.preview_wanted.connect(self.canvas.preview.show_edit)
        self.inspector.data_wanted.connect(self.choose_data)
        self.inspector.block_wanted.connect(self.canvas.commands.levels.do)
        self.problems.repair_wanted.connect(self.edits.make_or_tell)
        self.problems.preview_wanted.connect(self.canvas.preview.show_edit)
        self.problems.node_wanted.connect(lambda node: self.canvas.select((node,)))
        self.edits.made = self.banner.dismiss
        self.stack.indexChanged.connect(self._name_undo)
        poller = self.poller
        poller.state_changed.connect(self._state_changed)
        poller.progressed.connect(self._progressed)
        poller.loading.connect(self._loading)
        poller.happened.connect(self._happened)
        poller.ticked.connect(self.curves.look)
        poller.ticked.connect(self.timeline.look)
        poller.foretold.connect(self.status.show_forecast)
        poller.foretold.connect(self.summary.show_forecast)
        connect_viewers(self)

    # The project

    def adopt(self, studio: Studio) -> None:
        """Show another project; the one before is closed."""
        if studio is not self.studio:
            self.studio.close()
        self.studio = self.edits.studio = studio
        self.stack.clear()
        self._started = None
        self.poller.watch(studio)
        studio.subscribe(lambda: self._changed(studio))
        self.canvas.select(())
        self.canvas.commands.levels.reset()
        self._changed(studio)
        self.viewers.forget()
        self.show_history()
        self.driver.show_state(studio.run_state)
        self.topbar.show_state(studio.run_state)
        self.topbar.show_progress(None)
        self.topbar.show_result("")
        self._name_undo()

    def _changed(self, studio: Studio) -> None:
        """Show the project after a change."""
        if studio is not self.studio:
            return
        graph, inference = studio.graph, studio.inference
        self.canvas.show_graph(graph, inference)
        if len(graph.nodes) > AT_ONCE:
            self._later.start()
        else:
            self._show_rest()

    def _show_rest(self) -> None:
        """Show in words and numbers what the canvas shows already."""
        self._later.stop()
        studio = self.studio
        graph, inference = studio.graph, studio.inference
        self.inspector.refresh()
        self.problems.show_problems(inference.problems, graph)
        self.summary.show_graph(graph, inference)
        self.runs.show_runs(studio.project.runs)
        count = self.problems.count
        self.tabs.retitle(self.problems, f"Problems  {count}" if count else "Problems")
        self.status.show_studio(studio)
        self.status.saved(studio.saved_at)
        self.show_title()
        self.viewers.refresh()

    def show_title(self) -> None:
        """Show the project's name, and whether something is not saved."""
        studio = self.studio
        self.topbar.show_project(studio.title, dirty=studio.dirty, ran=studio.unsaved_runs)
        place = f" – {studio.path}" if studio.path else ""
        self.setWindowTitle(f"[*]{studio.title}{place} – nnstudio")
        self.setWindowModified(studio.dirty)

    def add_layer(self, key: str) -> None:
        """Add a layer or block behind the selected node."""
        self.canvas.commands.insert_layer(key)

    def choose_data(self) -> None:
        """Show what can be learned from."""
        from nnstudio.gui.data_dialog import DataDialog

        DataDialog(self.edits, self.theme, self.poller, self).show()

    def _name_undo(self, _index: int = 0) -> None:
        for name, able, text in (
            ("undo", self.stack.canUndo(), self.stack.undoText()),
            ("redo", self.stack.canRedo(), self.stack.redoText()),
        ):
            action = self.actions_by_name[name]
            action.setEnabled(able)
            word = name.capitalize()
            action.setText(f"&{word}: {text.replace('&', '&&')}" if text else f"&{word}")

    # The training

    def _person_acts(self) -> None:
        self.studio.person_acts()

    def _training_starts(self) -> None:
        self._started = None
        if self.docks.workspace == "build":
            self.docks.show_workspace("train_space")
            self.actions_by_name["train_space"].setChecked(True)
        if not isinstance(self.tabs.currentWidget(), Viewer):  # who looks inside goes on to
            self.show_tab(self.curves)
        self.show_history()

    def _training_blocked(self) -> None:
        """Lead to what keeps the network from training."""
        if self.studio.project.data is None:
            self.choose_data()
        else:
            self.show_tab(self.problems)

    def show_history(self) -> None:
        """Give the curves what runs now and what ran before."""
        studio, started = self.studio, self._started
        earlier = [(run.name, run.history) for run in studio.project.runs]
        epochs = studio.project.settings.epochs if started is None else started.epochs
        history = studio.history
        if started is None and history is not None and "step" in history.epochs:
            epochs = max(len(history.epochs["step"]), 1)
        per_epoch = 0 if started is None else started.steps_per_epoch
        samples = 0 if started is None else started.samples
        marks = change_marks(studio.changes)
        self.curves.show_run(history, earlier, epochs, per_epoch, samples=samples, marks=marks)

    def _state_changed(self, state: str) -> None:
        self.driver.show_state(state)
        self.topbar.show_state(state)
        self.show_title()
        self.show_history()
        self.timeline.look()

    def _progressed(self, progress: Progress | None) -> None:
        self.topbar.show_progress(progress)

    def _loading(self, loading: Any) -> None:
        self.topbar.show_loading(loading)

    def _happened(self, event: object) -> None:
        line = news_words.line(event)
        if line:
            self.log.add([line])
        bad = news_words.complaint(event)
        if bad is not None:
            self.complain(*bad)
        if isinstance(event, GradientsChecked | Said):
            self.banner.say(line)
        if isinstance(event, Diverged):
            self.canvas.set_health(event.node, "error")
            self.canvas.select((event.node,))
        if isinstance(event, Finished):
            self.topbar.show_result(news_words.result(event))
        if isinstance(event, Changed) and self._started is not None:
            now = {"epochs": event.epochs, "steps_per_epoch": event.steps_per_epoch}
            self._started = replace(self._started, **now)
            self.show_history()
        if isinstance(event, Started):
            self.topbar.show_result("")
            for node in self.studio.graph.nodes:
                self.canvas.set_health(node, "")
            self._started = event
            self.status.show_threads(event.threads)
            self.show_history()

    # Words, tabs, files

    def complain(self, sentence: str, details: str = "") -> None:
        """Say what went wrong, in one sentence with Details."""
        self.banner.complain(sentence, details)

    def show_tab(self, page: QWidget) -> None:
        """Bring a tab below the canvas to the front."""
        if self.docks.workspace == "build":
            self.docks.show_workspace("train_space")
            self.actions_by_name["train_space"].setChecked(True)
        self.tabs.show_page(page)

    def open_commands(self) -> None:
        """Show everything that can be done, by name."""
        self.commands.open(entries(self))

    def open_dropped(self, paths: list[Path]) -> None:
        """Open a dropped project, or offer a dropped file as data."""
        path = Path(paths[0])
        if path.suffix == SUFFIX:
            self.files.open_path(path)
            return
        from nnstudio.gui.data_dialog import DataDialog

        dialog = DataDialog(self.edits, self.theme, self.poller, self)
        dialog.show()
        dialog.offer_file(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            # Dialogs must not open while the other program still waits for the drop to end.
            QTimer.singleShot(0, lambda: self.open_dropped(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self.poller.stop()
        self.docks.keep()
        self.memory.keep_state("geometry", self.saveGeometry())
        self.studio.close()
        event.accept()
