"""The config: six YAML files, the environment and secrets, read and checked as one."""

from mailrouter.config.examples import Example, Expect, Understand
from mailrouter.config.loading import Config, check, demanded, find_config, load, run_examples, share, today
from mailrouter.config.problem import ConfigError, Problem
from mailrouter.config.schema import schema
from mailrouter.config.starter import init

__all__ = [
    "Config",
    "ConfigError",
    "Example",
    "Expect",
    "Problem",
    "Understand",
    "check",
    "demanded",
    "find_config",
    "init",
    "load",
    "run_examples",
    "schema",
    "share",
    "today",
]
