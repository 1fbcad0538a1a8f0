"""Copies of the installation, and territories that move to another one."""
