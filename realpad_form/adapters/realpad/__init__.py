"""Realpad's web service over HTTP."""

from realpad_form.adapters.realpad.gateway import RealpadGateway

__all__ = ["RealpadGateway"]
