"""What a video's player reports counts only as far as the clock allows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enrollment.actions.learning import AlreadyEnded
from enrollment.actions.watching import TakenOver, TooManyBeats, note_beat, open_playback
from enrollment.models import Enrollment, Playback, Progress
from enrollment.queries.watched import Watched, watched_of
from enrollment.rules.watching import SLACK_SECONDS, Beat, UnreadableBeat, beats_left, gain_of, read_beat
from tests.enrollment.classroom import AT, FILM_SECONDS, Taking, a_learner, taking
from tests.enrollment.workplace import rewrite

DURATION = Decimal(100)
GOOD: dict[str, Any] = {
    "session": str(uuid4()), "sequence": 1, "from": 0, "to": 9.5, "rate": 1, "position": 9.5
}  # fmt: skip


class Player:
    """A player that reports; each call is one beat, `after` seconds since it was opened."""

    def __init__(self, someone: Taking, *, opened_after: float = 0) -> None:
        self.someone = someone
        self.activity = someone.activities[0]
        self.sequence = 0
        self.session = open_playback(enrollment=someone.enrollment, activity=self.activity, at=self.at(opened_after))

    @staticmethod
    def at(after: float) -> datetime:
        return AT + timedelta(seconds=after)

    def beat(self, start: float, end: float, *, after: float, **details: Any) -> Watched:
        self.sequence = details.get("sequence", self.sequence + 1)
        beat = Beat(
            session=details.get("session", self.session),
            sequence=self.sequence,
            start=Decimal(str(start)),
            end=Decimal(str(end)),
            rate=Decimal(str(details.get("rate", 1))),
            position=Decimal(str(details.get("position", end))),
        )
        enrollment = Enrollment.objects.get(pk=self.someone.enrollment.pk)
        return note_beat(
            enrollment=enrollment, activity=self.activity, beat=beat, by=self.someone.learner, at=self.at(after)
        )


@pytest.fixture
def player(db: None) -> Player:
    return Player(taking("video", "page"))


def spans(watched: Watched) -> list[tuple[float, float]]:
    return [(float(start), float(end)) for start, end in watched.intervals]


# What counts


def test_what_was_played_counts_and_the_place_is_kept(player: Player) -> None:
    assert spans(player.beat(0, 10, after=10)) == [(0, 10)]
    after = player.beat(10, 20, after=20, position=20.5)
    assert spans(after) == [(0, 20)]
    assert after.position_seconds == Decimal("20.5")
    again = watched_of(enrollment=player.someone.enrollment, activity=player.activity)
    assert (again.position_seconds, again.ratio) == (Decimal("20.5"), Decimal("0.2"))


def test_watching_again_does_not_count_twice(player: Player) -> None:
    player.beat(0, 10, after=10)
    assert spans(player.beat(5, 15, after=20)) == [(0, 15)]


def test_skipping_ahead_earns_nothing(player: Player) -> None:
    player.beat(0, 10, after=10)
    after = player.beat(80, 82, after=12, position=82)
    assert spans(after) == [(0, 10), (80, 82)]
    assert after.position_seconds == 82


def test_a_forged_whole_earns_only_the_time_that_has_passed(player: Player) -> None:
    assert spans(player.beat(0, 100, after=10)) == [(0, 12)]  # ten seconds and the slack
    assert spans(player.beat(0, 100, after=20)) == [(0, 12)]
    assert spans(player.beat(12, 100, after=30)) == [(0, 22)]
    assert not Progress.objects.exists()


def test_many_forged_beats_earn_no_more_than_one(player: Player) -> None:
    end = 0.0
    for number in range(1, 21):
        watched = player.beat(end, 100, after=number)
        end = float(watched.seconds)
    assert end == pytest.approx(20 + float(SLACK_SECONDS))


def test_opening_again_and_again_earns_nothing(player: Player) -> None:
    player.beat(0, 100, after=10)
    for number in range(5):
        other = Player(player.someone, opened_after=11 + number)
        assert other.beat(12, 100, after=11 + number).seconds == 12


def test_playing_twice_as_fast_counts_and_faster_does_not(player: Player) -> None:
    assert spans(player.beat(0, 20, after=10, rate=2)) == [(0, 20)]
    reported = read_beat({**GOOD, "rate": 16})
    assert reported.rate == 2


def test_nothing_counts_beyond_the_end(player: Player) -> None:
    after = player.beat(95, 120, after=60, position=120)
    assert spans(after) == [(95, 100)]
    assert after.position_seconds == Decimal(str(FILM_SECONDS))


def test_a_beat_that_was_counted_before_changes_nothing(player: Player) -> None:
    player.beat(0, 10, after=10)
    player.beat(10, 20, after=20)
    after = player.beat(0, 100, after=60, sequence=2)
    assert spans(after) == [(0, 20)]
    assert after.position_seconds == 20
    assert spans(player.beat(50, 60, after=60, sequence=1)) == [(0, 20)]


def test_another_player_takes_over(player: Player) -> None:
    player.beat(0, 10, after=10)
    other = Player(player.someone, opened_after=11)
    with pytest.raises(TakenOver):
        player.beat(10, 20, after=21)
    assert spans(other.beat(10, 20, after=21)) == [(0, 20)]


def test_a_session_of_somebody_else_is_refused(player: Player) -> None:
    other = Player(taking("video", learner=a_learner("Owen Price")))
    with pytest.raises(TakenOver):
        player.beat(0, 10, after=10, session=other.session)
    assert Playback.objects.get(session=other.session).watched == "{}"


def test_a_flood_is_refused_and_costs_nothing(player: Player) -> None:
    for _number in range(10):
        player.beat(0, 1, after=0.5)
    with pytest.raises(TooManyBeats):
        player.beat(0, 1, after=0.5)
    player.beat(0, 1, after=2)
    assert Playback.objects.get().position_seconds == 1


def test_one_beat_a_second_may_go_on(player: Player) -> None:
    for number in range(1, 60):
        player.beat(number - 1, number, after=number)
    assert Playback.objects.get().position_seconds == 59


def test_enough_completes_the_activity_in_the_same_transaction(player: Player) -> None:
    player.beat(0, 94, after=94)
    assert not Progress.objects.exists()
    after = player.beat(94, 96, after=96)
    assert after.is_enough
    assert Progress.objects.values_list("state", "completed_at").get() == ("completed", player.at(96))
    player.beat(96, 100, after=100)
    assert Progress.objects.count() == 1


def test_a_crash_while_completing_leaves_no_half(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**_details: Any) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr("enrollment.actions.watching.record_outcome", crash)
    with pytest.raises(ConnectionError), transaction.atomic():
        player.beat(0, 100, after=100)
    assert (Playback.objects.get().watched, Progress.objects.count()) == ("{}", 0)


def test_nothing_is_counted_after_the_end(player: Player) -> None:
    rewrite(Enrollment.objects.all(), state="cancelled", ended_at=AT)
    with pytest.raises(AlreadyEnded):
        player.beat(0, 10, after=10)


def test_beats_at_the_same_moment_are_counted_once(committed_db: str) -> None:
    player = Player(taking("video"))
    together = Barrier(6)

    def send(number: int) -> None:
        try:
            together.wait(10)
            player.beat(0, 100, after=10, sequence=number + 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, range(6)))
    assert watched_of(enrollment=player.someone.enrollment, activity=player.activity).seconds == 12


@pytest.mark.parametrize(("constraint", "changes"), [("playback_position_not_negative", {"position_seconds": -1})])
def test_playback_is_kept_whole(player: Player, constraint: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Playback.objects.update(**changes)
    with pytest.raises(IntegrityError, match="playback_once_per_activity"), transaction.atomic():
        Playback.objects.create(
            enrollment=player.someone.enrollment, activity_id=player.activity.id, session=uuid4(), beaten_at=AT
        )


# Rules, by property

seconds = st.decimals(0, 200, places=3)
parts = st.tuples(seconds, seconds).map(sorted)


def a_beat(part: list[Decimal], rate: Decimal = Decimal(1)) -> Beat:
    return Beat(UUID(int=1), 1, part[0], part[1], rate, part[1])


@given(parts, st.decimals(0, 300, places=3), st.decimals(0, 2, places=3), st.sampled_from([Decimal(1), Decimal(2)]))
def test_credit_is_part_of_what_was_claimed_and_never_more_than_the_clock(
    part: list[Decimal], elapsed: Decimal, spare: Decimal, rate: Decimal
) -> None:
    gain = gain_of(a_beat(part, rate), elapsed_seconds=elapsed, spare_seconds=spare, duration_seconds=DURATION)
    assert 0 <= gain.seconds <= elapsed * rate + spare
    assert min(part[0], DURATION) <= gain.start <= gain.end <= max(min(part[1], DURATION), gain.start)
    assert 0 <= gain.spare_seconds <= SLACK_SECONDS


@given(st.lists(st.tuples(parts, st.decimals(0, 30, places=3)), max_size=30))
def test_all_beats_together_earn_no_more_than_the_time_that_passed(beats: list[tuple[list[Decimal], Decimal]]) -> None:
    spare, earned, passed = SLACK_SECONDS, Decimal(0), Decimal(0)
    for part, elapsed in beats:
        gain = gain_of(a_beat(part), elapsed_seconds=elapsed, spare_seconds=spare, duration_seconds=DURATION)
        spare, earned, passed = gain.spare_seconds, earned + gain.seconds, passed + elapsed
    assert earned <= passed + SLACK_SECONDS


@given(st.lists(parts, max_size=6), st.randoms())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
def test_what_was_watched_is_a_union_in_any_order(player: Player, claimed: list[list[Decimal]], chance: Any) -> None:
    def watched_after(order: list[list[Decimal]]) -> Watched:
        Playback.objects.all().delete()
        again = Player(player.someone)
        for number, (start, end) in enumerate(order, start=1):
            again.beat(float(start), float(end), after=number * 500)  # time for all of it
        return watched_of(enrollment=player.someone.enrollment, activity=player.activity)

    first, second = watched_after(claimed), watched_after(chance.sample(claimed, len(claimed)))
    assert first.intervals == second.intervals
    assert first.seconds <= DURATION
    for point in (Decimal(number) + Decimal("0.0005") for number in range(0, 100, 7)):
        was_claimed = any(start <= point < end for start, end in claimed)
        assert was_claimed == any(start <= point < end for start, end in first.intervals)


@given(st.decimals(0, 10, places=3), st.decimals(0, 100, places=3))
def test_one_beat_a_second_is_always_admitted(spare: Decimal, elapsed: Decimal) -> None:
    left = beats_left(spare_beats=spare, elapsed_seconds=elapsed)
    assert (left is None) == (spare + elapsed < 1)
    assert left is None or 0 <= left <= 9


# What comes over the network

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(junk)
def test_junk_is_refused(values: Any) -> None:
    with pytest.raises(UnreadableBeat):
        read_beat(values)


@example("rate", 2e-16)  # which is nothing, once it is rounded
@given(st.sampled_from(sorted(GOOD)), junk)
def test_junk_in_one_place_is_refused_or_harmless(name: str, value: Any) -> None:
    try:
        beat = read_beat({**GOOD, name: value})
    except UnreadableBeat:
        return
    assert 0 <= beat.start <= beat.end <= 100_000
    assert 0 < beat.rate <= 2


@pytest.fixture
def someone(db: None, client: Client) -> Taking:
    someone = taking("video", "page")
    client.force_login(someone.learner)
    return someone


def post(client: Client, name: str, kwargs: dict[str, UUID], body: bytes | str = b"{}") -> Any:
    return client.post(reverse(f"enrollment:{name}", kwargs=kwargs), body, content_type="application/json")


def test_a_player_opens_reports_and_is_told_what_counts(client: Client, someone: Taking) -> None:
    opened = post(client, "watch", someone.kwargs(1)).json()
    assert (opened["watched"], opened["position"], opened["intervals"]) == (0, 0, [])
    body = {**GOOD, "session": opened["session"], "to": 1.5, "position": 1.5}
    answer = post(client, "beat", someone.kwargs(1), json.dumps(body))
    assert answer.status_code == 200
    assert answer.json() == {
        "watched": 0.015,
        "intervals": [[0.0, 1.5]],
        "position": 1.5,
        "completed": False,
        "required_ratio": 0.95,
    }


def test_a_beat_takes_few_queries(client: Client, someone: Taking, django_assert_max_num_queries: Any) -> None:
    opened = post(client, "watch", someone.kwargs(1)).json()
    body = {**GOOD, "session": opened["session"]}
    with django_assert_max_num_queries(10):  # session, person, enrollment, and the beat with its savepoints
        assert post(client, "beat", someone.kwargs(1), json.dumps(body)).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"NaN", b"\xff", b"[" * 2000, b'{"session": 1e999}', b"1" * 1900]
)
def test_junk_gets_an_answer_that_says_so(client: Client, someone: Taking, body: bytes) -> None:
    answer = post(client, "beat", someone.kwargs(1), body)
    assert (answer.status_code, answer.json()["error"]) == (400, "unreadable")


def test_too_much_is_refused_unread(client: Client, someone: Taking) -> None:
    assert post(client, "beat", someone.kwargs(1), b" " * 5000).status_code == 400


def test_a_flood_gets_429(client: Client, someone: Taking) -> None:
    session = post(client, "watch", someone.kwargs(1)).json()["session"]
    answers = [
        post(client, "beat", someone.kwargs(1), json.dumps({**GOOD, "session": session, "sequence": number}))
        for number in range(1, 25)
    ]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert {answer.json().get("error") for answer in answers} == {None, "too_often"}


def test_an_unknown_session_gets_409_in_words(client: Client, someone: Taking) -> None:
    answer = post(client, "beat", someone.kwargs(1), json.dumps(GOOD))
    assert answer.status_code == 409
    assert answer.json()["words"] == "This video is playing in another window or on another device."


@pytest.mark.parametrize("name", ["watch", "beat"])
def test_somebody_elses_video_does_not_exist(client: Client, someone: Taking, name: str) -> None:
    client.force_login(a_learner("Owen Price"))
    assert post(client, name, someone.kwargs(1), json.dumps(GOOD)).status_code == 404


@pytest.mark.parametrize("name", ["watch", "beat"])
def test_what_is_no_video_has_no_player(client: Client, someone: Taking, name: str) -> None:
    assert post(client, name, someone.kwargs(2), json.dumps(GOOD)).status_code == 404
    assert client.get(reverse(f"enrollment:{name}", kwargs=someone.kwargs(1))).status_code == 405
