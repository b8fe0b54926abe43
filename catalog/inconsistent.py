"""What is raised where an entry of the catalogue contradicts itself."""


class Inconsistent(ValueError):
    """An entry that cannot be; `field` is the key of the catalogue file that is wrong."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why
