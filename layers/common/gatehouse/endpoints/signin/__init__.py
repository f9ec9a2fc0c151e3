"""The pages where people sign in, agree, sign up and recover: the only place that ever shows a password field.

They need no script. A page that goes on with an authorization request carries it in its own query, and comes back
to `/authorize` with it: there is no `next` parameter, so nothing can be redirected anywhere else.
"""
