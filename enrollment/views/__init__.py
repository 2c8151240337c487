"""The pages of the enrollment room, by whom they serve."""
