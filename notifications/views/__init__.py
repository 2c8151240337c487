"""The doors of the notifications room."""
