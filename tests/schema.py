#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Validates JSON reports against docs/schema/report-1.json: tests/schema.py [--schema NAME] FILE...
NAME: another one of docs/schema, without its .json. Status 0 all valid, 1 one is not (said in one line each), 2 bad usage, 3 jsonschema is not there."""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)

args = sys.argv[1:]
name_of_schema = "report-1"
if args[:1] == ["--schema"] and len(args) > 1:
    name_of_schema, args = args[1], args[2:]
if not args:
    sys.exit(2)
root = pathlib.Path(__file__).resolve().parent.parent
schema = json.loads((root / f"docs/schema/{name_of_schema}.json").read_text(encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
# The array is tried by hand: "oneOf" would only say that neither form fits.
schema_of_one = dict(schema, oneOf=[{"$ref": "#/$defs/report"}])
validator = jsonschema.Draft202012Validator(schema_of_one)
bad = 0
for name in args:
    try:
        with open(name, encoding="utf-8") as f:
            data = json.load(f)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as why:
        print(f"{name}: {why}")
        bad = 1
        continue
    for report in data if isinstance(data, list) else [data]:
        for error in validator.iter_errors(report):
            best = jsonschema.exceptions.best_match([error])
            print(f"{name}: {'/'.join(map(str, best.absolute_path))}: {best.message[:300]}")
            bad = 1
sys.exit(bad)
