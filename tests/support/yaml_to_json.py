"""Prints each YAML file of the command line as one line of JSON, as PyYAML, a YAML 1.1 reader, sees it."""

import json
import sys

import yaml


def plain(value):
    """What JSON has no word for (dates, bytes, sets) becomes text that no manifest contains."""
    return f"{type(value).__name__}: {value!r}"


for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        print(json.dumps(yaml.load(file, Loader=yaml.CSafeLoader), default=plain))
