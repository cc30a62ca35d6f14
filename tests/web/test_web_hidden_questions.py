"""What a post holds for questions that `show_if` hides: dropped if a script hid them, kept if none could."""

import pytest

QUESTIONS = """\
  - {attribute: customer_has_pets, type: boolean, label: Zvíře}
  - {attribute: customer_pet, type: string, label: Jaké zvíře, show_if: {customer_has_pets: true}}
consents:
"""


@pytest.fixture
def folder(folder):
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text("utf-8").replace("consents:\n", QUESTIONS), "utf-8")
    return folder


def test_without_script_a_hidden_answer_goes_to_the_note(visitor, stored):
    assert visitor.post_form(token="", customer_pet="pes", note="Dobrý den").status_code == 303

    [record] = stored()
    assert record.current.payload["note"] == "Dobrý den\n\nJaké zvíře: pes"
    assert "customer_pet" not in record.current.payload


@pytest.mark.parametrize("send", ["send", "post_form"])
def test_with_a_token_a_hidden_answer_is_not_sent(visitor, stored, send):
    getattr(visitor, send)(token=visitor.token(), customer_pet="pes", note="Dobrý den")

    [record] = stored()
    assert record.current.answers["note"] == "Dobrý den"
    assert "customer_pet" not in record.current.answers


def test_script_without_a_token_leaves_nothing(visitor, stored):
    assert visitor.send(token=None, customer_pet="pes").status_code == 409
    assert stored() == []
