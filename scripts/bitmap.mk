# SPDX-License-Identifier: MulanPSL-2.0
# Shield-Bitmap. Included by the main Makefile.
.PHONY: bitmap-cost
bitmap-cost: all ## what the bitmap costs (docs/bitmap-cost.md); about ten minutes
	$Qscripts/bitmap-cost.sh $(B)/l2tlb $(BUILD)/bitmap-cost
