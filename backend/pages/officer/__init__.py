"""The officers' desk: the list, one application, and what a reviewer asks for."""
