"""The one training loop and all that belongs to a run: settings, events, history, evaluation."""
