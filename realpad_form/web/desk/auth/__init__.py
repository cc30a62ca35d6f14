"""How people get in and stay in: sessions, passwords, passkeys, their own account."""
