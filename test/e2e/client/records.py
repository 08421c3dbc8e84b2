"""The records of upstream services, as Avro, field for field as the event contract names them.

An optional field is a union of null and its type with null (no default), which is what Pulsar's Python client writes for a
field that is not required. `tenant-created-later` is the same record from a newer release (later.py), so that a topic can
hold two schema versions.
"""

from pulsar.schema import Array, Double, Float, Integer, Long, Map, Record, String

import later
from limits import Limits


class TenantCreated(Record):
    event_id = String()
    tenant_id = String(required=True)
    tenant_name = String(required=True)
    tier = String(required=True)
    created_by = String()
    created_at = String()
    limits = Limits()


class TenantUpgraded(Record):
    event_id = String()
    tenant_id = String(required=True)
    previous_tier = String(required=True)
    new_tier = String(required=True)
    limits = Limits()


class TenantDeleted(Record):
    event_id = String()
    tenant_id = String(required=True)
    deleted_by = String()
    reason = String()


class UserCreated(Record):
    event_id = String()
    tenant_id = String(required=True)
    user_id = String(required=True)
    email = String(required=True)
    full_name = String()
    roles = Array(String())
    event_timestamp = Long()


class UserDeleted(Record):
    event_id = String()
    tenant_id = String(required=True)
    user_id = String(required=True)


class QuotaExceeded(Record):
    event_id = String()
    tenant_id = String(required=True)
    resource_type = String(required=True)
    current_usage = Double(required=True)
    quota_limit = Double(required=True)


class ResourceCleanupRequest(Record):
    event_id = String()
    tenant_id = String(required=True)
    resource_type = String(required=True)
    resource_id = String()


class ResourceAnomaly(Record):
    """The form that names an anomaly; `details` may hold a tenant."""

    anomaly_id = String(required=True)
    timestamp = Long(required=True)
    service_name = String(required=True)
    resource_type = String(required=True)
    severity = Float(required=True)
    details = Map(String())


RECORDS = {
    "tenant-created": TenantCreated,
    "tenant-created-later": later.TenantCreated,
    "tenant-upgraded": TenantUpgraded,
    "tenant-deleted": TenantDeleted,
    "user-created": UserCreated,
    "user-deleted": UserDeleted,
    "quota-exceeded": QuotaExceeded,
    "resource-cleanup-request": ResourceCleanupRequest,
    "resource-anomaly": ResourceAnomaly,
}


def record_of(name, value):
    """A record from plain JSON; nested records are built from nested objects. Unknown fields are an error."""
    if name not in RECORDS:
        raise ValueError(f"unknown record {name!r}: known are {', '.join(RECORDS)}")
    fields = dict(value)
    if isinstance(fields.get("limits"), dict):
        fields["limits"] = Limits(**fields["limits"])
    return RECORDS[name](**fields)
