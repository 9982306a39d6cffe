# SPDX-License-Identifier: MulanPSL-2.0
# Cost of isolation. Included by the main Makefile.
.PHONY: bitmap-cost mpt-cost
bitmap-cost: all ## what the bitmap costs (docs/bitmap-cost.md); about ten minutes
	$Qscripts/bitmap-cost.sh $(B)/l2tlb $(BUILD)/bitmap-cost
mpt-cost: all ## what Memory Protection Tables cost (docs/mpt-cost.md); about eight minutes
	$Qscripts/mpt-cost.sh $(B)/l2tlb $(BUILD)/mpt-cost
