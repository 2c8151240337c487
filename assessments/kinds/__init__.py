"""The kinds of activity that this room adds, a folder each."""
