"""One module per migration; applied ones are never changed."""
