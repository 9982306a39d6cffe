# SPDX-License-Identifier: MulanPSL-2.0
# The library that others link against: shared object and one-object archive, both position-independent and with
# nothing but l2tlb_ names. Neither is part of the default build. Included by the main Makefile.
.PHONY: lib install uninstall abi pic-libraries

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
LIBVERSION := $(shell cat VERSION)
# Raised when a program that works with the library would not work with the new one.
SOVERSION   = 0
OBJCOPY    ?= objcopy
PIC         = $(BUILD)/pic

# Neither a list of files for signal handlers nor standard output.
DEFS_traces/unfinished = $(if $(filter pic,$(MODE)),-DL2TLB_LIBRARY)

lib: ## libl2tlb.so and libl2tlb.a for installation, below build/pic
	$Q$(MAKE) --no-print-directory MODE=pic B=$(PIC) pic-libraries

# In the make of MODE=pic. Studies, snapshots and lists of mappings are the command's alone, and so are their libraries.
PUBOBJ  = $(filter-out $(B)/study/% $(B)/snapshot/% $(B)/world/symbols.o $(B)/report/tables_report.o,$(LIBOBJ))
PUBLIBS = $(filter-out -lsqlite3 -lmd -lexpat -lelf $(KDUMP),$(LDLIBS))
pic-libraries: $(B)/public/libl2tlb.so.$(LIBVERSION) $(B)/public/libl2tlb.a
$(B)/public/libl2tlb.so.$(LIBVERSION): $(PUBOBJ) lib/libl2tlb.map
	@echo "  LD      $@"
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libl2tlb.so.$(SOVERSION) -Wl,--version-script=lib/libl2tlb.map \
	    -Wl,-z,defs -Wl,--gc-sections -Wl,--as-needed $(PUBOBJ) $(PUBLIBS) -o $@
	$Qln -sf $(@F) $(@D)/libl2tlb.so.$(SOVERSION) && ln -sf libl2tlb.so.$(SOVERSION) $(@D)/libl2tlb.so
# One object, in which hidden names are local: they cannot clash with a program's own.
$(B)/public/libl2tlb.a: $(PUBOBJ)
	@echo "  AR      $@"
	@mkdir -p $(@D)
	$Q$(CC) -nostdlib -r -Wl,--gc-sections -Wl,--gc-keep-exported -Wl,-u,l2tlb_version_text $(PUBOBJ) -o $(@D)/libl2tlb.o
	$Q$(OBJCOPY) --localize-hidden $(@D)/libl2tlb.o
	$Qrm -f $@ && $(AR) rcsD $@ $(@D)/libl2tlb.o

PLACES = DESTDIR=$(call quoted,$(DESTDIR)) PREFIX=$(call quoted,$(PREFIX)) BINDIR=$(call quoted,$(BINDIR)) \
         LIBDIR=$(call quoted,$(LIBDIR)) INCLUDEDIR=$(call quoted,$(INCLUDEDIR)) DATADIR=$(call quoted,$(DATADIR)) \
         BUILT=$(call quoted,$(BUILD)) COMMAND=$(call quoted,$(B)/l2tlb) SOVERSION=$(SOVERSION)
install: lib all man completion ## command, library, headers, manual pages, traces (DESTDIR, PREFIX, LIBDIR)
	$Q$(PLACES) scripts/install.sh
uninstall: ## remove what `make install` with the same DESTDIR, PREFIX and LIBDIR puts there
	$Q$(PLACES) scripts/install.sh -u
abi: lib ## the interface of the library against the recorded one (scripts/abi.sh -w records)
	$Qscripts/abi.sh $(PIC)/public/libl2tlb.so.$(LIBVERSION)
