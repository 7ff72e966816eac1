"""What a hand can do on the canvas, one class a gesture."""
