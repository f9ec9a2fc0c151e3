"""The administration of an organisation: the JSON API `/api/am/admin/v4` and the pages below `/store/admin`."""
