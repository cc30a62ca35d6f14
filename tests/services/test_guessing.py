"""A stranger who guesses all day: how many guesses that gets, and that the owner gets in all the same."""

import random
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, cycle

import pytest
from fakes import FakeClock
from memory_throttle import MemoryThrottle
from people_world import EMAIL, PASSWORD, PeopleWorld, make_person
from untraced import untraced

from realpad_form.domain.throttling import (
    ZERO,
    Limit,
    account_limit,
    address_limit,
    new_place_limit,
    new_places_limit,
    total_limit,
)
from realpad_form.services.sign_in import Refused, SignedIn, SignIn

WRONG = "canary: a guess"
HOME, OFFICE = "198.51.100.7", "203.0.113.9"


def bound(addresses, new_places, hours=24):
    """The guesses at one e-mail in so many hours, as docs/security.md states them for a day."""
    return min(3 * addresses, 1000 + hours * 60) + hours * 60 + 10 + 10 * new_places


@dataclass
class People:
    """The roster and the sessions of one person, in memory."""

    person: object
    clock: object
    places: set = field(default_factory=set)

    def find(self, email):
        return self.person if email == self.person.email else None

    def password(self, person_id):
        return PASSWORD if person_id == self.person.id else None

    def passkeys(self, _person_id):
        return []

    def transaction(self, _person_id=None):
        return nullcontext()

    def keeps(self, proof):
        return proof.person == self.person and proof.password == PASSWORD

    def now(self):
        return self.clock()

    def open(self, session, *, hashed):
        pass

    def forget(self, *, before):
        pass

    def remember_place(self, person_id, hashed, *, at):
        self.places.add((person_id, hashed))

    def knows_place(self, person_id, hashes):
        return any((person_id, hashed) in self.places for hashed in hashes)

    def record(self, *_deed, **_about):
        pass


@dataclass
class Comparing:
    """A hasher that costs nothing, and counts what it was asked."""

    guesses: int = 0

    def verify(self, hashed, password):
        self.guesses += password == WRONG
        return hashed == password

    def is_outdated(self, _hashed):
        return False


class Attack:
    """An attacker of so many addresses, who guesses twice a second; and the owner of the e-mail."""

    def __init__(self, addresses):
        self.clock = FakeClock()
        people = People(make_person(email=EMAIL), self.clock)
        self.hasher = Comparing()
        self.sign_in = SignIn(people, people, MemoryThrottle(self.clock), people, self.hasher)
        self.from_ = cycle(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(addresses))
        self.new = (f"172.16.{n >> 8}.{n & 255}" for n in count())
        self.marks = self.enter(HOME).marks

    def guess_for(self, seconds):
        with untraced():
            for _ in range(2 * seconds):
                self.sign_in.sign_in(EMAIL, WRONG, address=next(self.from_))
                self.clock.advance(seconds=0.5)

    def enter(self, address, marks=""):
        return self.sign_in.sign_in(EMAIL, PASSWORD, address=address, marks=marks)


HOURS = [2, pytest.param(24, marks=pytest.mark.long)]


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize("addresses", [1, 200, 20_000])
def test_owner_gets_in_at_known_places_during_hours_of_guesses_which_stay_below_the_bound(addresses, hours):
    attack = Attack(addresses)

    for minute in range(0, hours * 60, 10):
        attack.guess_for(10 * 60)
        in_browser = attack.enter(next(attack.new), attack.marks)
        at_home = attack.enter(HOME)
        assert isinstance(in_browser, SignedIn), minute
        assert isinstance(at_home, SignedIn), minute

    assert hours * 60 <= attack.hasher.guesses <= bound(addresses, new_places=0, hours=hours)


@pytest.mark.parametrize("hours", HOURS)
def test_owner_gets_in_at_once_from_new_places_during_hours_of_guesses_from_200_addresses(hours):
    attack = Attack(200)
    attack.guess_for(150)  # while all the addresses still have their first attempts

    for _ in range(hours):
        assert isinstance(attack.enter(next(attack.new)), SignedIn)
        attack.guess_for(60 * 60)

    assert attack.hasher.guesses <= bound(200, new_places=hours, hours=hours)


def test_guesses_at_once_from_many_addresses_are_bounded_like_others():
    attack = Attack(20_000)

    answers = [attack.sign_in.sign_in(EMAIL, WRONG, address=next(attack.from_)) for _ in range(20_000)]

    assert sum(answer == Refused() for answer in answers) == attack.hasher.guesses <= 100
    assert isinstance(attack.enter(HOME), SignedIn)


def test_guesses_at_many_emails_are_bounded_in_total():
    attack = Attack(20_000)

    for n in range(10_000):
        attack.sign_in.sign_in(f"n{n}@firma.example", WRONG, address=next(attack.from_))
        attack.clock.advance(seconds=0.01)

    assert attack.hasher.guesses <= 100 + 100 * 4
    assert isinstance(attack.enter(HOME), SignedIn)


