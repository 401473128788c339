"""What definitions show without any value: signatures, overrides, stacks of decorators, registrations."""
