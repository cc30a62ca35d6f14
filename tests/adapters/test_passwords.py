import threading
import time

import argon2
import pytest

from realpad_form.adapters.passwords import AT_ONCE, ArgonHasher
from realpad_form.config import Settings
from realpad_form.domain.errors import HasherBusyError
from realpad_form.wiring import Services

PASSWORD = "canary: tři domy u řeky"
COSTS = "$argon2id$v=19$m=65536,t=3,p=1$"


@pytest.fixture(scope="module")
def hasher():
    return ArgonHasher()


def test_hash_is_argon2id_of_the_costs_we_chose(hasher):
    hashed = hasher.hash(PASSWORD)

    assert hashed.startswith(COSTS)
    assert len(hashed) <= 255
    assert hasher.hash(PASSWORD) != hashed


def test_services_hash_passwords_at_these_costs(tmp_path):
    services = Services(Settings.load({"REALPAD_FORM_SECRET_KEY": "s" * 32}, folder=tmp_path))

    assert services.sign_in.hasher.hash(PASSWORD).startswith(COSTS)


def test_only_the_right_password_has_the_hash(hasher):
    hashed = hasher.hash(PASSWORD)

    assert hasher.verify(hashed, PASSWORD)
    assert not hasher.verify(hashed, PASSWORD + " ")
    assert not hasher.verify(None, PASSWORD)
    assert not hasher.verify(None, "the password of nobody")


def test_unknown_person_costs_as_much_as_a_known_one(hasher):
    hashed = hasher.hash(PASSWORD)
    hasher.verify(None, "warm")

    known, unknown = (min(_seconds(hasher, each) for _ in range(3)) for each in (hashed, None))

    assert 0.5 < known / unknown < 2


def test_hash_of_other_costs_is_outdated(hasher):
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)

    assert hasher.is_outdated(cheap)
    assert hasher.verify(cheap, PASSWORD)
    assert not hasher.is_outdated(hasher.hash(PASSWORD))


def test_flood_of_guesses_is_turned_away_and_then_over():
    hasher = ArgonHasher(wait_s=0)
    hasher.verify(None, "warm")
    start, turned_away = threading.Barrier(AT_ONCE * 3), []

    def guess():
        start.wait()
        try:
            hasher.verify(None, PASSWORD)
        except HasherBusyError:
            turned_away.append(1)

    threads = [threading.Thread(target=guess) for _ in range(AT_ONCE * 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert turned_away
    assert not hasher.verify(None, PASSWORD), "there are turns again"


def _seconds(hasher, hashed):
    began = time.thread_time()
    hasher.verify(hashed, "not it")
    return time.thread_time() - began
