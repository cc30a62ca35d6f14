"""What can be set while the sandbox runs, where Realpad's documents leave a choice or it helps a test."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """How the sandbox behaves; the defaults are the strict reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unknown_ids: Literal["refuse", "accept"] = "refuse"
    unexpected: Literal["refuse", "ignore"] = "refuse"
    success_status: Literal[200, 201] = 200
    ban_mode: Literal[401, 429] = 401  # 401 cannot be told from a wrong password
    ban_after: int = Field(default=5, ge=1)  # failed log-ins
    rate_calls: int | None = Field(default=None, ge=1)  # per endpoint and login; None: no limit
    rate_per_s: float = Field(default=60, gt=0)
