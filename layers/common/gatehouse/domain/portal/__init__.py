"""What developers do by themselves in the API Store: applications, keys, subscriptions, tokens.

The pages and the JSON API call the same functions; only the rendering differs.
"""