@pytest.mark.parametrize("place", ["browser", "address"])
def test_guesses_from_a_known_place_wait_too(place):
    attack = Attack(1)
    address, marks = (next(attack.new), attack.marks) if place == "browser" else (HOME, "")

    for _ in range(600):
        attack.sign_in.sign_in(EMAIL, WRONG, address=address, marks=marks)
        attack.clock.advance(seconds=1)

    assert attack.hasher.guesses <= 3 + 6 + 600 / 60
    assert isinstance(attack.enter(OFFICE), SignedIn), "elsewhere it is as if nothing had happened"


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


def test_mark_of_a_browser_tells_nothing_and_is_worth_nothing_for_another_person(world):
    jana, boss = world.admit(), world.admit("boss@firma.example")
    mark = world.enter().marks
    browsers, password = world.sign_in.browsers, world.roster.password

    assert browsers.find(mark, jana.id, password=password(jana.id))
    assert not browsers.find(mark, boss.id, password=password(boss.id))
    assert str(jana.id) not in mark
    assert jana.id.hex not in mark
    assert len({world.enter(address=f"192.0.2.{n}").marks for n in range(5)}) == 5


def test_browser_keeps_its_mark_and_those_of_others_who_use_it(world):
    jana, boss = world.admit(), world.admit("boss@firma.example")
    first = world.sign_in.sign_in(jana.email, PASSWORD, address=HOME).marks

    both = world.sign_in.sign_in(boss.email, PASSWORD, address=HOME, marks=first).marks
    again = world.sign_in.sign_in(jana.email, PASSWORD, address=HOME, marks=both).marks

    assert again == both
    assert first in both


def test_mark_is_worth_nothing_after_a_new_password(world):
    jana = world.admit()
    mark = world.enter().marks
    world.roster.set_password(jana.id, world.hasher.hash("canary: another one"))

    assert not world.sign_in.browsers.find(mark, jana.id, password=world.roster.password(jana.id))


@pytest.mark.parametrize("forged", ["", ".", "x" * 86, "é" * 86, "\ud800." * 99, "a" * 100_000])
def test_forged_mark_is_no_mark(world, forged):
    jana = world.admit()

    assert not world.sign_in.browsers.find(forged, jana.id, password=world.roster.password(jana.id))
    assert isinstance(world.sign_in.sign_in(EMAIL, PASSWORD, address=HOME, marks=forged), SignedIn)


def test_address_is_known_for_90_days_and_until_a_reset(world, clock):
    jana = world.admit()
    world.enter(address=HOME)
    digests = world.sign_in.browsers.digest_of_address(jana.id, f"{HOME}/32")
    clock.advance(days=89)
    world.enter(address=OFFICE)
    assert world.sessions.knows_place(jana.id, digests)

    clock.advance(days=2)
    world.enter(address=OFFICE)

    assert not world.sessions.knows_place(jana.id, digests)
    at_work = world.sign_in.browsers.digest_of_address(jana.id, f"{OFFICE}/32")
    assert world.sessions.knows_place(jana.id, at_work)
    world.people.reset(jana.id)
    assert not world.sessions.knows_place(jana.id, at_work)


def test_address_is_kept_as_a_keyed_hash_that_differs_by_person(world):
    jana, boss = world.admit(), world.admit("boss@firma.example")
    digests = [world.sign_in.browsers.digest_of_address(each.id, f"{HOME}/32") for each in (jana, boss)]

    assert digests[0] != digests[1]
    assert HOME not in str(digests)


def test_counters_in_sql_count_as_those_of_the_simulation(world, clock):
    draw, simulated = random.Random(7), MemoryThrottle(clock)
    emails, addresses = [f"n{n}@firma.example" for n in range(3)], [f"192.0.2.{n}" for n in range(5)]

    for _ in range(400):
        email, address = draw.choice(emails), draw.choice(addresses)
        at_first = [new_place_limit(email, address), new_places_limit(email), total_limit()]
        then = [account_limit(email), address_limit(address), total_limit()]
        small = Limit(
            key="small", free=2, longest_wait=timedelta(seconds=5), is_waited_for=draw.random() < 0.5
        )
        choices = [[*at_first, account_limit(email, is_waited_for=False)], [*then, small]]
        assert world.throttle.admit(*choices) == simulated.admit(*choices)
        if draw.random() < 0.1:
            forgiven = {"clear": [f"account:{email}"], "lower": [address_limit(address).key, "small"]}
            world.throttle.forgive(**forgiven)
            simulated.forgive(**forgiven)
        clock.advance(seconds=draw.choice([0, 0, 0.5, 1, 30, 4000]))

    assert simulated.admit([Limit(key="never seen", free=1)]) == ZERO
