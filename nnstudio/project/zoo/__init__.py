"""Published networks as templates, built from the blocks of the library; one file a family."""
