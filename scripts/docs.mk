# SPDX-License-Identifier: MulanPSL-2.0
# The site, and the manual pages and completion that the command prints from its option tables.
# Included by the main Makefile.
.PHONY: docs man completion

docs: ## the site with search below build/docs/html
	$Qscripts/docs.sh $(BUILD)/docs

man: all ## manual pages l2tlb(1) and l2tlb-COMMAND(1) below build/man
	$Qrm -rf $(BUILD)/man && mkdir -p $(BUILD)/man/man1
	$Q$(B)/l2tlb --help=man > $(BUILD)/man/man1/l2tlb.1
	$Qfor c in $$($(B)/l2tlb --help | sed -n '/^commands:/,/^$$/s/^  \([a-z-]*\) .*/\1/p'); do \
	    $(B)/l2tlb $$c --help=man > $(BUILD)/man/man1/l2tlb-$$c.1 || exit 2; done
	@echo "$(BUILD)/man: try man -M $(BUILD)/man l2tlb"
completion: all ## completion for bash and zsh below build/completion
	$Qmkdir -p $(BUILD)/completion/bash $(BUILD)/completion/zsh
	$Q$(B)/l2tlb --help=bash > $(BUILD)/completion/bash/l2tlb
	$Q$(B)/l2tlb --help=zsh > $(BUILD)/completion/zsh/_l2tlb
	@echo "$(BUILD)/completion: try . $(BUILD)/completion/bash/l2tlb"
