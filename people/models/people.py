"""Who someone is, where they work, and what they may do; all of it with its history."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Subquery
from django.db.models.functions import Lower, Now

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from core.sql import rows
from people.choices import AccessRole, EmploymentType, ProofMethod, Theme


def weekend() -> list[int]:
    """Return Saturday and Sunday, as ISO 8601 numbers the days of a week."""
    return [6, 7]


def _never_overlapping(*, name: str, of: tuple[str, ...], condition: Q | None = None) -> ExclusionConstraint:
    """Return a constraint that no two rows with the same values share a day; periods are half-open."""
    period = Func("valid_from", "valid_until", RangeBoundary(), function="DATERANGE")
    same = [(field, RangeOperators.EQUAL) for field in of]
    return ExclusionConstraint(name=name, expressions=[*same, (period, RangeOperators.OVERLAPS)], condition=condition)


class Site(Row):
    """A place of work; its time zone decides when a day ends there, its calendar which days are worked."""

    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    free_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=weekend, db_default=[6, 7], blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(free_weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]) & Q(free_weekdays__len__lt=7),
                name="site_free_weekdays_known",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Holiday(Row):
    """A day on which a site does not work, such as a public holiday."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "on"], name="holiday_once_per_site")]


class Department(Row):
    """A part of the organisation; a tree."""

    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="children"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="department_name_once", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="department_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class JobRole(Row):
    """What someone does, such as Tablet Operator."""

    name = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def by_address(self, address: str) -> UserQuerySet:
        """Return the active person with this e-mail address, whatever its capitals; served by the unique index."""
        return self.alias(address=Lower("email")).filter(address=address.strip().lower(), is_active=True)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def by_address(self, address: str) -> UserQuerySet:
        """Return the active person with this e-mail address."""
        return self.get_queryset().by_address(address)

    def for_request(self, user_id: Any) -> User | None:
        """Return the active person of a session, with what every page needs, in one query.

        Written in SQL: it runs for every request, and building it took Django 3 ms each time.
        """
        found = self.raw(
            """
            SELECT u.*, f.title AS frame_title, f.zone AS frame_zone, f.roles AS frame_roles,
                f.has_reports AS frame_has_reports
            FROM people_user u, people_frame(u.id) f WHERE u.id = %s AND u.is_active
            """,
            [user_id],
        )
        return next(iter(found), None)

    def get_by_natural_key(self, username: str | None) -> User:
        user: User = self.by_address(username or "").get()
        return user


class User(AbstractBaseUser):
    """One person with one account. Never deleted and never given to somebody else (21 CFR 11.100(a))."""

    id = Row._meta.get_field("id").clone()
    last_login = None
    email = models.EmailField()
    name = models.CharField(max_length=150)
    employee_number = models.CharField(max_length=40, unique=True)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)
    shortcuts_on = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    hired_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_superuser = False
    is_staff = False

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=Q(is_active=True), name="user_email_once_while_active"),
            one_of("theme", Theme, name="user_theme_known"),
            in_order("hired_on", "left_on", name="user_left_after_hired"),
        ]
        indexes = [models.Index(fields=["name"], name="user_name")]

    def __str__(self) -> str:
        return self.name

    def check_password(self, raw_password: str | None) -> bool:
        """Say whether this is the password; writes nothing (a new hash is an action of its own)."""
        from django.contrib.auth.hashers import check_password

        return check_password(raw_password, self.password)

    # What the trail wants to know about an actor
    @property
    def actor_id(self) -> UUID:
        return self.pk

    @property
    def actor_name(self) -> str:
        return self.name

    @property
    def actor_roles(self) -> str:
        return ", ".join(sorted(self.roles | ({"manager"} if self.has_reports else set()))) or "learner"

    @cached_property
    def roles(self) -> frozenset[str]:
        """The access roles in force now."""
        return frozenset(self._framed("frame_roles") or ())

    @property
    def role_labels(self) -> list[str]:
        """The names of the access roles in force now."""
        return [str(AccessRole(code).label) for code in sorted(self.roles)]

    @cached_property
    def has_reports(self) -> bool:
        """Whether anybody active reports to this person today."""
        return bool(self._framed("frame_has_reports"))

    @cached_property
    def title(self) -> str:
        """The job role held today, or nothing."""
        return self._framed("frame_title") or ""

    @cached_property
    def zone_name(self) -> str:
        """The time zone in which this person reads: their own choice, else the site's, else UTC."""
        return self.time_zone or self._framed("frame_zone") or "UTC"

    def _framed(self, name: str) -> Any:
        """Return what `for_request` or an annotated list has loaded already; else load all of it in one query."""
        if name not in self.__dict__:
            [found] = rows("SELECT title, zone, roles, has_reports FROM people_frame(%s)", [self.pk])
            for part, value in zip(("title", "zone", "roles", "has_reports"), found, strict=True):
                self.__dict__.setdefault(f"frame_{part}", value)
        return self.__dict__[name]

    def position_on(self, day: Any) -> Position | None:
        """Return the primary position of that day, which may be the database's own today."""
        return self.positions.primary_on(day).select_related("job_role", "site", "department", "manager").first()

    def get_username(self) -> str:
        return self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False


