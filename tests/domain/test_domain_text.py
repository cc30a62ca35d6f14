from realpad_form.domain.text import LANGUAGES, LOCALE


def test_form_speaks_the_languages_it_has_texts_in():
    assert {"cs", "de", "en", "pl", "sk", "uk"} <= set(LANGUAGES)
    assert all((LOCALE / f"{language}.po").is_file() for language in LANGUAGES)
