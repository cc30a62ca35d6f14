"""What the public form needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from realpad_form.adapters.captcha import make_captchas
from realpad_form.adapters.sql import (
    SqlTally,
)
from realpad_form.forms import Tokens
from realpad_form.ports import (
    Captcha,
)
from realpad_form.services.statistics import Statistics
from realpad_form.wiring.core import Core


@dataclass(frozen=True)
class ForVisitors(Core):
    """What the public form needs."""

    @cached_property
    def tokens(self) -> Tokens:
        """Signs and reads the tokens of the public form."""
        return Tokens(self.settings.secret_key)

    @cached_property
    def captchas(self) -> Mapping[str, Captcha]:
        """What tells people from programs, by the name that project files use."""
        settings = self.settings
        host = urlsplit(settings.public_url or "").hostname
        return make_captchas(
            settings.secret_key, settings.captcha_keys, host=host, report=self.incidents.unsure_captcha
        )

    @cached_property
    def statistics(self) -> Statistics:
        """Counts what visitors do, and tells what came of it."""
        return Statistics(SqlTally(self.database))
