"""What may be an attack, in the application log: sign-ins that were refused or have to wait, refused pages.

It holds ids and addresses, and never what somebody typed. Whoever watches the log can alert on its name.
"""

import logging
from typing import Final

security: Final = logging.getLogger("realpad_form.security")
