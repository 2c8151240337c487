"""What people do in Attest, a module per role: steps act on a page as a person would, and look at what it shows."""
