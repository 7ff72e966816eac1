"""The look of all ordinary widgets: font, Qt palette and style sheet, made from the theme."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from nnstudio.gui.icons import icon_path
from nnstudio.gui.theme import Colours

FONT_PX = 13


def text_font() -> QFont:
    """Give the font of all text."""
    font = QFont(QApplication.font())
    if QFontDatabase.hasFamily("Inter"):
        font = QFont("Inter")
    font.setPixelSize(FONT_PX)
    return font


def mono_font(size_px: int = FONT_PX - 1) -> QFont:
    """Give the font of numbers."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(size_px)
    return font


def qt_palette(c: Colours) -> QPalette:
    """Give the colours as Qt's own palette, for what no style sheet reaches."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: c.panel,
        QPalette.ColorRole.WindowText: c.text,
        QPalette.ColorRole.Base: c.field,
        QPalette.ColorRole.AlternateBase: c.panel,
        QPalette.ColorRole.Text: c.text,
        QPalette.ColorRole.PlaceholderText: c.text_dim,
        QPalette.ColorRole.Button: c.card,
        QPalette.ColorRole.ButtonText: c.text,
        QPalette.ColorRole.BrightText: c.error,
        QPalette.ColorRole.Highlight: c.train,
        QPalette.ColorRole.HighlightedText: "#ffffff",
        QPalette.ColorRole.Link: c.accent,
        QPalette.ColorRole.ToolTipBase: c.card,
        QPalette.ColorRole.ToolTipText: c.text,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.text_dim))
    return palette


def style_sheet(c: Colours) -> str:
    """Give the style sheet of the whole application."""
    return "\n".join((_base(c), _buttons(c), _fields(c), _lists(c), _frame(c), _words(c)))


def _base(c: Colours) -> str:
    return f"""
    QMainWindow, QDialog {{ background: {c.panel}; }}
    QToolTip {{ background: {c.card}; color: {c.text}; border: 1px solid {c.card_border};
        padding: 4px 6px; }}
    QMenuBar {{ background: {c.window}; color: {c.text_dim}; padding: 1px 6px; }}
    QMenuBar::item {{ padding: 3px 8px; border-radius: 5px; background: transparent; }}
    QMenuBar::item:selected {{ background: {c.hover}; color: {c.text}; }}
    QMenu {{ background: {c.card}; color: {c.text}; border: 1px solid {c.card_border};
        padding: 5px; }}
    QMenu::item {{ padding: 5px 26px 5px 22px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {c.hover}; }}
    QMenu::item:disabled {{ color: {c.text_dim}; }}
    QMenu::separator {{ height: 1px; background: {c.divider}; margin: 5px 8px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 1px; }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 1px; }}
    QScrollBar::handle {{ background: {c.card_border}; border-radius: 3px; min-height: 28px;
        min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {c.link}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSplitter::handle, QMainWindow::separator {{ background: {c.divider}; width: 1px;
        height: 1px; }}
    QMainWindow::separator:hover {{ background: {c.accent}; }}
    """


def _buttons(c: Colours) -> str:
    return f"""
    QPushButton, QToolButton {{ background: {c.card}; color: {c.text}; border: 1px solid
        {c.card_border}; border-radius: 6px; padding: 4px 10px; }}
    QPushButton:hover, QToolButton:hover {{ background: {c.hover}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {c.field}; }}
    QPushButton:focus, QToolButton:focus {{ border-color: {c.accent}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {c.text_dim}; background: transparent;
        border-color: {c.divider}; }}
    QPushButton[role="primary"], QToolButton[role="primary"] {{ background: {c.train};
        color: #ffffff; border-color: {c.train}; }}
    QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover {{
        background: {_mixed(c.train, "#ffffff", 0.12)}; }}
    QPushButton[role="primary"]:focus, QToolButton[role="primary"]:focus {{
        border-color: {c.text}; }}
    QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {{
        background: {_mixed(c.train, c.panel, 0.65)}; color: {c.text_dim};
        border-color: transparent; }}
    QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent;
        color: {c.accent}; padding: 1px 2px; text-align: left; text-decoration: underline; }}
    QPushButton[role="link"]:focus {{ border-color: {c.accent}; }}
    QToolButton[role="flat"], QPushButton[role="flat"] {{ background: transparent;
        border: 1px solid transparent; color: {c.text_dim}; padding: 3px 6px; }}
    QToolButton[role="flat"]:hover, QPushButton[role="flat"]:hover {{ background: {c.hover};
        color: {c.text}; }}
    QToolButton[role="flat"]:focus, QPushButton[role="flat"]:focus {{ border-color: {c.accent}; }}
    QToolButton[role="flat"]:checked, QPushButton[role="flat"]:checked {{ color: {c.text};
        background: {c.tab}; }}
    QToolButton[role="tile"] {{ padding: 6px; border-radius: 8px; font-size: 12px; }}
    QToolButton::menu-indicator {{ image: none; }}
    """


def _fields(c: Colours) -> str:
    chevron, check = icon_path("chevron-grey"), icon_path("check-white")
    return f"""
    QLineEdit, QComboBox, QPlainTextEdit {{ background: {c.field}; color: {c.text};
        border: 1px solid {c.field_border}; border-radius: 5px; padding: 3px 7px;
        selection-background-color: {c.train}; selection-color: #ffffff; }}
    QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{ border-color: {c.accent}; }}
    QLineEdit[bad="true"] {{ border-color: {c.error}; background: {c.error_back}; }}
    QLineEdit:disabled, QComboBox:disabled {{ color: {c.text_dim}; }}
    QComboBox {{ padding-right: 20px; }}
    QComboBox::drop-down {{ border: none; width: 18px; }}
    QComboBox::down-arrow {{ image: url("{chevron}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {c.card}; border: 1px solid {c.card_border};
        padding: 3px; outline: none; selection-background-color: {c.hover};
        selection-color: {c.text}; }}
    QCheckBox {{ color: {c.text}; spacing: 7px; border: 1px solid transparent; }}
    QCheckBox::indicator, QListView::indicator {{ width: 15px; height: 15px; border-radius: 4px;
        border: 1px solid {c.field_border}; background: {c.field}; }}
    QCheckBox::indicator:checked, QListView::indicator:checked {{ background: {c.train};
        border-color: {c.train}; image: url("{check}"); }}
    QCheckBox::indicator:focus {{ border-color: {c.accent}; }}
    QCheckBox:focus {{ border-color: {c.accent}; border-radius: 5px; }}
    QSlider::groove:horizontal {{ height: 3px; background: {c.field_border}; border-radius: 1px; }}
    QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 1px; }}
    QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 6px;
        background: {c.accent}; }}
    QSlider::handle:horizontal:focus {{ background: {c.text}; }}
    QProgressBar {{ background: {c.card_border}; border: none; border-radius: 2px; height: 5px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 2px; }}
    """


def _lists(c: Colours) -> str:
    return f"""
    QListView, QTableView, QTreeView {{ background: transparent; color: {c.text}; border: none;
        outline: none; gridline-color: {c.divider}; alternate-background-color: {c.panel}; }}
    QListView::item, QTreeView::item {{ padding: 4px 8px; border-radius: 5px; }}
    QTableView::item {{ padding: 0 8px; }}
    QListView::item:hover, QTreeView::item:hover {{ background: {c.hover}; }}
    QListView::item:selected, QTreeView::item:selected {{ background: {c.tab}; color: {c.text}; }}
    QHeaderView::section {{ background: {c.panel}; color: {c.text_dim}; border: none;
        border-bottom: 1px solid {c.divider}; padding: 4px 8px; }}
    QTabBar {{ qproperty-drawBase: 0; }}
    QTabBar::tab {{ background: transparent; color: {c.text_dim}; padding: 8px 1px 6px 1px;
        margin: 0 8px; border: none; border-bottom: 2px solid transparent; }}
    QTabBar::tab:hover {{ color: {c.text}; }}
    QTabBar::tab:selected {{ color: {c.text}; font-weight: 600; border-bottom-color: {c.accent}; }}
    QTabBar::tab:focus {{ color: {c.accent}; }}
    QTabBar::scroller {{ width: 36px; }}
    QTabBar QToolButton {{ background: {c.panel}; border: none; padding: 0; }}
    QTabBar QToolButton::left-arrow {{ image: url("{icon_path("chevron-left-grey")}"); }}
    QTabBar QToolButton::right-arrow {{ image: url("{icon_path("chevron-right-grey")}"); }}
    """


def _frame(c: Colours) -> str:
    return f"""
    #topbar {{ background: {c.window}; border-bottom: 1px solid {c.divider}; }}
    #workspaces {{ background: {c.well}; border-radius: 8px; }}
    #workspaces QToolButton {{ background: transparent; border: 1px solid transparent;
        color: {c.text_dim}; padding: 4px 12px; border-radius: 6px; }}
    #workspaces QToolButton:hover {{ color: {c.text}; }}
    #workspaces QToolButton:focus {{ border-color: {c.accent}; }}
    #workspaces QToolButton:checked {{ background: {c.tab}; color: {c.text}; font-weight: 500; }}
    #left, #right, #bottom {{ background: {c.panel}; }}
    #left {{ border-right: 1px solid {c.divider}; }}
    #right {{ border-left: 1px solid {c.divider}; }}
    #bottom {{ border-top: 1px solid {c.divider}; }}
    QStatusBar {{ background: {c.window}; border-top: 1px solid {c.divider}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {c.text_dim}; font-size: 12px; }}
    QSizeGrip {{ image: none; }}
    #card {{ background: {c.well}; border-radius: 6px; }}
    #problem {{ background: {c.well}; border-radius: 5px; border-left: 3px solid {c.warn}; }}
    #problem[severity="error"] {{ border-left-color: {c.error}; background: {c.error_back}; }}
    #problem[severity="advice"] {{ border-left-color: {c.link}; }}
    #banner {{ background: {c.card}; border: 1px solid {c.card_border}; border-radius: 8px; }}
    #banner[severity="error"] {{ background: {c.error_back}; border-color: {c.error}; }}
    #welcome {{ background: {c.panel}; }}
    #commands {{ background: {c.card}; border: 1px solid {c.link}; border-radius: 10px; }}
    """


def _words(c: Colours) -> str:
    return f"""
    QLabel {{ color: {c.text}; background: transparent; }}
    QLabel[role="dim"], QCheckBox[role="dim"] {{ color: {c.text_dim}; }}
    QLabel[role="small"] {{ color: {c.text_dim}; font-size: 12px; }}
    QLabel[role="title"] {{ font-size: 15px; font-weight: 600; }}
    QLabel[role="headline"] {{ font-size: 22px; font-weight: 600; }}
    QLabel[role="key"] {{ font-family: "{mono_font().family()}"; color: {c.text_dim}; }}
    QLabel[role="large"] {{ font-size: 15px; }}
    QLabel[role="name"] {{ font-size: 13px; font-weight: 600; }}
    QLabel[role="section"] {{ color: {c.text_dim}; font-size: 11px; font-weight: 600;
        letter-spacing: 0.6px; }}
    QLabel[role="error"] {{ color: {c.error}; font-size: 12px; }}
    QLabel[role="formula"] {{ font-family: "DejaVu Serif", "Georgia", serif; font-style: italic;
        font-size: 13px; }}
    """


def _mixed(one: str, other: str, share: float) -> str:
    """Give a colour between two, `share` of the way from the first to the second."""
    a, b = QColor(one), QColor(other)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in pairs)).name()


def apply_style(app: QApplication, colours: Colours) -> None:
    """Dress the whole application."""
    app.setPalette(qt_palette(colours))
    app.setStyleSheet(style_sheet(colours))
