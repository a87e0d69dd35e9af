"""E-mail: to a mail server, or into a folder where there is none."""
