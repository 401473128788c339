"""What the sources say before any value is known: names, signatures, namespaces, decorators, markers."""