class PeriodQuerySet(models.QuerySet[Any]):
    """Rows that hold from one day until another, half-open."""

    def held_on(self, day: Any) -> Any:
        """Return the rows that hold on that day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day), valid_from__lte=day)


class PositionQuerySet(PeriodQuerySet):
    def primary_on(self, day: Any) -> PositionQuerySet:
        """Return the main positions of that day: at most one for each person."""
        found: PositionQuerySet = self.held_on(day).filter(is_primary=True)
        return found


class Position(Row):
    """Where someone works, as what and for whom, from one day until another (half-open).

    One of them at a time is the primary one: its site gives the time zone, its job role the title. Others
    may stand beside it, and what they ask for is required too.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="positions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="positions")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="positions")
    job_role = models.ForeignKey(JobRole, on_delete=models.PROTECT, db_index=False, related_name="positions")
    employment_type = models.CharField(
        max_length=12, choices=EmploymentType, default=EmploymentType.EMPLOYEE, db_default="employee"
    )
    manager = models.ForeignKey(
        User, on_delete=models.PROTECT, db_index=False, null=True, related_name="managed_positions"
    )
    second_manager = models.ForeignKey(
        User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+"
    )  # a dotted line
    is_primary = models.BooleanField(default=True, db_default=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("employment_type", EmploymentType, name="position_employment_type_known"),
            in_order("valid_from", "valid_until", name="position_period_in_order"),
            models.CheckConstraint(condition=~Q(manager=F("user")), name="position_not_own_manager"),
            models.CheckConstraint(condition=~Q(second_manager=F("user")), name="position_not_own_second_manager"),
            models.CheckConstraint(condition=~Q(second_manager=F("manager")), name="position_two_managers_differ"),
            _never_overlapping(name="position_one_primary", of=("user",), condition=Q(is_primary=True)),
            _never_overlapping(name="position_held_once", of=("user", "site", "department", "job_role")),
        ]
        indexes = [
            models.Index(fields=["manager"], name="position_manager", condition=Q(manager__isnull=False)),
            models.Index(
                fields=["second_manager"], name="position_second_manager", condition=Q(second_manager__isnull=False)
            ),
            models.Index(fields=["job_role", "site"], name="position_audience"),
        ]

    @property
    def last_day(self) -> date | None:
        """The last day on which it was held."""
        return self.valid_until - timedelta(days=1) if self.valid_until else None


class LeaveQuerySet(PeriodQuerySet):
    def in_force(self) -> LeaveQuerySet:
        """Return the leaves as they are known now."""
        return self.filter(superseded_at__isnull=True)

    def known_at(self, instant: Any) -> LeaveQuerySet:
        """Return the leaves as they were known at an instant."""
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=instant), noted_at__lte=instant)


class Leave(Row):
    """That someone is away for long, such as on parental leave: what is required of them waits.

    What was noted stays. When the return changes, another row takes its place from that instant on; when it was
    noted by mistake, nothing does. So what was known at any instant can be asked for.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="leaves")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)  # the first day back, where it is known
    reason = models.CharField(max_length=300)
    noted_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        constraints = [
            in_order("valid_from", "valid_until", name="leave_period_in_order"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("noted_at")),
                name="leave_noted_before_superseded",
            ),
            _never_overlapping(name="leave_one_at_a_time", of=("user",), condition=Q(superseded_at__isnull=True)),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                include=["valid_from", "valid_until"],
                name="leave_in_force",
                condition=Q(superseded_at__isnull=True),
            )
        ]


class Attribute(Row):
    """Something that an administrator wants to know about people, such as a clearance; with options, one of them."""

    name = models.CharField(max_length=80, unique=True)
    options = ArrayField(models.CharField(max_length=120), default=list, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def field_name(self) -> str:
        """What the field for it is called in a form."""
        return f"attribute-{self.pk}"


class AttributeValue(Row):
    """What an attribute says about a person, from one day until another (half-open)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attribute_values")
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, db_index=False, related_name="values")
    value = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(value=""), name="attribute_value_not_empty"),
            in_order("valid_from", "valid_until", name="attribute_value_period_in_order"),
            _never_overlapping(name="attribute_value_one_at_a_time", of=("user", "attribute")),
        ]
        indexes = [models.Index(fields=["attribute", "value"], name="attribute_value_audience")]


class Group(Row):
    """A named list of people that no other part of the organisation tells, such as first aiders."""

    name = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class Membership(Row):
    """That someone belongs to a group, from one day until another (half-open)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="memberships")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            in_order("valid_from", "valid_until", name="membership_period_in_order"),
            _never_overlapping(name="membership_once", of=("user", "group")),
        ]
        indexes = [models.Index(fields=["group"], name="membership_audience")]


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self, at: Any) -> RoleGrantQuerySet:
        """Grants that count at this instant."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at, revoked_at__isnull=True)

    def codes_of(self, user: Any) -> Subquery:
        """Return, for another query, the codes of the roles that a person holds now."""
        held = self.in_force(Now()).filter(user=user).order_by().values("user")
        return Subquery(held.annotate(codes=ArrayAgg("role", distinct=True)).values("codes"))


class RoleGrant(Row):
    """That a person holds an access role, for the whole organisation or one site, for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=16, choices=AccessRole)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("role", AccessRole, name="grant_role_known"),
            in_order("starts_at", "ends_at", name="grant_period_in_order"),
            both_or_neither("revoked_at", "revoked_by", name="grant_revoked_by_somebody"),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")), name="grant_not_to_oneself"
            ),
            models.CheckConstraint(
                condition=~Q(role=AccessRole.AUDITOR) | Q(ends_at__isnull=False), name="grant_of_auditor_ends"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "site"],
                condition=Q(revoked_at__isnull=True, ends_at__isnull=True),
                nulls_distinct=False,
                name="grant_once_while_open",
            ),
        ]


class CredentialLock(models.Model):
    """How often the secret was wrong in a row, at sign-in or signing; outlives the cache."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="lock")
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()


class IdentityProof(Row):
    """Who verified a signer's identity, how and when; without it nobody signs (21 CFR 11.100(b))."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="proofs")
    method = models.CharField(max_length=20, choices=ProofMethod)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("method", ProofMethod, name="proof_method_known"),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("user")), name="proof_by_somebody_else"
            ),
        ]
