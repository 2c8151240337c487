"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class AttestArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane: what OWASP asks for (Password Storage Cheat Sheet)."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
