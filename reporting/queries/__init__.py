"""Named reads of the reporting room: what screens, files and reports share, so that their numbers are equal."""
