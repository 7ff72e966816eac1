"""The window: canvas, palette, inspector, curves; a client of the session, the only place for Qt."""
