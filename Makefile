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
OPT_cov      = -O0 -g --coverage -DMODEL_PARANOID
B        = build/$(MODE)
CFLAGS  += $(CSTD) $(WARN) $(OPT_$(MODE)) $(if $(WERROR),-Werror) -I. -MMD -MP
LDLIBS  += -lcjson -linih -lz -lm -lpthread
LIBDIRS  = arch mem pagecache bitmap ptw model l1 world traces traces/import traces/gen check replay report
LIBSRC   = $(wildcard $(LIBDIRS:%=%/*.c))
CMDSRC   = $(wildcard cmd/*.c)
TESTSRC  = $(wildcard tests/unit/*.c)
LIBOBJ   = $(LIBSRC:%.c=$(B)/%.o)
CMDOBJ   = $(CMDSRC:%.c=$(B)/%.o)
TESTOBJ  = $(TESTSRC:%.c=$(B)/%.o)
V       ?= 0
Q        = $(if $(filter 1,$V),,@)

all: $(B)/l2tlb $(B)/libl2tlb.a ## build the command and the library
ifeq ($(MODE),release)
	$Qln -sf release/l2tlb build/l2tlb && ln -sf release/libl2tlb.a build/libl2tlb.a
endif

$(B)/libl2tlb.a: $(LIBOBJ)
	@echo "  AR      $@"
	$Qrm -f $@ && $(AR) rcs $@ $^
$(B)/l2tlb: $(CMDOBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(OPT_$(MODE)) $(CMDOBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
$(B)/unit: $(TESTOBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(OPT_$(MODE)) $(TESTOBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
$(B)/%.o: %.c $(B)/.flags
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$Q$(CC) $(CFLAGS) -c $< -o $@
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' > $@
-include $(LIBOBJ:.o=.d) $(CMDOBJ:.o=.d) $(TESTOBJ:.o=.d)

PLUGINSRC = scripts/qemu_plugin/gvt_plugin.c traces/trace.c traces/trace_write.c traces/trace_binary.c traces/source.c
plugin: build/gvt_plugin.so ## build the QEMU plugin that records traces
build/gvt_plugin.so: $(PLUGINSRC) scripts/qemu_plugin/qemu_api.h
	@mkdir -p $(@D)
	$Q$(CC) $(CSTD) $(WARN) -O2 -g -I. -fPIC -shared -fvisibility=hidden $(PLUGINSRC) -lz -o $@

CAPTURE ?= traces/captures/database.gvt.gz
run: ## the main job on a bundled real trace (installs what is missing, builds, reports)
	@scripts/setup.sh build
	@$(MAKE) --no-print-directory all
	build/l2tlb replay --world stages=two $(CAPTURE)
bench: all ## speed, as ratios in one run
	scripts/bench.sh build/l2tlb

clean: ## remove everything that was built
	rm -rf build
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / \t/' | expand -t 18
FORCE:
.PHONY: all run bench plugin clean help FORCE
.DELETE_ON_ERROR:

include tests/random/random.mk
-include scripts/test.mk scripts/qemu.mk scripts/bitmap.mk
-include cosim/cosim.mk cosim/systemc/systemc.mk
