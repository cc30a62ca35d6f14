"""Settings → services: the only place that picks adapters."""

from dataclasses import dataclass

from realpad_form.wiring.delivery import ForDelivery
from realpad_form.wiring.desk import ForDesk
from realpad_form.wiring.visitors import ForVisitors

__all__ = ["Services"]


@dataclass(frozen=True)
class Services(ForVisitors, ForDelivery, ForDesk):
    """Everything an entry point may ask for; each part is made when first asked for."""
