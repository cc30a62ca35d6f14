"""Settings → services: the only place that picks adapters.

`Services` has one property for each thing that an entry point may ask for. Each is made when it is first
asked for, so a command pays only for what it uses. Where to look for one:

- `core.py`: projects, database, Realpad, the public form;
- `delivery.py`: what runs in the background;
- `desk.py`: what people who sign in need.
"""

from dataclasses import dataclass

from realpad_form.wiring.delivery import ForDelivery
from realpad_form.wiring.desk import ForDesk

__all__ = ["Services"]


@dataclass(frozen=True)
class Services(ForDelivery, ForDesk):
    """Everything an entry point may ask for."""
