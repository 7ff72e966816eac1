"""The window: canvas, palette, inspector, curves; a client of the session, alone in using Qt."""
