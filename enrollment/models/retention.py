"""Record classes: how long the records of some courses are kept at least, and who must have signed them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.constraints import in_order, one_of
from core.models import Row
from enrollment.choices import KeptFrom, SignedBy
from enrollment.models.spells import CourseSpell
from enrollment.rules.retention import MOST_YEARS, Period, Signing
from people.models import User


class RecordClass(Row):
    """A rule for the training records of some courses: kept for so many years from a day, and signed by whom."""

    name = models.CharField(max_length=80)
    kept_from = models.CharField(max_length=10, choices=KeptFrom)
    years = models.PositiveSmallIntegerField(
        null=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_YEARS)]
    )
    released_on = models.DateField(null=True)  # when the product was last released; nothing while it still is
    signed = models.CharField(max_length=10, choices=SignedBy, default=SignedBy.NOBODY)
    source = models.CharField(max_length=200, blank=True)  # the law, standard or rule of the house behind it
    notes = models.TextField(max_length=1000, blank=True)  # such as what the record has to show
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="record_class_name_once"),
            one_of("kept_from", KeptFrom, name="record_class_kept_from_known"),
            one_of("signed", SignedBy, name="record_class_signed_known"),
            models.CheckConstraint(
                condition=Q(kept_from=KeptFrom.FOREVER, years__isnull=True)
                | (~Q(kept_from=KeptFrom.FOREVER) & Q(years__gte=1, years__lte=MOST_YEARS, years__isnull=False)),
                name="record_class_years_unless_for_ever",
            ),
            models.CheckConstraint(
                condition=Q(released_on__isnull=True) | Q(kept_from=KeptFrom.RELEASED),
                name="record_class_release_of_a_product",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> Period:
        """The period as the rules take it."""
        return Period(self.name, KeptFrom(self.kept_from), self.years, self.released_on)

    @property
    def signing(self) -> Signing:
        """The rule about signatures as the rules take it."""
        return Signing(self.name, SignedBy(self.signed))


class ClassedCourse(CourseSpell):
    """That the records of a course are of a class, from one moment until another."""

    record_class = models.ForeignKey(RecordClass, on_delete=models.PROTECT, db_index=False, related_name="courses")

    class Meta:
        constraints = [
            in_order("added_at", "removed_at", name="classed_course_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["record_class", "course"], condition=Q(removed_at__isnull=True), name="classed_course_once"
            ),
        ]
        indexes = [models.Index(fields=["record_class", "course"], name="classed_course_of_class")]
