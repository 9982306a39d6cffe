# SPDX-License-Identifier: MulanPSL-2.0
# l2tlbsim: one page of make. `make help` lists the targets.
MODE    ?= release
CC      ?= gcc
CSTD     = -std=c11 -D_POSIX_C_SOURCE=200809L
WARN     = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wno-sign-conversion
OPT_release  = -O2 -g
OPT_paranoid = -O1 -g -DMODEL_PARANOID
OPT_san      = -O1 -g -DMODEL_PARANOID -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_fuzz     = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_pic      = -O2 -g -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections
OPT_cov      = -O0 -g --coverage -DMODEL_PARANOID
$(if $(OPT_$(MODE)),,$(error MODE=$(MODE): it is one of release paranoid san cov fuzz pic))
# Everything that is built goes below BUILD: build/, or the folder of `make B=/elsewhere`.
B        = build/$(MODE)
BUILD   := $(if $(filter command%,$(origin B)),$(B),build)
$(if $(word 2,$(BUILD)),$(error B=$(B): make cannot build in a folder with a space in its name))
# CFLAGS= and LDFLAGS= of the user come last. Objects do not name the folder they were built in
# (gcov has to find its files, so those of MODE=cov do).
quoted   = '$(subst ','\'',$1)'
SAME     = $(if $(filter cov,$(MODE)),,$(call quoted,-ffile-prefix-map=$(CURDIR)=.))
ALL_CFLAGS   = $(CSTD) $(WARN) $(OPT_$(MODE)) $(if $(WERROR),-Werror) -I. -Iinclude -MMD -MP $(SAME) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS  = $(OPT_$(MODE)) $(CFLAGS) $(LDFLAGS)
export PWD  := $(CURDIR)
# Standard input becomes the target where it says something new; two makes at a time may do so.
UPDATE       = { new=$@.$$$$; cat > $$new; cmp -s $$new $@ && rm $$new || mv $$new $@; }
JOBS         = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2> /dev/null || echo 2))
LDLIBS  += -lsqlite3 -lmd -lcjson -lexpat -linih -lz -llzma -lzstd -lelf -lm -lpthread
# Kdumps are read where libkdumpfile is there: KDUMP= leaves it out.
KDUMP   := $(shell pkg-config --silence-errors --libs libkdumpfile 2> /dev/null)
DEFS_snapshot/kdump = $(if $(KDUMP),-DL2TLB_KDUMP)
LDLIBS  += $(KDUMP)
LIBDIRS  = arch mem pagecache bitmap mpt ptw model l1 world traces traces/import traces/gen check snapshot replay report study lib
LIBSRC   = $(sort $(wildcard $(LIBDIRS:%=%/*.c)))
LIBASM   = $(sort $(wildcard $(LIBDIRS:%=%/*.S)))
CMDSRC   = $(sort $(wildcard cmd/*.c))
TESTSRC  = $(sort $(wildcard tests/unit/*.c tests/library/api*.c))
LIBOBJ   = $(LIBSRC:%.c=$(B)/%.o) $(LIBASM:%.S=$(B)/%.o)
CMDOBJ   = $(CMDSRC:%.c=$(B)/%.o)
TESTOBJ  = $(TESTSRC:%.c=$(B)/%.o)
V       ?= 0
Q        = $(if $(filter 1,$V),,@)

all: $(B)/l2tlb $(B)/libl2tlb.a ## build the command and the library
ifeq ($(B),build/release)
	$Qln -sf release/l2tlb build/l2tlb && ln -sf release/libl2tlb.a build/libl2tlb.a
endif

$(B)/libl2tlb.a: $(LIBOBJ)
	@echo "  AR      $@"
	$Qrm -f $@ && $(AR) rcsD $@ $^
$(B)/l2tlb: $(CMDOBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(ALL_LDFLAGS) $(CMDOBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
$(B)/unit: $(TESTOBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(ALL_LDFLAGS) $(TESTOBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
$(B)/%.o: %.c $(B)/.flags
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) $(DEFS_$*) -c $< -o $@
# Files that are linked in as they are (report/page.S).
PAGE     = report/page/page.css report/page/page.js third_party/echarts/echarts.common.min.js
$(B)/%.o: %.S $(B)/.flags $(PAGE)
	@echo "  AS      $<"
	@mkdir -p $(@D)
	$Q$(CC) -I. $(CFLAGS) -c $< -o $@
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(CC) $(ALL_CFLAGS) : $(LDFLAGS) $(KDUMP)) | $(UPDATE)
# The version, with the commit where it is known; written when it changes.
DEFS_report/version = -DL2TLB_VERSION='"'"$$(cat $(BUILD)/version)"'"'
$(BUILD)/version: FORCE
	@mkdir -p $(@D)
	@scripts/version.sh | $(UPDATE)
$(B)/report/version.o: $(BUILD)/version
-include $(LIBOBJ:.o=.d) $(CMDOBJ:.o=.d) $(TESTOBJ:.o=.d)

PLUGINSRC = $(wildcard scripts/qemu_plugin/*.c) arch/walk.c arch/walk_riscv.c mem/phys.c \
            $(addprefix traces/,trace.c trace_write.c trace_binary.c sink.c output.c unfinished.c words.c)
plugin: $(BUILD)/gvt_plugin.so ## build the QEMU plugin that records traces
$(BUILD)/gvt_plugin.so: $(PLUGINSRC) $(wildcard scripts/qemu_plugin/*.h) traces/trace.h traces/source.h arch/walk_riscv.h arch/walk.h mem/phys.h
	@mkdir -p $(@D)
	$Q$(CC) $(CSTD) $(WARN) -O2 -g -I. -fPIC -shared -fvisibility=hidden $(SAME) $(CFLAGS) $(PLUGINSRC) $(LDFLAGS) -lz -o $@

CAPTURE ?= traces/captures/kvm.gvt.gz
# Captures of programs have no tables of their own: they run in a guest of the replay's.
WORLD   ?= $(if $(filter %kvm.gvt.gz,$(CAPTURE)),,--world stages=two)
run: ## the main job on a bundled real trace (installs what is missing, builds, reports)
	@scripts/setup.sh build
	@$(MAKE) --no-print-directory $(JOBS) all
	$(B)/l2tlb replay$(if $(WORLD), $(WORLD)) --report summary --report text=$(BUILD)/run.txt --report html=$(BUILD)/run.html $(call quoted,$(CAPTURE))
	@echo "  The rest         $(BUILD)/run.txt; with charts $(BUILD)/run.html"
bench: all ## speed, as ratios in one run
	scripts/bench.sh $(B)/l2tlb
	@$(MAKE) --no-print-directory python-bench
bench-check: all ## instructions of replays, against those that are recorded (Valgrind)
	$Qscripts/bench_check.py --self-test
	$Qscripts/bench_check.py $(B)/l2tlb || [ $$? -eq 3 ]

clean: ## remove everything that was built
	rm -rf $(BUILD)
dist: ## the source of the last commit as one file, the same bytes every time
	@git rev-parse -q --verify HEAD > /dev/null || { echo "make dist needs a git checkout" >&2; exit 2; }
	@mkdir -p $(BUILD)
	@name=l2tlbsim-$$(git show HEAD:VERSION) && git archive --format=tar --prefix=$$name/ HEAD | \
	    gzip -9n > $(BUILD)/$$name.tar.gz && echo $(BUILD)/$$name.tar.gz
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / \t/' | expand -t 18
# The value of a variable, for the scripts: make -s print-LDLIBS
print-%:
	@echo $($*)
FORCE:
.PHONY: all run bench bench-check plugin clean dist help FORCE
.DELETE_ON_ERROR:

include lib/lib.mk tests/random/random.mk tests/fuzz/fuzz.mk
-include python/python.mk scripts/test.mk scripts/docs.mk scripts/qemu.mk scripts/vm.mk scripts/bitmap.mk
-include cosim/cosim.mk cosim/systemc/systemc.mk
