#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Helpers of scripts/capture-vm.sh.

  scripts/vm.py qmp SOCKET COMMAND...     sends QMP commands (stop, cont, quit, ...) to a QEMU
  scripts/vm.py source TEXT TRACE...      sets the line `source` in the header of traces (gzip)

Status 0, or 2 and one line that says what went wrong."""
import gzip
import json
import os
import socket
import sys


def qmp(path, commands):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        stream = s.makefile("rw", encoding="utf-8")
        json.loads(stream.readline())  # the greeting
        for command in ("qmp_capabilities", *commands):
            stream.write(json.dumps({"execute": command}) + "\n")
            stream.flush()
            while True:  # events come between the answers
                line = stream.readline()
                if not line:
                    if command == "quit":
                        return
                    raise ValueError(f"QEMU closed {path}")
                answer = json.loads(line)
                if "error" in answer:
                    raise ValueError(f"{command}: {answer['error'].get('desc', answer['error'])}")
                if "return" in answer:
                    break


def set_source(path, text):
    new = path + ".new"
    with gzip.open(path) as old, open(new, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as out:
        for line in old:
            if line.startswith(b"source "):
                line = f"source {text}\n".encode()
            out.write(line)
            if line == b"run\n":
                break
        else:
            raise ValueError(f"{path} is no trace")
        while block := old.read(1 << 20):
            out.write(block)
    os.replace(new, path)


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("qmp", "source"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if sys.argv[1] == "qmp":
            qmp(sys.argv[2], sys.argv[3:])
        else:
            for path in sys.argv[3:]:
                set_source(path, sys.argv[2])
    except (OSError, ValueError) as error:
        print(f"capture-vm: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
