"""Files to text: one module a form. Only ever used in the cage, through `mailrouter.core.reading.extract`."""
