"""What the checks of content find, each finding by a bad and a good example."""
