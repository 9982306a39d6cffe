// SPDX-License-Identifier: MulanPSL-2.0
// Files that are linked into the program (page.S): each from its name up to name_end.
#ifndef L2TLB_REPORT_PAGE_H
#define L2TLB_REPORT_PAGE_H

extern const char page_style[], page_style_end[];   // report/page/page.css
extern const char page_script[], page_script_end[]; // report/page/page.js
extern const char page_charts[], page_charts_end[]; // third_party/echarts

#endif
