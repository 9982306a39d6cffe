# SPDX-License-Identifier: MulanPSL-2.0
"""The extension module l2tlbsim._l2tlb: cffi over the public headers, which are its only declarations.

cffi wants declarations without preprocessor lines, so the compiler's preprocessor makes them from include/l2tlb.
"""
import os
import shlex
import subprocess
import tempfile

from cffi import FFI

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADERS = ["l2tlb.h", "transact.h", "walk.h", "tables.h", "trace.h", "world.h", "replay.h", "report.h"]
# What the C side calls, and Python defines (callbacks of the library).
CALLBACKS = """
extern "Python" uint64_t py_alloc(void *ctx, uint64_t bytes);
extern "Python" void py_release(void *ctx, uint64_t addr, uint64_t bytes);
extern "Python" uint64_t py_host(void *ctx, uint64_t addr);
extern "Python" uint64_t py_read(void *ctx, uint64_t addr, unsigned bytes);
extern "Python" unsigned py_check(void *ctx, uint64_t addr, unsigned use);
extern "Python" int py_progress(void *ctx, const struct l2tlb_replay_progress *p);
extern "Python" int py_rows(void *ctx, const struct l2tlb_replay_request *rows, size_t n);
extern "Python" int py_tick(void *ctx);
extern "Python" void py_text(void *ctx, const char *text, size_t length);
extern "Python" int py_key(const char *key, const char *value, const char *help, void *ctx);
"""


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def declarations():
    """All public declarations, preprocessed. Standard headers are empty: cffi knows their types."""
    with tempfile.TemporaryDirectory() as empty:
        for name in ("stddef.h", "stdint.h"):
            with open(os.path.join(empty, name), "w", encoding="utf-8"):
                pass
        lines = "".join(f"#include <l2tlb/{h}>\n" for h in HEADERS) + '#include "python/l2tlbsim/_batch.h"\n'
        cc = shlex.split(os.environ.get("CC", "cc"))
        return subprocess.run(
            [*cc, "-E", "-P", "-nostdinc", "-DL2TLB_API=", "-I", empty, "-I", "include", "-I", ".", "-"],
            input=lines,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout


def linked():
    """How the module is linked: the archive is inside, or the shared library beside it."""
    public = "build/pic/public"
    if os.environ.get("L2TLBSIM_SHARED"):
        return {"libraries": ["l2tlb"], "library_dirs": [public]}
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    libs = subprocess.run(
        ["make", "-s", "--no-print-directory", "print-PUBLIBS"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout.split()
    return {
        "extra_objects": [f"{public}/libl2tlb.a"],
        "extra_link_args": ["-Wl,--as-needed,--exclude-libs,ALL,-S", *libs],
    }


ffi = FFI()
ffi.cdef(declarations() + CALLBACKS)
ffi.set_source(
    "l2tlbsim._l2tlb",
    "".join(f"#include <l2tlb/{h}>\n" for h in HEADERS) + text_of("python/l2tlbsim/_batch.c"),
    include_dirs=["include", "."],
    py_limited_api=True,
    depends=["build/pic/public/libl2tlb.a", "python/l2tlbsim/_batch.c", "python/l2tlbsim/_batch.h"],
    **linked(),
)
