"""One open project at work: the engine's lane, mailboxes, and the Studio; knows nothing of Qt."""
