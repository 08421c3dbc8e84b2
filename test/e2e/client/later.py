"""tenant-created as a newer release of the upstream service writes it: one more field, which consumers ignore.

The class has the same name because the broker compares records by it, and the new field a default because the broker's
shipped strategy (FULL) wants old readers and new ones to agree.
"""

from pulsar.schema import Record, String

from limits import Limits


class TenantCreated(Record):
    event_id = String()
    tenant_id = String(required=True)
    tenant_name = String(required=True)
    tier = String(required=True)
    created_by = String()
    created_at = String()
    limits = Limits()
    region = String(required_default=True)
