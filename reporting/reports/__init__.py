"""What leaves the system as a file: CSV, XLSX and PDF out of the same reads as the screens."""
