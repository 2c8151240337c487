"""Quizzes and their questions; attempts, and what was answered in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from assessments.choices import AttemptState, ObservationState, QuestionKind
from core.constraints import both_or_neither, one_of
from core.ids import new_id
from core.models import Row
from courses.models import Activity
from enrollment.models import Enrollment
from people.models import User
from records.models import Signature


class Quiz(models.Model):
    """How an activity of kind quiz is passed."""

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, primary_key=True, related_name="quiz")
    pass_ratio = models.DecimalField(max_digits=4, decimal_places=3, default="0.8")
    attempts_allowed = models.PositiveSmallIntegerField(null=True, blank=True)
    shuffle = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pass_ratio__gt=0, pass_ratio__lte=1), name="quiz_pass_ratio_0_to_1"),
            models.CheckConstraint(
                condition=Q(attempts_allowed__isnull=True) | Q(attempts_allowed__gte=1), name="quiz_attempts_at_least_1"
            ),
        ]


class Question(Row):
    """One question of a quiz."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, db_index=False, related_name="questions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=QuestionKind, default=QuestionKind.SINGLE)
    text = models.TextField()
    lineage = models.UUIDField(default=new_id)  # the same in every version that it was copied to
    # The activity of the same version that answers it, by its lineage: so a copy needs no mapping.
    passage_lineage = models.UUIDField(null=True, blank=True)
    passage_anchor = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            one_of("kind", QuestionKind, name="question_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_text"),
            models.UniqueConstraint(
                fields=["quiz", "position"], name="question_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]


class Option(Row):
    """One option of a question, with why it is right or wrong."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, db_index=False, related_name="options")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    is_correct = models.BooleanField(default=False)
    why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="option_has_text"),
            models.UniqueConstraint(
                fields=["question", "position"], name="option_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]


class Attempt(Row):
    """One try at a quiz: what was drawn, what was answered, how it was graded."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, db_index=False, related_name="attempts")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=AttemptState, default=AttemptState.OPEN)
    # Order as shown, see rules.Layout: [{"key", "question": id, "options": [{"key", "option": id}, …]}, …]
    layout = models.JSONField()
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        constraints = [
            one_of("state", AttemptState, name="attempt_state_known"),
            models.UniqueConstraint(fields=["enrollment", "quiz", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["enrollment", "quiz"], condition=Q(state=AttemptState.OPEN), name="attempt_one_open"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=AttemptState.OPEN,
                    submitted_at__isnull=True,
                    score__isnull=True,
                    max_score__isnull=True,
                    passed__isnull=True,
                )
                | Q(
                    state=AttemptState.SUBMITTED,
                    submitted_at__isnull=False,
                    score__isnull=False,
                    max_score__isnull=False,
                    passed__isnull=False,
                ),
                name="attempt_graded_when_submitted",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=F("max_score")),
                name="attempt_score_in_range",
            ),
        ]


class Response(Row):
    """What was chosen for one question of an attempt, as last saved; frozen when it is submitted.

    `seen_keys` are the idempotency keys of the last saves: a save that comes a second time, late and
    perhaps after a newer one, changes nothing.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, db_index=False, related_name="responses")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    chosen = ArrayField(models.CharField(max_length=16), default=list)  # the opaque keys of the layout
    saved_at = models.DateTimeField()
    saves = models.PositiveIntegerField(default=1)
    seen_keys = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "question"], name="response_once_per_question")]


class ExtraAttempt(Row):
    """That somebody was allowed one more attempt than the quiz has, and why. Append-only."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="+")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    allowed_at = models.DateTimeField()
    allowed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="extra_attempt_has_reason")]


class Observation(Row):
    """That a learner asks to be watched at work, and what a second person saw, point by point, signed.

    A trigger keeps what was decided, and refuses the learner as their own observer.
    """

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, db_index=False, related_name="observations")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=ObservationState, default=ObservationState.ASKED)
    asked_at = models.DateTimeField(null=True)
    observer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    observed_on = models.DateField(null=True)
    observed_as = models.CharField(max_length=120, blank=True)  # the task for which the observer had to be qualified
    points = models.JSONField(default=list)  # as the version words them: [{"text", "is_met"}, …]
    words = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            one_of("state", ObservationState, name="observation_state_known"),
            models.UniqueConstraint(fields=["enrollment", "activity", "number"], name="observation_number_once"),
            models.UniqueConstraint(
                fields=["enrollment", "activity"],
                condition=Q(state=ObservationState.ASKED),
                name="observation_asked_once",
            ),
            both_or_neither("observer", "observed_on", "decided_at", "signature", name="observation_decision_signed"),
            models.CheckConstraint(
                condition=Q(state=ObservationState.ASKED, observer__isnull=True, asked_at__isnull=False)
                | (~Q(state=ObservationState.ASKED) & Q(observer__isnull=False)),
                name="observation_state_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state=ObservationState.NOT_MET) | ~Q(words=""), name="observation_not_met_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state=ObservationState.ASKED), name="observation_waiting")
        ]
