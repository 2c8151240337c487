"""What was learned elsewhere, what others signed for, and which course counts as another."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Asset, Course, CourseVersion
from enrollment.choices import ClaimState, SessionState
from people.models import User
from records.models import Signature

MOST_IN_A_SESSION = 200


class Claim(Row):
    """That somebody says they learned a course elsewhere, with a file that proves it; decided by another, signed."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="claims")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="+")  # as which it would count
    completed_on = models.DateField()
    valid_until = models.DateField(null=True)  # the last day on which it counts, where the proof says one
    provider = models.CharField(max_length=150)
    words = models.CharField(max_length=300, blank=True)
    proof = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ClaimState, default=ClaimState.WAITING)
    claimed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=300, blank=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", ClaimState, name="claim_state_known"),
            both_or_neither("decided_at", "decided_by", "signature", name="claim_decision_signed"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("user")), name="claim_decided_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state=ClaimState.RETURNED) | ~Q(decision=""), name="claim_returned_with_words"
            ),
            models.CheckConstraint(condition=~Q(provider=""), name="claim_names_its_provider"),
            in_order("completed_on", "valid_until", name="claim_valid_after_completed"),
            models.CheckConstraint(
                condition=Q(state=ClaimState.WAITING, decided_at__isnull=True, withdrawn_at__isnull=True)
                | Q(
                    state__in=[ClaimState.VERIFIED, ClaimState.RETURNED],
                    decided_at__isnull=False,
                    withdrawn_at__isnull=True,
                )
                | Q(state=ClaimState.WITHDRAWN, decided_at__isnull=True, withdrawn_at__isnull=False),
                name="claim_state_dated",
            ),
            models.UniqueConstraint(
                fields=["user", "course"], condition=Q(state=ClaimState.WAITING), name="claim_one_waiting"
            ),
        ]
        indexes = [
            models.Index(fields=["-claimed_at"], name="claim_newest"),
            models.Index(fields=["user"], condition=Q(state=ClaimState.WAITING), name="claim_waiting"),
        ]


class RecordedSession(Row):
    """That some people completed a course on a day in a session, with its sign-in sheet.

    Two sign for it: who records it, and a second person who confirms it. Neither is among the people
    (constraints). Its completions are written with the second signature.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="+")
    held_on = models.DateField()
    place = models.CharField(max_length=120, blank=True)
    trainer = models.CharField(max_length=150)  # who led it, in words: often without an account
    led_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    led_as = ArrayField(models.CharField(max_length=120), default=list)  # for which tasks they had to be qualified
    sheet = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    user_ids = ArrayField(models.UUIDField())
    state = models.CharField(max_length=10, choices=SessionState, default=SessionState.DRAFT)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=300, blank=True)
    second_signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", SessionState, name="session_state_known"),
            models.CheckConstraint(
                condition=Q(user_ids__len__gte=1, user_ids__len__lte=MOST_IN_A_SESSION), name="session_of_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(user_ids__contains=[F("recorded_by")]), name="session_recorded_by_another"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | (~Q(decided_by=F("recorded_by")) & ~Q(user_ids__contains=[F("decided_by")])),
                name="session_confirmed_by_a_third",
            ),
            both_or_neither("signature", "signed_at", name="session_first_signature_dated"),
            both_or_neither("second_signature", "decided_at", "decided_by", name="session_decision_signed"),
            models.CheckConstraint(condition=~Q(trainer=""), name="session_names_its_trainer"),
            models.CheckConstraint(
                condition=Q(led_as__len=0) | Q(led_by__isnull=False), name="session_led_by_somebody_qualified"
            ),
            models.CheckConstraint(
                condition=~Q(state=SessionState.RETURNED) | ~Q(decision=""), name="session_returned_with_words"
            ),
            models.CheckConstraint(
                condition=Q(state=SessionState.DRAFT, signed_at__isnull=True, decided_at__isnull=True)
                | Q(state=SessionState.SIGNED, signed_at__isnull=False, decided_at__isnull=True)
                | Q(
                    state__in=[SessionState.CONFIRMED, SessionState.RETURNED],
                    signed_at__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(state=SessionState.DISCARDED, discarded_at__isnull=False, decided_at__isnull=True),
                name="session_state_dated",
            ),
        ]
        indexes = [models.Index(fields=["-recorded_at"], name="session_newest")]


class Equivalence(Row):
    """That completing a course, from a version on, counts as completing another.

    It holds for completions of the days from `valid_from` until, but not on, `valid_until`; ending it
    puts `ended_on` in the place of that day. It is not followed on: of A for B and B for C, A does
    not count for C.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    from_number = models.PositiveIntegerField(default=1)  # of the version
    counts_as = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)  # the first day on which a completion no longer counts
    reason = models.CharField(max_length=300)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(course=F("counts_as")), name="equivalence_of_two_courses"),
            models.CheckConstraint(condition=Q(from_number__gte=1), name="equivalence_from_a_version"),
            models.CheckConstraint(condition=~Q(reason=""), name="equivalence_has_a_reason"),
            in_order("valid_from", "valid_until", name="equivalence_period_in_order"),
            both_or_neither("ended_at", "ended_by", "ended_on", name="equivalence_ended_by_somebody"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False, ended_on__gte=F("valid_from")) & ~Q(ended_because="")),
                name="equivalence_ended_with_a_reason",
            ),
            models.UniqueConstraint(
                fields=["course", "counts_as"], condition=Q(ended_at__isnull=True), name="equivalence_once_while_open"
            ),
        ]
