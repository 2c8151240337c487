"""What people see of the reporting room, by page."""
