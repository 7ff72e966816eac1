"""Formulas: LaTeX rendered to SVG on another thread, cached; plain text stands in until then."""

from __future__ import annotations

import logging
import re
import threading
from functools import lru_cache
from queue import SimpleQueue

from PySide6.QtCore import QByteArray, QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

log = logging.getLogger(__name__)

SIZE_PX = 16.0
TALLEST_PX = 120.0
_WORDS = (
    (r"\\(?:begin|end)\{cases\}", ""), (r"\\\\", ";"), ("&", " if "),
    (r"\\(?:text|mathrm|mathit|mathbf|operatorname)\{([^{}]*)\}", r"\1"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    (r"\\(?:d|t)?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1) / (\2)"),
    (r"\\left|\\right|\\[bB]igg?[lr]?(?![a-zA-Z])|\\,|\\;|\\!|\\quad", " "),
    (r"\\cdot", "·"), (r"\\times", "×"), (r"\\sum", "Σ"), (r"\\lfloor", "⌊"), (r"\\rfloor", "⌋"),
    (r"\\le\b", "≤"), (r"\\ge\b", "≥"), (r"\\to\b", "→"), (r"\\mu", "μ"), (r"\\sigma", "σ"),
    (r"\\log", "log"), (r"\\exp", "exp"), (r"\\max", "max"), (r"\\min", "min"),
    (r"\\([a-zA-Z]+)", r"\1"), (r"[{}]", ""), (r"\s+", " "),
)  # fmt: skip

_INDEX = re.compile(r"([_^])\{([^{}]*)\}")


def plain(latex: str) -> str:
    r"""Write a formula as text.

    >>> plain(r"O = \frac{N - F + 2P}{S} + 1")
    'O = (N - F + 2P) / (S) + 1'
    >>> plain(r"L = -\log \frac{e^{s_t}}{\sum_j e^{s_j}}")
    'L = -log (e^s_t) / (Σ_j e^s_j)'
    """
    flat = ""
    while flat != latex:  # indices first, so that fractions hold no braces any more
        flat, latex = latex, _INDEX.sub(_plain_index, latex)
    for pattern, replacement in _WORDS:
        latex = re.sub(pattern, replacement, latex)
    return latex.strip()


def _plain_index(found: re.Match[str]) -> str:
    sign, index = found.groups()
    return f"{sign}({index})" if re.search(r"[-+=/ ]", index.strip()) else f"{sign}{index}"


class Press:
    """Renders formulas on one thread of its own and keeps what it has rendered."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str], bytes] = {}
        self._wanted: SimpleQueue[tuple[str, str]] = SimpleQueue()
        threading.Thread(target=self._work, name="formulas", daemon=True).start()

    def want(self, latex: str, colour: str) -> None:
        """Ask for a formula unless it is there."""
        if (latex, colour) not in self._done:
            self._wanted.put((latex, colour))

    def take(self, latex: str, colour: str) -> bytes | None:
        """Give a formula as SVG, b"" where it cannot be rendered, None while it is not done."""
        return self._done.get((latex, colour))

    def _work(self) -> None:
        while True:
            latex, colour = self._wanted.get()
            if (latex, colour) not in self._done:
                self._done[latex, colour] = render(latex, colour)


@lru_cache(maxsize=1)
def press() -> Press:
    """Give the one press of this process."""
    return Press()


def render(latex: str, colour: str) -> bytes:
    """Render a formula to SVG; b"" where it cannot be."""
    try:
        from ziamath.config import config
        from ziamath.zmath import Latex

        config.svg2 = False  # Qt reads SVG 1.1
        drawn = Latex(latex, size=SIZE_PX, color=colour)
        if drawn.getsize()[1] > TALLEST_PX:
            # ziamath 0.12 grows \left( without end around a sum that has limits and an index after.
            plain_fences = latex.replace(r"\left", "").replace(r"\right", "")
            drawn = Latex(plain_fences, size=SIZE_PX, color=colour)
        return str(drawn.svg()).encode()
    except Exception:
        log.exception("formula not rendered: %s", latex)
        return b""


class FormulaView(QWidget):
    """Some lines of mathematics.

    Args:
        formulas: LaTeX, one formula a line.
        colour: Hex colour of the ink.
    """

    def __init__(self, formulas: tuple[str, ...], colour: str) -> None:
        super().__init__()
        self._formulas = formulas
        self._colour = colour
        self._drawn: list[QSvgRenderer] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("; ".join(plain(latex) for latex in formulas))
        self.setToolTip("\n".join(plain(latex) for latex in formulas))
        for latex in formulas:
            press().want(latex, colour)
        self._timer = QTimer(self)
        self._timer.setInterval(30)
        self._timer.timeout.connect(self._take)
        self._take()
        if not self._drawn:
            self._timer.start()

    def _take(self) -> None:
        found = [press().take(latex, self._colour) for latex in self._formulas]
        done = [svg for svg in found if svg is not None]
        if len(done) < len(found):
            return
        self._timer.stop()
        self._drawn = [QSvgRenderer(QByteArray(svg)) for svg in done]
        self.updateGeometry()
        self.update()

    @property
    def is_drawn(self) -> bool:
        """Whether mathematics shows, not the text that stands in."""
        return bool(self._drawn) and all(one.isValid() for one in self._drawn)

    def sizeHint(self) -> QSize:
        if self._drawn:
            return QSize(200, sum(self._height(i) + 6 for i in range(len(self._drawn))))
        return QSize(200, 24 * len(self._formulas))

    def _height(self, place: int) -> int:
        one = self._drawn[place]
        if not one.isValid():
            return 22
        return int(one.defaultSize().height() * self._scale(one))

    def _scale(self, one: QSvgRenderer) -> float:
        """Shrink a long formula to the width there is."""
        return min(1.0, max(self.width(), 120) / max(one.defaultSize().width(), 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = 2.0
        for i, latex in enumerate(self._formulas):
            one = self._drawn[i] if self._drawn else None
            if one is not None and one.isValid():
                scale = self._scale(one)
                size = one.defaultSize()
                one.render(painter, QRectF(0, y, size.width() * scale, size.height() * scale))
                y += self._height(i) + 6
            else:
                painter.setPen(self._colour)
                painter.drawText(QRectF(0, y, self.width(), 20), plain(latex))
                y += 24
