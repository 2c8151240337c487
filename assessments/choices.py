"""Enumerations of the assessments room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("One answer")
    MULTIPLE = "multiple", _("Several answers")


class ObservationState(models.TextChoices):
    ASKED = "asked", _("Asked for")
    MET = "met", _("Seen, all of it")
    NOT_MET = "not_met", _("Not all of it yet")


class AttemptState(models.TextChoices):
    OPEN = "open", _("Open")
    SUBMITTED = "submitted", _("Submitted")


OBSERVES = "observes"  # in the session of whoever observes others because they are qualified
