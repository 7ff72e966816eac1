"""Inside a block the inspector shows and changes the inner cards."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnstudio.gui.node_page import NodePage
from nnstudio.gui.window import Window
from tests.gui.examples import lenet


def entered(window: Window) -> str:
    window.canvas.commands.levels.group_as(("conv1", "pool1"), "features")
    (card,) = window.canvas.selection
    window.canvas.activate(card)
    return card


def test_an_inner_parameter_is_changed_and_undone(window: Window) -> None:
    card = entered(window)
    window.canvas.select(("conv1",))
    page = window.inspector.page
    assert isinstance(page, NodePage)
    assert page.node_id == "conv1"
    assert page._submit("filters", 9) == ""
    block = window.studio.graph.nodes[card].block
    assert block is not None
    assert block.graph.nodes["conv1"].params.filters == 9  # type: ignore[attr-defined]
    assert window.stack.undoText() == "features: conv1 filters 6 → 9"
    window.stack.undo()
    assert window.studio.graph.nodes[card].block.graph.nodes["conv1"].params.filters == 6
    assert window.canvas.commands.levels.path == (card,)


def test_another_project_shows_as_a_whole(window: Window) -> None:
    from nnstudio.session.studio import Studio

    entered(window)
    window.adopt(Studio(lenet()))
    assert window.canvas.commands.levels.path == ()
    assert not window.canvas.breadcrumb.isVisible()
    assert "conv1" in window.canvas.drawing.cards
    assert window.canvas.focusPolicy() == Qt.FocusPolicy.StrongFocus
