#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""First inputs for the fuzzers, made from the inputs of the tests: tests/fuzz/seeds.py OUT COMMAND [TARGET...]

OUT/TARGET/ gets files, OUT/TARGET.dict the words of the sources that read such files. COMMAND is the l2tlb
that generates traces. The same every time."""
import ast
import glob
import gzip
import os
import re
import struct
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# Where the words of each target's language stand.
SOURCES = {
    "trace": "traces/trace*.c traces/words.c traces/trace_code.h",
    "import": "traces/import/*.c",
    "image": "world/image*.c world/world_image.c traces/words.c cmd/walk_world.c world/symbols.c world/regionfile.c",
    "stimulus": "check/stim.c", "l1stimulus": "check/l1stim.c", "cosim_stimulus": "check/stim.c",
    "snapshot": "snapshot/*.c snapshot/*.def tests/snapshot/stub.py", "probes": "cmd/funcgold*.c", "config": "arch/cfg.c arch/params.def arch/rules.def arch/errata.def",
    "study": "study/*.c arch/params.def world/world_cfg.c replay/settings.c",
    "command": "cmd/*.c world/world_cfg.c replay/settings.c traces/words.c", "replay": "traces/words.c traces/trace*.c",
}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def literal(text):
    """Adjacent C string literals as bytes."""
    return b"".join(ast.literal_eval("b" + s) for s in re.findall(r'"(?:[^"\\]|\\.)*"', text))


def tool(command, *args):
    done = subprocess.run([command, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout


def traces(command):
    yield (b"GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\n# all kinds\nf 10000 4 u +3\nl 1000 8 u @9\ns 2ffc 8 s\n"
           b"a 3000 8 s\nr 4000 8 u\np 5000 64 vu\nl 6000 8 hs\nl 7000 4 xu\nredirect\nroi begin +2\nroi end\nswitch 3 2\nsfence.vma * *\n"
           b"hfence.gvma 8000 2\nsinval.vma 1000 *\ncsr satp 8000000000080000\ncsr sum 0\ncsr 3a0 1f\n"
           b"mem 80000000 20000401\n")
    yield b"GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image i.gvw\nrun\nl 1000 8 s\nf 2000 4 s\ns 3000 8 u\n"
    for kind in ("seq", "stride", "random", "chase", "zipf", "switch"):
        for more in ([], ["--binary"], ["--ports", "--cycles", "9"], ["--two-stage", "--cycles", "5", "--insns", "3"],
                     ["--fetches", "0.3", "--mode", "vs", "--amos", "0.2"]):
            yield tool(command, "gen", kind, "-n", "25", "--quantum", "5", "--footprint", "64K", *more, "-")


def imports():
    names = re.findall(r'\{"(\w+)", "', read("traces/import/import.c"))
    for m in re.finditer(r'(?:good|bad)\(\s*"(\w+)",\s*(?:&cfg,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)', read("tests/unit/import_test.c")):
        if m.group(1) in names:
            yield bytes([names.index(m.group(1)), 0, 0]) + literal(m.group(2))
    for n, isa in (("champsim", struct.pack("<Q8B6Q", 0x401000, 0, 0, 1, 2, 3, 4, 5, 6, 0x7000, 0, 0x8000, 0, 0, 0)),
                   ("cloudsuite", struct.pack("<Q16B9Q", 0x401000, *range(16), 0x7000, 0, 0, 0, 0x8000, 0, 0, 0, 1))):
        yield bytes([names.index(n), 1, 0]) + isa
    yield bytes([names.index("drmemtrace"), 0, 0]) + (
        b"           1           0:      342625 <marker: version 3>\n"
        b"           2           1:      342625 ifetch       3 byte(s) @ 0x00007fef1f5d1a70 48 89 e7\n"
        b"           3           1:      342625 read         8 byte(s) @ 0x00007ffc1c8a8d40 by PC 0x00007fef1f5d1a70\n")
    yield bytes([names.index("din"), 0, 0]) + b"2 400000\n0 7fff0\n1 10008 4\n"
    yield bytes([names.index("perf"), 0, 0]) + b" cpu/mem-loads/P:  7f3a1c2d3e40 1068100142 |OP LOAD|\n"


def images():
    text = b"csr satp 8000000000080000\n80000000 20000401\n80001000 20000801\n80002008 200000cf\n"
    yield text
    # Both stages; a root that is all tables; symbols; a list of regions.
    yield (b"csr vsatp 8000000000080001\ncsr hgatp 8000100000090000\ncsr mbmc e0000004\n90000010 24001001\n90004000 24001401\n"
           b"90005008 2c0004d7\n90005010 2c0008d7\nb0001000 20000801\nb0002000 200004cf\nb0002008 60000020100cc7\ne0016000 2\n")
    yield b"csr satp a000000000080000\n" + b"".join(b"%x 20000001\n" % (0x80000000 + 8 * i) for i in range(64))
    yield b"0000000000000000 A abs\nffffffff80000000 T _start\nffffffff80000010 t \x01x [mod]\n"
    yield b"host\nown text 80000000 80000000 200000 rx\nvmid 1\nguest ram 0 90000000 4000000 rwx\nforbidden hv 80000000 600000\n"
    yield b"csr tcr_el1 3510\ncsr ttbr0_el1 80000000\n80000000 80001003\n80001000 80002003\n"
    for m in re.finditer(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', read("tests/unit/image_test.c")):
        data = literal(m.group(0))
        if data.endswith(b"\n") and data[:1] in b":S@/8c":
            yield data
    words = struct.pack("<4Q", 0x20000401, 1, 2, 3)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 243, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    yield head + struct.pack("<IIQQQQQQ", 1, 6, 120, 0x80000000, 0x80000000, 32, 64, 1) + words
    yield struct.pack("<IIQQQ", 0x4c694d45, 1, 0x80000000, 0x8000001f, 0) + words
    yield gzip.compress(text, mtime=0)


def stimuli(pattern, limit):
    files = sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True), key=lambda f: (os.path.getsize(f), f))
    for f in files[:limit]:
        with gzip.open(f) as g:
            text = g.read()
        if len(text) < 12000:
            yield text


def snapshots():
    """Byte 0: which part of tests/fuzz/snapshot.c."""
    xml = (b"<target><architecture>riscv:rv64</architecture><reg name='satp' bitsize='64' regnum='9'/>"
           b"<reg name='mstatus' bitsize='64'/><reg name='priv' bitsize='64'/><reg name='pc' bitsize='64'/></target>")
    zero, page = b"00" * 8, (0x200000cf).to_bytes(8, "little").hex().encode() + b"00" * 2040
    registers = [b"0000080000000080", zero, b"0100000000000000", zero]
    memory = [page, b"00" * 2048]
    start = [b"PacketSize=1000;qXfer:features:read+", b"T05thread:01;", b"l" + xml, b"m01,02", b"l", b"OK"]
    qemu = [b"0", b"OK", b"OK", b"O" + b" V      =   1\n".hex().encode(), b"OK"]
    plain = start + [b""] + registers + memory + [zero] + memory
    for answers in (plain, start + qemu + registers + memory * 2, [b"T02"] + plain, start + [b""] + registers + [b"E14"],
                    [b"", b"S05"], start[:2] + [b"m" + xml[:40], b"l" + xml[40:]] + plain[3:],
                    start + [b"", b"", b"0000080000000080" + zero * 3] + memory):
        yield b"\1" + b"\n".join(answers) + b"\n"
    yield b"\0+$OK#9a-$0* #7a%Stop:T05#8a$T05thread:01;#07$}\x03#80xyz$OK#00"
    yield b"\2" + xml
    yield b"\2<target><xi:include href='a'/><reg name='a' bitsize='32' regnum='5'/></target>\n.\n<feature><reg name='b' bitsize='64'/></feature>"
    yield (b'\3{"QMP": {}}\n{"return": {}}\n{"event": "STOP"}\n{"return": {"running": true}}\n{"return": {}}\n{"return": [{"label": "gdb", '
           b'"filename": "disconnected:unix:/nothing,server=on"}]}\n{"return": {}}\n')
    yield b'\3{"QMP": {}}\n{"return": {}}\n{"return": {"running": false}}\n{"return": []}\n{"return": "Could not open"}\n{"return": ""}\n'
    yield b'\3{"QMP": {}}\n{"error": {"desc": "no"}}\n'
    yield b"\4satp=8000000000080000\ncsr hgatp 0\npmpaddr0=1\n# x\n"
    yield b"\4ttbr0_el1=40000000\ntcr_el1=580993519\nsctlr_el1=1\nparange=5\n"
    for text in images():
        yield b"\5" + text
    yield b"\5csr satp 8000000000080000\n80000000 20000001\n80000008 200000cf\n"


def probes():
    yield (b"set a\nxlen 64\nvirt 1\nreg vsatp 0x8000000000080000\nreg hgatp 0x8000000000090000\n"
           b"bits sum=1 mxr=0 vssum=1 vsmxr=0 m_pbmte=0 h_pbmte=0 m_adue=0 h_adue=0\nm 0x90000000 0x22015c01\n"
           b"p 0x1000 r s > fault cause=21 tval=0x1000 gpaddr=0x80000000 implicit=r tinst=0x3000 reads=1 | x\nend\n")
    yield (b"set b\nxlen 32\nvirt 0\nreg satp 0x80080000\nbits sum=0 mxr=1 vssum=0 vsmxr=0 m_pbmte=0 h_pbmte=0 m_adue=1"
           b" h_adue=0\nm 0x80000000 0x200000cf\np 0x1000 w u > ok hpa=0x80001000 s=1 upd=0x80000000:0x200000cf | x\nend\n")
    yield (b"set c\nreg tcr_el1 0x3510\nreg ttbr0_el1 0x40000000\nreg sctlr_el1 1\nreg hcr_el2 1\nreg vtcr_el2 0x80023558\n"
           b"reg vttbr_el2 0x41000000\nreg mair_el1 0xff\nm 0x40000000 0x40001003\np 0x1000 s1e1r > fault fst=4 s2=0 s1ptw=0\n"
           b"p 0x2000 s12e0w > ok pa=0x1000 ipa=0x1000 l1=3 l2=3 attr=0xff reads=5\nend\n")


def configs(command):
    for args in ([], ["--preset", "minimal"], ["--preset", "cvm"], ["--revision", "2026-03", "--set", "errata=fixed"],
                 ["--revision", "2026-07-v2", "--set", "rule.keyiden_csr=no"]):
        yield tool(command, "config", *args)
    yield b"[pagecache]\nl0_sets = 64 ; comment\n# x\nrevision=2026-03\nerrata = fixed\n"


def studies():
    for f in sorted(glob.glob(os.path.join(ROOT, "studies/*.ini"))):
        yield re.sub(r"^(traces|objective) .*\n", "", read(f), flags=re.M).encode()
    yield (b"sample = lhs\npoints = 9\nseed = 3\nseeds = 1, 4..6\n[vary]\nworld.s1.huge = 0.0..1.0\nmem.lat = 100..900 *3\n"
           b"[choice c]\na = -\nb = preset=cvm keyid.bits=3\n[constraints]\nrequire = (mem.lat + 1) / 2 >= 5 * 10\nrequire = c != \"b\"\n")


def commands(command):
    for c in ("replay t.gvt", "replay --report json i.gvt", "replay -q --no-skip --oracle p.gvt", "replay --report html -o o t.gvt",
              "replay --report csv --events e --vcd v t.gvt", "replay --world stages=two --mem lat=9 t.gvt p.gvt --threads 2",
              "replay --config c.ini --set errata=fixed t.gvt", "replay --arch aarch64 t.gvt", "check s.stim s.gold",
              "check --strict l1.stim s.gold", "funccheck f.txt", "walk 1000", "walk --image w.gvw --report json 1000 2000",
              "walk --arch aarch64 --granule 16 --s1 40 1000", "walk --arch riscv32 --s1 sv32 --addresses ad.txt",
              "walk --count 3 3 --details", "walk --image a.s19@80000000 --satp 8000000000080000 1000", "walk --bitmap 80000000 --virt 1 4000",
              "walk --map 4000=80001000,4K,rw --unmap 4000 4000",
              "tables --audit --full w.gvw", "tables --report json --satp 8000000000080000 w.gvw w.gvw", "walk --symbols ad.txt 1000", "walk --arch aarch64 --map s2:4000=80000000,2M,rwx 4000",
              "walk --access ssw --reg menvcfg=8 1000", "gen random --image w.gvw -n 9 -", "replay --untranslated i.gvt",
              "convert --from spike --own-tables --memory w.gvw sp.txt o.gvt",
              "gen seq -n 20 o.gvt", "gen switch -n 9 --fence page --guests 2 --quantum 3 -", "gen world --footprint 64K o.gvw",
              "gen world --trace t.gvt -w pages=mixed o.gvw.gz", "gen zipf --ports --cycles 3 -n 5 --binary -",
              "convert --from lackey la.txt o.gvt", "convert --from spike --canonical 39 sp.txt -", "convert --from gvt --limit 3 t.gvt o.gvtb",
              "convert --from csv --privilege vs e.csv -", "info t.gvt", "info w.gvw", "info s.stim", "config --preset cvm",
              "diff-revisions t.gvt", "diff-revisions --report json --a 2025-05 --b 2026-03 t.gvt", "--help", "--version", "replay --help=man",
              "--help=bash", "replay -", "info -"):
        yield "\n".join(c.split()).encode()
    yield b"replay\n-\n%%\nGVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl 1000 8 u\n"
    for name in ("replay", "check", "funccheck", "walk", "tables", "gen", "convert", "info", "config", "diff-revisions"):
        for option in re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)(?: (\S+))?", tool(command, name, "--help").decode(), re.M):
            value = option[1].split("|")[0].replace("FILE", "t.gvt").replace("KEY=VALUE", "seed=3").replace("N", "3")
            yield "\n".join([name, option[0]] + ([value] if option[1] else []) + ["t.gvt"]).encode()


def replays(command):
    for i, t in enumerate(traces(command)):
        yield bytes([(37 * i) % 32, (91 * i) % 256, (53 * i) % 256, (29 * i) % 256, 1 + i % 40]) + t
    for m in (0, 16, 18):
        yield bytes([m, 0, 0, 0, 9]) + (b"GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image i.gvw\nrun\nl 1000 8 s\ns 1ffc 8 s\nf 1000 4 s\n%%\n"
                                        b"csr satp 8000000000080000\n80000000 20000401\n80001000 20000801\n80002008 200000cf\n")


def words(target):
    found = set()
    for pattern in SOURCES.get(target, "").split():
        for f in sorted(glob.glob(os.path.join(ROOT, pattern))):
            found.update(re.findall(r'"([\w.=:@*+-]{1,24})"', read(f)))
            found.update(re.findall(r'^\s*(?:P|RULE|ERRATUM|PARAM|[A-Z_]+)\((\w+)', read(f), re.M) if f.endswith(".def") else [])
    if target == "command":
        found.update("--" + w for w in list(found) if w.islower())
    return sorted(found)


def main():
    out, command, targets = sys.argv[1], sys.argv[2], sys.argv[3:]
    makers = {
        "trace": lambda: traces(command), "import": imports,
        "image": lambda: (bytes([h, raw, 0, 0, 0, 0, 0, 0, 0x12, 0x34]) + t for h, raw in ((0, 0), (18, 3), (8, 0), (4, 0)) for t in images()),
        "stimulus": lambda: (bytes([i * 5 % 32]) + t for i, t in enumerate(stimuli("tests/golden/**/*.stim.gz", 70)) if t.startswith(b"L2TLB")),
        "l1stimulus": lambda: (bytes([i * 5 % 32]) + t for i, t in enumerate(stimuli("tests/golden/l1/*.stim.gz", 60))),
        "probes": probes, "study": studies, "config": lambda: (bytes([i % 5]) + t for i, t in enumerate(configs(command))),
        "snapshot": snapshots, "command": lambda: commands(command), "replay": lambda: replays(command),
    }
    makers["cosim_stimulus"] = makers["stimulus"]
    for target in targets or makers:
        if target not in makers:
            continue
        folder = os.path.join(out, target)
        os.makedirs(folder, exist_ok=True)
        for i, data in enumerate(makers[target]()):
            with open(os.path.join(folder, f"{i:03}"), "wb") as f:
                f.write(data)
        with open(os.path.join(out, target + ".dict"), "w", encoding="ascii") as f:
            f.writelines(f'"{w}"\n' for w in words(target))


if __name__ == "__main__":
    main()
