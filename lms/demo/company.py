"""The people of the demo company: two sites, a tree of departments, six accounts named by role."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password

from people.actions import (
    accept_accountability,
    add_department,
    add_job_role,
    add_person,
    add_site,
    deactivate_person,
    grant_role,
    prove_identity,
    take_position,
)
from people.choices import AccessRole, ProofMethod
from people.models import Department, JobRole, Site, User
from records.choices import Components
from records.facts import SystemActor

LOADER = SystemActor("demo company")

SITES = {"Basel": ("Europe/Zurich", "CH"), "Newark": ("America/New_York", "US")}
DEPARTMENTS = {
    "Production": None,
    "Tableting": "Production",
    "Packaging": "Production",
    "Quality": None,
    "QC Laboratory": "Quality",
    "Engineering": None,
    "Occupational Health": None,
}

# Account, name, job role, department, manager's account; all of them work in Basel
ACCOUNTS = [
    ("site.head", "Ingrid Baumann", "Site Head", "Production", None),
    ("manager", "Jonas Keller", "Production Manager", "Production", "site.head"),
    ("shift.lead", "Sofia Marino", "Shift Lead", "Tableting", "manager"),
    ("learner", "Maya Lindqvist", "Tablet Operator", "Tableting", "shift.lead"),
    ("author", "Priya Nair", "Training Specialist", "Quality", "site.head"),
    ("approver", "Helen Okafor", "QA Manager", "Quality", "site.head"),
    ("admin", "Tomás Herrera", "Training Coordinator", "Quality", "approver"),
    ("auditor", "Ruth Feldmann", "Auditor", "Quality", "site.head"),
]

# Job role, department, and the names of those who hold it at each site
CREW = [
    ("Shift Lead", "Packaging", ["Martin Egli"], ["Denise Foster"]),
    (
        "Tablet Operator",
        "Tableting",
        ["Daniel Weiss", "Owen Price", "Amara Diallo", "Luca Bianchi", "Yusuf Demir", "Hanna Virtanen", "Pavel Novák"],
        ["Rosa Delgado", "Tom Whitfield", "Grace Kim", "Marcus Bell", "Elena Petrova", "Andre Silva"],
    ),
    (
        "Packaging Operator",
        "Packaging",
        ["Nadia Haddad", "Stefan Moser", "Chiara Conti", "Bilal Aziz", "Lena Vogt", "Oskar Lund"],
        ["Keisha Brown", "David Nguyen", "Maria Lopez", "Patrick Doyle", "Aisha Khan", "Jerome Carter"],
    ),
    (
        "QC Analyst",
        "QC Laboratory",
        ["Femke de Vries", "Anil Kapoor", "Clara Schmid", "Mateus Rocha", "Ewa Kowalska"],
        ["Linda Park", "Samuel Osei", "Julia Adams", "Victor Chen", "Naomi Clark"],
    ),
    (
        "Maintenance Technician",
        "Engineering",
        ["Reto Frei", "Marek Dvořák", "Ali Rahimi", "Nils Berg", "Dominik Huber"],
        ["Frank Russo", "Carlos Vega", "Jim Sullivan", "Tyrone Banks", "Kevin Walsh"],
    ),
    (
        "Site Nurse",
        "Occupational Health",
        ["Ursula Graf", "Beatriz Santos", "Noor El-Sayed"],
        ["Angela Reed", "Fatima Noor", "Karen Mills"],
    ),
]
# Who leads whom: by site and department, else the site's own lead
LEADS = {("Basel", "Tableting"): "shift.lead", ("Basel", "Packaging"): "martin.egli"}
SITE_LEADS = {"Basel": "site.head", "Newark": "denise.foster"}


@dataclass(slots=True)
class Company:
    """What was made: everyone by account, and the places."""

    people: dict[str, User] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    job_roles: dict[str, JobRole] = field(default_factory=dict)

    def __getitem__(self, account: str) -> User:
        return self.people[account]


def found_company(*, at: datetime, password: str, seed: int, colleagues: bool) -> Company:
    """Build the organisation and its people through the actions, as of two years before `at`."""
    chance = random.Random(seed)
    company, began = Company(), at - timedelta(days=730)
    for name, (zone, country) in SITES.items():
        company.sites[name] = add_site(by=LOADER, at=began, name=name, time_zone=zone, country=country)
    for name, parent in DEPARTMENTS.items():
        above = company.departments[parent] if parent else None
        company.departments[name] = add_department(by=LOADER, at=began, name=name, parent=above)
    titles = {row[2] for row in ACCOUNTS} | {row[0] for row in CREW} | {"Trainee"}
    for title in sorted(titles):
        company.job_roles[title] = add_job_role(by=LOADER, at=began, name=title)

    password_hash = make_password(password)
    for account, name, title, department, manager in ACCOUNTS:
        since = began.date() if account != "learner" else at.date() - timedelta(days=19)
        _hire(
            company, account, name, title, department, "Basel", manager=manager, since=since, at=began,
            password_hash=password_hash,
        )  # fmt: skip
    _grant_roles(company, at=at)
    if colleagues:
        _hire_crew(company, at=at, began=began, chance=chance, password_hash=password_hash)
    for account, person in company.people.items():
        verifier = company["admin"] if account != "admin" else company["approver"]
        proved = began + timedelta(days=1)
        prove_identity(person=person, method=ProofMethod.PERSONNEL_FILE, by=verifier, at=proved)
        accept_accountability(person=person, components=Components.ALL, at=proved)
    return company


def _hire_crew(company: Company, *, at: datetime, began: datetime, chance: random.Random, password_hash: str) -> None:
    """Hire about sixty colleagues over two years; a few came lately, one has left."""
    for site_name in SITES:
        for title, department, *names in CREW:
            for name in names[list(SITES).index(site_name)]:
                account = name.lower().replace(" ", ".")
                since = began.date() + timedelta(days=chance.randrange(0, 640))
                manager = LEADS.get((site_name, department), SITE_LEADS[site_name])
                if title == "Shift Lead":
                    manager = "manager"
                _hire(
                    company, account, name, title, department, site_name, manager=manager, since=since, at=began,
                    password_hash=password_hash,
                )  # fmt: skip
    deactivate_person(
        person=company["kevin.walsh"],
        by=company["admin"],
        at=at - timedelta(days=40),
        left_on=at.date() - timedelta(days=40),
        reason="Left the company",
    )


def _hire(
    company: Company,
    account: str,
    name: str,
    title: str,
    department: str,
    site: str,
    *,
    manager: str | None,
    since: date,
    at: datetime,
    password_hash: str,
) -> None:
    earlier = since - timedelta(days=400)
    changed_role = account == "learner"  # she packed before she came to the press
    person = add_person(
        by=LOADER,
        at=at,
        name=name,
        email=f"{account}@demo.test",
        employee_number=str(20400 + len(company.people)),
        password_hash=password_hash,
        hired_on=earlier if changed_role else since,
    )
    company.people[account] = person
    place = {"site": company.sites[site], "manager": company.people[manager] if manager else None}
    if changed_role:
        take_position(
            person=person, department=company.departments["Packaging"], by=LOADER, at=at,
            job_role=company.job_roles["Packaging Operator"], valid_from=earlier, **place,
        )  # fmt: skip
    take_position(
        person=person, department=company.departments[department], by=LOADER, at=at,
        job_role=company.job_roles[title], valid_from=since, **place,
    )  # fmt: skip


def _grant_roles(company: Company, *, at: datetime) -> None:
    began = at - timedelta(days=729)
    grants = [
        ("author", AccessRole.AUTHOR, "Writes the GxP courses", None),
        ("approver", AccessRole.APPROVER, "Approves training content", None),
        ("admin", AccessRole.ADMINISTRATOR, "Looks after training records", None),
    ]
    for account, role, reason, ends_at in grants:
        grant_role(person=company[account], role=role, by=LOADER, at=began, reason=reason, ends_at=ends_at)
    grant_role(
        person=company["auditor"],
        role=AccessRole.AUDITOR,
        by=company["admin"],
        at=at - timedelta(days=1),
        reason="Inspection of training records",
        ends_at=at + timedelta(days=30),
    )
