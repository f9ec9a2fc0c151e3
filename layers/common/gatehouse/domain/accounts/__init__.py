"""Organisations and their people: users, passwords, sessions, lock-out, links, mails and the jobs that send them."""
