"""Looks at web pages: an address that cannot be is never good news."""

import pytest

from realpad_form.adapters.hosts import fetch, server_time
from realpad_form.domain.errors import UnreachableError


@pytest.mark.parametrize("look", [fetch, server_time])
@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:abc/", "https://*.example/", f"https://{'a' * 64}.example/"]
)
def test_an_address_that_cannot_be_is_unreachable(look, url):
    with pytest.raises(UnreachableError):
        look(url)
