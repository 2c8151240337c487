"""A step of a program: another course."""
