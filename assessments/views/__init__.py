"""The pages of the assessments room, by whom they serve."""
