"""Constraints that many tables need, in one spelling."""

from django.db import models
from django.db.models import F, Q


def one_of(field: str, choices: type[models.TextChoices], *, name: str) -> models.CheckConstraint:
    """Return a CHECK that `field` holds one of the values of `choices`."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)


def in_order(first: str, second: str, *, name: str) -> models.CheckConstraint:
    """Return a CHECK that `second`, where it is set, is after `first`."""
    return models.CheckConstraint(
        condition=Q(**{f"{second}__isnull": True}) | Q(**{f"{second}__gt": F(first)}), name=name
    )


def both_or_neither(*fields: str, name: str) -> models.CheckConstraint:
    """Return a CHECK that the fields (such as who and when) are set together or not at all."""
    every = Q(**{f"{field}__isnull": False for field in fields})
    none = Q(**{f"{field}__isnull": True for field in fields})
    return models.CheckConstraint(condition=every | none, name=name)
