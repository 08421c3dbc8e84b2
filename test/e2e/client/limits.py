"""A custom tier's limits, as tenant-created and tenant-upgraded carry them."""

from pulsar.schema import Double, Integer, Record, String


class Limits(Record):
    cpu_cores = Double()
    memory_gb = Double()
    storage_gb = Double()
    max_pods = Integer()
    max_services = Integer()
    gpu_count = Integer()
    monthly_cost_usd = String()
